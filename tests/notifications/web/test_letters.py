"""The words of an incident on pages: submitted, reviewed language by language, signed by two who did not write them."""

from __future__ import annotations

from django.urls import reverse

from breach.core.roles import Role
from breach.models import SignOff
from breach.services import incidents
from notifications.models import LetterVersion, Translation
from notifications.placeholders import marked_up
from notifications.rendering.wording import standard_wording
from notifications.services import letters
from notifications.web.letters import side_by_side
from tests import factories
from tests.notifications.outbox_world import World

from .conftest import Enter


def submitted(world: World) -> LetterVersion:
    """A second version, neither reviewed nor signed."""
    return letters.adopt_standard_wording(actor=world.privacy, incident=world.incident)


def url(name: str, world: World, version: LetterVersion, **more: str) -> str:
    return reverse(name, kwargs={"slug": world.incident.slug, "number": version.number, **more})


def test_the_privacy_officer_submits_the_standard_wording(world: World, enter: Enter) -> None:
    page = reverse("letters-adopt", kwargs={"slug": world.incident.slug})
    enter(world.privacy).post(page)
    assert LetterVersion.objects.filter(status="submitted").count() == 1
    assert enter(world.supervisor).post(page).status_code == 403


def test_a_language_is_reviewed_on_its_page(world: World, enter: Enter) -> None:
    version = submitted(world)
    enter(world.supervisor).post(url("letter-wording", world, version, language="es"))
    reviewed = Translation.objects.get(version=version, language="es")
    assert reviewed.reviewed_by == world.supervisor


def test_signing_shows_the_hash_first_and_takes_two_people(world: World, enter: Enter) -> None:
    version = submitted(world)
    for translation in version.translations.all():
        letters.review_translation(actor=world.supervisor, translation=translation)
    page = url("letter-sign", world, version)
    first = enter(world.supervisor)
    assert version.content_sha256 in first.get(page).content.decode()
    assert not SignOff.objects.filter(subject_id=version.pk).exists()
    first.post(page)
    version.refresh_from_db()
    assert version.status == "submitted"
    again = first.post(page, follow=True)
    assert "the second signature must be somebody else" in again.content.decode()
    enter(factories.user(Role.SUPERVISOR)).post(page)
    version.refresh_from_db()
    assert version.status == "approved"


def test_the_author_cannot_sign(world: World, enter: Enter) -> None:
    version = submitted(world)
    for translation in version.translations.all():
        letters.review_translation(actor=world.supervisor, translation=translation)
    answer = enter(world.privacy).post(url("letter-sign", world, version), follow=True)
    assert "two other people have to sign it" in answer.content.decode()


def test_an_unreviewed_language_holds_the_signature_back(world: World, enter: Enter) -> None:
    version = submitted(world)
    answer = enter(world.supervisor).post(url("letter-sign", world, version), follow=True)
    assert "Not reviewed yet: en, es." in answer.content.decode()


def test_a_changed_fact_is_said_where_the_signatures_are(world: World, enter: Enter) -> None:
    incidents.change_policy(actor=world.supervisor, incident=world.incident, hold_days=45)
    answer = enter(world.supervisor).get(url("letter-version", world, world.version))
    assert "The facts have changed since this was submitted" in answer.content.decode()


def test_the_sample_is_a_letter_about_nobody(world: World, enter: Enter) -> None:
    page = url("letter-preview", world, world.version, language="es")
    answer = enter(Role.CASE_WORKER).get(page, {"role": "guardian", "posture": "final_order"})
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")


def test_a_language_that_is_not_in_the_version_is_not_there(world: World, enter: Enter) -> None:
    page = url("letter-wording", world, world.version, language="fr")
    assert enter(world.supervisor).get(page).status_code == 404


def test_what_is_printed_strong_is_read_strong_and_nothing_else_becomes_markup(
    world: World, enter: Enter
) -> None:
    page = enter(world.supervisor).get(url("letter-wording", world, world.version, language="es"))
    words = page.content.decode()
    assert "<strong>You will not be removed from the United States" in words
    assert "**" not in words
    assert marked_up("<b>one</b> **two & {hold_days}**") == (
        "&lt;b&gt;one&lt;/b&gt; <strong>two &amp; {hold_days}</strong>"
    )


def test_people_whose_language_has_no_letter_are_counted_as_a_gap(
    world: World, enter: Enter
) -> None:
    factories.exposure(of=factories.person(language="ru"), incident=world.incident)
    factories.exposure(of=factories.person(language="quc", reads=None), incident=world.incident)
    factories.exposure(of=factories.person(language=""), incident=world.incident)
    page = reverse("letters", kwargs={"slug": world.incident.slug})
    answer = enter(world.supervisor).get(page)
    rows = {row.language: row for row, *_ in answer.context["coverage"]}
    assert rows["ru"].is_gap
    assert (rows[""].people, rows[""].served_by) == (1, "en")
    assert "Not recorded" in answer.content.decode()
    assert sum(row.people for row in rows.values()) == world.incident.exposures.count()
    assert (rows["quc"].is_gap, rows["quc"].by_call) == (False, True)


def test_both_wordings_stand_side_by_side_sentence_by_sentence() -> None:
    english, spanish = standard_wording()["en"].data, standard_wording()["es"].data
    pairs = [pair for _part, lines in side_by_side(english, spanish) for pair in lines]
    assert ("Notice of Data Breach", spanish["notice"]["title"], ()) in pairs
    assert all(left and right for left, right, _readers in pairs)


def test_what_only_some_read_says_who() -> None:
    english = standard_wording()["en"].data
    pairs = [pair for _part, lines in side_by_side(english, english) for pair in lines]
    greetings = {pair.readers for pair in pairs if "{recipient_name}" in pair.original}
    assert greetings >= {("The person",), ("The guardian",), ("The attorney of record",)}
    assert all(not pair.readers for pair in pairs if pair.original == "Notice of Data Breach")
