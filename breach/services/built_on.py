"""What somebody has built on a person or exposure since it was made: it decides whether the row may go again."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db.models import Model
from django.db.models.fields.reverse_related import ForeignObjectRel

from breach.models import (
    DuplicatePair,
    Exposure,
    FollowUp,
    Identifier,
    PersonKey,
    PersonLanguage,
    Placement,
    Representation,
    RosterRow,
)

# What an import itself makes. Anything else that points to a person or exposure is somebody's later work.
OF_PERSON: tuple[type[Model], ...] = (
    Identifier, PersonLanguage, Placement, Representation, PersonKey,
)  # fmt: skip
SETTLES_WITH = {FollowUp, RosterRow, DuplicatePair, Exposure, *OF_PERSON}


def pointed_to(model: type[Model], ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Which of these rows anything but an import points to, whichever app it belongs to."""
    wanted, found = list(ids), set[uuid.UUID]()
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and relation.related_model not in SETTLES_WITH:
            field = relation.field.name
            pointing = relation.related_model._base_manager.filter(**{f"{field}__in": wanted})
            found |= set(pointing.values_list(f"{field}_id", flat=True))
    return found
