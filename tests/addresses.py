"""Every path of the program with values in it that exist: so that a walk finds new pages by itself.

Values come from the database: an id is looked for among the rows that the word before it names
("follow-ups/<uuid:pk>/"), or among all when it names none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import models
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from breach.models import AffectedPerson, Incident
from notifications.models import Batch, Evidence, LetterVersion, Notification
from notifications.queries import DIMENSIONS
from notifications.web.ending import TITLES

FEW = 14  # rows of a kind that are tried
MOST = 200  # paths of a pattern that are tried
PART = re.compile(r"<(?:(\w+):)?(\w+)>")
WORDS = {  # parts of addresses that are words of the program
    "action": ["transfer", "released", "contact-point", "guardian"],
    "dimension": sorted(DIMENSIONS),
    "language": ["en", "es"],
    "part": ["404", "panel"],
    "name": ["letters.pdf", "manifest.csv", "cover.pdf", "sheet.pdf"],
}  # fmt: skip


def patterns() -> Iterator[tuple[str, URLPattern]]:
    """Every route with its pattern, named or not."""
    yield from _below(get_resolver(), "")


def _below(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _below(entry, prefix + str(entry.pattern))
        else:
            yield prefix + str(entry.pattern), entry


def candidates(route: str, pattern: URLPattern) -> list[str]:
    """Paths of one pattern, the likeliest first. Empty when nothing in the database fits it."""
    paths: list[dict[str, object]] = [{}]
    for part in PART.finditer(route):
        kind, name = part.groups()
        before = route[: part.start()].rstrip("/").rpartition("/")[2]
        values = list(_values(kind or "str", name, before, route))
        paths = [{**path, name: value} for value in values for path in paths][:MOST]
    found = []
    owners = _owners() if "<uuid:pk>" in route and "reference" in route else {}
    for kwargs in paths:
        owner = owners.get(kwargs.get("pk"))
        if owner is not None and "reference" in kwargs:
            kwargs = {**kwargs, "reference": owner}  # under anybody else it is not there
        try:
            found.append(reverse(str(pattern.name), kwargs=kwargs))
        except NoReverseMatch:
            continue
    return list(dict.fromkeys(found))


def _owners() -> dict[object, str]:
    """Whose each row is, for kinds that hang on a person."""
    ways = {
        model: "person__reference"
        for model in _models()
        if any(field.name == "person" and field.is_relation for field in model._meta.fields)
    }
    ways[Evidence] = "notification__exposure__person__reference"
    return {
        pk: reference
        for model, way in ways.items()
        for pk, reference in model._default_manager.values_list("pk", way)[:500]
    }


def _values(kind: str, name: str, before: str, route: str) -> Iterator[object]:
    if name == "action" and "counsel" in route:
        yield from ("verify", "withdraw", "dispute")
    elif name == "action" and "notice" in route:
        yield from TITLES
    elif name in WORDS:
        yield from WORDS[name]
    elif name == "reference":
        rows = Notification.objects if "notice" in before else AffectedPerson.objects
        yield from rows.order_by("pk").values_list("reference", flat=True)[:FEW]
    elif kind == "int" and name == "pk":
        yield from Authenticator.objects.order_by("pk").values_list("pk", flat=True)[:FEW]
    elif kind == "uuid":
        yield from _ids(before)
    elif name == "slug":
        yield from Incident.objects.order_by("-created_at", "pk").values_list("slug", flat=True)[
            :FEW
        ]
    elif name == "number" and kind == "slug":
        yield from Batch.objects.values_list("number", flat=True)[:FEW]
    elif name == "number":
        yield from sorted({1, 2, *LetterVersion.objects.values_list("number", flat=True)[:FEW]})
    else:
        yield "x"


def _ids(before: str) -> Iterator[UUID]:
    named, others = [], []
    for model in _models():
        ids = list(model._default_manager.order_by("pk").values_list("pk", flat=True)[:FEW])
        if _fits(before, model):
            named += ids
        else:
            others += ids[:1]
    yield from named or others


def _fits(before: str, model: type[models.Model]) -> bool:
    """Whether the word of an address ("deliveries", "jobs") names the rows of this model."""
    word = re.sub("s$", "", re.sub("ies$", "y", before.replace("-", "")))
    name = model._meta.model_name or ""
    aliases = {"account": "user", "look": "user", "counsel": "representation", "proof": "evidence"}
    return name == aliases.get(word, word) or name.endswith(word) if word else False


@cache
def _models() -> tuple[type[models.Model], ...]:
    ours = (
        model
        for app in ("breach", "notifications")
        for model in apps.get_app_config(app).get_models()
    )
    return tuple(model for model in ours if isinstance(model._meta.pk, models.UUIDField))
