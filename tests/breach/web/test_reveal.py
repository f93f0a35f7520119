"""Opening a file: part by part, with a reason, recorded first; without a record there is nothing to see."""

from __future__ import annotations

import random

import pytest
from django.db import connection
from django.urls import reverse
from pytest_django import Settings

from breach.core.roles import Role
from breach.models import AuditEvent, DuplicatePair, Exposure, Guardian, Roster
from breach.services import clock, contacts, people
from tests import factories
from tests.api_calls import post, signed_in
from tests.breach.web.conftest import SignIn
from tests.factories import Cast
from tests.unwritable import refuse_history

HTMX = {"HX-Request": "true"}
IDENTITY = ("Luz Quintanilla", "A012345678", "Guatemala")
WHEREABOUTS = ("Invented County Jail", "facility list of May")
CONTACTS = ("+12025550188", "Ring twice", "Rosa Guardiana", "Never before dark")
EVERYTHING = {"parts": ["identity", "whereabouts", "contacts"], "why": "call"}


@pytest.fixture
def exposure(cast: Cast) -> Exposure:
    """Somebody of whom everything is known."""
    person = factories.person(a_number="A012345678", safe_contact_note="Never before dark")
    exposure = factories.exposure(of=person)
    stay = factories.placement(person, at=factories.facility(name="Invented County Jail"))
    type(stay).objects.filter(pk=stay.pk).update(source="facility list of May")
    people.add_contact_point(
        actor=cast.worker, person=person, kind="phone", value="+12025550188", verified=True, safe=True
    )  # fmt: skip
    Guardian(person=person, name="Rosa Guardiana", relationship="aunt").save()
    contacts.log_contact(
        actor=cast.worker, exposure=exposure, at=clock.now(), channel="phone", reached="nobody",
        outcome="no_answer", note="Ring twice",
    )  # fmt: skip
    return exposure


def at(exposure: Exposure, name: str) -> str:
    return reverse(name, args=[exposure.incident.slug, exposure.person.reference])


def shown(text: str) -> set[str]:
    return {secret for secret in (*IDENTITY, *WHEREABOUTS, *CONTACTS) if secret in text}


@pytest.mark.parametrize("name", ["person-detail", "contact-log", "person-history", "person-looks"])
def test_no_page_shows_a_part_that_was_not_asked_for(
    cast: Cast, sign_in: SignIn, exposure: Exposure, name: str
) -> None:
    assert shown(sign_in(cast.supervisor).get(at(exposure, name)).content.decode()) == set()


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
@pytest.mark.parametrize("name", ["person-detail-reveal", "contact-log-reveal"])
@pytest.mark.parametrize(
    ("part", "values"),
    [("identity", IDENTITY), ("whereabouts", WHEREABOUTS), ("contacts", CONTACTS)],
)
def test_each_part_opens_alone(
    cast: Cast, sign_in: SignIn, exposure: Exposure, name: str, part: str, values: tuple[str, ...],
    headers: dict[str, str],
) -> None:  # fmt: skip
    client, given = sign_in(cast.worker), {"parts": [part], "why": "call"}
    answer = client.post(at(exposure, name), given, headers=headers)
    assert shown(answer.content.decode()) == set(values)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert AuditEvent.objects.get(action="identity.viewed").changes["what"] == part
    assert shown(client.get(at(exposure, "person-detail")).content.decode()) == set()


def test_an_identity_is_read_in_the_readers_language(cast: Cast, sign_in: SignIn) -> None:
    someone = factories.person(birth_date_text="2004-06-03", sex="F")
    client, page = sign_in(cast.worker), at(factories.exposure(of=someone), "person-detail-reveal")
    text = client.post(page, {"parts": ["identity"], "why": "call"}).content.decode()
    assert "June 3, 2004" in text
    assert "Female" in text
    spanish = {"Accept-Language": "es"}
    answer = client.post(page, {"parts": ["identity"], "why": "call"}, headers=spanish)
    text = answer.content.decode()
    assert "3 de junio de 2004" in text
    assert "Femenino" in text


def test_the_api_opens_the_same_parts_by_the_same_verb(cast: Cast, exposure: Exposure) -> None:
    client, url = signed_in(cast.worker), f"/api/exposures/{exposure.pk}/reveal/"
    answer = post(client, url, {"parts": ["identity", "contacts"], "reason": "call"}).json()
    assert set(answer) == {"identity", "contacts"}
    assert answer["identity"]["family_name"] == "Quintanilla"
    assert answer["identity"]["identifiers"][0]["value"] == "A012345678"
    assert answer["contacts"]["notes"][0]["note"] == "Ring twice"
    assert answer["contacts"]["guardians"][0]["name"] == "Rosa Guardiana"
    where = post(client, url, {"parts": ["whereabouts"], "reason": "deliver"}).json()
    assert where["whereabouts"]["placements"][0]["facility_name"] == "Invented County Jail"
    assert AuditEvent.objects.filter(action="identity.viewed").count() == 3
    assert post(client, url, {"parts": ["identity"], "reason": "curiosity"}).status_code == 400
    assert post(client, url, {"parts": ["identity"], "reason": "other"}).status_code == 409


