"""What every printed page shares: packaged templates and stylesheets, and the QR code of a reference."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import segno
from django.template import Engine, Template
from django.utils.safestring import SafeString, mark_safe

FOLDER = Path(__file__).resolve().parent.parent.parent / "templates"


@cache
def template(name: str) -> Template:
    """A template of templates/letters, compiled once, always escaping."""
    engine = Engine(dirs=[str(FOLDER)], autoescape=True, builtins=["django.templatetags.i18n"])
    return engine.get_template(f"letters/{name}")


@cache
def stylesheet(name: str) -> str:
    """The text of a stylesheet of templates/letters, after the rules all of them share."""
    folder = FOLDER / "letters"
    return (folder / "base.css").read_text("utf-8") + (folder / name).read_text("utf-8")


def qr_code(reference: str) -> SafeString:
    """The opaque reference as an inline SVG picture; nothing else is in the code."""
    svg = segno.make_qr(reference, error="m").svg_inline(
        omitsize=True, border=0, title=f"QR: {reference}", svgclass=None, lineclass=None
    )
    return mark_safe(svg)  # segno escapes the title; the picture is drawn from numbers
