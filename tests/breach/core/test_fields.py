"""Sealed columns: opened on first access, never in the database, in a repr, a filter or a dump."""

from __future__ import annotations

import pytest
from django.core import serializers
from django.core.exceptions import FieldError
from django.db import connection

from breach.core import keyring
from breach.core.fields import Sealed
from breach.models import AffectedPerson
from tests import factories

pytestmark = pytest.mark.django_db


def column(person: AffectedPerson, name: str) -> bytes | None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {name} FROM breach_affectedperson WHERE id = %s", [person.pk])
        (value,) = cursor.fetchone()
    return None if value is None else bytes(value)


def test_text_and_json_come_back_as_they_were() -> None:
    person = factories.person(family_name="Nguyễn 阮", aliases=["Ñandú", "李"])
    again = AffectedPerson.objects.get(pk=person.pk)
    assert (again.family_name, again.aliases) == ("Nguyễn 阮", ["Ñandú", "李"])


def test_the_database_holds_ciphertext_and_null_stays_null() -> None:
    person = factories.person(family_name="Zapata", sex=None)
    assert b"Zapata" not in (column(person, "family_name") or b"")
    assert column(person, "sex") is None
    assert AffectedPerson.objects.filter(pk=person.pk, sex__isnull=True).exists()


def test_nothing_is_opened_before_somebody_reads_it() -> None:
    pk = factories.person().pk
    keyring.forget()
    person = AffectedPerson.objects.get(pk=pk)
    assert isinstance(person.__dict__["family_name"], Sealed)
    assert repr(person.__dict__["family_name"]) == "<sealed>"
    assert not keyring._scope()


def test_saving_what_was_not_opened_keeps_it() -> None:
    person = factories.person(family_name="Zapata")
    before = column(person, "family_name")
    AffectedPerson.objects.get(pk=person.pk).save()
    assert column(person, "family_name") == before


def test_a_deferred_column_opens_too() -> None:
    pk = factories.person(family_name="Zapata").pk
    assert AffectedPerson.objects.defer("family_name").get(pk=pk).family_name == "Zapata"


def test_a_sealed_column_is_not_dumped() -> None:
    person = factories.person()
    with pytest.raises((FieldError, serializers.base.SerializationError)):
        serializers.serialize("json", [person])
