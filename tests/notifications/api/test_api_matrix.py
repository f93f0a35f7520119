"""Every address of the API x every desk: who is let in. Written from the policy; an address without a row fails."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from breach.api.permissions import Capabilities
from breach.core.roles import Role
from tests import factories
from tests.api_calls import post, signed_in

W, S, P, M, A, T, X = (
    Role.CASE_WORKER, Role.SUPERVISOR, Role.PRIVACY_OFFICER, Role.MAIL_ROOM, Role.AUDITOR, Role.ATTORNEY,
    Role.ADMINISTRATOR,
)  # fmt: skip
DESKS = (W, S, P, M, A, T, X)

# Method, address, who gets past the door. Behind it an absent id is a 404 and an empty body a 400.
TABLE: list[tuple[str, str, set[Role]]] = [
    ("GET", "incidents/", {W, S, P, M, A}),
    ("GET", "incidents/<uuid:pk>/", {W, S, P, M, A}),
    ("GET", "incidents/<uuid:pk>/funnel/", {W, S, P, M, A}),
    ("GET", "incidents/<uuid:pk>/funnel/<slug:dimension>/", {S, P, A}),
    ("POST", "incidents/<uuid:pk>/roster-jobs/", {S}),
    ("GET", "roster-jobs/<uuid:pk>/", {S}),
    ("GET", "exposures/", {W, S, P, A}),
    ("GET", "exposures/<uuid:pk>/", {W, S, P, A}),
    ("GET", "exposures/<uuid:pk>/contacts/", {W, S, P, A}),
    ("POST", "exposures/<uuid:pk>/contacts/", {W, S}),
    ("POST", "exposures/<uuid:pk>/reveal/", {W, S, P}),
    ("GET", "notifications/", {W, S, P, A, T}),
    ("GET", "notifications/<uuid:pk>/", {W, S, P, A, T}),
    ("GET", "deliveries/", {W, S, P, M, A}),
    ("GET", "deliveries/<uuid:pk>/", {W, S, P, M, A}),
    ("POST", "receipts/", {S, M}),
    ("GET", "receipt-files/", {S, M}),
    ("POST", "receipt-files/", {S, M}),
    ("GET", "follow-ups/", {W, S, P, M, A}),
    ("POST", "follow-ups/assign/", {S}),
    ("GET", "follow-ups/<uuid:pk>/", {W, S, P, M, A}),
    ("POST", "follow-ups/<uuid:pk>/close/", {W, S, P, M, A}),
    ("POST", "follow-ups/<uuid:pk>/reschedule/", {W, S, P, M, A}),
]


def declared() -> Iterator[tuple[str, str, Capabilities]]:
    """Every address of the API with its methods, as the program has them."""
    parts: list[URLPattern | URLResolver] = []
    for one in get_resolver().url_patterns:
        if isinstance(one, URLResolver) and str(one.pattern) == "api/":
            parts += one.url_patterns
    for part in parts:
        assert isinstance(part, URLPattern)
        view = part.callback.cls  # type: ignore[attr-defined]  # every view of the API is a class
        for method in {"get", "post", "put", "patch", "delete"} & set(dir(view)):
            yield method.upper(), str(part.pattern), view.capabilities


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    assert {(method, path) for method, path, _ in declared()} == {row[:2] for row in TABLE}


def test_every_method_declares_its_capability() -> None:
    for method, path, capabilities in declared():
        assert capabilities.get(method), (method, path)


@pytest.mark.parametrize(
    ("method", "path", "let_in"),
    TABLE,
    ids=lambda value: value if isinstance(value, str) else f"{len(value)} desks",
)
def test_the_door(db: None, method: str, path: str, let_in: set[Role]) -> None:
    url = "/api/" + path.replace("<uuid:pk>", str(uuid.uuid4())).replace("<slug:dimension>", "firm")

    def knock(client: Client) -> int:
        answer = post(client, url, {}) if method == "POST" else client.get(url)
        return int(answer.status_code)

    absent = 404 if "pk" in path else 200
    inside = {"GET": {absent}, "POST": {400, 404, 415}}[method]
    for desk in DESKS:
        status = knock(signed_in(factories.user(desk)))
        assert status in (inside if desk in let_in else {403}), (desk, status)
    assert knock(Client()) == 403
