"""An attorney is named by hand: found among those on file by name or EOIR ID, or recorded with the step itself."""

from __future__ import annotations

from typing import Any

import pytest

from breach.core.roles import NotAllowed
from breach.models import Attorney, AuditEvent, Licence, Representation
from breach.services import attorneys, clock, naming_counsel, representation
from breach.services.attorneys import AttorneyRefused
from breach.services.naming_counsel import NewAttorney, attorneys_named
from tests import factories
from tests.factories import Cast


def new(**facts: Any) -> NewAttorney:
    return NewAttorney(
        **{"name": "Grace Invented", "kind": "attorney", "email": "grace@firm.invalid", **facts}
    )


def found(text: str) -> set[str]:
    return {attorney.name for attorney in attorneys_named(text)}


@pytest.mark.django_db
def test_an_attorney_is_found_by_beginnings_of_the_name_or_by_the_eoir_id() -> None:
    factories.attorney(name="María de la Luz Invented", eoir_id="EX1234")
    factories.attorney(name="Marius Other")
    assert found("maria inv") == {"María de la Luz Invented"}
    assert found("mari") == {"María de la Luz Invented", "Marius Other"}
    assert found("ex1234") == {"María de la Luz Invented"}
    assert found("vented") == set()


def test_the_search_is_no_directory(cast: Cast) -> None:
    """Too short a text finds nobody, many fit only in part, and every search stands in the person's history."""
    person = factories.person()
    for number in range(naming_counsel.SHOWN + 5):
        factories.attorney(name=f"Same Name {number}")
    with pytest.raises(AttorneyRefused, match="three letters"):
        naming_counsel.search(actor=cast.worker, person=person, text="S a")
    assert not attorneys_named("s")
    shown = naming_counsel.search(actor=cast.worker, person=person, text="Same")
    assert len(shown) == naming_counsel.SHOWN + 1  # one more, to say that there are more
    event = AuditEvent.objects.get(action="attorney.searched")
    assert (event.subject_id, event.changes) == (str(person.pk), {"found": len(shown)})
    with pytest.raises(NotAllowed):
        naming_counsel.search(actor=cast.mail_room, person=person, text="Same")


def test_a_new_attorney_is_recorded_with_the_claim_and_nothing_is_sent_to_the_typed_address(
    cast: Cast,
) -> None:
    person = factories.person()
    claimed = naming_counsel.claim(
        actor=cast.worker, person=person, forum="ice", on=clock.today(),
        attorney=new(firm="Invented Law", eoir_id="ex77", jurisdiction="Texas", licence="123"),
    )  # fmt: skip
    attorney = claimed.attorney
    assert claimed.status == "claimed"
    assert (attorney.name, attorney.eoir_id) == ("Grace Invented", "EX77")
    assert attorney.firm is not None
    assert attorney.firm.name == "Invented Law"
    assert Licence.objects.get().attorney == attorney
    # An appearance that is filed later vouches for the attorney, not for an address somebody typed.
    representation.verify(
        actor=cast.worker, representation=claimed, evidence="g28", on=clock.today()
    )
    assert not attorney.can_be_mailed
    attorney = attorneys.change_email(
        actor=cast.worker, attorney=attorney, email="grace@firm.invalid", verified=True
    )
    assert attorney.can_be_mailed


def test_counsel_is_replaced_by_an_attorney_who_was_not_on_file(cast: Cast) -> None:
    person = factories.person()
    before = factories.representation(person, forum="ice")
    after = naming_counsel.replace(
        actor=cast.worker, person=person, attorney=new(), forum="ice", on=clock.today(), evidence="g28",
    )  # fmt: skip
    before.refresh_from_db()
    assert (before.status, after.status) == ("withdrawn", "active")


def test_what_is_refused_leaves_no_attorney_behind(cast: Cast) -> None:
    person = factories.person()
    mine = factories.representation(person, forum="ice")
    for wrong, words in (
        (new(email="no address"), "e-mail"),
        (new(firm="Consulate of Nowhere"), "consulate"),
        (mine.attorney, "attorney of record there already"),
    ):
        with pytest.raises(Exception, match=words):
            naming_counsel.replace(
                actor=cast.worker, person=person, attorney=wrong, forum="ice", on=clock.today(), evidence="g28",
            )  # fmt: skip
    assert Attorney.objects.get() == mine.attorney
    assert Representation.objects.get() == mine


def test_somebody_who_is_on_file_is_not_added_a_second_time(cast: Cast) -> None:
    person = factories.person()
    factories.attorney(name="Grace INVENTED", email="grace@firm.invalid", is_suspended=True)
    with pytest.raises(AttorneyRefused, match="is on file already"):
        naming_counsel.claim(
            actor=cast.worker, person=person, attorney=new(), forum="ice", on=clock.today()
        )
    naming_counsel.claim(
        actor=cast.worker, person=person, attorney=new(email="other@firm.invalid"), forum="ice", on=clock.today(),
    )  # fmt: skip
    assert Attorney.objects.filter(name__iexact="grace invented").count() == 2


def test_a_suspended_attorney_is_not_chosen(cast: Cast) -> None:
    barred = factories.attorney(is_suspended=True)
    with pytest.raises(AttorneyRefused, match="suspended from practice"):
        naming_counsel.claim(
            actor=cast.worker, person=factories.person(), attorney=barred, forum="ice", on=clock.today()
        )  # fmt: skip
