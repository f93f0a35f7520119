"""A sample of a wording for those who review and sign it: an invented recipient, the same printer as real letters."""

from __future__ import annotations

from django.utils.translation import gettext as _

from breach.core.errors import Refused
from breach.core.references import new_reference
from breach.core.roles import Capability, require
from breach.models import DataElement, User
from breach.services import clock
from notifications.models import Translation
from notifications.rendering.letters import LetterInput, render_letter
from notifications.rendering.wording import wording_from_data

from . import letters

# Nobody's name: the sample must look like a letter without being about anyone.
PERSON, RECIPIENTS = (
    "Sample Person",
    {"representative": "Sample Attorney", "guardian": "Sample Guardian"},
)
ADDRESS = ("100 Sample Street", "Sampletown, TX 00000")


class CannotBeShown(Refused):
    """The sample lacks something a letter needs."""


def sample_letter(*, actor: User, translation: Translation, role: str, posture: str) -> bytes:
    """The letter to an invented recipient as PDF, with the incident's own facts. Raises CannotBeShown."""
    require(actor, Capability.VIEW_INCIDENT)
    incident = translation.version.letter.incident
    recipient = RECIPIENTS.get(role, PERSON)
    try:
        return render_letter(
            LetterInput(
                reference=new_reference("N"),
                wording=wording_from_data(translation.content),
                facts=letters.facts_of(incident),
                role=role,
                posture=posture,
                elements=tuple(incident.data_elements or [DataElement.NAME]),
                person_name=PERSON,
                recipient_name=recipient,
                address=(recipient, *ADDRESS),
                dated=clock.today(),
            )
        ).pdf
    except ValueError as problem:
        raise CannotBeShown(
            _("The sample cannot be printed: %(why)s") % {"why": problem}
        ) from problem
