"""What `manage.py` does before Django: choose the data folder, set the machine up, join the database."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from breach.boot import install, keys, system, testing
from breach.boot.assets import AssetsMissing, install_assets
from breach.boot.console import SetupError, say
from breach.boot.locks import exclusive
from breach.boot.messages import compile_messages
from breach.boot.postgres import embedded_postgres
from breach.boot.service import CHECKOUT, read_or_make_secret
from breach.boot.valkey import embedded_valkey

# Commands that look at code only, and those that take care of the schema themselves.
WITHOUT_DATABASE = {"check", "compilemessages", "makemessages", "collectstatic", "findstatic",
                    "diffsettings", "help", "version"}  # fmt: skip
WITHOUT_MIGRATIONS = {"migrate", "makemigrations", "showmigrations", "sqlmigrate",
                      "squashmigrations", "optimizemigration", "dbshell"}  # fmt: skip
# These need the rights of the role that owns the tables; everything else runs as the application's.
AS_OWNER = {
    "migrate",
    "grant_privileges",
    "flush",
    "pgtrigger",
    "sqlflush",
    "squashmigrations",
    "makemigrations",
}
WITH_BROKER = {"demo", "worker"}
WITH_ASSETS = {"demo", "runserver", "collectstatic", "test"}
SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


def ready(argv: list[str]) -> None:
    """Return when Django may start; may replace this process by one on `.venv`'s Python.

    The environment then has DATA_DIR, and on the embedded services DATABASE_URL, SECRET_KEY and
    ROOT_KEY (and CELERY_BROKER_URL for the commands that run a worker).
    BREACH_SETUP=off skips all of it, for images that bring their packages and settings along.
    """
    if os.environ.get("BREACH_SETUP") == "off":
        choose_role(argv)
        return
    try:
        _ready(argv)
    except (SetupError, AssetsMissing) as error:
        sys.exit(str(error))
    except PermissionError as error:
        sys.exit(
            f"{error.filename} belongs to another user;"
            " run this as that user, or set DATA_DIR to a folder of your own."
        )


def _ready(argv: list[str]) -> None:
    command = argv[1] if len(argv) > 1 else "help"
    data_dir = choose_data_dir(argv)
    os.environ["DATA_DIR"] = str(data_dir)
    install.ensure_environment(for_tests=command == "test")
    if not install.runs_inside():
        _replace_process([str(install.PYTHON), *sys.orig_argv[1:]])
    _ensure_libraries(data_dir)
    if command in WITH_ASSETS:
        if SYSTEM_CERTIFICATES.exists():  # Node knows only its own, not those of a company
            os.environ.setdefault("NODE_EXTRA_CA_CERTS", str(SYSTEM_CERTIFICATES))
        with exclusive(data_dir / "assets.lock"):
            install_assets(CHECKOUT)
    compile_messages(CHECKOUT)
    if command == "test":
        testing.run(argv[2:])
    elif needs_database(argv):
        join_services(data_dir, command)
    elif not os.environ.get("DATABASE_URL"):
        set_keys(data_dir)  # settings insist on keys even where nothing is read


def choose_data_dir(argv: list[str]) -> Path:
    """`--data-dir D` on the command line, else DATA_DIR, else `var` in the checkout."""
    chosen = os.environ.get("DATA_DIR") or str(CHECKOUT / "var")
    for position, word in enumerate(argv[2:], start=2):
        if word == "--data-dir" and position + 1 < len(argv):
            chosen = argv[position + 1]
        elif word.startswith("--data-dir="):
            chosen = word.partition("=")[2]
    folder = Path(chosen).expanduser().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK)
    except OSError:
        writable = False
    if not writable:
        raise SetupError(
            f"The data folder {folder} cannot be written; set DATA_DIR to one that can."
        )
    return folder


def needs_database(argv: list[str]) -> bool:
    """Whether this command may ask the database anything."""
    command = argv[1] if len(argv) > 1 else "help"
    if {"-h", "--help", "--version"} & set(argv[1:]):
        return False
    return command not in WITHOUT_DATABASE or "--database" in argv


def choose_role(argv: list[str]) -> None:
    """Give a command that changes the schema the address of the role that owns it, where there are two."""
    command = argv[1] if len(argv) > 1 else "help"
    application, owner = (os.environ.get(name) for name in ("DATABASE_URL", "DATABASE_OWNER_URL"))
    if command in AS_OWNER and application and owner:
        role = unquote(urlsplit(application).username or "")
        os.environ.setdefault("DATABASE_APPLICATION_ROLE", role)
        os.environ["DATABASE_URL"] = owner


def join_services(data_dir: Path, command: str) -> None:
    """Start or join what the environment does not name, until this process ends."""
    if not os.environ.get("DATABASE_URL"):
        postgres = embedded_postgres(data_dir)
        if not postgres.is_ready():
            say(f"starting the embedded database of {data_dir}")
        os.environ["DATABASE_OWNER_URL"] = postgres.join()
        os.environ["DATABASE_URL"] = postgres.application_url()
        if not postgres.has_application_role():
            raise SetupError(
                "Other commands still run the embedded database as an earlier version left it;"
                " end them, then run this again."
            )
        set_keys(data_dir)
        if command not in WITHOUT_MIGRATIONS:
            _migrate(data_dir)
        else:
            _migrated(data_dir).unlink(missing_ok=True)  # it may move the schema anywhere
        if command not in AS_OWNER:
            del os.environ["DATABASE_OWNER_URL"]  # nothing that runs for long knows it
    if command in WITH_BROKER and not os.environ.get("CELERY_BROKER_URL"):
        os.environ["CELERY_BROKER_URL"] = embedded_valkey(data_dir).join()
    choose_role([sys.argv[0], command])


def set_keys(data_dir: Path) -> None:
    """Random keys of this data folder; production sets SECRET_KEY and ROOT_KEY itself, and takes none of these."""
    folder = data_dir / "keys"
    folder.mkdir(mode=0o700, exist_ok=True)
    fresh = {"SECRET_KEY": keys.new_secret_key(), "ROOT_KEY": keys.new_root_key()}
    for variable, value in fresh.items():
        if not os.environ.get(variable):
            file = folder / variable.lower().replace("_", "-")
            os.environ[variable] = read_or_make_secret(file, value)


def _migrated(data_dir: Path) -> Path:
    return data_dir / "postgres" / "migrated"


def _migrate(data_dir: Path) -> None:
    """Bring the embedded database up to date; a comparison of two hashes when it is."""
    wanted, stamp = _migrations_fingerprint(), _migrated(data_dir)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    with exclusive(data_dir / "postgres" / "migrate.lock"):
        if stamp.exists() and stamp.read_text() == wanted:
            return
        say("applying migrations to the embedded database")
        command = [sys.executable, str(CHECKOUT / "manage.py"), "migrate", "--no-input", "-v", "0"]
        if subprocess.run(command).returncode:
            raise SetupError(
                "The migrations of the embedded database failed, for the reason above."
            )
        stamp.write_text(wanted)


def _migrations_fingerprint() -> str:
    """Changes with our own migrations, and through the lock with everybody else's."""
    digest = hashlib.sha256(install.LOCK.read_bytes())
    # The privileges are granted at the end of the migrations.
    guards = [CHECKOUT / "breach" / "core" / name for name in ("privileges.py", "watching.py")]
    for app in ("breach", "notifications"):
        for file in [*guards, *sorted((CHECKOUT / app / "migrations").glob("*.py"))]:
            digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


