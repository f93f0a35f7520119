"""Runs the README's two commands on a bare Debian: debootstrap, python3 and git, nothing else.

    python3 .ci/fresh.py                                  demo and test, in a clone of HEAD
    FRESH_COMMANDS='migrate; check' python3 .ci/fresh.py  other commands of manage.py
    FRESH_SUITE=trixie                                    another release of Debian
    FRESH_KEEP=1                                          leave the system in var/fresh to look at

Needs root. How this machine reaches its package servers (apt sources, settings of pip and npm,
certificates, proxies) is read when it runs. The last line of output is JSON; the exit code is 1
when any command failed.
"""

from __future__ import annotations

import json
import os
import pwd
import re
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))
from breach.boot.install import pip_options  # noqa: E402  the line above makes it importable

SUITE = os.environ.get("FRESH_SUITE", "bookworm")
COMMANDS = os.environ.get("FRESH_COMMANDS", "demo --no-serve --people 300; test")
WORK = CHECKOUT / "var" / "fresh"
ROOT = WORK / "system"
HOME = Path(pwd.getpwuid(0).pw_dir)  # closed to other accounts: the harder case
CLONE = HOME / "breach-notice"
APT_SOURCES = [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]
REACHABILITY = [
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/ssl/certs",
    "/usr/local/share/ca-certificates",
]
# Settings of pip that say what may be installed here, by files that a bare machine does not have.
NOT_HOW_BUT_WHAT = {"constraint", "requirement", "build-constraint"}
PASSED_ON = re.compile(
    r"(?i)(.*_proxy|no_proxy|.*_ca_bundle|.*_ca_certs|.*ssl_cert.*|.*_cert|.*cainfo)$"
)


def main() -> int:
    if os.geteuid() != 0:
        sys.exit("make fresh needs root: debootstrap and chroot do.")
    for program in ("debootstrap", "unshare"):
        if shutil.which(program) is None:
            sys.exit(f"make fresh needs {program}: apt-get install debootstrap util-linux")
    if "FRESH_INSIDE" not in os.environ:
        # Namespaces of its own: mounts and processes are gone when this ends, however it ends.
        unshare = [
            "unshare",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            sys.executable,
            __file__,
        ]
        return subprocess.run(unshare, env=os.environ | {"FRESH_INSIDE": "1"}).returncode
    try:
        make_system()
        environment = bring_reachability()
        mount_kernel_folders()
        clone_head()
        results = [run(command.strip(), environment) for command in COMMANDS.split(";")]
    finally:
        unmount()
        if "FRESH_KEEP" not in os.environ:
            remove_system()
    passed = all(result["exit"] == 0 for result in results)
    print(json.dumps({"fresh": SUITE, "passed": passed, "commands": results}), flush=True)
    return 0 if passed else 1


def say(message: str) -> None:
    print(f"fresh: {message}", flush=True)


def make_system() -> None:
    """Unpack a bare Debian into ROOT; bootstrapped once, then kept as a tarball."""
    tarball = WORK / f"{SUITE}.tar"
    WORK.mkdir(parents=True, exist_ok=True)
    if not tarball.exists():
        say(f"bootstrapping a bare {SUITE} (once)")
        draft = WORK / "draft"
        shutil.rmtree(draft, ignore_errors=True)
        bootstrap = ["debootstrap", "--variant=minbase", "--include=python3,git", SUITE, str(draft)]
        log = WORK / "debootstrap.log"
        with log.open("w") as output:
            if subprocess.run([*bootstrap, mirror()], stdout=output, stderr=output).returncode:
                sys.exit(f"debootstrap failed; see {log}.")
        part = tarball.with_suffix(".part")
        subprocess.run(["tar", "-C", str(draft), "-cf", str(part), "."], check=True)
        part.rename(tarball)
        shutil.rmtree(draft)
    remove_system()
    ROOT.mkdir()
    subprocess.run(["tar", "-C", str(ROOT), "-xpf", str(tarball)], check=True)


def mirror() -> str:
    """The first Debian mirror in apt's sources here, in either of their formats."""
    for source in filter(Path.is_file, APT_SOURCES):
        found = re.search(
            r"^(?:URIs:|deb(?: \[.*?\])?) +(\S+/debian/?)(\s|$)", source.read_text(), re.M
        )
        if found:
            return found[1]
    sys.exit("make fresh found no Debian mirror in this machine's apt sources.")


