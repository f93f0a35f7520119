"""What the declarations of sensitive fields are held against: models, templates, serializers, and the code of pages."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import Model
from django.urls import get_resolver
from rest_framework import serializers

import breach.models.declared
import notifications.models.declared
from breach.core.fields import SealedField
from breach.models import AffectedPerson
from breach.models.declared import Declared

from .source import Module
from .templates import Shown

# Rooms that talk to people, programs and clocks.
OUTER_ROOMS = (
    "breach/web", "breach/api", "breach/management", "breach/templatetags", "breach/tasks",
    "notifications/web", "notifications/portal", "notifications/api", "notifications/management",
    "notifications/tasks", "notifications/demo",
)  # fmt: skip

DECLARED: dict[str, Declared] = {
    **breach.models.declared.DECLARED,
    **notifications.models.declared.DECLARED,
}
SENSITIVE_NAMES = frozenset(name for one in DECLARED.values() for name in one.sensitive)
# Names that mean a sensitive field only on the right model; the others are unmistakable wherever they stand.
AMBIGUOUS = frozenset({
    "value", "name", "relationship", "address", "phone", "note", "source", "period", "facility", "index", "key",
    "country", "reasons", "cells", "file", "given", "pdf",
})  # fmt: skip
UNMISTAKABLE = SENSITIVE_NAMES - AMBIGUOUS

# What templates call a row of these models, wherever in a path the word stands.
ROOTS = {
    "person": "AffectedPerson", "exposure": "Exposure", "guardian": "Guardian", "point": "ContactPoint",
    "contact_point": "ContactPoint", "stay": "Placement", "placement": "Placement", "logged": "ContactLogEntry",
    "delivery": "Delivery", "duty": "Notification", "notice": "Notification", "notification": "Notification",
    "pair": "DuplicatePair", "follow_up": "FollowUp", "next_action": "FollowUp", "hold": "Hold", "delay": "Delay",
    "disclosure": "Disclosure", "export": "Export",
    "proof": "Evidence", "artefact": "Artefact", "identifier": "Identifier", "counsel": "Representation",
}  # fmt: skip
ROOTS_HERE = {
    ("breach/contact_entries.html", "entry"): "ContactLogEntry",
    ("breach/person_contacts.html", "entry"): "ContactLogEntry",
    ("breach/duplicates_review.html", "one"): "AffectedPerson",
    ("breach/roster_row.html", "row"): "RosterRow",
    ("notifications/deliveries_list.html", "row"): "Delivery",
    ("notifications/supervision_follow_ups.html", "row"): "FollowUp",
    ("breach/person_counsel.html", "one"): "Representation",
    ("breach/person_languages.html", "one"): "PersonLanguage",
}
# Values a page has opened already, under the names it shows them by.
OPENED = {
    ("revealed",), ("where",), ("breach/reveal_contacts.html", "contacts"),
    ("breach/reveal_disclosures.html", "disclosures"),
    ("breach/duplicates_review.html", "line", "first"), ("breach/duplicates_review.html", "line", "second"),
    ("breach/roster_row.html", "form", "cell_fields"),
}  # fmt: skip
# Ambiguous names on what is nobody's row: figures, forms, the mail room's batches.
HARMLESS = {
    "bar.value", "batch.facility", "facility.name", "facility.code", "figure.note", "figure.value", "form.file",
    "form.name", "form.source", "team.name",
    "line.cells", "one.value", "request.name", "roster.source", "attorney.name", "firm.name", "factor.name",
}  # fmt: skip
# Sealed at rest all the same: the sentence about a file, for whoever uploaded it; it names rows and columns, no values.
SEALED_AND_OPEN = {"RosterJob.problem"}
# What queries add to rows.
ADDED = {"Exposure": {"represented", "state"}, "Notification": {"attested_at"}}
# Where a look has been recorded before anything is shown; each with its verb.
REVEALING_TEMPLATES = {
    "breach/reveal_panel.html": "looking.look_at",
    "breach/reveal_whereabouts.html": "looking.look_at",
    "breach/reveal_contacts.html": "looking.look_at",
    "breach/reveal_disclosures.html": "looking.look_at",
    "breach/duplicates_review.html": "looking.look_at_all",
    "breach/roster_row.html": "looking.look_at_row",
}
REVEALING_SERIALIZERS = {
    "RevealedIdentitySerializer", "RevealedIdentifierSerializer", "RevealedWhereaboutsSerializer",
    "RevealedPlacementSerializer", "RevealedContactsSerializer", "RevealedContactPointSerializer",
    "RevealedGuardianSerializer", "RevealedNoteSerializer", "RevealedDisclosureSerializer",
}  # fmt: skip
REVEALING_MODULES = {"breach/web/reveal.py", "breach/api/reveals.py", "breach/web/duplicates.py"}
# Serializers whose fields go in and never come out, and computed fields that show no sensitive value.
INPUT_ONLY = {"NewContactSerializer", "LookSerializer"}
COMPUTED = {
    "MaskedPersonSerializer.initials", "FollowUpSerializer.reason", "FollowUpSerializer.closed_reason",
    "NotificationDetailSerializer.why",
}  # fmt: skip
# Code of pages that asks about a sensitive field without showing it.
ASKED_NOT_SHOWN = {
    ("breach/web/person.py", "placements"), ("breach/web/person.py", "contact_points"),
    ("breach/web/person.py", "died_on"), ("breach/web/person.py", "removed_on"),
    ("breach/web/person.py", "released_on"), ("breach/web/person_actions.py", "contact_points"),
}  # fmt: skip


@cache
def models_of_people() -> dict[str, type[Model]]:
    """AffectedPerson, whatever is sealed, and every model from which a chain of foreign keys leads to one of them."""
    ours = [one for one in apps.get_models() if one._meta.app_label in ("breach", "notifications")]
    found = {
        AffectedPerson,
        *(one for one in ours if any(isinstance(f, SealedField) for f in one._meta.fields)),
    }
    while more := {one for one in ours if one not in found and _targets(one) & found}:
        found |= more
    return {one.__name__: one for one in found}


def _targets(model: type[Model]) -> set[Any]:
    return {field.related_model for field in model._meta.fields if field.is_relation}


def names_of(model: type[Model]) -> set[str]:
    """Everything of a row that a template or serializer can name: fields, reverse relations, properties."""
    reverse = {
        relation.get_accessor_name()
        for relation in model._meta.related_objects
        if not relation.hidden
    }
    properties = {
        name for name, value in vars(model).items() if isinstance(value, property) and name != "pk"
    }
    return (
        {field.name for field in model._meta.fields} | {str(name) for name in reverse} | properties
    )


def undeclared(found: dict[str, type[Model]]) -> Iterator[str]:
    """Fields in neither list, in both, or declared and not there."""
    for name, model in found.items():
        known = DECLARED.get(name)
        if known is None:
            yield f"{name} is not declared"
            continue
        yield from (
            f"{name}.{field} is not declared"
            for field in names_of(model) - known.open - known.sensitive
        )
        yield from (f"{name}.{field} is declared twice" for field in known.open & known.sensitive)
        yield from (
            f"{name}.{field} does not exist"
            for field in (known.open | known.sensitive) - names_of(model)
        )
        yield from (
            f"{name}.{field.name} is sealed and declared open"
            for field in model._meta.fields
            if isinstance(field, SealedField)
            and field.name not in known.sensitive
            and f"{name}.{field.name}" not in SEALED_AND_OPEN
        )


def findings(model: str, parts: Iterable[str]) -> Iterator[str]:
    """Walk a path from a row of this model: its sensitive and its undeclared steps."""
    for part in parts:
        known = DECLARED.get(model)
        if known is None:
            return
        part = (
            part.removeprefix("get_").removesuffix("_display") if part.startswith("get_") else part
        )
        if part in known.sensitive:
            yield f"{model}.{part} is sensitive"
            return
        if (
            part in ("pk", "all", "count", "exists")
            or part.removesuffix("_id") in known.open
            or part in known.open
        ):
            model = _next(model, part)
        elif part not in ADDED.get(model, ()):
            yield f"{model}.{part} is not declared"
            return


def _next(model: str, part: str) -> str:
    """The model a step leads to; the same for `all` and the like, nothing for plain values."""
    if part in ("pk", "all", "count", "exists"):
        return model
    related = models_of_people()[model]._meta.fields_map.get(part)
    for field in models_of_people()[model]._meta.get_fields():
        name = field.name if field.concrete else getattr(field, "get_accessor_name", lambda: "")()
        if name == part and field.is_relation and field.related_model:
            return str(field.related_model.__name__)  # type: ignore[union-attr]  # never "self" once loaded
    return "" if related is None else str(related.related_model.__name__)


def shown_without_a_look(shown: Shown) -> Iterator[str]:
    """Whether a template that records no look shows something sensitive, or a field nobody has declared."""
    if shown.template in REVEALING_TEMPLATES:
        return
    path = shown.path
    if (
        (path[0],) in OPENED
        or (shown.template, *path[:1]) in OPENED
        or (shown.template, *path[:2]) in OPENED
    ):
        yield f"{shown} was opened"
    if len(path) == 1:
        if path[0] in UNMISTAKABLE:
            yield f"{shown} is sensitive"
        return
    for number, part in enumerate(path):
        model = ROOTS_HERE.get((shown.template, part)) if number == 0 else None
        model = model or ROOTS.get(part)
        if model:
            yield from (f"{shown}: {finding}" for finding in findings(model, path[number + 1 :]))
            return
        if number and part in SENSITIVE_NAMES and not _is_harmless(path, number):
            yield f"{shown}: {part} may be sensitive; say in tests/architecture/sensitive.py whose it is"


def _is_harmless(path: tuple[str, ...], number: int) -> bool:
    """Names of staff, counsel, firms and facilities in general, figures and form fields."""
    return path[number] in AMBIGUOUS and f"{path[number - 1]}.{path[number]}" in HARMLESS


def serialized_without_a_look(serializer: type[serializers.BaseSerializer[Any]]) -> Iterator[str]:
    """Whether a serializer that answers no recorded look has a field that is sensitive or not declared."""
    name = serializer.__name__
    if name in REVEALING_SERIALIZERS | INPUT_ONLY or not issubclass(
        serializer, serializers.Serializer
    ):
        return
    model = getattr(getattr(serializer, "Meta", None), "model", None)
    for field_name, field in serializer().fields.items():
        parts = (field.source or field_name).split(".")
        if isinstance(field, serializers.SerializerMethodField):
            if model and model.__name__ in DECLARED and f"{name}.{field_name}" not in COMPUTED:
                yield f"{name}.{field_name} is computed: declare that it shows nothing sensitive"
        elif model and model.__name__ in DECLARED:
            yield from (
                f"{name}.{field_name}: {finding}" for finding in findings(model.__name__, parts)
            )
        elif field_name in UNMISTAKABLE or set(parts) & UNMISTAKABLE:
            yield f"{name}.{field_name} is sensitive"


def serializer_classes() -> set[type[serializers.BaseSerializer[Any]]]:
    """Every serializer of the API."""
    assert get_resolver().url_patterns  # so that all of them are imported
    found: set[type[serializers.BaseSerializer[Any]]] = set()
    waiting: list[Any] = [serializers.BaseSerializer]
    while waiting:
        for one in waiting.pop().__subclasses__():
            if one not in found:
                found.add(one)
                waiting.append(one)
    return {one for one in found if one.__module__.startswith(("breach.", "notifications."))}


def opened_by_code(module: Module) -> Iterator[str]:
    """Pages and API views outside the recorded looks that reach for an unmistakable name."""
    if (
        not module.path.startswith(OUTER_ROOMS)
        or "/management/" in module.path
        or "/demo/" in module.path
    ):
        return
    if module.path in REVEALING_MODULES:
        return
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Attribute) or node.attr not in UNMISTAKABLE:
            continue
        if (module.path, node.attr) not in ASKED_NOT_SHOWN:
            yield f"{module.path}:{node.lineno} reaches for .{node.attr}"
