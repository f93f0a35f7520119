"""Somebody of each desk on every page: opens it, sends its forms, and does all that goes wrong on it as well."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from http import HTTPStatus
from itertools import count
from urllib.parse import quote, urljoin

import requests
from django.conf import settings

from breach.core.roles import Role
from breach.models import User
from tests.addresses import candidates, patterns
from tests.campaigns.breaking import HEADER
from tests.campaigns.pages import Form, Forms, filled, somebody
from tests.campaigns.planted import EVERYBODY, hostile_csv, roster_csv
from tests.signing_in import client_of, cookies_of

# Their forms are shown and refused, not sent: the session would be over, or the walkers be somebody else.
OWN_DOOR = ("sign-", "session", "security", "factor", "passkey", "app-add", "step-up", "mfa", "recovery",
            "account", "password")  # fmt: skip
# Pages that exist only while somebody works on the program or in the demo, or behind a link that is in one hand only.
NOT_HERE = {
    "components", "component-part", "api-schema", "mail-sink", "demo-sign-in", "invitation",
}  # fmt: skip
TOKEN = "a" * 32
ANSWERS = (200, 302)  # a page, or a door that leads on


def cookies_for(user: User) -> dict[str, str]:
    """A session with a second factor shown just now, made in the database: how people sign in is shown elsewhere."""
    return cookies_of(client_of(user))


class Desk:
    """One user in front of the running server, by plain HTTP."""

    def __init__(self, base: str, user: User | None) -> None:
        self.base, self.user = base, user
        self.role = user.role if user else "anonymous"
        self.arrive()

    def arrive(self) -> None:
        """With a fresh session: some pages want to know again who sits there after five minutes."""
        self.http = requests.Session()
        cookies = cookies_for(self.user) if self.user else {}
        for name, value in {settings.CSRF_COOKIE_NAME: TOKEN, **cookies}.items():
            self.http.cookies.set(name, value)

    def get(self, path: str, **more: object) -> requests.Response:
        return self.http.get(self.base + path, allow_redirects=False, timeout=60, **more)  # type: ignore[arg-type]

    def send(
        self, path: str, values: dict[str, str], *, files: dict[str, tuple[str, bytes]] | None = None,
        headers: dict[str, str] | None = None, token: str = TOKEN,
    ) -> requests.Response:  # fmt: skip
        return self.http.post(
            self.base + path, data={**values, "csrfmiddlewaretoken": token}, files=files, headers=headers,
            allow_redirects=False, timeout=120,
        )  # fmt: skip


class Walk:
    """What was reached: names of pages with the desks and addresses that got an answer."""

    def __init__(self, base: str, users: list[User]) -> None:
        self.desks = [Desk(base, None), *(Desk(base, user) for user in users)]
        self.reached: dict[str, dict[str, str]] = defaultdict(dict)
        self.names: set[str] = set()
        self.sent: set[tuple[str, str]] = set()
        self._people = count()

    def everywhere(self) -> None:
        """Every page by GET for every desk; forms are sent by the first desk that may."""
        for route, pattern in patterns():
            if str(pattern.name) in self.reached or str(pattern.name) in NOT_HERE:
                continue
            self.names.add(str(pattern.name))
            for number, path in enumerate(candidates(route, pattern), start=1):
                # Ids are tried until one is somebody's; of all else a few are enough.
                if self._open(str(pattern.name), path) and ("<uuid" in route or number == 3):
                    break

    def unreached(self) -> set[str]:
        """Pages that answered nobody."""
        return self.names - set(self.reached) - NOT_HERE

    def _open(self, name: str, path: str) -> bool:
        """Whether somebody other than a stranger got an answer that is not "there is nothing"."""
        for desk in self.desks:
            answer = desk.get(path)
            if desk.user is None or answer.status_code in (403, 404):
                continue
            if answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
                if is_own_door(name):
                    self.reached[name][desk.role] = path
                else:
                    answer = desk.send(path, {})
            if answer.status_code < 500 and answer.status_code not in (403, 404):
                self.reached[name].setdefault(desk.role, path)
        return name in self.reached

    def send_forms(self) -> None:
        """Every form of every page, twice: with its first and with its last choices."""
        for desk in self.desks:
            desk.arrive()
        for name in sorted(self.reached):
            for role, path in list(self.reached[name].items()):
                desk = self.by_role(role)
                if name == "notify":
                    desk.arrive()
                page = desk.get(path)
                if page.status_code != HTTPStatus.OK or "html" not in page.headers["Content-Type"]:
                    continue
                for form in _own_forms(page.text):
                    self._send(desk, name, path, form)

    def _send(self, desk: Desk, name: str, path: str, form: Form) -> None:
        target = urljoin(path, form.action or path)
        if (name, target) in self.sent or target.endswith(("/sign-out/", "/language/")):
            return
        self.sent.add((name, target))
        one = somebody(next(self._people))
        files = {"file": (f"{one.family_name}.csv", hostile_csv())} if form.has_file else None
        wrong = filled(form, one, everywhere=True)
        desk.send(target, wrong, token="b" * 31)  # refused before the page
        desk.send(target, wrong, headers={HEADER: "1"}, files=files)
        if is_own_door(name):
            return
        for last in (False, True):
            desk.send(target, filled(form, one, last=last), files=files)

    def lose_the_way(self) -> None:
        """Addresses with somebody's data in them, as people and scanners make them up; unknown hosts and methods."""
        for number, one in enumerate(EVERYBODY):
            for desk in (self.desks[0], self.desks[1 + number % (len(self.desks) - 1)]):
                for text in (one.family_name, one.a_number, f"{one.given_names} {one.family_name}"):
                    typed = quote(text)
                    for path in (
                        f"/{typed}/", f"/incidents/{typed}/", f"/incidents/canary/people/{typed}/",
                        f"/incidents/canary/people/?name={typed}&facility={typed}", f"/api/exposures/?person={typed}",
                        f"/batches/{typed}/files/{typed}.pdf", f"/static/{typed}.css", f"/%FF{typed}/",
                    ):  # fmt: skip
                        desk.get(
                            path,
                            headers={
                                "Referer": f"{desk.base}/?q={typed}",
                                "User-Agent": one.a_number,
                            },
                        )
                        desk.get(path, headers={HEADER: "1", "X-Request-ID": one.a_number})
                desk.get("/", headers={"Host": f"{one.a_number}.example"})
                desk.http.request(one.a_number, desk.base + "/", timeout=30)
                Desk(desk.base, None).get("/sign-in/", cookies={"session": quote(one.family_name)})

    def upload(self, path: str, desk: Desk, files: dict[str, bytes]) -> None:
        """Files that are refused, and one that is cut off in the middle of the request."""
        for name, content in files.items():
            desk.send(path, {}, files={"file": (name, content)})
        desk.send(
            path,
            {},
            files={"file": (EVERYBODY[0].family_name, roster_csv())},
            headers={HEADER: "1"},
        )

    def by_role(self, role: str) -> Desk:
        return next(desk for desk in self.desks if desk.role == role)


def is_own_door(name: str) -> bool:
    """Whether the page is about how somebody gets in."""
    return any(word in name for word in OWN_DOOR)


def _own_forms(page: str) -> Iterator[Form]:
    """The forms of the page itself that change something."""
    yield from (form for form in Forms(page).found if form.method == "post")


def staff(users: list[User]) -> list[User]:
    """The desks in the order in which they walk: who may do most comes first."""
    order = [Role.SUPERVISOR, Role.PRIVACY_OFFICER, Role.CASE_WORKER, Role.MAIL_ROOM, Role.ATTORNEY, Role.AUDITOR,
             Role.ADMINISTRATOR]  # fmt: skip
    return sorted(users, key=lambda user: order.index(Role(user.role)))
