"""Runs the processes of the demo: restarts what dies, lets nothing outlive it, stops in order."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from breach.boot.console import say
from breach.boot.processes import die_with_parent

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before a restart; doubles with each early death
STEADY_SECONDS = 60  # a child that lived this long starts over with the first pause
STOP_SECONDS = 20


@dataclass
class Child:
    """One supervised program."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] | None
    log: Path
    process: subprocess.Popen[bytes]
    started: float
    pause: float = FIRST_PAUSE
    restart_at: float | None = None
    restarts: int = 0


class Supervisor:
    """Named child processes, each with a log in `data_dir/logs`; a context manager that stops all.

    Use it from the main thread: the kernel ends the children with the thread that started them.
    Call `poll` now and then, or `watch` to do nothing else.
    """

    def __init__(self, data_dir: Path) -> None:
        self.logs = data_dir / "logs"
        self.children: dict[str, Child] = {}
        self._stopping = False

    def start(
        self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a program; `environment` replaces ours, None inherits it."""
        self.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        log = self.logs / f"{name}.log"
        process = self._spawn(command, environment, log)
        self.children[name] = Child(name, command, environment, log, process, time.monotonic())
        return process

    def poll(self) -> None:
        """Notice what has died and restart what has waited long enough."""
        now = time.monotonic()
        for child in self.children.values():
            if child.restart_at is None and child.process.poll() is not None:
                if now - child.started >= STEADY_SECONDS:
                    child.pause = FIRST_PAUSE
                self._kill_group(child.process)  # its own children must not work on beside it
                say(f"{child.name} ended ({child.process.returncode}), see {child.log}; restarting")
                child.restart_at = now + child.pause
                child.pause = min(child.pause * 2, LONGEST_PAUSE)
            elif child.restart_at is not None and now >= child.restart_at:
                child.process = self._spawn(child.command, child.environment, child.log)
                child.started, child.restart_at = now, None
                child.restarts += 1

    def watch(self) -> None:
        """Keep everything running until Ctrl-C or SIGTERM, then return; `stop` does the rest."""
        before = signal.signal(signal.SIGTERM, self._on_signal)
        try:
            while not self._stopping:
                self.poll()
                time.sleep(0.2)
        except KeyboardInterrupt:
            pass
        finally:
            signal.signal(signal.SIGTERM, before)

    def stop(self) -> None:
        """End all children, the last started first; what does not obey is killed."""
        for child in reversed(self.children.values()):
            if child.process.poll() is None:
                child.process.terminate()
                try:
                    child.process.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    say(f"{child.name} did not stop within {STOP_SECONDS} s and is killed")
            self._kill_group(child.process)
        self.children.clear()

    def __enter__(self) -> Supervisor:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _spawn(
        self, command: Sequence[str], environment: Mapping[str, str] | None, log: Path
    ) -> subprocess.Popen[bytes]:
        with log.open("ab") as output:
            log.chmod(0o600)
            return subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C reaches us, and we stop them in order
                preexec_fn=die_with_parent(signal.SIGTERM),
            )

    def _kill_group(self, process: subprocess.Popen[bytes]) -> None:
        """End what is left of the child's own children."""
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()

    def _on_signal(self, *_: object) -> None:
        self._stopping = True
