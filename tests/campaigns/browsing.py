"""The same in a real Chromium with a profile folder: what it keeps of the pages is swept afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from playwright.sync_api import BrowserContext, Error, Locator, Page, sync_playwright

from breach.boot import system
from breach.core.roles import Role
from tests.campaigns.pages import HARMLESS, PERSONAL, SENTENCE, somebody
from tests.campaigns.planted import Planted, roster_xlsx
from tests.campaigns.walking import Walk, cookies_for, is_own_door

LOOKS = (
    "people-list",
    "person-detail",
    "contact-log",
    "duplicates-review",
)  # first: nothing is closed yet


@contextmanager
def browser(profile: Path) -> Iterator[BrowserContext]:
    """A browser as people have it: with its cache, history and sessions on disk; closed properly."""
    program = system.browser()
    if program is None:
        raise SystemExit("The canary campaign needs Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=program, headless=False, args=["--headless=new", "--no-sandbox"],
            locale="en-US",
        )  # fmt: skip
        context.set_default_timeout(15_000)
        yield context
        context.close()


class Browsing:
    """One window that walks where the plain walk got answers, as the same desks."""

    def __init__(self, context: BrowserContext, walk: Walk, base: str) -> None:
        self.context, self.walk, self.base = context, walk, base
        self.page = context.new_page()
        self.seen: set[str] = set()
        self._people = count()

    def every_page(self) -> None:
        """Each page once, by the first desk that may; its forms are filled in and sent as by hand."""
        names = sorted(self.walk.reached, key=lambda name: (name not in LOOKS, name))
        for desk in self.walk.desks[1:]:
            self._sign_in(desk.role)
            for name in names:
                path = self.walk.reached[name].get(desk.role)
                if path and name not in self.seen and not path.startswith("/api/"):
                    self._visit(name, path)

    def sign_out(self) -> None:
        """As somebody who goes home: only now the browser may forget."""
        self._sign_in(Role.CASE_WORKER)
        self._go("/")
        self._submit(self.page.locator("form[action$='/sign-out/']").first)

    def _sign_in(self, role: str) -> None:
        user = next(desk.user for desk in self.walk.desks if desk.role == role)
        assert user is not None
        self.context.clear_cookies()
        for name, value in cookies_for(user).items():
            self.context.add_cookies([{"name": name, "value": value, "url": self.base}])

    def _visit(self, name: str, path: str) -> None:
        if not self._go(path):
            return
        self.seen.add(name)
        if is_own_door(name):
            return
        forms = self.page.locator("main form[method=post]").count()
        for number in range(min(forms, 4)):
            if not self._go(path):
                return
            form = self.page.locator("main form[method=post]").nth(number)
            if form.count():
                self._fill(form, somebody(next(self._people)))
                self._submit(form)

    def _go(self, path: str) -> bool:
        """Whether there is a page; files and forms without one are not."""
        try:
            answer = self.page.goto(self.base + path, wait_until="domcontentloaded")
        except Error:  # a download
            return False
        return answer is not None and answer.ok

    def _fill(self, form: Locator, one: Planted) -> None:
        for control in form.locator("input, textarea, select").all():
            try:
                name = control.get_attribute("name", timeout=2000) or ""
                kind = control.get_attribute("type", timeout=2000) or ""
                if name and kind not in ("hidden", "submit"):
                    self._set(control, name, kind, one)
            except Error:
                continue  # a control that is folded away, or went when the page renewed itself

    def _set(self, control: Locator, name: str, kind: str, one: Planted) -> None:
        tag = control.evaluate("element => element.tagName", timeout=2000)
        if tag == "SELECT":
            control.select_option(
                index=1 if control.locator("option").count() > 1 else 0, timeout=2000
            )
        elif kind == "file":
            content = {
                "name": f"{one.family_name}.xlsx",
                "mimeType": "application/x",
                "buffer": roster_xlsx(),
            }
            control.set_input_files(files=[content], timeout=2000)  # type: ignore[list-item]
        elif kind in ("checkbox", "radio"):
            control.set_checked(True, force=True, timeout=2000)
        elif kind == "date":
            control.fill("2026-01-05", timeout=2000)
        elif kind not in ("datetime-local", "password", "number") and not name.startswith("cell_"):
            text = (
                SENTENCE if name == "sentence" else PERSONAL.get(name, lambda _one: HARMLESS)(one)
            )
            control.fill(text, timeout=2000)

    def _submit(self, form: Locator) -> None:
        """By its own button, so that scripts of the page take part; popups are closed again."""
        try:
            form.locator("button:not([type=button])").first.click(timeout=4000, no_wait_after=True)
            self.page.wait_for_load_state("networkidle", timeout=4000)
        except Error:
            pass
        for page in self.context.pages[1:] if len(self.context.pages) > 2 else []:
            _close(page, self.page)


def _close(page: Page, ours: Page) -> None:
    if page is not ours:
        page.close()