def test_a_spent_budget_refuses_on_every_door_and_says_what_to_do(
    cast: Cast, sign_in: SignIn, exposure: Exposure, settings: Settings
) -> None:
    settings.REVEAL_BUDGETS = {"case_worker": (1, 10)}
    client = sign_in(cast.worker)
    page = client.post(at(exposure, "person-detail-reveal"), EVERYTHING).content.decode()
    assert "Your budget of openings is spent" in page
    doors = [
        client.post(at(exposure, "person-detail-reveal"), EVERYTHING),
        client.post(at(exposure, "contact-log-reveal"), EVERYTHING, headers=HTMX),
        client.post(reverse("people-search", args=[exposure.incident.slug]), {"text": "Quintanilla"}),
    ]  # fmt: skip
    for answer in doors:
        text = answer.content.decode()
        assert "ask a supervisor or the privacy officer" in text
        assert shown(text) == set()
    url = f"/api/exposures/{exposure.pk}/reveal/"
    refused = post(signed_in(cast.worker), url, {"parts": ["identity"], "reason": "call"})
    assert refused.status_code == 409
    assert AuditEvent.objects.filter(action="budget.refused").count() == 4


def test_the_warning_is_seen_by_who_looks_and_at_home_by_who_supervises(
    cast: Cast, sign_in: SignIn, exposure: Exposure, settings: Settings
) -> None:
    settings.REVEAL_BUDGETS = {
        "case_worker": (2, 10),
        "supervisor": (9, 9),
        "privacy_officer": (9, 9),
    }
    client = sign_in(cast.worker)
    for _number in range(2):
        page = client.post(at(exposure, "person-detail-reveal"), EVERYTHING).content.decode()
    assert "Your budget of openings is spent" in page
    for user in (cast.supervisor, cast.privacy):
        home = sign_in(user).get(reverse("home")).content.decode()
        assert "Budget of openings nearly spent" in home
        assert cast.worker.label in home
    assert "Budget of openings" not in client.get(reverse("home")).content.decode()


def test_a_supervisor_grants_more_on_the_page_of_openings(
    cast: Cast, sign_in: SignIn, exposure: Exposure, settings: Settings
) -> None:
    settings.REVEAL_BUDGETS = {"case_worker": (1, 10), "supervisor": (9, 9)}
    worker = sign_in(cast.worker)
    for _number in range(2):
        worker.post(at(exposure, "person-detail-reveal"), EVERYTHING)
    boss = sign_in(cast.supervisor)
    listed = boss.get(reverse("looks")).content.decode()
    assert "1 of 1" in listed
    assert reverse("looks-grant", args=[cast.supervisor.pk]) not in listed
    grant = reverse("looks-grant", args=[cast.worker.pk])
    assert boss.get(grant).status_code == 200
    assert "Grant between 1" in boss.post(grant, {"more": 99, "reason": "Calls"}).content.decode()
    boss.post(grant, {"more": 3, "reason": "Calls of the evening"})
    text = worker.post(at(exposure, "person-detail-reveal"), EVERYTHING).content.decode()
    assert "Luz Quintanilla" in text
    own = boss.post(reverse("looks-grant", args=[cast.supervisor.pk]), {"more": 3, "reason": "Me"})
    assert "cannot grant yourself" in own.content.decode()
    assert worker.get(reverse("looks")).status_code == 403


def test_who_looked_is_on_the_file_with_what_and_why(
    cast: Cast, sign_in: SignIn, exposure: Exposure
) -> None:
    sign_in(cast.worker).post(
        at(exposure, "person-detail-reveal"),
        {"parts": ["contacts"], "why": "other", "words": "Asked for by the ombudsman"},
    )
    other = factories.exposure(incident=exposure.incident)
    sign_in(cast.supervisor).post(at(other, "person-detail-reveal"), EVERYTHING)
    auditor = sign_in(cast.auditor)
    for name in ("person-detail", "person-looks"):
        text = auditor.get(at(exposure, name)).content.decode()
        assert "Asked for by the ombudsman" in text
        assert cast.worker.label in text
        assert shown(text) == set()
    text = auditor.get(at(exposure, "person-looks")).content.decode()
    assert cast.supervisor.label not in text, "another person's looks are not this person's"
    assert auditor.get(at(exposure, "person-looks") + "?page=9").status_code == 200


