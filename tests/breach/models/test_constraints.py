"""What PostgreSQL itself refuses, whoever asks."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import FieldError
from django.db import DatabaseError, IntegrityError, connection, transaction

from breach.core import crypto
from breach.models import (
    AffectedPerson,
    AuditEvent,
    ContactLogEntry,
    Delay,
    FollowUp,
    FollowUpKind,
    Forum,
    SignOff,
)
from breach.models.disclosures import SignOffSubject
from breach.services import audit, clock, contacts, holds
from breach.services.users import system_user
from tests import factories
from tests.factories import Cast

pytestmark = pytest.mark.django_db


def refused_by_database(call) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        call()


def test_stays_of_one_person_never_overlap() -> None:
    person = factories.person()
    factories.placement(person, until=date(2023, 1, 1))
    factories.placement(person, since=date(2023, 1, 1))
    refused_by_database(
        lambda: factories.placement(person, since=date(2022, 12, 31), until=date(2023, 1, 1))
    )


def test_one_forum_has_one_active_lead_at_a_time() -> None:
    person = factories.person()
    factories.representation(person)
    factories.representation(person, forum=Forum.EOIR)
    factories.representation(person, is_lead=False)
    factories.representation(person, status="claimed", evidence="none")
    refused_by_database(lambda: factories.representation(person))


def test_an_active_representation_has_evidence() -> None:
    refused_by_database(lambda: factories.representation(factories.person(), evidence="none"))


def test_a_hold_is_never_shortened_moved_or_deleted(cast: Cast) -> None:
    exposure = factories.exposure()
    hold = holds.start_hold(
        actor=cast.worker, exposure=exposure, notified_at=clock.now(), evidence_id=uuid4()
    )
    rows = type(hold).objects.filter(pk=hold.pk)
    rows.update(until=hold.until + timedelta(days=1))
    refused_by_database(lambda: rows.update(until=hold.until))
    refused_by_database(lambda: rows.update(exposure=factories.exposure()))
    refused_by_database(rows.delete)


def test_the_history_is_only_ever_added_to() -> None:
    incident = factories.incident()
    for number in (1, 2):
        audit.record(
            actor=system_user(),
            action="test.happened",
            subject=incident,
            incident=incident,
            number=number,
        )
    connection.check_constraints()  # the chain is built at commit
    first, second = AuditEvent.objects.filter(action="test.happened")
    assert (first.seq, second.seq) == (1, 2)
    assert (
        second.prev_hash == first.hash == crypto.sha256_hex((first.prev_hash + first.body).encode())
    )
    event = AuditEvent.objects.filter(pk=first.pk)
    refused_by_database(lambda: event.update(action="test.rewritten"))
    refused_by_database(lambda: event.update(seq=9))
    refused_by_database(event.delete)
    with connection.cursor() as cursor:
        refused_by_database(lambda: cursor.execute("TRUNCATE breach_auditevent"))


def test_contact_entries_and_signatures_are_only_ever_added(cast: Cast) -> None:
    exposure = factories.exposure()
    entry = contacts.log_contact(
        actor=cast.worker,
        exposure=exposure,
        at=clock.now(),
        channel="phone",
        reached="person",
        outcome="refused",
    ).entry
    entries = ContactLogEntry.objects.filter(pk=entry.pk)
    refused_by_database(lambda: entries.update(outcome="understood"))
    refused_by_database(entries.delete)
    signature = {"incident": exposure.incident, "subject": SignOffSubject.LETTER_VERSION, "subject_id": uuid4(),
                 "content_sha256": "0" * 64, "author": cast.privacy}  # fmt: skip
    signed = SignOff.objects.create(signed_by=cast.supervisor, **signature)
    refused_by_database(SignOff.objects.filter(pk=signed.pk).delete)
    refused_by_database(lambda: SignOff.objects.create(signed_by=cast.supervisor, **signature))
    refused_by_database(lambda: SignOff.objects.create(signed_by=cast.privacy, **signature))


def test_a_follow_up_is_about_something_and_open_once_per_kind(cast: Cast) -> None:
    exposure = factories.exposure()
    given = {
        "incident": exposure.incident,
        "kind": FollowUpKind.OTHER,
        "reason": "x",
        "due_on": clock.today(),
    }
    FollowUp.objects.create(exposure=exposure, **given)
    refused_by_database(lambda: FollowUp.objects.create(exposure=exposure, **given))
    refused_by_database(lambda: FollowUp.objects.create(**given))
    refused_by_database(lambda: FollowUp.objects.update(state="done"))


def test_a_delay_ends_after_it_starts(cast: Cast) -> None:
    today = clock.today()
    refused_by_database(
        lambda: Delay.objects.create(
            incident=factories.incident(), authority="x", reason="x", decided_by=cast.privacy,
            starts_on=today, ends_on=today - timedelta(days=1),
        )
    )  # fmt: skip


def test_nobody_is_a_superuser_or_of_an_unknown_desk() -> None:
    refused_by_database(lambda: factories.user("owner"))
    refused_by_database(lambda: factories.user("auditor", is_superuser=True))


def test_a_sealed_value_opens_only_in_its_own_row_and_column() -> None:
    one, other = factories.person(family_name="Zapata"), factories.person(family_name="Ibarra")
    columns = "family_name, given_names"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM breach_affectedperson WHERE id = %s", [one.pk])
        name, given = cursor.fetchone()
        assert b"Zapata" not in bytes(name)
        cursor.execute(
            "UPDATE breach_affectedperson SET family_name = %s WHERE id = %s", [name, other.pk]
        )
        cursor.execute(
            "UPDATE breach_affectedperson SET family_name = %s WHERE id = %s", [given, one.pk]
        )
    for swapped in (one, other):
        with pytest.raises(crypto.SealBroken):
            _ = AffectedPerson.objects.get(pk=swapped.pk).family_name


def test_a_sealed_column_is_neither_searched_nor_bulk_updated() -> None:
    factories.person(family_name="Zapata")
    with pytest.raises(FieldError):
        AffectedPerson.objects.filter(family_name="Zapata").exists()
    with pytest.raises(FieldError):
        AffectedPerson.objects.update(family_name="Ibarra")


def test_an_exposure_exists_once_per_person_and_incident() -> None:
    exposure = factories.exposure()
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.exposure(of=exposure.person, incident=exposure.incident)
