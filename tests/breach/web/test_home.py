"""Each desk starts where its work is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from breach.core.roles import Role
from breach.models import FollowUpKind, User
from breach.services import clock, followups
from tests import factories
from tests.breach.web.conftest import SignIn
from tests.factories import Cast


def opened(cast: Cast, owner: User, days: int, kind: str = FollowUpKind.CALL_BACK) -> None:
    exposure = factories.exposure()
    followups.open_follow_up(
        actor=cast.supervisor, incident=exposure.incident, exposure=exposure, kind=kind,
        reason="Nobody picked up", due_on=clock.today() + timedelta(days=days), owner=owner,
    )  # fmt: skip


def test_a_case_worker_sees_the_own_work_counted_by_its_date(cast: Cast, sign_in: SignIn) -> None:
    opened(cast, cast.worker, 0)
    opened(cast, cast.worker, 3)
    opened(cast, cast.supervisor, 0)
    page = sign_in(cast.worker).get(reverse("home"))
    assert [figure["value"] for figure in page.context["stats"]] == [2, 0, 1, 1]
    assert "Nobody picked up" in page.content.decode()


def test_a_threat_stands_first(cast: Cast, sign_in: SignIn) -> None:
    opened(cast, cast.worker, 0)
    opened(cast, cast.worker, 2, FollowUpKind.SAFETY_CONCERN)
    steps = sign_in(cast.worker).get(reverse("home")).context["next_steps"]
    assert steps[0]["title"] == "A threat was reported"


def test_an_attorney_goes_straight_to_the_own_clients(cast: Cast, sign_in: SignIn) -> None:
    assert sign_in(cast.attorney).get(reverse("home")).url == reverse("portal-home")


@pytest.mark.parametrize(
    ("desk", "shown"),
    [
        ("supervisor", "Where everybody stands"),
        ("mail_room", "What goes out, and what came back"),
        ("privacy", "What waits for your signature"),
        ("auditor", "What happened last"),
    ],
)
def test_each_desk_has_its_own_start(cast: Cast, sign_in: SignIn, desk: str, shown: str) -> None:
    factories.incident()
    assert shown in sign_in(getattr(cast, desk)).get(reverse("home")).content.decode()


def test_the_administrator_sees_who_can_sign_in_and_no_case(db: None, sign_in: SignIn) -> None:
    incident = factories.incident()
    text = sign_in(factories.user(Role.ADMINISTRATOR)).get(reverse("home")).content.decode()
    assert "Who can sign in" in text
    assert incident.title not in text


def test_more_work_costs_no_more_queries(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.worker)

    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            client.get(reverse("home"))
        return len(counted)

    opened(cast, cast.worker, 0)
    opened(cast, cast.worker, 0)
    queries()
    before = queries()
    for _number in range(6):
        opened(cast, cast.worker, 1)
    assert queries() == before
