"""The virtual environment: made from the hash-pinned lock, and made again when the lock changes."""

from __future__ import annotations

import ast
import hashlib
import os
import subprocess
import sys
from pathlib import Path

from breach.boot import system
from breach.boot.console import SetupError, say, step
from breach.boot.locks import exclusive
from breach.boot.service import CHECKOUT

VENV = CHECKOUT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = CHECKOUT / "requirements" / "all.lock"
UV_LOCK = CHECKOUT / "requirements" / "uv.txt"
_STAMP = VENV / "installed.sha256"

# uv does not read pip's configuration: option -> variable of uv, separator of several values.
_UV_VARIABLES = {
    "index-url": ("UV_INDEX_URL", " "),
    "extra-index-url": ("UV_EXTRA_INDEX_URL", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "proxy": ("ALL_PROXY", " "),
    "cert": ("SSL_CERT_FILE", " "),
    "timeout": ("UV_HTTP_TIMEOUT", " "),
}


def ensure_environment(*, for_tests: bool) -> None:
    """Leave with `.venv` complete for this lock; `for_tests` also wants a browser where possible."""
    if is_current():
        return
    try:
        with exclusive(
            CHECKOUT / ".venv.lock", on_wait=lambda: say("another command is installing; waiting")
        ):
            if not is_current():
                _install(for_tests=for_tests)
    except PermissionError as error:
        raise SetupError(
            f"{error.filename} cannot be written, so nothing can be installed;"
            " use a checkout that belongs to you."
        ) from error


def is_current() -> bool:
    """Whether `.venv` was completed from exactly this lock and its Python still exists."""
    return PYTHON.exists() and _STAMP.exists() and _STAMP.read_text() == _fingerprint()


def runs_inside() -> bool:
    """Whether this very process runs on the Python of `.venv`."""
    return Path(sys.prefix).resolve() == VENV.resolve()


def _fingerprint() -> str:
    digest = hashlib.sha256(str(PYTHON.resolve()).encode())
    for lock in (LOCK, UV_LOCK):
        digest.update(lock.read_bytes())
    return digest.hexdigest()


def _install(*, for_tests: bool) -> None:
    is_root = os.geteuid() == 0
    packages = system.missing_to_install()
    if packages and not is_root:
        raise SetupError(
            "Python's venv module is missing: ask an administrator to run"
            " `apt-get install python3-venv`, then try again."
        )
    if is_root:  # one call of apt for everything
        packages += system.missing_to_run()
        packages += system.missing_to_test() if for_tests else []
        if packages:
            system.install_as_root(packages)
    if not _answers(PYTHON):
        with step("making the virtual environment .venv"):
            # A new process: python3-venv may have arrived after this one looked for it.
            _run([sys.executable, "-m", "venv", "--clear", str(VENV)], "Making .venv failed")
    with step("installing packages from the hash-pinned lock"):
        _install_packages()
    # `pytest` started directly finds our packages, as `python -m pytest` does.
    version = _run(
        [str(PYTHON), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], ""
    )
    (Path(version.strip()) / "checkout.pth").write_text(f"{CHECKOUT}\n")
    _STAMP.write_text(_fingerprint())


def _install_packages() -> None:
    """uv where it can be had (seconds), else pip; both refuse whatever is not in the lock."""
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check"]
    try:
        _run([*pip, "install", "-q", "--require-hashes", "-r", str(UV_LOCK)], "uv is not available")
        uv = str(VENV / "bin" / "uv")
        _run(
            # Compiled now, on all cores, rather than by each process where nothing may be written later.
            [uv, "pip", "install", "-q", "--no-config", "--python", str(PYTHON),
             "--compile-bytecode", "--require-hashes", "-r", str(LOCK)],
            "uv could not install the lock",
            environment=_uv_environment(pip),
        )  # fmt: skip
    except SetupError as error:
        say(f"{error} Falling back to pip, which takes about a minute.")
        _run([*pip, "install", "-q", "--require-hashes", "-r", str(LOCK)], "pip failed")


def _uv_environment(pip: list[str]) -> dict[str, str]:
    """pip's index settings of this machine, in the variables uv reads."""
    environment = os.environ | {
        "UV_SYSTEM_CERTS": "1",
        # Hashes decide what is installed, so any configured index may provide it.
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_NO_PROGRESS": "1",
    }
    for option, value in pip_options(_run([*pip, "config", "list"], "pip has no settings")).items():
        if option in _UV_VARIABLES:
            variable, separator = _UV_VARIABLES[option]
            environment.setdefault(variable, separator.join(value.split()))
        elif option == "no-index" and value not in ("false", "0", "no"):
            environment["UV_NO_INDEX"] = "1"
    return environment


def pip_options(listing: str) -> dict[str, str]:
    """What `pip config list` says, with the environment over `install` over `global`."""
    ranks = {"global": 0, "install": 1, ":env:": 2}
    chosen: dict[str, tuple[int, str]] = {}
    for line in listing.splitlines():
        key, _, quoted = line.partition("=")
        section, _, option = key.rpartition(".")
        rank = ranks.get(section)
        if rank is not None and rank >= chosen.get(option, (-1, ""))[0]:
            chosen[option] = (rank, str(ast.literal_eval(quoted)))
    return {option: value for option, (_, value) in chosen.items()}


def _answers(python: Path) -> bool:
    if not python.exists():
        return False
    return subprocess.run([str(python), "-c", "import pip"], capture_output=True).returncode == 0


def _run(command: list[str], what: str, *, environment: dict[str, str] | None = None) -> str:
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    if result.returncode:
        lines = (result.stderr or result.stdout).strip().splitlines() or ["no reason given"]
        raise SetupError(f"{what}: {lines[-1].strip()}")
    return result.stdout
