"""An embedded server that lives exactly as long as some process uses it.

Every user holds a *share* of `users.lock`. A small keeper process (`keeper.py`) is the server's
parent: it restarts the server when it dies and stops it when nobody holds a share any more, so a
command that was killed with SIGKILL leaves no server behind either.
"""

from __future__ import annotations

import atexit
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from pathlib import Path

from breach.boot.console import SetupError
from breach.boot.locks import exclusive, is_free, open_lock, share, try_exclusive
from breach.boot.processes import Account

CHECKOUT = Path(__file__).resolve().parents[2]
START_SECONDS = 120  # crash recovery after a hard stop may take a while
STOP_SECONDS = 60
_LONGEST_SOCKET_PATH = 107  # bytes in sockaddr_un.sun_path, without its closing NUL


class Service(ABC):
    """One embedded server with its home folder; see `join` and `leave`."""

    name: str
    stop_signal: signal.Signals
    account: Account | None = None  # None: run as ourselves

    def __init__(self, home: Path) -> None:
        self.home = home
        self._share: int | None = None
        self._owner_pid = 0
        self._keeper: subprocess.Popen[bytes] | None = None

    # What each server knows about itself -------------------------------------------------

    @abstractmethod
    def prepare(self) -> list[str]:
        """Make data folders, clear what a killed server left, and return the command to run."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether the server accepts connections now."""

    @abstractmethod
    def url(self) -> str:
        """Where clients connect; valid once the service has been joined."""

    # Used by every command ---------------------------------------------------------------

    def join(self) -> str:
        """Hold a share, start the server unless it runs, and return its URL.

        The share is given back by `leave`, at the latest when this process ends.
        """
        if self._share is not None:
            return self.url()
        self.home.mkdir(parents=True, exist_ok=True)
        self.home.chmod(0o711)
        users = open_lock(self.users_lock)
        share(users)  # waits while the last user is stopping the server
        self._share, self._owner_pid = users, os.getpid()
        atexit.register(self.leave)
        with exclusive(self.home / "start.lock"):
            self._wait_until_ready()
        return self.url()

    def leave(self) -> None:
        """Give the share back; the last one out waits until the server has stopped."""
        users, self._share = self._share, None
        if users is None or os.getpid() != self._owner_pid:
            return  # a forked child must not let go of its parent's share
        atexit.unregister(self.leave)
        if try_exclusive(users):  # nobody else: newcomers now wait for us
            self._stop_keeper()
        self._keeper = None
        os.close(users)

    def __enter__(self) -> str:
        return self.join()

    def __exit__(self, *error: object) -> None:
        self.leave()

    # Shared with the keeper --------------------------------------------------------------

    @property
    def users_lock(self) -> Path:
        return self.home / "users.lock"

    @property
    def keeper_lock(self) -> Path:
        return self.home / "keeper.lock"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    @property
    def ready_mark(self) -> Path:
        """Set by the keeper while its server is ready; a dying server of an old one does not count."""
        return self.home / "ready"

    @property
    def problem(self) -> Path:
        """One sentence the keeper leaves when it gives up."""
        return self.home / "problem"

    def secret(self, filename: str = "password") -> str:
        """A random password, made once and readable by its owner alone."""
        return read_or_make_secret(self.home / filename, secrets.token_hex(24))

    def socket_folder(self, wanted: Path, socket_name: str) -> Path:
        """A private folder for the socket: `wanted`, or a short one where the path is too long."""
        if len(os.fsencode(wanted / socket_name)) <= _LONGEST_SOCKET_PATH:
            folder = wanted
            folder.mkdir(mode=0o700, exist_ok=True)
        else:
            folder = self.recorded_folder("short-socket-folder", short_temporary_folder())
        self.hand_over(folder)
        return folder

    def hand_over(self, folder: Path) -> None:
        """Give a private folder to the account the server runs as."""
        folder.chmod(0o700)
        if self.account:
            os.chown(folder, self.account.uid, self.account.gid)

    def recorded_folder(self, record_name: str, parent: Path) -> Path:
        """A random private folder outside our home, remembered for the next start."""
        record = self.home / record_name
        if record.exists():
            folder = Path(record.read_text())
            if folder.is_dir() and not folder.is_symlink():
                return folder
        folder = Path(tempfile.mkdtemp(prefix="breach-", dir=parent))
        record.write_text(str(folder))
        return folder

    # Details -----------------------------------------------------------------------------

    def _start_keeper(self) -> subprocess.Popen[bytes]:
        self.ready_mark.unlink(missing_ok=True)
        self.problem.unlink(missing_ok=True)
        # A clean environment: no secret of the command ends up in the server's.
        environment = {"PATH": os.environ.get("PATH", os.defpath), "PYTHONPATH": str(CHECKOUT)}
        with (self.home / "keeper.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "breach.boot.keeper", *self.keeper_arguments()],
                cwd="/",
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in the terminal is not meant for the server
            )

    def keeper_arguments(self) -> list[str]:
        """What `keeper.py` needs to build this very object again."""
        return [self.name, str(self.home)]

    def _wait_until_ready(self) -> None:
        """Wait for the keeper's server, starting a keeper where there is none."""
        deadline = time.monotonic() + START_SECONDS
        while not self._is_kept_and_ready():
            if self._keeper and self._keeper.poll() is not None:
                raise SetupError(self._why_not())
            if self._keeper is None and is_free(self.keeper_lock):
                self._keeper = self._start_keeper()
            if time.monotonic() > deadline:
                raise SetupError(
                    f"The embedded {self.name} was not ready after {START_SECONDS} s; see {self.log}."
                )
            time.sleep(0.02)

    def _is_kept_and_ready(self) -> bool:
        """A server that lost its keeper is about to end, however ready it still looks."""
        return self.ready_mark.exists() and not is_free(self.keeper_lock) and self.is_ready()

    def _why_not(self) -> str:
        if self.problem.exists():
            return self.problem.read_text()
        return f"The embedded {self.name} did not start; see {self.log} and keeper.log beside it."

    def _stop_keeper(self) -> None:
        if is_free(self.keeper_lock):
            return
        try:
            os.kill(int(self.keeper_lock.read_text()), signal.SIGTERM)
        except (ProcessLookupError, ValueError):
            pass  # it ended by itself, or had not even written its number
        deadline = time.monotonic() + STOP_SECONDS
        while not is_free(self.keeper_lock) and time.monotonic() < deadline:
            time.sleep(0.02)
        if self._keeper:
            self._keeper.wait(timeout=STOP_SECONDS)


def read_or_make_secret(path: Path, fresh: str) -> str:
    """The content of a 0600 file; made with `fresh` on first use, whole or not at all."""
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(fresh)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # never replaces what another process made meanwhile
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()


def short_temporary_folder() -> Path:
    """The system's temporary folder, or /tmp where TMPDIR itself is long."""
    folder = Path(tempfile.gettempdir())
    return folder if len(os.fsencode(folder)) < 60 else Path("/tmp")
