"""A person's file in panels. Initials and reference by default; who, where and contacts open on request, recorded."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from breach.access import active_representations
from breach.core.roles import Capability, can
from breach.looks import looks_at
from breach.models import AuditEvent, DataElement, Exposure, Representation, User
from breach.models.followups import FollowUpState
from breach.models.people import Deliverability
from breach.one_human import joined_to, representations_of
from breach.queries import most_urgent_first
from breach.web import days
from breach.web.access import capability
from breach.web.filters import language_name
from breach.web.finding import exposure_or_404, page_of, user_of
from breach.web.happenings import entries, looks
from breach.web.incidents import labels
from breach.web.person_actions import ABOUT_PERSON
from breach.web.reveal import asked_panel, closed_panel
from breach.web.steps import cards

C = Capability
CONTACTS_SHOWN, HISTORY_SHOWN, LOOKS_SHOWN = 5, 8, 5
REVEALED = "breach/person_revealed.html"  # for HTMX: the panel, and those that tell of this look


@require_safe
@capability(C.VIEW_PEOPLE)
def person_detail(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    exposure = exposure_or_404(request, slug, reference)
    return render(request, "breach/person_detail.html", _file(user_of(request), exposure))


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.VIEW_IDENTITY)
def person_reveal(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """Open parts of the file once, for a reason. The answer is shown and kept nowhere: no redirect, no cache.

    A link opens nothing: it leads to the closed file.
    """
    exposure, user = exposure_or_404(request, slug, reference), user_of(request)
    if request.method != "POST":
        return redirect("person-detail", slug=slug, reference=reference)
    panel = asked_panel(request, exposure, "person-detail")
    if getattr(request, "htmx", False):
        beside = {"incident": exposure.incident, "exposure": exposure, "looked": True}
        return render(request, REVEALED, {**beside, **_what_happened(exposure), **panel})
    return render(request, "breach/person_detail.html", {**_file(user, exposure), **panel})


@require_safe
@capability(C.VIEW_PEOPLE)
def person_looks(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """Who has opened this person: what, when and why, the newest first."""
    exposure = exposure_or_404(request, slug, reference)
    page = page_of(request, looks_at(exposure))
    context = {
        "incident": exposure.incident, "exposure": exposure, "page_obj": page, "looks": looks(page),
    }  # fmt: skip
    return render(request, "breach/person_looks.html", context)


@require_safe
@capability(C.VIEW_PEOPLE)
def person_history(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """Everything recorded about this person in this incident, the newest first."""
    exposure = exposure_or_404(request, slug, reference)
    page = page_of(request, history_of(exposure))
    context = {
        "incident": exposure.incident, "exposure": exposure, "page_obj": page, "entries": entries(page),
    }  # fmt: skip
    return render(request, "breach/person_history.html", context)


def history_of(exposure: Exposure) -> QuerySet[AuditEvent]:
    """Events about the person, the exposure, and their related rows."""
    person = exposure.person
    related = (
        [person.pk, exposure.pk],
        person.placements.values_list("pk", flat=True),
        representations_of(person).values_list("pk", flat=True),
        person.contact_points.values_list("pk", flat=True),
        exposure.follow_ups.values_list("pk", flat=True),
        exposure.contacts.values_list("pk", flat=True),
    )
    ids = [str(pk) for pks in related for pk in pks]
    kinds = (
        "affectedperson", "exposure", "placement", "representation", "contactpoint",
        "followup", "contactlogentry", "guardian",
    )  # fmt: skip
    return AuditEvent.objects.filter(subject_type__in=kinds, subject_id__in=ids).order_by("-id")


def _file(user: User, exposure: Exposure) -> dict[str, Any]:
    """All panels of the page; each is one or two queries."""
    person, incident = exposure.person, exposure.incident
    open_now = exposure.follow_ups.filter(state=FollowUpState.OPEN)
    return {
        "incident": incident,
        "exposure": exposure,
        "chips": _chips(exposure),
        "representations": _representations(exposure),
        "languages": [(one, language_name(one.tag)) for one in person.languages.all()],
        "exposed": _exposed(exposure),
        "contacts": exposure.contacts.select_related("by")[:CONTACTS_SHOWN],
        "follow_ups": cards(
            most_urgent_first(open_now.select_related("owner", "exposure__person"), days.today()),
            opened_by=user,
        ),
        "hold": getattr(exposure, "hold", None),
        "delays": exposure.delays.filter(ended_at=None),
        **_what_happened(exposure),
        "changes": [(name, action.title) for name, action in ABOUT_PERSON.items()],
        "today": days.today(),
        **closed_panel(user, exposure, "person-detail"),
        **_may(user),
    }


def _what_happened(exposure: Exposure) -> dict[str, Any]:
    return {
        "history": entries(history_of(exposure)[:HISTORY_SHOWN]),
        "looks": looks(looks_at(exposure)[:LOOKS_SHOWN]),
    }


def _may(user: User) -> dict[str, Any]:
    wanted = (C.EDIT_PERSON, C.ASSIGN, C.LOG_CONTACT, C.CHANGE_POLICY)
    return {"may": {str(name): can(user, name) for name in wanted}}


def _representations(exposure: Exposure) -> list[tuple[Representation, bool]]:
    """Who represents or represented the person; the flag says whether it counts in this incident's forum today."""
    in_force = active_representations(days.today()).filter(forum=exposure.incident.forum)
    counts = Exists(in_force.filter(pk=OuterRef("pk")))
    rows = representations_of(exposure.person).select_related("attorney__firm", "attorney__user")
    rows = rows.annotate(counts=counts)
    return [(one, one.counts) for one in rows]


def _chips(exposure: Exposure) -> list[tuple[str, str]]:
    """What somebody must know before doing anything, as (tone, words)."""
    person = exposure.person
    records = [person, *joined_to([person.pk])[person.pk]]
    facts = [
        (any(one.died_on for one in records), "danger", _("Deceased")),
        (any(one.removed_on for one in records), "danger", _("Removed")),
        (any(one.do_not_contact for one in records), "warning", _("Do not contact directly")),
        (any(one.protected_1367 for one in records), "warning", _("Protected by 8 USC 1367")),
        (any(one.is_minor for one in records), "info", _("Minor")),
        (person.released_on, "neutral", _("Released")),
        (len(records) > 1, "neutral", _("Joined from several records")),
        (exposure.risk_tier < 3, "danger" if exposure.risk_tier == 1 else "warning",
         _("Risk: %(tier)s") % {"tier": exposure.get_risk_tier_display()}),
    ]  # fmt: skip
    return [(tone, words) for there, tone, words in facts if there]


def _exposed(exposure: Exposure) -> list[tuple[str, object]]:
    bad = exposure.person.contact_points.filter(is_current=True, deliverability=Deliverability.BAD)
    rows: list[tuple[str, object]] = [
        (_("What was disclosed"), ", ".join(labels(DataElement, exposure.elements))),
        (_("Protection case"), exposure.get_posture_display()),
        (_("Risk"), exposure.get_risk_tier_display()),
    ]
    if exposure.risk_reason:
        rows.append((_("Why this risk"), _(exposure.risk_reason)))
    rows.append(
        (_("Assigned to"), exposure.caseworker.label if exposure.caseworker else _("Nobody"))
    )
    if count := bad.count():
        rows.append((_("Contact points known to be bad"), count))
    return rows
