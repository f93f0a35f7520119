"""The panel that opens a person's identity, whereabouts, contacts and disclosures, and what it shows once open."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from breach.access import disclosures_about
from breach.core import keyring
from breach.core.roles import Capability, can
from breach.looks import standing
from breach.models import Disclosure, Exposure, User
from breach.services.looking import Part, look_at
from breach.services.rosters_places import listed_places
from breach.web import identities
from breach.web.acting import carried_out, sent_by
from breach.web.finding import user_of
from breach.web.forms.reveal import RevealForm

NOTES_SHOWN = 30
PANEL = "breach/reveal_panel.html"


def closed_panel(
    user: User, exposure: Exposure, back: str, initial: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The panel as every page first shows it: a form, and how much of the budget is left. `back` names the page."""
    return _panel(user, exposure, back, RevealForm(initial=initial), ())


def asked_panel(request: HttpRequest, exposure: Exposure, back: str) -> dict[str, Any]:
    """The panel after its form was sent: the requested parts, recorded before they are opened; or why not."""
    form, user = RevealForm(sent_by(request)), user_of(request)
    opened = carried_out(
        request, form, lambda: look_at(actor=user, exposure=exposure, **form.asked())
    )
    parts = form.cleaned_data["parts"] if opened else ()
    return _panel(user, exposure, back, form, parts)


def opened(exposure: Exposure, parts: Collection[str]) -> dict[str, Any]:
    """The values of these parts, under the names of the parts. Only after the look is recorded."""
    found = {
        Part.IDENTITY: _identity,
        Part.WHEREABOUTS: _whereabouts,
        Part.CONTACTS: _contacts,
        Part.DISCLOSURES: _disclosures,
    }
    return {part: found[Part(part)](exposure) for part in Part.values if part in parts}


def _panel(
    user: User, exposure: Exposure, back: str, form: RevealForm, parts: Collection[str]
) -> dict[str, Any]:
    here = {"slug": exposure.incident.slug, "reference": exposure.person.reference}
    may_look = can(user, Capability.VIEW_IDENTITY)
    return {
        "incident": exposure.incident,
        "exposure": exposure,
        "look": form,
        "revealed": opened(exposure, parts),
        "standing": standing(user) if may_look else None,
        "may_look": may_look,
        "may_correct": can(user, Capability.EDIT_PERSON),
        "reveal_url": reverse(f"{back}-reveal", kwargs=here),
        "close_url": reverse(back, kwargs=here),
    }


def _identity(exposure: Exposure) -> list[tuple[str, object]]:
    person = exposure.person
    return [
        (_("Name"), person.full_name),
        (_("Name as listed"), person.name_as_listed),
        (_("Also known as"), ", ".join(map(str, person.aliases))),
        (_("Date of birth"), identities.day(person.birth_date)),
        (_("A-number"), ", ".join(found.value for found in person.identifiers.all())),
        (_("Nationality"), identities.country(person.nationality)),
        (_("Sex"), identities.sex(person.sex)),
    ]


def _whereabouts(exposure: Exposure) -> dict[str, Any]:
    """Stays, the newest first, dated facts where there are any, and the place as the lists name it."""
    person = exposure.person
    facts = [
        (_("Released on"), person.released_on),
        (_("Removed on"), person.removed_on),
        (_("Died on"), person.died_on),
        (_("According to"), person.fact_source),
    ]
    return {
        "facts": [(label, value) for label, value in facts if value],
        "placements": list(person.placements.select_related("facility").order_by("-period")),
        "listed": listed_places(exposure),
    }


def _contacts(exposure: Exposure) -> dict[str, Any]:
    person = exposure.person
    notes = exposure.contacts.filter(note__isnull=False).select_related("by")
    return {
        "safe_note": person.safe_contact_note,
        "contact_points": list(person.contact_points.all()),
        "guardians": list(person.guardians.filter(is_current=True)),
        "notes": list(notes[:NOTES_SHOWN]),
    }


def _disclosures(exposure: Exposure) -> dict[str, Any]:
    """The accounting of disclosures with the recipients' names and addresses."""
    rows = list(disclosures_about(exposure).select_related("person"))
    keyring.preload(str(row.person_id) for row in rows)
    return {"rows": [(row, _recipient(row)) for row in rows]}


def _recipient(row: Disclosure) -> dict[str, str]:
    try:
        return dict(row.recipient or {})
    except keyring.KeyDestroyed:  # of a record that was joined to this one
        return {}
