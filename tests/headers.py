"""The headers every answer carries to keep it private, and which of them an answer lacks."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.http import HttpResponseBase

WANTED: Mapping[str, re.Pattern[str]] = {
    "Content-Security-Policy": re.compile(
        "(?=.*default-src 'none')(?=.*frame-ancestors 'none')(?=.*base-uri 'none')(?!.*unsafe-).*"
    ),
    "Cross-Origin-Opener-Policy": re.compile("same-origin"),
    "Cross-Origin-Resource-Policy": re.compile("same-origin"),
    "Referrer-Policy": re.compile("same-origin"),
    "X-Content-Type-Options": re.compile("nosniff"),
    "X-Frame-Options": re.compile("DENY"),
    "Permissions-Policy": re.compile(r".*camera=\(\).*"),
    "Cache-Control": re.compile(r".*no-store.*"),
}  # fmt: skip


def missing(answer: HttpResponseBase, wanted: Mapping[str, re.Pattern[str]] = WANTED) -> list[str]:
    """Each header that is absent or says something else, with what it says."""
    return [
        f"{name}: {answer.headers.get(name)}"
        for name, shape in wanted.items()
        if not shape.fullmatch(answer.headers.get(name, ""))
    ]
