"""A person's file in panels. Initials and reference by default; the identity opens on request, recorded."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from breach.access import active_representations
from breach.core import codes
from breach.core.roles import Capability, can
from breach.models import AuditEvent, DataElement, Exposure, Representation, User
from breach.models.followups import FollowUpState
from breach.models.people import Deliverability
from breach.services.looking import look_at
from breach.web.access import capability
from breach.web.acting import carried_out, sent_by
from breach.web.filters import language_name
from breach.web.finding import exposure_or_404, page_of, user_of
from breach.web.forms.people import LookForm
from breach.web.happenings import entries
from breach.web.incidents import labels
from breach.web.person_actions import ABOUT_PERSON
from breach.web.steps import cards

C = Capability
CONTACTS_SHOWN, HISTORY_SHOWN = 5, 8
# They stand in the panel of the representations instead.
COUNSEL_CHANGES = ("claim-counsel", "replace-counsel")


@require_safe
@capability(C.VIEW_PEOPLE)
def person_detail(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    exposure = exposure_or_404(request, slug, reference)
    return render(request, "breach/person_detail.html", _file(user_of(request), exposure))


@require_POST
@capability(C.VIEW_IDENTITY)
def person_identity(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """Open the identity once, for a reason. The answer is shown and kept nowhere: no redirect, no cache."""
    exposure, user = exposure_or_404(request, slug, reference), user_of(request)
    form = LookForm(sent_by(request))
    opened = carried_out(
        request,
        form,
        lambda: look_at(actor=user, exposure=exposure, what="identity", reason=form.reason()),
    )
    shown = {"look": form, "identity": identity_of(exposure) if opened else None}
    if getattr(request, "htmx", False):
        context = {"incident": exposure.incident, "exposure": exposure, **shown, **_may(user)}
        return render(request, "breach/person_identity.html", context)
    return render(request, "breach/person_detail.html", {**_file(user, exposure), **shown})


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


def identity_of(exposure: Exposure) -> dict[str, Any]:
    """What the identity panel shows once it is open."""
    person = exposure.person
    language = get_language() or "en"
    born = person.birth_date
    facts = [
        (_("Name"), person.full_name),
        (_("Name as listed"), person.name_as_listed),
        (_("Also known as"), ", ".join(map(str, person.aliases))),
        (_("Date of birth"), born and f"{born:%d %B %Y}"),
        (_("A-number"), ", ".join(found.value for found in person.identifiers.all())),
        (_("Nationality"), person.nationality and codes.country_name(person.nationality, language)),
        (_("Sex"), person.sex),
        (_("For safe contact"), person.safe_contact_note),
    ]
    return {
        "facts": facts,
        "contact_points": person.contact_points.all(),
        "guardians": person.guardians.filter(is_current=True),
    }


def history_of(exposure: Exposure) -> QuerySet[AuditEvent]:
    """Events about the person, the exposure, and the rows that hang on them."""
    person = exposure.person
    related = (
        [person.pk, exposure.pk],
        person.placements.values_list("pk", flat=True),
        person.representations.values_list("pk", flat=True),
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
    return {
        "incident": incident,
        "exposure": exposure,
        "chips": _chips(exposure),
        "look": LookForm(),
        "whereabouts": _whereabouts(exposure),
        "placements": person.placements.select_related("facility").order_by("-period"),
        "representations": _representations(exposure),
        "languages": [(one, language_name(one.tag)) for one in person.languages.all()],
        "exposed": _exposed(exposure),
        "contacts": exposure.contacts.select_related("by")[:CONTACTS_SHOWN],
        "follow_ups": cards(
            exposure.follow_ups.filter(state=FollowUpState.OPEN).select_related(
                "owner", "exposure__person"
            ),
            opened_by=user,
        ),
        "hold": getattr(exposure, "hold", None),
        "delays": exposure.delays.filter(ended_at=None),
        "history": entries(history_of(exposure)[:HISTORY_SHOWN]),
        "changes": [
            (name, action.title)
            for name, action in ABOUT_PERSON.items()
            if name not in COUNSEL_CHANGES
        ],
        "today": timezone.localdate(),
        **_may(user),
    }


def _may(user: User) -> dict[str, Any]:
    wanted = (C.VIEW_IDENTITY, C.EDIT_PERSON, C.ASSIGN, C.LOG_CONTACT)
    return {"may": {str(name): can(user, name) for name in wanted}}


def _representations(exposure: Exposure) -> list[tuple[Representation, bool]]:
    """Who speaks or spoke for the person; the flag says whether it counts in this incident's forum today."""
    in_force = active_representations(timezone.localdate()).filter(forum=exposure.incident.forum)
    counts = Exists(in_force.filter(pk=OuterRef("pk")))
    rows = exposure.person.representations.select_related("attorney__firm").annotate(counts=counts)
    return [(one, one.counts) for one in rows]


def _chips(exposure: Exposure) -> list[tuple[str, str]]:
    """What somebody must know before doing anything, as (tone, words)."""
    person = exposure.person
    facts = [
        (person.died_on, "danger", _("Deceased")),
        (person.removed_on, "danger", _("Removed")),
        (person.do_not_contact, "warning", _("Do not contact directly")),
        (person.protected_1367, "warning", _("Protected by 8 USC 1367")),
        (person.is_minor, "info", _("Minor")),
        (person.released_on, "neutral", _("Released")),
        (exposure.risk_tier < 3, "danger" if exposure.risk_tier == 1 else "warning",
         _("Risk: %(tier)s") % {"tier": exposure.get_risk_tier_display()}),
    ]  # fmt: skip
    return [(tone, words) for there, tone, words in facts if there]


def _whereabouts(exposure: Exposure) -> list[tuple[str, object]]:
    """Dated facts, where there are any."""
    person = exposure.person
    rows = [
        (_("Released on"), person.released_on),
        (_("Removed on"), person.removed_on),
        (_("Died on"), person.died_on),
        (_("According to"), person.fact_source),
    ]
    return [(label, value) for label, value in rows if value]


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
