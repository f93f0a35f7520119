"""A middleware that breaks over what was sent, for tests of what is told of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from django.http import HttpRequest, HttpResponse


class Crash:
    """The last one before the page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> NoReturn:
        secret = request.POST.get("text", "")
        raise ValueError(f"cannot do this for {secret}")
