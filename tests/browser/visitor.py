"""Somebody in front of a browser window, who looks at pages the way people do."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, Request

from breach.models import User
from tests.signing_in import app_of, client_of, cookies_of, fresh_code

PASSWORD = "a long sentence to sign in"
WIDTHS = (390, 1280)
HEIGHT = 900
# Without preload: axe would ask for every stylesheet once more, some at a wrong path; only its rule on screen rotation
# reads them. Passes are not told, only violations.
AXE_OPTIONS = {"preload": False, "resultTypes": ["violations"]}
AXE_SCRIPT = Axe().axe_script
RUN_AXE = "options => axe.run(options).then(found => found.violations)"


@dataclass
class Visitor:
    """One browser window. Every request it makes is remembered; none may leave the host."""

    context: BrowserContext
    page: Page
    base: str
    strayed: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        self.page.goto(self.base + path)
        return self.page

    def arrive_as(self, user: User) -> None:
        """Signed in already, by a session of this user: for tests that are not about signing in."""
        self.context.add_cookies(
            [
                {"name": name, "value": value, "url": self.base}
                for name, value in cookies_of(client_of(user)).items()
            ]
        )

    def sign_in(self, username: str, lands_on: str = "home") -> Page:
        """Through the page, as people do; `lands_on` is the name of the desk's first page."""
        user = User.objects.get(username=username)
        app_of(user)
        self.open(reverse("sign-in"))
        self.page.get_by_label("User name").fill(username)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.get_by_label("Code").fill(fresh_code(user))
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.wait_for_url(self.base + reverse(lands_on))
        return self.page

    def assert_sound(self, name: str) -> None:
        """At both widths: no axe violation, nothing wider than the window, no request elsewhere.

        Leaves a picture of each in the ignored folder `var/screenshots`.
        """
        shots = Path(settings.BASE_DIR, "var", "screenshots")
        shots.mkdir(parents=True, exist_ok=True)
        assert not self.complaints, self.complaints
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": HEIGHT})
            self.page.screenshot(path=shots / f"{name}-{width}.png", full_page=True)
            wide = self.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{name} is {wide} px wide in a window of {width} px"
            told = self._violations()
            assert not told, f"{name} at {width} px: {told}"
        assert not self.strayed, f"{name} asked other hosts: {self.strayed}"
        self.complaints.clear()  # axe itself adds styles, which the policy refuses and reports

    def _violations(self) -> list[str]:
        """What axe-core finds on the page as it stands; it goes into a page once, and only its complaints come back."""
        if self.page.evaluate("typeof axe") == "undefined":
            self.page.evaluate(AXE_SCRIPT)
        found = self.page.evaluate(RUN_AXE, AXE_OPTIONS)
        return [
            f"{one['id']}: {one['help']} at {[node['target'] for node in one['nodes'][:3]]}"
            for one in found
        ]

    def watch(self) -> None:
        self.page.on("request", self._remember)
        self.page.on(
            "console", lambda line: line.type == "error" and self.complaints.append(line.text)
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _remember(self, request: Request) -> None:
        if not request.url.startswith((self.base, "data:", "blob:")):
            self.strayed.append(request.url)
