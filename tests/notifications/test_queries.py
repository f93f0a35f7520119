"""The numbers: each sums, each is of its incident only, and what is late or unowned is counted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from breach.access import counted_for
from breach.core.roles import Role
from breach.models import EvidenceKind, Exposure, FollowUp, RosterRow, Team
from breach.services import clock
from notifications import queries
from notifications.models import Delivery, Progress
from notifications.services import preparing, proving
from tests import factories
from tests.notifications.factories import newcomers, send_out
from tests.notifications.outbox_world import World


@pytest.fixture
def busy(world: World) -> World:
    """Two in custody at two places (one told), one through counsel, one nobody can find, one never prepared."""
    (told,) = world.detained(1)
    world.detained(1)
    send_out(world, [told])
    proving.record_evidence(
        actor=world.mail_room, notification=told.notification, kind=EvidenceKind.SIGNED_SHEET, proven_at=clock.now()
    )  # fmt: skip
    world.represented(1)
    newcomers(world, 1)
    preparing.prepare(actor=world.system, incident=world.incident)
    newcomers(world, 1)
    return world


def test_the_funnel_sums_to_the_people_with_every_state_named(busy: World) -> None:
    assert queries.funnel(busy.incident) == {
        "pending": 2, "ready": 2, "underway": 0, "notified": 1, "unreachable": 0, "withdrawn": 0,
    }  # fmt: skip
    assert queries.unprepared(busy.incident).count() == 1


@pytest.mark.parametrize("dimension", queries.DIMENSIONS)
def test_every_dimension_sums_to_the_prepared(busy: World, dimension: str) -> None:
    lines = queries.funnel_by(busy.incident, dimension)
    assert sum(line.total for line in lines) == 4
    assert sum(line.notified for line in lines) == 1
    assert [line.total for line in lines] == sorted((line.total for line in lines), reverse=True)


def test_lines_carry_names(busy: World) -> None:
    assert {line.label for line in queries.funnel_by(busy.incident, "facility")} == {
        "", "Invented Center 1", "Invented Center 2",
    }  # fmt: skip
    assert [line.label for line in queries.funnel_by(busy.incident, "language")] == ["Spanish"]
    assert {line.key for line in queries.funnel_by(busy.incident, "channel")} == {
        "hand",
        "email",
        "",
    }


def test_an_unknown_dimension_is_refused(busy: World) -> None:
    with pytest.raises(KeyError):
        queries.funnel_by(busy.incident, "nationality")


def test_a_run_is_measured(busy: World) -> None:
    job = queries.job_progress(busy.incident)
    assert (job.people, job.routed, job.proven) == (5, 4, 1)
    assert (job.letters, job.made, job.sent, job.waiting_to_send) == (3, 3, 1, 2)
    assert job.is_working


def test_a_finished_run_is_not_working(world: World) -> None:
    send_out(world, world.detained(2))
    assert not queries.job_progress(world.incident).is_working


def test_a_released_place_is_not_routed_yet(world: World) -> None:
    (exposure,) = newcomers(world, 1)
    Progress.objects.create(exposure=exposure, incident=world.incident)
    assert queries.job_progress(world.incident).routed == 0


def test_days_of_proof_for_the_burn_up(busy: World) -> None:
    assert queries.notified_by_day(busy.incident) == [(clock.today(), 1)]


def test_alarms_count_what_is_late_unknown_or_unowned(busy: World) -> None:
    today = clock.today()
    FollowUp.objects.filter(kind="no_route").update(due_on=today - timedelta(days=1))
    Delivery.objects.filter(channel="email").update(state="ambiguous")
    for kind in ("returned", "refused", "send_failed", "removed_untold"):
        FollowUp.objects.create(
            incident=busy.incident, exposure=newcomers(busy, 1)[0], kind=kind, reason="x", due_on=today,
            owner=busy.supervisor,
        )  # fmt: skip
    found = queries.alarms(busy.incident, today)
    assert (found.overdue, found.returned, found.ambiguous, found.failed) == (1, 2, 1, 1)
    assert (found.unassigned, found.removed_untold) == (1, 1)
    assert found.kinds == {
        "no_route": 1, "refused": 1, "removed_untold": 1, "returned": 1, "send_failed": 1,
    }  # fmt: skip


def test_numbers_are_of_one_incident(busy: World) -> None:
    other = factories.incident()
    assert sum(queries.funnel(other).values()) == 0
    assert queries.funnel_by(other, "channel") == []
    assert queries.alarms(other, clock.today()) == queries.Alarms()
    assert not queries.job_progress(other).is_working
    assert queries.roster_rows([other]) == RosterRow.objects.count() == 0


def test_a_case_worker_counts_whom_the_lists_can_show_and_a_supervisor_everybody(
    world: World,
) -> None:
    world.detained(3)
    mine, other = (factories.user(Role.CASE_WORKER) for _ in range(2))
    other.team = Team.objects.create(name="Another")
    other.save()
    one = Exposure.objects.filter(incident=world.incident).first()
    assert one is not None
    Exposure.objects.filter(pk=one.pk).update(caseworker=other)
    factories.exposure(incident=world.incident, caseworker=other)
    counted = {
        user: sum(queries.funnel(world.incident, counted_for(user)).values())
        for user in (mine, other, world.supervisor)
    }
    assert counted == {mine: 2, other: 4, world.supervisor: 4}
