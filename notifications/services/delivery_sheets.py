"""The delivery sheet of one facility's batch, filled in from the records: who, which letter, which interpreter."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _

from breach.core import keyring
from breach.core.codes import language_name
from breach.models import Identifier, PersonLanguage
from notifications.models import Delivery
from notifications.rendering.sheets import SheetInput, SheetRow, render_sheet

ENDING = 4  # characters of the A-number on the sheet


def sheet_for(number: str, deliveries: Sequence[Delivery], today: date) -> bytes:
    """The sheet of these letters as PDF, in the order given; they are all for one facility and one incident."""
    placement, incident = deliveries[0].placement, deliveries[0].incident
    if placement is None:
        raise ValueError("a letter to be handed over has a placement")
    people = [row.person_id for row in deliveries]
    endings, spoken = _number_endings(people), _best_languages(people)
    rows = tuple(
        SheetRow(
            reference=row.notification.reference,
            name=row.notification.exposure.person.full_name,
            number_ending=endings.get(row.person_id, ""),
            reads=language_name(row.language),
            interpreter=_interpreter(spoken.get(row.person_id, ""))
            if row.notification.needs_interpreter
            else "",
        )
        for row in deliveries
    )
    sheet = SheetInput(
        batch_number=number,
        facility_name=placement.facility.name,
        facility_code=placement.facility.code,
        dated=today,
        rows=rows,
        agency_name=incident.agency_name,
        contact_phone=incident.contact_phone,
    )
    return render_sheet(sheet).pdf


def _interpreter(tag: str) -> str:
    """The language to call an interpreter for: the person's, which is not the letter's where nobody reads it."""
    return language_name(tag) if tag else _("ask which language")


def _best_languages(people: Sequence[UUID]) -> dict[UUID, str]:
    """Each person's best language, as a tag."""
    spoken = PersonLanguage.objects.filter(person__in=people).order_by("person", "-rank")
    return dict(spoken.values_list("person_id", "tag"))  # of several the last stays: the best


def _number_endings(people: Sequence[UUID]) -> dict[UUID, str]:
    """The last characters of each person's A-number, to tell two people of one name apart."""
    known = Identifier.objects.filter(person__in=people, kind="a_number")
    endings: dict[UUID, str] = {}
    for identifier in known:
        # The sheet does without one that does not open, as for those who have none.
        with suppress(*keyring.UNREADABLE):
            endings[identifier.person_id] = identifier.value[-ENDING:]
    return endings
