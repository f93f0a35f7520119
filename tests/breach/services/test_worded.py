"""Why somebody must act is read in the reader's language, facts included; what was stored before stays readable."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import translation

from breach.models import Exposure, FollowUp, Incident
from breach.reasons import Reason
from breach.services import clock, followups, rosters
from breach.services.worded import told
from tests import factories
from tests.factories import Cast

LIST = """Name,Birthdate,Nationality,Detention Location
"Robles, Ana",1990-03-14,Guatemala,An Unknown Jail
,1985-07-19,Mexico,An Unknown Jail
"""


def asked(cast: Cast, exposure: Exposure, reason: str | Reason) -> FollowUp:
    return followups.open_follow_up(
        actor=cast.supervisor, incident=exposure.incident, exposure=exposure, kind="no_translation", reason=reason,
        due_on=clock.today(),
    )  # fmt: skip


def test_a_reason_with_facts_is_read_in_spanish_with_its_facts(cast: Cast) -> None:
    follow_up = asked(
        cast, factories.exposure(), Reason("no_translation", {"language": "Portuguese"})
    )
    follow_up.refresh_from_db()
    assert follow_up.reason.startswith("No reviewed letter in Portuguese")
    assert told(follow_up) == follow_up.reason
    with translation.override("es"):
        assert told(follow_up).startswith("No hay carta revisada en portugués")


def test_days_and_forums_are_facts_of_the_readers_language_too(cast: Cast) -> None:
    exposure = factories.exposure()
    for reason, words in (
        (Reason("claim_waits", {"until": "2022-12-05"}), "5 de diciembre de 2022"),
        (Reason("no_translation", {"language": "An invented tongue"}), "An invented tongue"),
    ):
        with translation.override("es"):
            assert words in told(asked(cast, exposure, reason))


def test_a_rosters_row_names_its_roster_and_says_in_spanish_what_is_open(cast: Cast) -> None:
    incident = factories.incident()
    roster = rosters.stage_roster(
        actor=cast.supervisor, incident=incident, source=LIST.encode(), described_as="field office",
        as_of=date(2022, 11, 20),
    )  # fmt: skip
    with translation.override("es"):  # whoever commits it, English is what is stored
        rosters.commit_roster(actor=cast.supervisor, roster=roster)
    of_person = FollowUp.objects.get(incident=incident, kind="no_route")
    assert of_person.reason == (
        "Row 2 of the roster “field office”: "
        "Detention Location is no facility we know; find out where the person is held."
    )
    of_roster = FollowUp.objects.get(incident=incident, kind="roster_rows")
    with translation.override("es"):
        assert told(of_person).startswith(
            "Fila 2 de la lista «field office»: Detention Location no"
        )
        assert told(of_roster) == "Filas de la lista que esperan una decisión: 1"


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("Row 9: Detention Location is no facility we know.", None),
        ("The letter waits for two signatures; nothing goes out before.", "La carta espera"),
    ],
)
def test_a_sentence_without_facts_is_looked_up_by_its_words(
    cast: Cast, stored: str, shown: str | None
) -> None:
    follow_up = asked(cast, factories.exposure(), stored)
    with translation.override("es"):
        assert told(follow_up).startswith(shown or stored)


def test_a_new_reason_takes_its_own_facts_along_and_a_later_day_keeps_them(cast: Cast) -> None:
    exposure = factories.exposure(incident=Incident.objects.first() or factories.incident())
    follow_up = asked(cast, exposure, Reason("no_translation", {"language": "Portuguese"}))
    followups.reschedule(actor=cast.supervisor, follow_up=follow_up, due_on=clock.today())
    follow_up.refresh_from_db()
    assert follow_up.reason_facts["params"] == {"language": "Portuguese"}
    followups.reschedule(
        actor=cast.supervisor, follow_up=follow_up, due_on=clock.today(), reason="It waits."
    )
    follow_up.refresh_from_db()
    assert (follow_up.reason, follow_up.reason_facts) == ("It waits.", {})
