"""To whom was something disclosed: on the file, on a page that prints, and for the whole incident."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from breach.models import AuditEvent, Exposure
from breach.services.disclosing import Disclosed, record_disclosures
from tests import factories
from tests.breach.web.conftest import SignIn
from tests.factories import Cast


@pytest.fixture
def exposure(cast: Cast) -> Exposure:
    """Somebody whose sealed letter went to a facility."""
    exposure = factories.exposure()
    record(cast, exposure, name="Invented Center", kind="facility", nature="sealed_letter")
    return exposure


def record(cast: Cast, exposure: Exposure, *, name: str, kind: str, nature: str) -> None:
    row = Disclosed(
        exposure.incident_id,
        exposure.person_id,
        nature,
        "notice",
        kind,
        name,
        "1 Way\nTown",
        "delivery",
        factories.person().pk,
    )  # type: ignore[arg-type]  # plain words
    record_disclosures(actor=cast.supervisor, rows=[row])


def text_of(client: Client, name: str, *parts: str, **query: str) -> str:
    return client.get(reverse(name, args=parts), query).content.decode()


def test_the_file_says_what_and_to_which_kind_of_recipient(
    cast: Cast, exposure: Exposure, sign_in: SignIn
) -> None:
    where = (exposure.incident.slug, exposure.person.reference)
    client = sign_in(cast.worker)
    assert reverse("person-disclosures", args=where) in text_of(client, "person-detail", *where)
    text = text_of(client, "person-disclosures", *where)
    for told in ("Facility", "sealed", "552a(c)(3)", exposure.person.reference):
        assert told in text
    assert "Invented Center" not in text, "where somebody is held opens by a look only"


def test_name_and_address_of_the_recipients_open_by_a_recorded_look(
    cast: Cast, exposure: Exposure, sign_in: SignIn
) -> None:
    where = (exposure.incident.slug, exposure.person.reference)
    client = sign_in(cast.worker)
    page = reverse("person-disclosures-reveal", args=where)
    assert "Invented Center" not in client.post(page, {"parts": ["disclosures"]}).content.decode()
    assert not AuditEvent.objects.filter(action="identity.viewed").exists()
    given = {"parts": ["disclosures"], "why": "check"}
    text = client.post(page, given).content.decode()
    assert "Invented Center" in text and "1 Way" in text
    assert AuditEvent.objects.get(action="identity.viewed").changes["what"] == "disclosures"


def test_the_ledger_of_an_incident_is_filtered(
    cast: Cast, exposure: Exposure, sign_in: SignIn
) -> None:
    other = factories.exposure(incident=exposure.incident)
    record(cast, other, name="Ada Counsel", kind="counsel", nature="message")
    factories.exposure()  # of another incident
    for desk in (cast.privacy, cast.auditor):
        client, slug = sign_in(desk), exposure.incident.slug
        text = text_of(client, "disclosure-list", slug)
        assert exposure.person.reference in text and other.person.reference in text
        text = text_of(client, "disclosure-list", slug, recipient_kind="facility")
        assert exposure.person.reference in text and other.person.reference not in text
        assert "Invented Center" not in text


def test_what_was_disclosed_under_a_joined_record_is_told_too(
    cast: Cast, exposure: Exposure, sign_in: SignIn
) -> None:
    kept = factories.exposure(incident=exposure.incident)
    exposure.person.merged_into = kept.person
    exposure.person.save(update_fields=["merged_into"])
    where = (kept.incident.slug, kept.person.reference)
    assert "Facility" in text_of(sign_in(cast.worker), "person-disclosures", *where)


def test_reading_the_ledger_costs_the_same_for_one_and_for_many(
    cast: Cast, exposure: Exposure, sign_in: SignIn
) -> None:
    client, slug = sign_in(cast.privacy), exposure.incident.slug

    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            text_of(client, "disclosure-list", slug)
        return len(counted)

    def told(often: int) -> None:
        for _number in range(often):
            other = factories.exposure(incident=exposure.incident)
            record(cast, other, name="Ada Counsel", kind="counsel", nature="message")

    told(1)
    queries()  # what is loaded once for the whole process
    for_one = queries()
    told(20)
    assert queries() == for_one


@pytest.mark.parametrize(
    ("desk", "status"),
    [("worker", 403), ("supervisor", 200), ("privacy", 200), ("auditor", 200), ("mail_room", 403), ("attorney", 403)],
)  # fmt: skip
def test_who_reads_the_whole_ledger(
    cast: Cast, exposure: Exposure, sign_in: SignIn, desk: str, status: int
) -> None:
    page = reverse("disclosure-list", args=[exposure.incident.slug])
    assert sign_in(getattr(cast, desk)).get(page).status_code == status
