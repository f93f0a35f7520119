"""Executes the table: tens of thousands of real requests, each compared with what the policy says."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest
from django.test import override_settings
from django.urls import URLPattern, URLResolver, get_resolver

from breach.models import Exposure, Incident
from breach.web import finding, incidents
from tests.headers import missing

from . import asking, world
from .rows import ROLES, STATUS, Row
from .table import TABLE


@pytest.fixture(scope="module")
def everything(
    django_db_setup: None, django_db_blocker: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[world.World]:  # fmt: skip
    """One world for the whole table; each request is rolled back, and in the end the world is."""
    spool: Path = tmp_path_factory.mktemp("spool")
    logging.disable(logging.CRITICAL)
    with django_db_blocker.unblock(), override_settings(SPOOL_DIR=spool), transaction.atomic():  # type: ignore[attr-defined]
        yield world.make()
        transaction.set_rollback(True)
    logging.disable(logging.NOTSET)


def names(resolver: URLResolver) -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield str(entry.name)
        else:
            yield from names(entry)


def without_row(addresses: set[str]) -> set[str]:
    return addresses - {row.name for row in TABLE}


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    known = Counter(names(get_resolver()))
    assert not without_row(set(known)), "write their rows into tests/matrix/table.py"
    assert {row.name for row in TABLE} <= set(known)
    assert not [name for name, often in known.items() if often > 1], "two addresses of one name"


def test_an_address_without_a_row_is_found() -> None:
    assert without_row({"home", "planted"}) == {"planted"}


def test_a_row_has_a_letter_for_each_role() -> None:
    for row in TABLE:
        for told in row.answers.values():
            assert len(told) == len(ROLES), row.name
            assert set(told) <= set(STATUS), row.name


@pytest.mark.django_db
@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_the_program_does_what_the_table_says(row: Row, everything: world.World) -> None:
    wrong = list(asking.findings(row, everything))
    assert not wrong, "\n".join([f"{len(wrong)} cells are wrong", *wrong[:20]])


def planted(row: Row, **answers: str) -> Row:
    """The row as somebody might get it wrong."""
    return replace(row, answers={**row.answers, **answers})


ROW = {row.name: row for row in TABLE}
ANYTHING = re.compile(".+")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (planted(ROW["people-list"], GET="oooooo-"), "GET people-list as mail_room: own is 403, expected 200"),
        (planted(ROW["people-list"], GET="-oo-o--"), "GET people-list as case_worker: own is 200, expected 403"),
        (planted(ROW["follow-up-take"], POST="ddddd--"), "as auditor: own is 403, expected 302"),
        (replace(ROW["home"], strangers="o"), "GET home as disabled: 302, expected 200"),
    ],
    ids=["lets in", "keeps out", "unlocks", "knows no strangers"],
)  # fmt: skip
def test_a_wrong_cell_is_found(everything: world.World, wrong: Row, told: str) -> None:
    assert any(told in finding for finding in asking.findings(wrong, everything))


@pytest.mark.django_db
def test_a_page_that_shows_a_foreign_record_is_found(
    everything: world.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "exposures_visible_to", lambda _user: Exposure.objects.all())
    found = list(asking.findings(ROW["person-history"], everything))
    for label in ("foreign", "a colleague's"):
        told = f"GET person-history as case_worker: {label} is 200, expected 404"
        assert told in found


@pytest.mark.django_db
def test_an_answer_that_differs_by_a_byte_is_found(
    everything: world.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a page does that says why it finds nothing."""

    def helpful(_request: HttpRequest, slug: str) -> Incident:
        if Incident.objects.filter(slug=slug).exists():
            raise PermissionDenied
        raise Http404

    monkeypatch.setattr(incidents, "incident_or_404", helpful)
    found = list(asking.findings(ROW["incident-stop"], everything))
    assert any("can be told apart by status: 404 and 403" in one for one in found)


@pytest.mark.django_db
def test_an_answer_without_a_header_is_found(
    everything: world.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "WHOLE", True)
    monkeypatch.setattr(asking, "missing", lambda answer: missing(answer, {"X-Planted": ANYTHING}))
    found = list(asking.findings(ROW["home"], everything))
    for who in ("case_worker", "anonymous", "disabled"):
        assert f"DELETE home as {who}: X-Planted: None" in found
