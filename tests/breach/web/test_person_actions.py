"""Writing down what changed: each form says what follows, bad input gets a sentence, the verb does the rest."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from breach.models import Exposure, FollowUp, FollowUpKind, Representation
from breach.models.people import Deliverability
from breach.services import clock, followups
from breach.web.person_actions import ABOUT_PERSON
from tests import factories
from tests.breach.web.conftest import SignIn
from tests.factories import Cast

# No fact of the day: in tests of their own, here and in test_case_actions.py.
TOLD_ELSEWHERE = ("mistake", "safe-contact", "aliases")
DAY, TOMORROW = "2022-12-01", "2999-01-01"


def form_of(exposure: Exposure, action: str) -> str:
    return reverse(
        "person-action", args=[exposure.incident.slug, exposure.person.reference, action]
    )


def good(action: str) -> dict[str, Any]:
    """What a careful person would send."""
    return {
        "transfer": lambda: {"facility": factories.facility().code, "on": DAY, "source": "facility list"},
        "released": lambda: {
            "on": DAY, "address_lines": "12 Invented Street\nAustin, TX 78701", "phone": "512 555 0143",
            "safe": "on", "source": "call with counsel",
        },
        "removed": lambda: {"on": DAY, "source": "facility list", "sure": "on"},
        "deceased": lambda: {"on": DAY, "source": "facility list", "sure": "on"},
        "language": lambda: {"tag": "K’iche’", "reads": "no", "verified": "on", "source": "asked"},
        "contact-point": lambda: {"kind": "phone", "value": "512 555 0143", "verified": "on", "safe": "on"},
        "do-not-contact": lambda: {"value": "yes", "reason": "The partner reads the mail"},
        "protection": lambda: {"value": "yes", "reason": "A U visa application is pending"},
        "posture": lambda: {"posture": "final_order"},
        "guardian": lambda: {
            "name": "Invented Guardian", "relationship": "aunt", "evidence": "court order", "verified": "on",
        },
    }[action]()  # fmt: skip


@pytest.mark.parametrize(
    "action", [action for action in ABOUT_PERSON if action not in TOLD_ELSEWHERE]
)
def test_each_fact_is_written_down_and_leads_back_to_the_file(
    cast: Cast, sign_in: SignIn, action: str
) -> None:
    exposure = factories.exposure()
    factories.placement(exposure.person)
    before = exposure.person.routing_version
    answer = sign_in(cast.worker).post(form_of(exposure, action), good(action))
    assert answer.status_code == 302, answer.context["form"].errors
    assert answer.url == reverse(
        "person-detail", args=[exposure.incident.slug, exposure.person.reference]
    )
    exposure.person.refresh_from_db()
    assert exposure.person.routing_version > before


@pytest.mark.parametrize("action", ["removed", "deceased"])
def test_a_death_and_a_removal_are_confirmed_before_they_are_saved(
    cast: Cast, sign_in: SignIn, action: str
) -> None:
    exposure = factories.exposure()
    answer = sign_in(cast.worker).post(form_of(exposure, action), {**good(action), "sure": ""})
    assert "Confirm that you have checked who it is." in answer.content.decode()
    exposure.person.refresh_from_db()
    assert (exposure.person.removed_on, exposure.person.died_on) == (None, None)


def test_what_was_recorded_by_mistake_is_taken_back_on_the_page(
    cast: Cast, sign_in: SignIn
) -> None:
    exposure = factories.exposure()
    worker, supervisor = sign_in(cast.worker), sign_in(cast.supervisor)
    worker.post(form_of(exposure, "deceased"), good("deceased"))
    mistake = {"fact": "deceased", "reason": "Another person of this name"}
    refused = worker.post(form_of(exposure, "mistake"), mistake)
    assert "Only a supervisor takes back" in refused.context["form"].non_field_errors()[0]
    assert supervisor.post(form_of(exposure, "mistake"), mistake).status_code == 302
    exposure.person.refresh_from_db()
    assert exposure.person.died_on is None


@pytest.mark.parametrize("action", ABOUT_PERSON)
def test_nothing_and_nonsense_get_sentences_and_change_nothing(
    cast: Cast, sign_in: SignIn, action: str
) -> None:
    exposure, client = factories.exposure(), sign_in(cast.supervisor)
    before = exposure.person.routing_version
    for given in ({}, dict.fromkeys(ABOUT_PERSON[action].form.base_fields, "\x00☃" * 40)):
        answer = client.post(form_of(exposure, action), given)
        assert answer.status_code == 200
        assert answer.context["form"].errors
        assert "There " in answer.content.decode()  # the summary at the top
    exposure.person.refresh_from_db()
    assert exposure.person.routing_version == before


@pytest.mark.parametrize(
    ("action", "change", "sentence"),
    [
        ("transfer", {"on": TOMORROW}, "This day is in the future"),
        ("transfer", {"on": "1822-01-01"}, "too long ago"),
        ("transfer", {"facility": "Nowhere"}, "We know no facility by this code or name"),
        ("released", {"address_lines": "one line"}, "Enter at least two lines"),
        ("language", {"tag": "Klingonese"}, "We do not know this language"),
        ("contact-point", {"country": "Atlantis"}, "We do not know this country"),
        ("contact-point", {"value": "123"}, "not a phone number"),
        ("guardian", {"name": "Consulate of Somewhere"}, "consulate"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(
    cast: Cast, sign_in: SignIn, action: str, change: dict[str, str], sentence: str
) -> None:
    exposure = factories.exposure()
    answer = sign_in(cast.worker).post(form_of(exposure, action), good(action) | change)
    assert answer.status_code == 200
    assert sentence in answer.content.decode()


def test_a_part_of_a_name_finds_the_facility_only_when_it_fits_one(
    cast: Cast, sign_in: SignIn
) -> None:
    exposure, client = factories.exposure(), sign_in(cast.worker)
    factories.facility(name="Invented Creek Jail", code="CREEKJ")
    factories.facility(name="Invented Creek Annex", code="CREEKA")
    given = {"on": DAY, "source": "list"}
    both = client.post(form_of(exposure, "transfer"), {**given, "facility": "creek"})
    assert "Several facilities fit" in both.content.decode()
    assert (
        client.post(form_of(exposure, "transfer"), {**given, "facility": "creek jail"}).status_code
        == 302
    )
    assert (
        client.post(form_of(exposure, "transfer"), {**given, "facility": "X (CREEKA)"}).status_code
        == 302
    )


def test_an_unknown_action_is_not_there(cast: Cast, sign_in: SignIn) -> None:
    exposure = factories.exposure()
    assert sign_in(cast.worker).get(form_of(exposure, "vanish")).status_code == 404


def counsel_form(exposure: Exposure, one: Representation, action: str) -> str:
    return reverse(
        "counsel-action", args=[exposure.incident.slug, exposure.person.reference, one.pk, action]
    )


def test_a_claim_is_verified_then_withdrawn(cast: Cast, sign_in: SignIn) -> None:
    exposure, client = factories.exposure(), sign_in(cast.worker)
    one = factories.representation(
        exposure.person, status="claimed", evidence="none", evidence_on=None
    )
    assert one.attorney.name in client.get(counsel_form(exposure, one, "verify")).content.decode()
    client.post(counsel_form(exposure, one, "verify"), {"evidence": "g28", "on": DAY})
    one.refresh_from_db()
    assert one.status == "active"
    client.post(
        counsel_form(exposure, one, "withdraw"),
        {"on": "2022-12-20", "reason": "Filed a withdrawal"},
    )
    one.refresh_from_db()
    assert (one.status, one.period.upper) == ("withdrawn", date(2022, 12, 20))


def test_another_persons_counsel_is_not_there(cast: Cast, sign_in: SignIn) -> None:
    exposure, other = factories.exposure(), factories.representation(factories.person())
    answer = sign_in(cast.worker).get(counsel_form(exposure, other, "withdraw"))
    assert answer.status_code == 404


def test_a_contact_point_that_reaches_nobody_is_marked(cast: Cast, sign_in: SignIn) -> None:
    exposure, client = factories.exposure(), sign_in(cast.worker)
    client.post(form_of(exposure, "contact-point"), good("contact-point"))
    point = exposure.person.contact_points.get()
    url = reverse(
        "contact-point-bad", args=[exposure.incident.slug, exposure.person.reference, point.pk]
    )
    assert client.post(url, {"reason": "Number is not in service"}).status_code == 302
    point.refresh_from_db()
    assert point.deliverability == Deliverability.BAD


def test_a_person_is_given_to_a_case_worker_with_the_open_work(cast: Cast, sign_in: SignIn) -> None:
    exposure = factories.exposure()
    follow_up = followups.open_follow_up(
        actor=cast.supervisor, incident=exposure.incident, exposure=exposure, kind=FollowUpKind.CALL_BACK,
        reason="Call", due_on=clock.today(), owner=cast.supervisor,
    )  # fmt: skip
    client = sign_in(cast.supervisor)
    url = reverse("person-assign", args=[exposure.incident.slug, exposure.person.reference])
    assert client.post(url, {"owner": cast.worker.pk}).status_code == 302
    exposure.refresh_from_db()
    assert exposure.caseworker == cast.worker
    assert FollowUp.objects.get(pk=follow_up.pk).owner == cast.worker
    assert client.post(url, {"owner": cast.mail_room.pk}).status_code == 200
