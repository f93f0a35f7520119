"""The supervisor: what dies is restarted, nothing outlives it, the last started stops first."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from breach.boot.processes import is_running
from breach.boot.service import CHECKOUT
from breach.boot.supervisor import Supervisor
from tests.boot.conftest import wait_until

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
# Says when it ends, in a file that all of them share.
POLITE = """
import signal, sys, time
def bye(*_):
    open(sys.argv[1], "a").write(sys.argv[2] + "\\n"); sys.exit()
signal.signal(signal.SIGTERM, bye)
print("up", flush=True)
time.sleep(600)
"""


@pytest.fixture
def supervisor(tmp_path: Path) -> Supervisor:
    return Supervisor(tmp_path)


def test_a_child_that_dies_is_restarted(supervisor: Supervisor) -> None:
    with supervisor:
        first = supervisor.start("worker", SLEEPER)
        first.kill()

        def restarted() -> bool:
            supervisor.poll()
            return supervisor.children["worker"].restarts == 1

        wait_until(restarted)
        assert supervisor.children["worker"].process.poll() is None


def test_a_child_that_keeps_dying_is_restarted_less_and_less_often(supervisor: Supervisor) -> None:
    with supervisor:
        supervisor.start("broken", ["/bin/false"])
        child = supervisor.children["broken"]

        def twice() -> bool:
            supervisor.poll()
            return child.restarts == 2

        wait_until(twice)
        assert child.pause >= 2


def test_children_stop_in_reverse_order(supervisor: Supervisor, tmp_path: Path) -> None:
    ends = tmp_path / "ends"
    with supervisor:
        for name in ("first", "second", "third"):
            supervisor.start(name, [sys.executable, "-c", POLITE, str(ends), name])
        for name in ("first", "second", "third"):
            log = supervisor.logs / f"{name}.log"
            wait_until(lambda log=log: "up" in log.read_text())
    assert ends.read_text().split() == ["third", "second", "first"]


def test_children_die_with_a_killed_supervisor(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path;"
        "from breach.boot.supervisor import Supervisor;"
        "child = Supervisor(Path(sys.argv[1])).start('worker', ['/bin/sleep', '600']);"
        "print(child.pid, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout
    child = int(parent.stdout.readline())
    assert is_running(child)
    parent.kill()
    parent.communicate()
    wait_until(lambda: not is_running(child))


def test_sigterm_ends_the_watch(supervisor: Supervisor) -> None:
    with supervisor:
        child = supervisor.start("worker", SLEEPER)
        killer = subprocess.Popen(["/bin/sh", "-c", f"sleep 0.3; kill -TERM {os.getpid()}"])
        supervisor.watch()
        killer.wait()
    assert child.returncode == -signal.SIGTERM


def test_logs_are_readable_by_their_owner_only(supervisor: Supervisor) -> None:
    with supervisor:
        supervisor.start("worker", SLEEPER)
        assert (supervisor.logs / "worker.log").stat().st_mode & 0o077 == 0
