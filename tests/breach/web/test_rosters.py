"""A list comes in through the page: checked first, taken in on confirmation, every bad file a sentence."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from breach.models import (
    AffectedPerson,
    AuditEvent,
    Exposure,
    Incident,
    Roster,
    RosterJob,
    RosterRow,
)
from breach.models.rosters import RosterStatus
from breach.services import rosters_jobs
from breach.services.users import system_user
from tests import factories
from tests.breach.web.conftest import SignIn
from tests.factories import Cast
from tests.unwritable import refuse_history

Page = Any  # a test response, with what Django's client adds to it
HEADER = "Name,Birthdate,Nationality,Detention Location\n"
PLACE = "Invented Valley Center"
GOOD = f'"Robles, Ana",1990-03-14,Guatemala,{PLACE}\n'
CONFLICT = f'"Robles, Eva",03/04/1990,Honduras,{PLACE}\n'
REJECTED = f",1985-07-19,Mexico,{PLACE}\n"


def upload(
    client: Client, incident: Incident, text: str | bytes, name: str = "list.csv", **more: str
) -> Page:
    """Send the file in and give the page one sees when a worker has been at it."""
    data = text.encode() if isinstance(text, str) else text
    answer = client.post(
        reverse("roster-upload", args=[incident.slug]),
        {"file": SimpleUploadedFile(name, data), "source": "field office", **more},
    )
    if answer.status_code == 200:
        return answer
    work_off()
    return client.get(answer.url, follow=True)


def work_off() -> None:
    """What a worker does, without its pulse: this test's rows are in a transaction that no thread can see."""
    while claim := rosters_jobs.claim_job(actor=system_user()):
        rosters_jobs.carry_out(actor=system_user(), claim=claim)


def commit(client: Client, roster: Roster) -> Page:
    asked = client.post(of(roster, "roster-commit"))
    work_off()
    return client.get(asked.url, follow=True)


def of(roster: Roster, name: str, *more: object) -> str:
    return reverse(name, args=[roster.incident.slug, roster.pk, *more])


@pytest.fixture
def incident(db: None) -> Incident:
    factories.facility(name=PLACE, code="INVVAL")
    return factories.incident()


@pytest.fixture
def client(cast: Cast, sign_in: SignIn) -> Client:
    return sign_in(cast.supervisor)


@pytest.fixture
def staged(client: Client, incident: Incident) -> Roster:
    upload(client, incident, HEADER + GOOD + CONFLICT + REJECTED)
    return Roster.objects.get()


def test_a_dry_run_says_what_would_become_of_every_row_and_takes_nobody_in(
    client: Client, staged: Roster
) -> None:
    page = client.get(of(staged, "roster-detail"))
    text = page.content.decode()
    assert [bar["value"] for bar in page.context["outcomes"]] == [1, 0, 1, 1]
    assert "can be read as two different dates" in text
    assert "find out who this row is about" in text
    assert "Robles" not in text
    assert not AffectedPerson.objects.exists()


def test_confirming_takes_the_people_in(client: Client, staged: Roster) -> None:
    question = client.get(of(staged, "roster-commit")).content.decode()
    assert "Import this roster of 3 rows?" in question
    assert "1 new person gets a file" in question
    assert "already on file" not in question  # nobody is: no line that says "0 rows"
    assert commit(client, staged).redirect_chain == [(of(staged, "roster-detail"), 302)]
    staged.refresh_from_db()
    assert staged.status == RosterStatus.COMMITTED
    assert Exposure.objects.get().person.initials == "A.R."
    assert client.get(of(staged, "roster-commit")).status_code == 404


def test_the_order_of_dates_is_confirmed_by_a_person_and_the_rows_checked_again(
    client: Client, staged: Roster
) -> None:
    url = of(staged, "roster-columns")
    form = client.get(url).context["form"]
    chosen = {name: field.initial or "" for name, field in form.fields.items()}
    client.post(url, {**chosen, "order_birth_date": "day_first"})
    work_off()
    staged.refresh_from_db()
    assert (staged.new, staged.conflict, staged.rejected) == (2, 0, 1)


def test_a_column_chosen_twice_is_refused_in_words(client: Client, staged: Roster) -> None:
    url = of(staged, "roster-columns")
    chosen = {
        name: field.initial or "" for name, field in client.get(url).context["form"].fields.items()
    }
    answer = client.post(url, {**chosen, "column_sex": "Nationality"})
    assert "One column is chosen twice" in answer.content.decode()


def test_discarding_forgets_the_rows_and_keeps_the_history(client: Client, staged: Roster) -> None:
    client.post(of(staged, "roster-discard"))
    assert not RosterRow.objects.exists()
    assert AuditEvent.objects.filter(action="roster.discarded", subject_id=str(staged.pk)).exists()


