"""The words: adopted, reviewed, signed by two people, and never sent when what they say has changed since."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, transaction

from breach.core.roles import NotAllowed, Role
from breach.models import AuditEvent, Incident, User
from breach.services import incidents
from breach.services.signoffs import OwnWork, SignedAlready
from notifications.models import LetterVersion
from notifications.services import letters
from notifications.services.letters import LetterNotReady
from tests import factories
from tests.factories import Cast
from tests.notifications.outbox_world import World

FACTS = {
    "agency_name": "Invented Agency", "contact_phone": "+1 555 0100", "contact_email": "help@agency.invalid",
    "contact_address": "1 Agency Way", "signatory_name": "Sam Signatory", "signatory_title": "Director",
    "extract_as_of": date(2022, 11, 19),
}  # fmt: skip


@pytest.fixture
def cast(db: None) -> Cast:
    return factories.cast()


def submitted(author: User, **fields: object) -> LetterVersion:
    return letters.adopt_standard_wording(
        actor=author, incident=factories.incident(**FACTS, **fields)
    )


def reviewed(version: LetterVersion, by: User) -> LetterVersion:
    for translation in version.translations.all():
        letters.review_translation(actor=by, translation=translation)
    return version


def approved(cast: Cast, version: LetterVersion) -> LetterVersion | None:
    return letters.approved_version(Incident.objects.get(pk=version.letter.incident_id))


def test_the_standard_wording_comes_in_every_language_and_waits(cast: Cast) -> None:
    version = submitted(cast.privacy)
    assert (version.number, version.status) == (1, "submitted")
    assert set(version.translations.values_list("language", flat=True)) == {"en", "es"}
    assert letters.reviewed_languages(version) == frozenset()
    assert (
        letters.adopt_standard_wording(actor=cast.privacy, incident=version.letter.incident).number
        == 2
    )


def test_missing_facts_are_named_before_anybody_signs(cast: Cast) -> None:
    with pytest.raises(LetterNotReady, match="signatory"):
        letters.adopt_standard_wording(actor=cast.privacy, incident=factories.incident())


def test_two_people_who_did_not_write_it_approve_it(cast: Cast) -> None:
    version = reviewed(submitted(cast.privacy), cast.supervisor)
    letters.sign(actor=cast.supervisor, version=version)
    assert approved(cast, version) is None
    letters.sign(actor=cast.second_supervisor, version=version)
    assert approved(cast, version) == version
    version.refresh_from_db()
    assert (version.status, version.approved_at is not None) == ("approved", True)
    approvals = AuditEvent.objects.filter(action="letter.approved", subject_id=version.pk)
    assert approvals.count() == 1


def test_the_author_does_not_sign_and_nobody_signs_twice(cast: Cast) -> None:
    version = reviewed(submitted(cast.privacy), cast.supervisor)
    with pytest.raises(OwnWork):
        letters.sign(actor=cast.privacy, version=version)
    letters.sign(actor=cast.supervisor, version=version)
    with pytest.raises(SignedAlready):
        letters.sign(actor=cast.supervisor, version=version)
    assert approved(cast, version) is None


def test_an_unreviewed_translation_is_not_signed(cast: Cast) -> None:
    version = submitted(cast.privacy)
    letters.review_translation(
        actor=cast.supervisor, translation=version.translations.get(language="en")
    )
    with pytest.raises(LetterNotReady, match="es"):
        letters.sign(actor=cast.supervisor, version=version)


def test_a_review_is_somebodys_once(cast: Cast) -> None:
    version = submitted(cast.privacy)
    translation = version.translations.get(language="es")
    letters.review_translation(actor=cast.supervisor, translation=translation)
    letters.review_translation(actor=cast.second_supervisor, translation=translation)
    translation.refresh_from_db()
    assert translation.reviewed_by == cast.supervisor
    assert AuditEvent.objects.filter(action="translation.reviewed").count() == 1


@pytest.mark.parametrize(
    "change",
    [{"hold_days": 60}, {"contact_phone": "+1 555 0199"}, {"copy_to_person": False}],
    ids=str,
)
def test_a_fact_that_changed_takes_the_approval_away_until_it_is_as_it_was(
    world: World, change: dict[str, object]
) -> None:
    before = {name: getattr(world.incident, name) for name in change}
    if before == change:
        change = {"copy_to_person": True}
    incident = incidents.change_policy(actor=world.supervisor, incident=world.incident, **change)
    assert letters.approved_version(incident) is None
    with pytest.raises(LetterNotReady, match="Submit a new version"):
        letters.sign(actor=factories.user(Role.SUPERVISOR), version=world.version)
    incident = incidents.change_policy(actor=world.supervisor, incident=incident, **before)
    assert letters.approved_version(incident) == world.version


def test_what_no_letter_prints_may_change(world: World) -> None:
    incident = incidents.change_policy(
        actor=world.supervisor, incident=world.incident, proof_days=3
    )
    assert letters.approved_version(incident) == world.version


def test_of_two_approved_versions_the_later_stands(world: World) -> None:
    version = letters.adopt_standard_wording(actor=world.privacy, incident=world.incident)
    reviewed(version, world.supervisor)
    for signer in (world.supervisor, factories.user(Role.SUPERVISOR)):
        letters.sign(actor=signer, version=version)
    world.version.refresh_from_db()
    assert world.version.status == "retired"
    assert letters.approved_version(world.incident) == version
    with pytest.raises(LetterNotReady, match="not waiting"):
        letters.sign(actor=factories.user(Role.SUPERVISOR), version=world.version)


def test_a_translation_is_frozen(world: World) -> None:
    rows = world.version.translations.filter(language="es")
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(content={})


def test_desks_that_neither_write_nor_sign_cannot(cast: Cast) -> None:
    version = submitted(cast.privacy)
    with pytest.raises(NotAllowed):
        letters.adopt_standard_wording(actor=cast.worker, incident=version.letter.incident)
    with pytest.raises(NotAllowed):
        letters.sign(actor=cast.worker, version=version)
    with pytest.raises(NotAllowed):
        letters.review_translation(actor=cast.worker, translation=version.translations.first())


def test_letters_print_the_days_of_the_agency(cast: Cast) -> None:
    """Nine in the evening of the 28th in New York is the 29th in UTC."""
    evening, night = datetime(2022, 11, 29, 2, tzinfo=UTC), datetime(2022, 11, 29, 7, tzinfo=UTC)
    incident = factories.incident(occurred_at=evening, discovered_at=evening, contained_at=night)
    facts = letters.facts_of(incident)
    assert (facts.occurred, facts.discovered) == (date(2022, 11, 28), date(2022, 11, 28))
    assert facts.contained == date(2022, 11, 29)


def test_an_older_version_cannot_be_signed_past_a_newer_one(cast: Cast) -> None:
    older = reviewed(submitted(cast.privacy), cast.supervisor)
    letters.adopt_standard_wording(actor=cast.privacy, incident=older.letter.incident)
    with pytest.raises(LetterNotReady, match="newer version"):
        letters.sign(actor=cast.supervisor, version=older)