def _ensure_libraries(data_dir: Path) -> None:
    """Have the libraries and fonts of letters, or say in one sentence how to get them."""
    unpacked = data_dir / "system"
    if folders := system.library_folders(unpacked):
        _load_from(folders, unpacked)
    missing = system.missing_to_run(unpacked)
    if not missing:
        return
    if os.geteuid() == 0:
        system.install_as_root(missing)
        return
    system.unpack_as_user(missing, unpacked)
    if folders := system.library_folders(unpacked):
        _load_from(folders, unpacked)


def _load_from(folders: list[str], unpacked: Path) -> None:
    """Start over with LD_LIBRARY_PATH, which the loader reads only when a process starts."""
    path = os.environ.get("LD_LIBRARY_PATH", "")
    fonts = [system.font_folder(unpacked), *system.FONT_FOLDERS]
    os.environ["BREACH_FONT_DIRS"] = os.pathsep.join(map(str, fonts))
    os.environ.setdefault("FONTCONFIG_PATH", str(unpacked / "root/etc/fonts"))
    if not set(folders) <= set(path.split(os.pathsep)):
        os.environ["LD_LIBRARY_PATH"] = os.pathsep.join([*folders, *filter(None, [path])])
        _replace_process(sys.orig_argv)


def _replace_process(command: list[str]) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os.execvp(command[0], command)
