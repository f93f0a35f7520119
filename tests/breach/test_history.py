"""The chain: made by the database, walked by anybody, and every kind of tampering shows."""

from __future__ import annotations

import pytest
from django.db import connection

from breach import history
from breach.models import AuditEvent, Incident
from breach.services import audit
from breach.services.users import system_user
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def stream() -> str:
    """Five chained events of one incident."""
    incident = factories.incident()
    for number in range(5):
        record(incident, number)
    connection.check_constraints()  # what a commit does: the chain is made
    return f"incident:{incident.pk}"


def record(incident: Incident, number: int) -> None:
    audit.record(
        actor=system_user(),
        action="test.happened",
        subject=incident,
        incident=incident,
        number=number,
    )


def tamper(statement: str, *values: object) -> None:
    """As the owner of the table, past its triggers."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE breach_auditevent DISABLE TRIGGER USER")
        cursor.execute(statement, values)
        cursor.execute("ALTER TABLE breach_auditevent ENABLE TRIGGER USER")


def test_an_untouched_chain_holds(stream: str) -> None:
    found = history.verify(stream)
    assert found.holds
    assert (found.events, found.first_break) == (5, None)
    assert found.last_hash == AuditEvent.objects.get(stream=stream, seq=5).hash
    assert stream in history.streams()


@pytest.mark.parametrize(
    ("statement", "first_break"),
    [
        ("UPDATE breach_auditevent SET action = 'x' WHERE stream = %s AND seq = 3", 3),
        ("UPDATE breach_auditevent SET actor_label = 'x' WHERE stream = %s AND seq = 1", 1),
        ("UPDATE breach_auditevent SET changes = '{}' WHERE stream = %s AND seq = 2", 2),
        ("UPDATE breach_auditevent SET reason = 'x' WHERE stream = %s AND seq = 5", 5),
        ("UPDATE breach_auditevent SET actor_id = NULL WHERE stream = %s AND seq = 2", 2),
        (
            "UPDATE breach_auditevent SET at = at + interval '1 day' WHERE stream = %s AND seq = 4",
            4,
        ),
        ("DELETE FROM breach_auditevent WHERE stream = %s AND seq = 1", 1),
        ("DELETE FROM breach_auditevent WHERE stream = %s AND seq = 3", 3),
        ("UPDATE breach_auditevent SET seq = 9 WHERE stream = %s AND seq = 5", 5),
        # A forger who makes the hash fit the new text cannot make it fit the next link.
        (
            "UPDATE breach_auditevent SET body = replace(body, 'test', 'tost'), action = 'tost.happened', hash = "
            "encode(sha256(convert_to(prev_hash || replace(body, 'test', 'tost'), 'UTF8')), 'hex') "
            "WHERE stream = %s AND seq = 2",
            3,
        ),
    ],
)
def test_tampering_shows_where_it_was_done(stream: str, statement: str, first_break: int) -> None:
    tamper(statement, stream)
    found = history.verify(stream)
    assert not found.holds
    assert found.first_break == first_break


def test_an_event_slipped_in_beside_the_chain_shows(stream: str) -> None:
    tamper(
        "INSERT INTO breach_auditevent (stream, actor_label, actor_role, action, subject_type, subject_id, reason, "
        "changes, body, prev_hash, hash) VALUES (%s, 'x', 'x', 'x', 'x', 'x', '', '{}', '', '', '')",
        stream,
    )
    assert history.verify(stream).breaks == 1


def test_each_stream_is_a_chain_of_its_own(stream: str) -> None:
    other = factories.incident()
    record(other, 1)
    connection.check_constraints()
    assert AuditEvent.objects.get(stream=f"incident:{other.pk}").seq == 1
    assert history.verify(stream).events == 5


def test_the_body_alone_tells_everything_to_who_only_has_sha256(stream: str) -> None:
    event = AuditEvent.objects.filter(stream=stream).earliest("seq")
    assert '"action": "test.happened"' in event.body
    assert '"number": 0' in event.body