def hidden_sheet() -> bytes:
    out = BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet("list").write_row(0, 0, ["Name"])
        book.add_worksheet("more").hide()
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"", "list.csv", "The file is empty"),
        (b"just some words", "list.csv", "The file has"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 64, "list.xlsx", "upload"),
        (hidden_sheet(), "list.xlsx", "hidden sheet"),
        (b"Colour,Size\nred,5\n", "list.csv", "The file has no column for"),
        (HEADER.encode() + b'"Robles, Ana,1990-03-14', "list.csv", "quotation mark"),
    ],
)
def test_a_bad_file_gets_a_sentence_and_leaves_nothing(
    client: Client, incident: Incident, data: bytes, name: str, sentence: str
) -> None:
    answer = upload(client, incident, data, name)
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert not Roster.objects.exists()
    assert not RosterJob.objects.filter(file__isnull=False).exists()


def test_no_file_and_a_future_date_are_said(client: Client, incident: Incident) -> None:
    url = reverse("roster-upload", args=[incident.slug])
    text = client.post(url, {"as_of": "2999-01-01"}).content.decode()
    assert "Choose the file with the list" in text
    assert "This day is in the future" in text


def test_unusual_headers_are_named_by_hand(client: Client, incident: Incident) -> None:
    strange = GOOD.join(["Wer,Wann,Woher,Wo\n", ""])
    assert "The file has no column for" in upload(client, incident, strange).content.decode()
    upload(
        client, incident, strange, column_full_name="Wer", column_birth_date="Wann",
        column_nationality="Woher", column_facility="Wo",
    )  # fmt: skip
    assert Roster.objects.get().new == 1


def test_an_open_row_is_opened_on_request_corrected_and_taken_in(
    client: Client, staged: Roster
) -> None:
    commit(client, staged)
    url = of(staged, "roster-row", 3)
    assert "Robles" not in client.get(url).content.decode()
    assert "Robles, Eva" in client.post(url, {"what": "look"}).content.decode()
    assert AuditEvent.objects.filter(action="roster_row.viewed").count() == 1
    cells = ["Robles, Eva", "1990-04-03", "Honduras", PLACE]
    given = {f"cell_{place}": cell for place, cell in enumerate(cells)}
    decided = {"what": "decide", "decision": "new", "reason": "Confirmed with the office", **given}
    assert client.post(url, decided).status_code == 302
    assert Exposure.objects.count() == 2
    assert client.get(url).status_code == 404


def test_a_row_opens_by_a_recorded_look_and_within_the_budget_only(
    client: Client, staged: Roster, settings: Settings
) -> None:
    settings.REVEAL_BUDGETS = {"supervisor": (1, 9)}
    commit(client, staged)
    url, unfinished = of(staged, "roster-row", 3), {"what": "decide", "decision": "person"}
    assert "Robles" not in client.post(url, unfinished).content.decode()
    assert "Robles, Eva" in client.post(url, {"what": "look"}).content.decode()
    text = client.post(url, {"what": "look"}).content.decode()
    assert "ask a supervisor or the privacy officer" in text
    assert "Robles" not in text
    assert AuditEvent.objects.filter(action="roster_row.viewed").count() == 1


def test_a_row_that_cannot_be_recorded_stays_closed(client: Client, staged: Roster) -> None:
    commit(client, staged)
    refuse_history()
    answer = client.post(of(staged, "roster-row", 3), {"what": "look"})
    assert answer.status_code == 503
    assert "Robles" not in answer.content.decode()


def test_a_row_can_be_somebodys_on_file_or_nobodys(client: Client, staged: Roster) -> None:
    commit(client, staged)
    known = AffectedPerson.objects.get()
    url, given = (
        of(staged, "roster-row", 4),
        {"what": "decide", "decision": "person", "reason": "Same line"},
    )
    assert "Enter the reference" in client.post(url, given).content.decode()
    unknown = client.post(url, {**given, "reference": "P-0000-0000-0000"})
    assert "No person has this reference" in unknown.content.decode()
    assert client.post(url, {**given, "reference": known.reference.lower()}).status_code == 302
    nobody = {"what": "decide", "decision": "nobody", "reason": "A line typed twice"}
    assert client.post(of(staged, "roster-row", 3), nobody).status_code == 302
    assert not RosterRow.objects.filter(
        outcome__in=["conflict", "rejected"], resolved_at=None
    ).exists()


def test_a_roster_is_taken_back_with_its_counts(client: Client, staged: Roster) -> None:
    commit(client, staged)
    url = of(staged, "roster-reverse")
    assert "This field is required" in client.post(url, {}).content.decode()
    answer = client.post(url, {"reason": "Wrong file"}, follow=True)
    assert "People gone: 1." in answer.content.decode()
    assert not Exposure.objects.exists()


def test_fifty_problem_rows_cost_as_many_queries_as_one(client: Client, incident: Incident) -> None:
    def queries(rows: int) -> int:
        upload(client, incident, HEADER + REJECTED * rows)
        url = of(Roster.objects.get(rows=rows), "roster-detail")
        client.get(url)
        with CaptureQueriesContext(connection) as counted:
            client.get(url)
        return len(counted)

    assert queries(1) == queries(50)


def test_another_incidents_roster_is_not_there(client: Client, staged: Roster) -> None:
    url = reverse("roster-detail", args=[factories.incident().slug, staged.pk])
    assert client.get(url).status_code == 404