def bring_reachability() -> dict[str, str]:
    """Copy certificates and apt's sources; return the environment with pip's and npm's settings."""
    for path in map(Path, REACHABILITY):
        target = inside(path)
        if path.is_dir():
            shutil.rmtree(target)
            shutil.copytree(path, target)
        elif path.exists():
            target.unlink(missing_ok=True)  # may be a link, which would lead out again
            shutil.copyfile(path, target)
    for source in filter(Path.is_file, APT_SOURCES):
        if re.search(rf"\b{SUITE}\b", source.read_text()) and "debian" in source.read_text():
            shutil.copyfile(source, inside(source))
    for settings in Path("/etc/apt/apt.conf.d").glob("*"):
        if not inside(settings).exists() and "docker" not in settings.name:  # whose rules delete
            shutil.copyfile(settings, inside(settings))
    environment = {
        "HOME": str(HOME),
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG": "C.UTF-8",
    }
    environment |= {key: value for key, value in os.environ.items() if PASSED_ON.match(key)}
    for option, value in pip_options(output("python3", "-m", "pip", "config", "list")).items():
        if option in NOT_HOW_BUT_WHAT:
            continue
        environment[f"PIP_{option.upper().replace('-', '_')}"] = value
        for word in value.split():
            show_folder(Path(word.removeprefix("file://")))
    for option in ("registry", "cafile"):
        if (value := output("npm", "config", "get", option)) not in ("", "null", "undefined"):
            environment[f"npm_config_{option}"] = value
    return environment


def show_folder(folder: Path) -> None:
    """Make a folder of packages on this machine readable at the same place inside."""
    if folder.name == "simple":
        folder = folder.parent  # an index refers to files beside it
    if folder.is_absolute() and folder.is_dir():
        subprocess.run(
            ["mount", "--bind", "-o", "ro", str(folder), str(inside(folder))], check=True
        )


def mount_kernel_folders() -> None:
    """Kernel folders of its own. Nothing of this machine is mounted writable: removing the system could reach it."""
    for kind, target in (
        ("proc", "/proc"),
        ("sysfs", "/sys"),
        ("tmpfs", "/tmp"),
        ("tmpfs", "/dev"),
    ):
        subprocess.run(["mount", "-t", kind, kind, str(inside(Path(target)))], check=True)
    for name, minor in (("null", 3), ("zero", 5), ("full", 7), ("random", 8), ("urandom", 9)):
        os.mknod(ROOT / "dev" / name, 0o666 | stat.S_IFCHR, os.makedev(1, minor))
        (ROOT / "dev" / name).chmod(0o666)
    (ROOT / "dev/fd").symlink_to("/proc/self/fd")
    for kind, target in (("devpts", "/dev/pts"), ("tmpfs", "/dev/shm")):
        (ROOT / target.lstrip("/")).mkdir()
        subprocess.run(["mount", "-t", kind, kind, str(ROOT / target.lstrip("/"))], check=True)
    (ROOT / "dev/shm").chmod(0o1777)


def mounts() -> list[str]:
    """What is mounted below ROOT now, the innermost last."""
    points = (line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines())
    return [point for point in points if Path(point).is_relative_to(ROOT) and point != str(ROOT)]


def unmount() -> None:
    for point in reversed(mounts()):
        subprocess.run(["umount", "--lazy", point], stderr=subprocess.DEVNULL)


def remove_system() -> None:
    """Delete the bare system, but never through a mount that is still there."""
    if mounts():
        say(f"something is still mounted below {ROOT}; it is left as it is")
        return
    shutil.rmtree(ROOT, ignore_errors=True)


def clone_head() -> None:
    target = ROOT / CLONE.relative_to("/")
    subprocess.run(["git", "clone", "-q", "--no-local", str(CHECKOUT), str(target)], check=True)


def run(command: str, environment: dict[str, str]) -> dict[str, str | int | float]:
    """One command of manage.py inside; its output goes straight through."""
    say(f"python3 manage.py {command}")
    started = time.monotonic()
    shell = f"cd {CLONE} && exec python3 manage.py {command}"
    done = subprocess.run(["chroot", str(ROOT), "/bin/sh", "-c", shell], env=environment)
    seconds = round(time.monotonic() - started, 1)
    say(f"python3 manage.py {command}: exit {done.returncode} after {seconds} s")
    return {"command": command, "exit": done.returncode, "seconds": seconds}


def inside(path: Path) -> Path:
    """Where a path of this machine is in the bare system; its parents are made."""
    target = ROOT / path.relative_to("/")
    (target if path.is_dir() else target.parent).mkdir(parents=True, exist_ok=True)
    return target


def output(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    except FileNotFoundError:
        return ""


if __name__ == "__main__":
    sys.exit(main())
