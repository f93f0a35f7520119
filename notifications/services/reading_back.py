"""Reading what is about to leave, or has left, against the records as they stand: the check of a stage of release."""

from __future__ import annotations

from functools import lru_cache
from uuid import UUID

from notifications.guards import CALL
from notifications.models import Delivery, LetterVersion
from notifications.rendering.verifier import ExpectedLetter, check_letter

from . import letters


def misread(delivery: Delivery) -> tuple[str, ...]:
    """What another library finds wrong with the letter of this delivery; nothing is good.

    Load the delivery through `guards.at_the_gate`. Raises KeyDestroyed for a person who was shredded.
    """
    if delivery.channel == CALL:
        return ()
    return check_letter(
        delivery.artefact.pdf,
        ExpectedLetter(
            reference=delivery.notification.reference,
            address=tuple(delivery.address["lines"]),
            person_name=delivery.notification.exposure.person.full_name,
            headings=_headings(delivery.letter_version_id, delivery.language),
        ),
    )


def misaddressed(delivery_id: UUID, email: str, reference: str) -> bool:
    """Whether an envelope is not this delivery's, by its row read anew."""
    row = Delivery.objects.select_related("notification").get(pk=delivery_id)
    return (str(row.address.get("email", "")), row.notification.reference) != (email, reference)


@lru_cache(maxsize=64)
def _headings(version_id: UUID, language: str) -> tuple[str, ...]:
    # Safe to remember: the words of a version never change.
    version = LetterVersion.objects.get(pk=version_id)
    return tuple(letters.wordings_of(version)[language].headings)
