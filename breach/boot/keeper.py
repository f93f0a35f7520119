"""The parent of one embedded server: restarts it when it dies, stops it when nobody uses it.

Started by `Service.join` as `python -m breach.boot.keeper NAME HOME [OPTION ...]`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from breach.boot.console import SetupError
from breach.boot.locks import open_lock, try_exclusive
from breach.boot.postgres import Postgres
from breach.boot.processes import adopt_orphans, die_with_parent, end_orphans
from breach.boot.service import STOP_SECONDS, Service
from breach.boot.valkey import Valkey

TICK_SECONDS = 0.1
ATTEMPTS = 5  # starts in a row that end before the server was ready


class Keeper:
    """Watches one server and one lock."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.told_to_stop = False

    def run(self) -> None:
        """Keep the server until the last user has gone or SIGTERM comes."""
        signal.signal(signal.SIGTERM, self._on_sigterm)
        adopt_orphans()
        lock = open_lock(self.service.keeper_lock)
        if not try_exclusive(lock):
            return  # another keeper was quicker
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        users = open_lock(self.service.users_lock)
        failures = 0
        while not self._nobody_left(users):
            server = self._start()
            was_ready = self._watch(server, users)
            if server.poll() is None:
                self._stop(server)
                return
            end_orphans()  # busy backends of a killed server would hold its shared memory
            failures = 0 if was_ready else failures + 1
            if failures == ATTEMPTS:
                raise SetupError(
                    f"The embedded {self.service.name} ends as soon as it starts;"
                    f" its reason is in {self.service.log}."
                )
            time.sleep(0.3 * failures)

    def _start(self) -> subprocess.Popen[bytes]:
        service, account = self.service, self.service.account
        command = service.prepare()
        with service.log.open("ab") as log:
            service.log.chmod(0o600)
            return subprocess.Popen(
                command,
                cwd="/",
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
                preexec_fn=die_with_parent(service.stop_signal),
            )

    def _watch(self, server: subprocess.Popen[bytes], users: int) -> bool:
        """Return when the server has died or is no longer wanted; tells whether it ever was ready."""
        mark = self.service.ready_mark
        while server.poll() is None and not self._nobody_left(users):
            if not mark.exists() and self.service.is_ready():
                mark.touch()
            time.sleep(TICK_SECONDS if mark.exists() else TICK_SECONDS / 5)
        was_ready = mark.exists()
        mark.unlink(missing_ok=True)
        return was_ready

    def _nobody_left(self, users: int) -> bool:
        # Once we hold the lock alone, newcomers wait for us to end and then start a new keeper.
        return self.told_to_stop or try_exclusive(users)

    def _stop(self, server: subprocess.Popen[bytes]) -> None:
        server.send_signal(self.service.stop_signal)
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.send_signal(signal.SIGQUIT)
            server.wait()

    def _on_sigterm(self, *_: object) -> None:
        self.told_to_stop = True


def build(name: str, home: Path, options: list[str]) -> Service:
    """The service that `Service.keeper_arguments` described."""
    if name == Postgres.name:
        return Postgres(home, durable="throw-away" not in options)
    return Valkey(home)


def main() -> None:
    service = build(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
    try:
        Keeper(service).run()
    except SetupError as error:
        service.problem.write_text(str(error))
        sys.exit(1)


if __name__ == "__main__":
    main()
