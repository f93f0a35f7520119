"""Keys in use: one query for many, forgotten at the end of the scope, and gone for good when destroyed."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread

import pytest

from breach.core import crypto, keyring
from breach.models import AffectedPerson, PersonKey
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def forgetful() -> None:
    keyring.forget()


def test_a_name_opens_with_the_persons_own_key() -> None:
    pk = factories.person(family_name="Zapata").pk
    keyring.forget()
    assert AffectedPerson.objects.get(pk=pk).family_name == "Zapata"


def test_many_keys_cost_one_query(django_assert_num_queries: Callable[[int], object]) -> None:
    people = [factories.person() for _number in range(5)]
    keyring.forget()
    with django_assert_num_queries(1):  # type: ignore[attr-defined]  # a context manager
        keyring.preload(str(person.pk) for person in people)
        keyring.preload(str(person.pk) for person in people)
        assert len({keyring.data_key(str(person.pk)) for person in people}) == 5


def test_what_a_destroyed_key_sealed_cannot_be_read_any_more() -> None:
    person = factories.person(family_name="Zapata")
    PersonKey.objects.filter(person=person).update(wrapped=None, destroyed_at=person.created_at)
    keyring.forget()
    with pytest.raises(keyring.KeyDestroyed) as refusal:
        _ = AffectedPerson.objects.get(pk=person.pk).family_name
    assert "Zapata" not in str(refusal.value)


def test_a_wrapped_key_opens_for_its_owner_only() -> None:
    one, other = factories.person(), factories.person()
    stolen = PersonKey.objects.get(person=one).wrapped
    PersonKey.objects.filter(person=other).update(wrapped=stolen)
    keyring.forget()
    with pytest.raises(crypto.SealBroken):
        keyring.data_key(str(other.pk))


def test_one_scope_does_not_see_the_keys_of_another() -> None:
    person = factories.person()
    other = Thread(target=keyring.remember, args=(str(person.pk), bytes(32)))
    other.start()
    other.join()
    assert keyring.data_key(str(person.pk)) != bytes(32)
