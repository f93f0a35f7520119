"""Whatever changes a table leaves a row that says so: a verb, `update()`, COPY, raw SQL; and nothing personal."""

from __future__ import annotations

import hashlib
import io
import json
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models.functions import Now

from breach.core.watching import FEW, NOT_WATCHED, models_of_ours, watched
from breach.models import AffectedPerson, AuditEvent, Facility, TableChange, User
from breach.services import facilities
from breach.services.users import system_user
from tests import factories

pytestmark = pytest.mark.django_db


def changes(model: type) -> list[tuple[str, int]]:
    found = TableChange.objects.filter(table=model._meta.db_table).order_by("id")  # type: ignore[attr-defined]
    return list(found.values_list("operation", "rows"))


def test_every_way_to_change_a_table_leaves_a_row() -> None:
    people = [factories.person() for _ in range(3)]
    assert changes(AffectedPerson) == [("insert", 1)] * 3
    AffectedPerson.objects.update(do_not_contact=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE breach_affectedperson SET do_not_contact = false WHERE id = %s", [people[0].pk]
        )
        lines = io.StringIO("".join(f"{uuid4()}\tX{n}\t\tPlace\t\t\t\t\n" for n in range(2)))
        cursor.copy_expert(
            "COPY breach_facility (id, code, kind, name, address, county, state, field_office) FROM STDIN",
            lines,
        )
        cursor.execute("DELETE FROM breach_facility")
        cursor.execute("UPDATE breach_facility SET name = 'no such row'")
    assert changes(AffectedPerson)[3:] == [("update", 3), ("update", 1)]
    assert changes(Facility) == [("insert", 2), ("delete", 2)]


def test_it_says_which_rows_and_never_what_is_in_them() -> None:
    ids = sorted(str(factories.person(family_name="Quetzalcoatl").pk) for _ in range(3))
    AffectedPerson.objects.update(do_not_contact=True)
    change = TableChange.objects.filter(table="breach_affectedperson")[0]
    assert change.ids == ids
    assert change.ids_sha256 == hashlib.sha256(",".join(ids).encode()).hexdigest()
    assert "Quetzalcoatl" not in json.dumps(list(TableChange.objects.values()), default=str)


def test_of_many_rows_only_the_hash_is_kept() -> None:
    Facility.objects.bulk_create(Facility(code=f"F{n}", name="Place") for n in range(FEW + 1))
    change = TableChange.objects.get(table="breach_facility")
    assert (change.rows, change.ids) == (FEW + 1, None)
    assert len(change.ids_sha256) == 64


def test_a_change_by_a_verb_is_in_the_transaction_of_its_audit_event() -> None:
    content = b"Code,Name,Address,State\nA,Alpha,1 Road,TX\n"
    facilities.import_facilities(actor=system_user(), source=content)
    event = AuditEvent.objects.get(subject_type="facility")
    change = TableChange.objects.get(table="breach_facility")
    assert change.transaction == event.transaction != ""


def test_signing_in_is_no_change_of_an_account_but_a_new_role_is() -> None:
    user = factories.user("case_worker")  # type: ignore[arg-type]
    User.objects.filter(pk=user.pk).update(last_login=Now())
    assert changes(User) == [("insert", 1)]
    User.objects.filter(pk=user.pk).update(last_login=Now(), role="supervisor")
    assert changes(User) == [("insert", 1), ("update", 1)]


def test_every_table_of_ours_is_watched_in_three_ways() -> None:
    assert {model._meta.db_table for model in models_of_ours()} == watched().keys() | NOT_WATCHED
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, array_agg(tgname ORDER BY tgname) FROM pg_trigger"
            " WHERE tgfoid = 'breach_table_changed'::regproc AND tgenabled = 'O' GROUP BY 1"
        )
        triggers = dict(cursor.fetchall())
    assert triggers == {
        table: ["watch_delete", "watch_insert", "watch_update"] for table in watched()
    }