@pytest.mark.parametrize("seed", range(3))
def test_on_any_walk_what_was_shown_is_what_was_recorded(
    cast: Cast, sign_in: SignIn, exposure: Exposure, settings: Settings, seed: int
) -> None:
    """Forty steps of somebody who clicks on anything: each part that appears has its row, each row its part."""
    settings.REVEAL_BUDGETS = {"case_worker": (12, 99)}
    client, chance, slug = sign_in(cast.worker), random.Random(seed), exposure.incident.slug
    parts = {"identity": IDENTITY, "whereabouts": WHEREABOUTS, "contacts": CONTACTS}
    pages = [
        *(at(exposure, name) for name in ("person-detail", "contact-log", "person-history", "person-looks")),
        reverse("people-list", args=[slug]), reverse("worklist"), reverse("home"), reverse("looks"),
        reverse("letters-panel", args=[slug, exposure.person.reference]),
        reverse("notifications-list", args=[slug]), reverse("funnel-list", args=[slug]),
        *(f"/api/{name}" for name in ("exposures/", f"exposures/{exposure.pk}/contacts/", "follow-ups/")),
    ]  # fmt: skip
    for _step in range(40):
        before = AuditEvent.objects.filter(action="identity.viewed").count()
        if chance.random() < 0.6:
            answer = client.get(chance.choice(pages))
        else:
            door = chance.choice(["person-detail-reveal", "contact-log-reveal"])
            given = {
                "parts": chance.sample([*parts, "diary"], chance.randint(0, 3)),
                "why": chance.choice(["call", "check", "", "other"]),
            }
            answer = client.post(at(exposure, door), given, headers=chance.choice([{}, HTMX]))
        rows = AuditEvent.objects.filter(action="identity.viewed").order_by("id")[before:]
        recorded = {secret for row in rows for secret in parts[row.changes["what"]]}
        assert shown(answer.content.decode()) == recorded, answer.request


# If the look cannot be written, nothing is shown.


@pytest.fixture
def broken_history(exposure: Exposure) -> None:
    refuse_history()


def pair_of(exposure: Exposure) -> DuplicatePair:
    other = factories.exposure(incident=exposure.incident)
    roster = Roster.objects.create(
        incident=exposure.incident, sha256="0" * 64, size=1, imported_by=factories.user(Role.SUPERVISOR)
    )  # fmt: skip
    first, second = sorted((exposure.person, other.person), key=lambda one: one.pk)
    return DuplicatePair.objects.create(first=first, second=second, roster=roster, score=88)


@pytest.mark.usefixtures("broken_history")
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_no_page_shows_what_could_not_be_recorded(
    cast: Cast, sign_in: SignIn, exposure: Exposure, headers: dict[str, str]
) -> None:
    client, slug = sign_in(cast.worker), exposure.incident.slug
    for url, given in (
        (at(exposure, "person-detail-reveal"), EVERYTHING),
        (at(exposure, "contact-log-reveal"), EVERYTHING),
        (reverse("people-search", args=[slug]), {"text": "Quintanilla"}),
        (reverse("duplicates-open", args=[slug, pair_of(exposure).pk]), {}),
    ):
        answer = client.post(url, given, headers=headers)
        assert answer.status_code == 503, url
        text = answer.content.decode()
        assert "not available right now" in text
        assert ("<html" in text) == (not headers)
        assert shown(text) == set()
        assert "Quintanilla" not in text
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.usefixtures("broken_history")
def test_the_api_shows_nothing_that_could_not_be_recorded(cast: Cast, exposure: Exposure) -> None:
    url = f"/api/exposures/{exposure.pk}/reveal/"
    client = signed_in(cast.worker)
    client.raise_request_exception = False
    answer = post(client, url, {"parts": ["identity"], "reason": "call"})
    assert answer.status_code == 503
    assert answer.json()["errors"][0]["code"] == "not_recorded"
    assert "Quintanilla" not in answer.content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_a_row_without_its_place_in_the_chain_is_no_record(
    sign_in: SignIn, headers: dict[str, str]
) -> None:
    """The chain is made at commit: a fault that late must come before the answer, too."""
    worker, exposure = factories.user(Role.CASE_WORKER), factories.exposure()
    client = sign_in(worker)
    client.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse_link() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'no place in the chain'; END $$"
        )
        cursor.execute(
            "CREATE CONSTRAINT TRIGGER zz_refuse_link AFTER INSERT ON breach_auditevent "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_link()"
        )
    try:
        answer = client.post(at(exposure, "person-detail-reveal"), EVERYTHING, headers=headers)
        assert answer.status_code == 503
        assert "Quintanilla" not in answer.content.decode()
        assert not AuditEvent.objects.filter(action="identity.viewed").exists()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION refuse_link() CASCADE")
