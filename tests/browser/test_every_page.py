"""Every page that any desk can walk to answers, and is sound at both widths.

The walk follows the links of the pages themselves, on a small demo incident whose letters have been answered. A page
that no link leads to, or that is new and shown nowhere, fails the last check.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator
from datetime import date
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve, reverse
from pytest_django import Settings

from breach.core.roles import Capability, Role, can
from breach.models import AffectedPerson, Delay, Exposure, Incident, Representation, User
from breach.services import people
from breach.services.users import system_user
from tests import demo_world
from tests.browser.visitor import Visitor
from tests.demo_world import somebody
from tests.signing_in import client_of

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

PEOPLE = 24
WITH_COUNSEL = ("active", "claimed", "disputed")  # appearances that can still be acted on
ALIKE = 2  # so many pages of one kind are walked through: not every person's
# Shown by the other browser tests, on scenes made for them.
SHOWN_ELSEWHERE = """
sign-in mfa_authenticate step-up second-factor app-add passkey-add recovery-codes factor-remove invitation
components component-part
worklist follow-up-detail follow-up-later follow-up-close contact-log contact-log-reveal
duplicates-list duplicates-review duplicates-part
supervision supervision-by supervision-follow-ups funnel-panel funnel-list notify notifications-list letters-panel
deliveries-list delivery-detail delivery-resolve proof-wrong batches-list batches-waiting batch-detail
batch-sheet letters letter-version letter-sign letter-wording receipts receipts-report portal-home portal-notice
portal-attest portal-not-my-client
team-list team-detail incident-teams
roster-upload roster-job approval-list approval-detail notice-take-up notice-end counsel-account person-disclosures
person-disclosures-reveal disclosure-list export-list export-ask release-stage
"""
# No pages: answers that are files or JSON, forms without a page of their own, doors that only redirect.
NO_PAGES = """
healthz set_language sign-out account_login demo-sign-in mfa_login_webauthn recovery-codes-file session-end
sessions-end-others
delivery-letter letter-preview batch-file batch-collect receipts-template portal-open
follow-up-take duplicates-open letters-adopt export-fetch roster-job-here roster-job-stop
"""
LINK = re.compile(r'(?:href|hx-get)="(/[^"#]*)')


@pytest.fixture
def demo(site: str, settings: Settings, tmp_path: Path) -> Incident:
    """The demo incident with everything sent, and answered by the world outside."""
    settings.DEMO = True  # the mail sink's page is there only then
    settings.SPOOL_DIR, settings.MAILDIR = tmp_path / "spool", tmp_path / "mail"
    return demo_world.build(PEOPLE)


def test_every_page_of_every_desk_answers_and_is_sound(visitor: Visitor, demo: Incident) -> None:
    shown = set(SHOWN_ELSEWHERE.split())
    for role in (role for role in Role if role != Role.SYSTEM):
        user = somebody(role)
        visitor.context.clear_cookies()
        visitor.arrive_as(user)
        for kind, path in walk(user, cases_seen_by(user, demo)).items():
            if not shown & {kind, kind.split()[0]}:
                visitor.open(path)
                visitor.assert_sound(f"page-{kind.replace(' ', '-')}")
            shown.add(kind)
    shown |= behind_the_buttons(visitor, demo)
    unseen = (
        set(names(get_resolver())) - {kind.split()[0] for kind in shown} - set(NO_PAGES.split())
    )
    assert not unseen, f"nobody is shown {sorted(unseen)}"


def behind_the_buttons(visitor: Visitor, incident: Incident) -> set[str]:
    """Pages that open by a form, or that other pages load into themselves; gives their names."""
    here = {"slug": incident.slug}
    visitor.context.clear_cookies()
    visitor.arrive_as(somebody(Role.CASE_WORKER))
    page = visitor.open(reverse("people-list", kwargs=here))
    person = AffectedPerson.objects.filter(representations=None)[0]
    people.add_contact_point(
        actor=system_user(),
        person=person,
        kind="phone",
        value="+12025550188",
        verified=True,
        safe=True,
    )
    for text in ("nobody of this name", person.reference):
        page.locator("[role=search] input[type=text]").fill(text)
        page.get_by_role("button", name="Search").click()
        visitor.assert_sound("page-people-search" if " " in text else "page-person-found")
    for part in ("identity", "whereabouts", "contacts"):
        page.locator(f"input[name=parts][value={part}]").set_checked(True, force=True)
    page.get_by_label("Why do you need to see it?").select_option("call")
    page.get_by_role("button", name="Show it").click()
    page.get_by_role("link", name="This does not reach the person").first.wait_for()
    visitor.assert_sound("page-person-reveal")
    page.get_by_role("link", name="This does not reach the person").first.click()
    visitor.assert_sound("page-contact-point-bad")
    counsel_of(visitor, incident, person)
    waiting_with_notice(visitor, incident, person)
    return {
        "attorney-detail",
        "attorney-action",
        "delay-decide",
        "delay-end",
        "people-search",
        "person-detail-reveal",
        "contact-point-bad",
        "counsel-action",
        "job-progress",
    }


def counsel_of(visitor: Visitor, incident: Incident, person: AffectedPerson) -> None:
    """Finding counsel for somebody who has none, and what can be said of counsel on file."""
    here = {"slug": incident.slug}
    visitor.open(
        reverse("counsel-new", kwargs={**here, "reference": person.reference, "action": "replace"})
    )
    for text in ("Ada", "Nobody of this name"):
        visitor.page.get_by_label("Attorney or representative").fill(text)
        visitor.page.get_by_role("button", name="Find").click()
        visitor.assert_sound(f"page-counsel-{text.split()[0].lower()}")
    # The walk looks at a few people only, and they need not be represented.
    counsel = Representation.objects.filter(status="active").select_related("person")[0]
    withdraw = {"reference": counsel.person.reference, "pk": counsel.pk, "action": "withdraw"}
    lawyer = {**here, "reference": counsel.person.reference, "pk": counsel.pk}
    for name, path in (
        ("attorney-detail", reverse("attorney-detail", kwargs=lawyer)),
        ("attorney-action", reverse("attorney-action", kwargs={**lawyer, "action": "email"})),
        ("counsel-action", reverse("counsel-action", kwargs={**here, **withdraw})),
        ("job-progress", reverse("job-progress", kwargs=here)),
    ):
        visitor.open(path)
        visitor.assert_sound(f"page-{name}")


def waiting_with_notice(visitor: Visitor, incident: Incident, person: AffectedPerson) -> None:
    """A written delay: decided, shown on the file, ended."""
    here = {"slug": incident.slug}
    visitor.context.clear_cookies()
    visitor.arrive_as(somebody(Role.SUPERVISOR))
    visitor.open(reverse("delay-decide", kwargs={**here, "reference": person.reference}))
    visitor.assert_sound("page-delay-decide")
    delay = Delay.objects.create(
        incident=incident, exposure=Exposure.objects.get(incident=incident, person=person),
        authority="Invented Police, 12/3", reason="An invented reason", starts_on=date(2999, 1, 1),
        ends_on=date(2999, 2, 1), decided_by=system_user(),
    )  # fmt: skip
    visitor.open(reverse("person-detail", kwargs={**here, "reference": person.reference}))
    visitor.assert_sound("page-person-waits")
    ending = {**here, "reference": person.reference, "pk": delay.pk}
    visitor.open(reverse("delay-end", kwargs=ending))
    visitor.assert_sound("page-delay-end")


def cases_seen_by(user: User, incident: Incident) -> list[str]:
    """A person with counsel and one without, where this desk sees people: lists may show others first."""
    if not can(user, Capability.VIEW_PEOPLE):
        return []
    with_counsel = AffectedPerson.objects.filter(representations__status__in=WITH_COUNSEL)[0]
    without = AffectedPerson.objects.filter(representations=None)[0]
    return [
        reverse("person-detail", kwargs={"slug": incident.slug, "reference": person.reference})
        for person in (with_counsel, without)
    ]


def walk(user: User, more: list[str]) -> dict[str, str]:
    """Every kind of page this desk's links lead to, with the first address of each; all of them answer."""
    client = client_of(user)
    found: dict[str, str] = {}
    seen: set[str] = set()
    alike: Counter[str] = Counter()
    lost: list[str] = []
    waiting = deque(("the start", path) for path in (reverse("home"), *more))
    while waiting:
        source, path = waiting.popleft()
        kind = kind_of(path)
        alike[kind] += path not in seen
        if not kind or path in seen or alike[kind] > ALIKE or kind.split()[0] in NO_PAGES.split():
            continue
        seen.add(path)
        answer = client.get(path, follow=True)
        found.setdefault(kind, path)
        if answer.status_code != 200:
            lost.append(f"{path}, linked from {source}: {answer.status_code}")
            continue
        waiting.extend((path, unescape(link)) for link in LINK.findall(answer.content.decode()))
    assert not lost, f"the {user.role} is led to {lost}"
    return found


def kind_of(path: str) -> str:
    """The name of a page, with the words in its address that choose another form; empty for no page of ours."""
    try:
        match = resolve(urlsplit(path).path)
    except Resolver404:
        return ""
    choices = [str(match.kwargs[word]) for word in ("action", "dimension") if word in match.kwargs]
    return " ".join([match.url_name or "", *choices])


def names(resolver: URLResolver) -> Iterator[str]:
    """The names of all addresses but the API's."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield str(entry.name)
        elif str(entry.pattern) != "api/":
            yield from names(entry)
