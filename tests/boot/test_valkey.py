"""The embedded broker: a private socket, and tasks that survive a kill."""

from __future__ import annotations

import os
import signal
import stat
from pathlib import Path

import redis

from breach.boot.valkey import embedded_valkey
from tests.boot.conftest import has_stopped, wait_until


def client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url.replace("redis+socket", "unix"))


def test_it_listens_on_a_private_socket_only(data_dir: Path) -> None:
    valkey = embedded_valkey(data_dir)
    with valkey as url:
        assert client(url).config_get("port") == {"port": "0"}
        folder = Path(url.removeprefix("redis+socket://")).parent
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert has_stopped(valkey)


def test_what_was_queued_is_there_after_a_kill(data_dir: Path) -> None:
    valkey = embedded_valkey(data_dir)
    with valkey as url:
        client(url).rpush("queue", "wake up")
        client(url).wait(0, 0)
        wait_until(lambda: _appended(data_dir, b"wake up"))
        server = client(url).info("server")["process_id"]
        os.kill(server, signal.SIGKILL)
        wait_until(lambda: valkey.is_ready() and client(url).info()["process_id"] != server)
        assert client(url).lrange("queue", 0, -1) == [b"wake up"]


def _appended(data_dir: Path, value: bytes) -> bool:
    return any(value in file.read_bytes() for file in data_dir.rglob("*.aof"))
