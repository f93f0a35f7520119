"""A real Chromium in front of a real server: fixtures for every folder, named in the first conftest.py."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from playwright.sync_api import Browser, sync_playwright

from breach.boot.assets import install_assets
from breach.boot.messages import compile_messages
from breach.core.roles import Role
from breach.models import User
from tests.browser.visitor import HEIGHT, PASSWORD, Visitor


@pytest.fixture(scope="session")
def chromium(browser_available: str) -> Iterator[Browser]:
    """One Chromium for the whole run. Playwright keeps an event loop, which Django must tolerate here."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    _let_windows_keep_static_files()
    install_assets(settings.BASE_DIR)
    compile_messages(settings.BASE_DIR)
    # Under that loop Django keeps other connections for this thread than before it. What stayed open from before would
    # be inherited by the forks of later tests, who use it, die, and leave their transaction open in our hands.
    connections.close_all()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=browser_available, args=["--no-sandbox"]
        )
        yield browser
        browser.close()
        connections.close_all()


def _let_windows_keep_static_files() -> None:
    """A window asks for a stylesheet once, as where WhiteNoise serves it, and not again with each page."""
    plain = StaticFilesHandler.serve

    def serve(self: StaticFilesHandler, request: HttpRequest) -> HttpResponseBase:
        answer: HttpResponseBase = plain(self, request)
        answer["Cache-Control"] = "max-age=600"
        return answer

    StaticFilesHandler.serve = serve  # type: ignore[method-assign]  # for this test run


@pytest.fixture
def site(transactional_db: None, live_server: object) -> str:
    """The address of a running server on an empty database."""
    return str(live_server)


@pytest.fixture
def visitor(chromium: Browser, site: str) -> Iterator[Visitor]:
    """A fresh window with JavaScript."""
    yield from _window(chromium, site, scripts=True)


@pytest.fixture
def plain_visitor(chromium: Browser, site: str) -> Iterator[Visitor]:
    """A fresh window without JavaScript: every page must do its job for this one too."""
    yield from _window(chromium, site, scripts=False)


def _window(browser: Browser, site: str, *, scripts: bool) -> Iterator[Visitor]:
    context = browser.new_context(
        java_script_enabled=scripts, viewport={"width": 1280, "height": HEIGHT}, locale="en-US"
    )
    context.set_default_timeout(10_000)
    visitor = Visitor(context=context, page=context.new_page(), base=site)
    visitor.watch()
    yield visitor
    context.close()


@pytest.fixture
def supervisor(site: str) -> User:
    """Somebody who may go almost everywhere."""
    return User.objects.create_user(
        username="supervisor",
        password=PASSWORD,
        role=Role.SUPERVISOR,
        first_name="Ana",
        last_name="Ruiz",
    )
