"""Every field of a person is declared sensitive or open, and a sensitive one is shown after a recorded look only."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import models
from rest_framework import serializers

from breach.models import AffectedPerson, Guardian

from . import sensitive, source, templates
from .source import Module


def test_every_field_of_a_person_and_of_what_hangs_on_one_is_declared() -> None:
    assert list(sensitive.undeclared(sensitive.models_of_people())) == []


def test_declared_models_are_those_of_people_and_no_others() -> None:
    assert set(sensitive.DECLARED) == set(sensitive.models_of_people())


def test_no_template_shows_a_sensitive_field_without_a_look() -> None:
    found = [text for shown in templates.shown() for text in sensitive.shown_without_a_look(shown)]
    assert not found, "\n".join(found)


def test_no_serializer_answers_with_a_sensitive_field_without_a_look() -> None:
    found = [
        text
        for one in sensitive.serializer_classes()
        for text in sensitive.serialized_without_a_look(one)
    ]
    assert not found, "\n".join(found)


def test_no_page_reaches_for_a_sensitive_field_without_a_look() -> None:
    found = [text for module in source.modules() for text in sensitive.opened_by_code(module)]
    assert not found, "\n".join(found)


def test_the_places_that_record_looks_exist() -> None:
    shown = {one.template for one in templates.shown()}
    assert set(sensitive.REVEALING_TEMPLATES) <= shown
    names = {one.__name__ for one in sensitive.serializer_classes()}
    assert names >= (sensitive.REVEALING_SERIALIZERS | sensitive.INPUT_ONLY)
    assert {where.rpartition(".")[0] for where in sensitive.COMPUTED} <= names
    assert {module.path for module in source.modules()} >= sensitive.REVEALING_MODULES


# Planted sins.

SINS = {
    "a name in a list": "{{ exposure.person.full_name }}",
    "a name behind a filter": "{{ row.exposure.person.family_name|upper }}",
    "a name as an argument": "{% load shell %}{% chip 'info' person.given_names %}",
    "a name in a condition": "{% if exposure.person.nationality %}x{% endif %}",
    "a name in a translated sentence": (
        "{% load i18n %}{% blocktranslate with who=notice.exposure.person.full_name %}{{ who }}{% endblocktranslate %}"
    ),
    "a place by way of a delivery": "{{ delivery.placement.facility.name }}",
    "a place in a row of nobody known": "{{ row.place.facility.name }}",
    "a loop over addresses": "{% for x in exposure.person.contact_points.all %}{{ x.pk }}{% endfor %}",
    "a guardian": "{{ guardian.phone }}",
    "a value of nobody known": "{{ thing.birth_date }}",
    "a value that a page has opened": "{{ revealed.identity }}",
    "a name that was handed on alone": "{{ full_name }}",
    "a property nobody has declared": "{{ person.has_changed }}",
    "a note of the log": "{{ logged.note|linebreaksbr }}",
}


@pytest.mark.parametrize("sin", SINS, ids=str)
def test_a_planted_value_is_found_in_a_template(sin: str) -> None:
    shown = templates.shown_by(SINS[sin])
    assert [text for one in shown for text in sensitive.shown_without_a_look(one)], shown


@pytest.mark.parametrize(
    "source",
    [
        "{{ exposure.person.initials }} {{ exposure.person.reference }}", "{{ delivery.artefact.sha256 }}",
        "{{ follow_up.get_kind_display }}", "{{ note }}", "{{ counsel.attorney.firm.name }}",
    ],
)  # fmt: skip
def test_what_may_be_shown_is_not_found(source: str) -> None:
    shown = templates.shown_by(source)
    assert shown
    assert not [text for one in shown for text in sensitive.shown_without_a_look(one)]


def test_a_planted_field_of_a_model_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AffectedPerson, "mothers_name", property(lambda self: ""), raising=False)
    found = list(sensitive.undeclared({"AffectedPerson": AffectedPerson}))
    assert found == ["AffectedPerson.mothers_name is not declared"]


def test_a_sealed_field_is_never_open(monkeypatch: pytest.MonkeyPatch) -> None:
    loose = sensitive.Declared(frozenset(), frozenset(sensitive.names_of(Guardian)))
    monkeypatch.setitem(sensitive.DECLARED, "Guardian", loose)
    found = list(sensitive.undeclared({"Guardian": Guardian}))
    assert "Guardian.name is sealed and declared open" in found


def test_a_model_nobody_has_declared_is_found() -> None:
    class Diary(models.Model):
        class Meta:
            app_label = "planted"

    assert list(sensitive.undeclared({"Diary": Diary})) == ["Diary is not declared"]


class _Leaky(serializers.ModelSerializer[AffectedPerson]):
    born = serializers.CharField(source="birth_date_text")

    class Meta:
        model = AffectedPerson
        fields = ["reference", "born"]


class _Computing(serializers.ModelSerializer[AffectedPerson]):
    name = serializers.SerializerMethodField()

    class Meta:
        model = AffectedPerson
        fields = ["reference", "name"]

    def get_name(self, person: AffectedPerson) -> str:
        return person.full_name


class _Plain(serializers.Serializer[Any]):
    given_names = serializers.CharField()


@pytest.mark.parametrize("leaky", [_Leaky, _Computing, _Plain])
def test_a_planted_field_of_a_serializer_is_found(leaky: type[serializers.Serializer[Any]]) -> None:
    assert list(sensitive.serialized_without_a_look(leaky))


def test_a_planted_page_that_reaches_for_a_name_is_found() -> None:
    planted = Module("breach/web/rogue.py", "def view(person):\n    return person.full_name\n")
    assert list(sensitive.opened_by_code(planted)) == [
        "breach/web/rogue.py:2 reaches for .full_name"
    ]
