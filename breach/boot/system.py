"""System packages: what is missing, and how it gets there (apt as root, unpacked .debs otherwise)."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

from breach.boot.console import SetupError, step

# Package -> the file that shows it is there, however it was installed.
LIBRARIES = {
    "libpango-1.0-0": "libpango-1.0.so.0",
    "libpangoft2-1.0-0": "libpangoft2-1.0.so.0",
    "libharfbuzz-subset0": "libharfbuzz-subset.so.0",
}
FONTS = {
    "fonts-noto-core": "NotoSans-Regular.ttf",
    "fonts-droid-fallback": "DroidSansFallbackFull.ttf",
}
TEST_LIBRARIES = {"libatomic1": "libatomic.so.1"}
TEST_PROGRAMS = {
    # Chromium without a window to draw: much less to install and to run. Any other will do.
    "chromium-headless-shell": (
        "chromium-headless-shell",
        "chromium",
        "chromium-browser",
        "google-chrome",
    ),
    "poppler-utils": ("pdftoppm",),
    "qpdf": ("qpdf",),
}
FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))


def missing_to_run(unpacked: Path | None = None) -> list[str]:
    """Debian packages that letters need and that are not there."""
    fonts = [*FONT_FOLDERS, *([font_folder(unpacked)] if unpacked else [])]
    return [
        *(package for package, library in LIBRARIES.items() if not _loads(library)),
        *(package for package, font in FONTS.items() if not _has_font(font, fonts)),
    ]


def missing_to_test() -> list[str]:
    """Debian packages that browser and PDF tests need and that are not there."""
    return [
        *(package for package, library in TEST_LIBRARIES.items() if not _loads(library)),
        *(
            package
            for package, programs in TEST_PROGRAMS.items()
            if not any(shutil.which(program) for program in programs)
        ),
    ]


def missing_to_install() -> list[str]:
    """`python3-venv` where Debian's Python came without it."""
    complete = importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")
    return [] if complete else ["python3-venv"]


def browser() -> str | None:
    """The path of an installed Chromium, if any."""
    found = (shutil.which(program) for program in TEST_PROGRAMS["chromium-headless-shell"])
    return next((path for path in found if path), None)


def install_as_root(packages: list[str]) -> None:
    """Install with apt, refreshing its lists only where they are absent or too old to help."""
    if shutil.which("apt-get") is None:
        raise SetupError(
            "These system packages are missing and this machine has no apt-get;"
            f" install what corresponds to: {' '.join(packages)}."
        )
    with step(f"installing system packages: {' '.join(packages)}"):
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        patient = ["-o", "DPkg::Lock::Timeout=300"]  # another apt may be at work
        install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *patient, *packages]
        if not any(Path("/var/lib/apt/lists").glob("*_Packages*")):
            _run(["apt-get", "update", "-q"], environment)
        if _run(install, environment):
            _run(["apt-get", "update", "-q"], environment)
            if problem := _run(install, environment):
                raise SetupError(
                    f"apt-get could not install {' '.join(packages)} ({problem});"
                    " install them and try again."
                )


def unpack_as_user(packages: list[str], folder: Path) -> None:
    """Download packages with what they need and unpack them below `folder`; needs no rights."""
    by_hand = f"ask an administrator to run: apt-get install {' '.join(packages)}"
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise SetupError(f"System packages are missing; {by_hand}.")
    with step(f"downloading system packages into {folder}: {' '.join(packages)}"):
        for part in ("apt/state/lists/partial", "apt/cache/archives/partial", "debs"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        apt = [
            *("apt-get", "-q"),
            *("-o", f"Dir::State={folder / 'apt/state'}"),
            *("-o", "Dir::State::status=/var/lib/dpkg/status"),
            *("-o", f"Dir::Cache={folder / 'apt/cache'}"),
            *("-o", "Debug::NoLocking=true"),
        ]
        if problem := _run([*apt, "update"], dict(os.environ)):
            raise SetupError(f"apt-get could not read its package lists ({problem}); {by_hand}.")
        plan = subprocess.run(
            [*apt, "install", "--print-uris", "-y", "--no-install-recommends", *packages],
            capture_output=True,
            text=True,
        )
        # Lines such as: 'http://…/libpango-1.0-0_1.50.12+ds-1_amd64.deb' libpango-… 212300 SHA256:…
        rows = [line.split() for line in plan.stdout.splitlines() if line.startswith("'")]
        names = [row[1].partition("_")[0] for row in rows]
        if problem := _run([*apt, "download", *names], dict(os.environ), cwd=folder / "debs"):
            raise SetupError(f"apt-get could not download packages ({problem}); {by_hand}.")
        for deb in (folder / "debs").glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", str(deb), str(folder / "root")], check=True)
            deb.unlink()


def library_folders(unpacked: Path) -> list[str]:
    """Folders with shared libraries of unpacked packages, for LD_LIBRARY_PATH."""
    found = {
        str(library.parent)
        for pattern in ("usr/lib/*/*.so.*", "lib/*/*.so.*")
        for library in (unpacked / "root").glob(pattern)
    }
    return sorted(found)


def font_folder(unpacked: Path) -> Path:
    """Where unpacked packages put their fonts."""
    return unpacked / "root" / "usr/share/fonts"


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _has_font(filename: str, folders: list[Path]) -> bool:
    return any(next(folder.glob(f"truetype/*/{filename}"), None) for folder in folders)


def _run(command: list[str], environment: dict[str, str], cwd: Path | None = None) -> str | None:
    """Run quietly; the last line of its complaint when it failed."""
    result = subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True)
    if result.returncode == 0:
        return None
    lines = result.stderr.strip().splitlines() or [f"exit code {result.returncode}"]
    return lines[-1].strip()
