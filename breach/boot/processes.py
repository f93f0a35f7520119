"""Processes as Linux has them: children that die with their parent, zombies, unprivileged accounts."""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Account:
    """The system account a server runs as."""

    uid: int
    gid: int

    def may_reach(self, folder: Path) -> bool:
        """Whether this account can enter the folder through all its parents."""
        probe = subprocess.run(
            ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)],
            user=self.uid,
            group=self.gid,
            extra_groups=[],
            cwd="/",
            stderr=subprocess.DEVNULL,
        )
        return probe.returncode == 0


def server_account() -> Account | None:
    """The account to drop to when we are root (PostgreSQL refuses to run as root), else None."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    return Account(65534, 65534)


def die_with_parent(signum: signal.Signals) -> Callable[[], None]:
    """A `preexec_fn` that has the kernel send `signum` to the child when its parent dies.

    The kernel watches the *thread* that started the child: start children from a thread that
    lives as long as the process.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def in_child() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(signum), 0, 0, 0)
        if os.getppid() != parent:  # it died before the kernel knew of our wish
            os.kill(os.getpid(), signum)

    return in_child


def is_running(pid: int) -> bool:
    """Whether the process lives; a zombie that nobody has reaped does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return False
        try:  # a chroot without /proc
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True
    except ProcessLookupError:
        return False
    return state not in ("Z", "X")


def command_line(pid: int) -> str:
    """The command line of a process as one string; empty when it is gone."""
    try:
        return (
            Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        )
    except OSError:
        return ""


def adopt_orphans() -> None:
    """Become the parent of grandchildren whose own parent dies; see `end_orphans`."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_orphans() -> None:
    """Kill and reap all children: for a process whose one direct child has already ended."""
    me = os.getpid()
    listing = Path(f"/proc/{me}/task/{me}/children")
    while listing.exists() and (children := listing.read_text().split()):
        for pid in map(int, children):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
