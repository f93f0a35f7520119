"""Nothing is ever fetched: every way a document can ask for something is refused and fails the letter."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from notifications.rendering.pdf import FetchRefused, make_pdf

PAGE = '<html lang="en"><head><title>t</title>{head}</head><body><p>text</p>{body}</body></html>'
IMAGE = "http://127.0.0.1:9/x.png"

VECTORS = {
    "image": ("", f'<img alt="x" src="{IMAGE}">'),
    "image over https": ("", '<img alt="x" src="https://127.0.0.1:9/x.png">'),
    "image over ftp": ("", '<img alt="x" src="ftp://127.0.0.1:9/x.png">'),
    "local file": ("", '<img alt="x" src="file:///etc/passwd">'),
    "data address": ("", '<img alt="x" src="data:image/png;base64,iVBORw0KGgo=">'),
    "stylesheet link": (f'<link rel="stylesheet" href="{IMAGE}">', ""),
    "stylesheet import": (f'<style>@import url("{IMAGE}");</style>', ""),
    "background": (f'<style>p {{ background: url("{IMAGE}") }}</style>', ""),
    "list marker": (f'<style>p {{ display: list-item; list-style-image: url("{IMAGE}") }}</style>', ""),
    "generated content": (f'<style>p::before {{ content: url("{IMAGE}") }}</style>', ""),
    "font": (f'<style>@font-face {{ font-family: X; src: url("{IMAGE}") }} p {{ font-family: X }}</style>', ""),
    "attachment link": ('<link rel="attachment" href="file:///etc/passwd">', ""),
    "attachment anchor": ("", '<a rel="attachment" href="file:///etc/passwd">x</a>'),
    "picture in SVG": ("", f'<svg width="9" height="9"><image href="{IMAGE}" width="9" height="9"/></svg>'),
    "file in SVG": ("", '<svg width="9" height="9"><image href="file:///etc/passwd" width="9" height="9"/></svg>'),
    "object": ("", f'<object data="{IMAGE}"></object>'),
    "embed": ("", f'<embed src="{IMAGE}">'),
    "relative to a base": ('<base href="http://127.0.0.1:9/">', '<img alt="x" src="x.png">'),
}  # fmt: skip


IGNORED = {
    "use in SVG": ("", f'<svg width="9" height="9"><use href="{IMAGE}#a"/></svg>'),
    "script": ("", f'<script src="{IMAGE}"></script>'),
    "frame": ("", f'<iframe src="{IMAGE}"></iframe>'),
    "relative without a base": ("", '<img alt="x" src="x.png">'),
}


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A server that nobody may call."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def page(vector: tuple[str, str], server: socket.socket) -> str:
    head, body = (
        part.replace("127.0.0.1:9", f"127.0.0.1:{server.getsockname()[1]}") for part in vector
    )
    return PAGE.format(head=head, body=body)


@pytest.mark.parametrize("vector", VECTORS)
def test_whatever_asks_for_something_outside_is_refused(
    vector: str, listener: socket.socket
) -> None:
    with pytest.raises(FetchRefused):
        make_pdf(page(VECTORS[vector], listener), "p { display: block }")
    with pytest.raises(BlockingIOError):  # nobody called
        listener.accept()


@pytest.mark.parametrize("vector", IGNORED)
def test_what_is_never_followed_loads_nothing(vector: str, listener: socket.socket) -> None:
    assert make_pdf(page(IGNORED[vector], listener), "p { display: block }").pages == 1
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_a_page_that_asks_for_nothing_is_made() -> None:
    assert make_pdf(PAGE.format(head="", body=""), "p { display: block }").pages == 1


def test_a_refusal_in_one_letter_does_not_touch_the_next() -> None:
    head, body = VECTORS["picture in SVG"]
    with pytest.raises(FetchRefused):
        make_pdf(PAGE.format(head=head, body=body), "")
    assert make_pdf(PAGE.format(head="", body=""), "").pages == 1
