"""The search of the canary campaign is honest, and a small world in one process leaves nothing behind either."""

from __future__ import annotations

import base64
import gzip
import io
import json
import logging
import quopri
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
import structlog
from django.core import serializers
from django.core.exceptions import FieldError
from django.db import connection
from django.urls import reverse

from breach.core.roles import Role
from breach.models import AffectedPerson
from breach.services import contacts, people, rosters
from breach.services.clock import now
from breach.services.users import system_user
from tests import factories
from tests.campaigns import leaks, needles, planted
from tests.campaigns.sweeping import Sweep
from tests.signing_in import client_of

NAMES = ("Ñawrobélzutz", "قندهارزادگان", "Жвальчевскомурин", "歐陽鑫霖淼焱", "Quillonfarquesz")
HIDING: dict[str, Callable[[str], bytes]] = {
    "plain": lambda name: name.encode(),
    "upper case": lambda name: name.upper().encode(),
    "decomposed": lambda name: unicodedata.normalize("NFD", name).encode(),
    "in Latin-1 where it can be": lambda name: name.encode("latin-1", "ignore") or name.encode(),
    "UTF-16": lambda name: b"\xff\xfe" + name.encode("utf-16-le"),
    "UTF-16, the other way": lambda name: name.encode("utf-16-be"),
    "hex": lambda name: name.encode().hex().encode(),
    "base64": lambda name: base64.b64encode(f"to {name}.".encode()),
    "base64, one further": lambda name: base64.b64encode(f"for {name}.".encode()),
    "base64, two further": lambda name: base64.b64encode(f"over {name}.".encode()),
    "base64, wrapped": lambda name: base64.encodebytes(b"x" * 51 + name.encode()),
    "base64 for addresses": lambda name: base64.urlsafe_b64encode(name.encode()),
    "an address": lambda name: quote(name).encode(),
    "JSON": lambda name: json.dumps({"n": name}).encode(),
    "quoted-printable": lambda name: quopri.encodestring(b"y" * 70 + name.encode()),
    "gzip": lambda name: b"junk" + gzip.compress(name.encode()) + b"junk",
    "zlib in base64": lambda name: b":" + base64.urlsafe_b64encode(zlib.compress(name.encode() * 3)),
    "a workbook": lambda name: _zipped(name),
    "a cut workbook": lambda name: _zipped(name)[:-40],
    "gzip of hex of UTF-16": lambda name: gzip.compress(name.encode("utf-16-le").hex().encode()),
    "bytes of Python": lambda name: repr(name.encode()).encode(),
    "HTML": lambda name: name.encode("ascii", "xmlcharrefreplace"),
}  # fmt: skip


def _zipped(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sheet1.xml", f"<t>{name}</t>" * 20)
    return out.getvalue()


@pytest.mark.parametrize("way", HIDING)
def test_a_name_is_found_however_it_is_hidden(way: str, tmp_path: Path) -> None:
    wanted = needles.needles({name: needles.spellings(name) for name in NAMES})
    sweep = Sweep(wanted, tmp_path / "scratch")
    for number, name in enumerate(NAMES):
        sweep.add_text(name, b"\n something %d " % number + HIDING[way](name) + b" more\n")
    found = {hit.place for hit in sweep.hits()}
    missed = set(NAMES) - found
    if way == "in Latin-1 where it can be":  # of names that lose letters there is nothing to find
        missed = {name for name in missed if name.isascii()}
    assert not missed


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    sweep = Sweep(needles.needles(planted.values()), tmp_path / "scratch")
    for file in sorted(Path("breach").rglob("*.py")) + sorted(Path("locale").rglob("*.po")):
        sweep.add(str(file), file)
    assert len(sweep.files) > 100
    assert sweep.hits() == []


def test_a_short_value_is_not_looked_for(tmp_path: Path) -> None:
    """It would be found everywhere by chance."""
    assert all(len(one) >= needles.SHORTEST for one in needles.needles({"x": {"淼"}, "y": {"Bo"}}))


def test_twenty_leaks_have_names_of_their_own() -> None:
    assert len(leaks.LEAKS) == len(set(leaks.NAMES)) == 20
    wanted = needles.needles(leaks.values())
    known = set(needles.needles(planted.values()))
    assert not known & wanted.keys()
    assert not [a for a in leaks.NAMES for b in leaks.NAMES if a != b and a in b]


@pytest.mark.django_db
def test_a_small_world_leaves_nothing_in_log_and_tables(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    log = io.StringIO()
    (handler,) = (
        one
        for one in logging.getLogger().handlers
        if isinstance(one, logging.StreamHandler)
        and isinstance(one.formatter, structlog.stdlib.ProcessorFormatter)
    )
    before = handler.setStream(log)
    try:
        walk_through()
    finally:
        handler.setStream(before)
    sweep = Sweep(needles.needles(planted.values()), tmp_path / "scratch")
    sweep.add_text("log", log.getvalue().encode())
    sweep.add_text("tables", dump())
    assert log.getvalue()
    assert sweep.hits() == []


def walk_through() -> None:
    """Taken in, put on file, called, searched for, refused and broken."""
    incident, supervisor = factories.incident(), factories.user(Role.SUPERVISOR)
    for source in (planted.roster_csv(), planted.hostile_csv()):
        rosters.import_roster(actor=system_user(), incident=incident, source=source)
    one = planted.PEOPLE[0]
    exposure = next(row for row in incident.exposures.all() if row.person.family_name == one.family_name)  # fmt: skip
    people.add_contact_point(
        actor=supervisor, person=exposure.person, kind="phone", value=one.phone, verified=True, safe=True,
    )  # fmt: skip
    contacts.log_contact(
        actor=supervisor, exposure=exposure, at=now(), channel="phone", reached="nobody", outcome="no_answer",
        note=one.note,
    )  # fmt: skip
    client = client_of(supervisor, raise_request_exception=False)
    slug = incident.slug
    for text in (one.family_name, one.a_number, one.given_names):
        client.post(reverse("people-search", args=[slug]), {"text": text})
        client.get(f"/incidents/{slug}/people/{text}/", {"name": text})
        structlog.get_logger("breach.test").error(
            "channel.fault", note=text, exc_info=ValueError(text)
        )
    opened = client.post(
        reverse("person-detail-reveal", args=[slug, exposure.person.reference]),
        {"parts": ["identity", "whereabouts", "contacts"], "why": "check"},
    )
    assert one.family_name in opened.content.decode(), "the walk must get to see what it looks for"


def dump() -> bytes:
    """Every table as text, without pg_dump: it could not see an open transaction."""
    out = io.StringIO()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.copy_expert(f'COPY "{table}" TO STDOUT', out)
    return out.getvalue().encode()


@pytest.mark.django_db
def test_djangos_own_dump_refuses_to_hold_a_person() -> None:
    factories.person()
    with pytest.raises(FieldError, match="sealed"):
        serializers.serialize("json", AffectedPerson.objects.all())
