"""Incidents: the list, opening one, its overview, its policy and its stop switch."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from breach.access import counted_for, incidents_visible_to, rosters_visible_to
from breach.core.roles import Capability, can
from breach.models import DataElement, EvidenceKind, Incident, User
from breach.queries import worklist
from breach.services import incidents
from breach.web import days
from breach.web.access import capability
from breach.web.acting import carried_out, sent_by
from breach.web.finding import incident_or_404, page_of, user_of
from breach.web.forms.incidents import (
    IncidentFactsForm,
    IncidentPolicyForm,
    OpenIncidentForm,
    ReasonForm,
)
from breach.web.rosters import with_undecided
from breach.web.steps import cards
from breach.web.worklist import ALL, OVERDUE, OWNERLESS, SOON, due_when, worklist_url

C = Capability
NEXT_ACTIONS_SHOWN = 5


@require_safe
@capability(C.VIEW_INCIDENT)
def incident_list(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    among = counted_for(user)
    counted = Q() if among is None else Q(exposures__in=among)
    rows = incidents_visible_to(user).annotate(people=Count("exposures", filter=counted))
    rows = rows.order_by("-discovered_at")
    context = {"page_obj": page_of(request, rows), "may_open": can(user, C.OPEN_INCIDENT)}
    return render(request, "breach/incident_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.OPEN_INCIDENT)
def incident_open(request: HttpRequest) -> HttpResponse:
    form, user = OpenIncidentForm(sent_by(request)), user_of(request)
    if carried_out(request, form, lambda: incidents.open_incident(actor=user, **form.cleaned_data)):
        messages.success(request, _("The incident is open. Next: upload the roster."))
        return redirect("incident-detail", slug=form.cleaned_data["slug"])
    return render(request, "breach/incident_open.html", {"form": form})


@require_safe
@capability(C.VIEW_INCIDENT)
def incident_detail(request: HttpRequest, slug: str) -> HttpResponse:
    incident = incident_or_404(request, slug)
    user = user_of(request)
    context = {
        "incident": incident,
        "timeline": _timeline(incident),
        "elements": labels(DataElement, incident.data_elements),
        "policy": _policy(incident),
        "rosters": with_undecided(rosters_visible_to(user).filter(incident=incident))[:5],
        "teams": ", ".join(incident.teams.values_list("name", flat=True)),
        **_next_actions(user, incident),
        "may": {str(name): can(user, name) for name in (
            C.CHANGE_POLICY, C.STOP_SENDING, C.IMPORT_ROSTER, C.VIEW_PEOPLE, C.VIEW_AUDIT, C.ASSIGN,
        )},
    }  # fmt: skip
    return render(request, "breach/incident_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.CHANGE_POLICY)
def incident_policy(request: HttpRequest, slug: str) -> HttpResponse:
    incident = incident_or_404(request, slug)
    # The form fills the instance it is given; the verb gets the incident as it is stored.
    form = IncidentPolicyForm(sent_by(request), instance=incident_or_404(request, slug))
    user = user_of(request)
    if carried_out(
        request,
        form,
        lambda: incidents.change_policy(actor=user, incident=incident, **form.changes()),
    ):
        messages.success(request, _("The policy is saved and applies from now on."))
        return redirect("incident-detail", slug=slug)
    return render(request, "breach/incident_policy.html", {"incident": incident, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.CHANGE_POLICY)
def incident_facts(request: HttpRequest, slug: str) -> HttpResponse:
    """Correct what was entered wrong when the incident was opened, while nobody has been told."""
    incident = incident_or_404(request, slug)
    form = IncidentFactsForm(sent_by(request), instance=incident_or_404(request, slug))
    user = user_of(request)
    if carried_out(
        request,
        form,
        lambda: incidents.correct_facts(
            actor=user, incident=incident, reason=form.cleaned_data["reason"], **form.changes()
        ),
    ):
        messages.success(request, _("It is corrected. Letters signed before must be signed again."))
        return redirect("incident-detail", slug=slug)
    context = {"incident": incident, "form": form, "told": incidents.a_notice_has_left(incident)}
    return render(request, "breach/incident_facts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.STOP_SENDING)
def incident_stop(request: HttpRequest, slug: str) -> HttpResponse:
    """The stop switch: turns sending off, or on again when it is off."""
    incident = incident_or_404(request, slug)
    form, user = ReasonForm(sent_by(request)), user_of(request)
    resume = request.POST.get("then") == "resume"
    verb = incidents.resume_sending if resume else incidents.stop_sending
    if carried_out(
        request,
        form,
        lambda: verb(actor=user, incident=incident, reason=form.cleaned_data["reason"]),
    ):
        said = _("Sending is resumed.") if resume else _("Sending is stopped. Nothing leaves.")
        messages.success(request, said)
        return redirect("incident-detail", slug=slug)
    return render(request, "breach/incident_stop.html", {"incident": incident, "form": form})


def labels(choices: type[DataElement] | type[EvidenceKind], values: list[str]) -> list[str]:
    """The words of stored values, in the order of the closed list."""
    return [str(choice.label) for choice in choices if choice.value in values]


def _timeline(incident: Incident) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = [
        {"at": incident.occurred_at, "title": _("Occurred"), "tone": "danger"},
        {"at": incident.discovered_at, "title": _("Discovered")},
        {"at": incident.contained_at, "title": _("Contained"), "tone": "success"},
        {"at": incident.sending_stopped_at, "title": _("Sending stopped"), "tone": "warning",
         "text": incident.sending_stopped_reason},
    ]  # fmt: skip
    return sorted((entry for entry in entries if entry["at"]), key=lambda entry: entry["at"])


def _policy(incident: Incident) -> list[tuple[str, object]]:
    copy = _("Yes, and it must be proven too") if incident.copy_required else _("Yes")
    return [
        (_("Forum"), incident.get_forum_display()),
        (_("Copy to a represented person"), copy if incident.copy_to_person else _("No")),
        (_("What proves notice"), ", ".join(labels(EvidenceKind, incident.sufficient_evidence))),
        (_("Hold after proof"), _days(incident.hold_days)),
        (_("An attorney confirms within"), _days(incident.attorney_days)),
        (_("A sheet or carrier proof comes within"), _days(incident.proof_days)),
        (_("Phone for affected people"), incident.contact_phone),
        (_("E-mail for affected people"), incident.contact_email),
        (
            _("Signatory"),
            ", ".join(filter(None, (incident.signatory_name, incident.signatory_title))),
        ),
    ]


def _days(number: int) -> str:
    return _("%(number)d days") % {"number": number}


def _next_actions(user: User, incident: Incident) -> dict[str, Any]:
    """Open follow-ups this user may see: how many, how late, and the most urgent few."""
    today = days.today()
    rows = worklist(user, today).filter(incident=incident)
    counts = rows.aggregate(
        open=Count("id"),
        overdue=Count("id", filter=due_when(OVERDUE, today)),
        soon=Count("id", filter=due_when(SOON, today)),
        ownerless=Count("id", filter=Q(owner=None)),
    )
    filters = {
        "open": {"whose": ALL}, "overdue": {"whose": ALL, "due": OVERDUE}, "soon": {"whose": ALL, "due": SOON},
        "ownerless": {"whose": OWNERLESS},
    }  # fmt: skip
    urls = {
        name: worklist_url(incident=incident.pk, **chosen) if counts[name] else ""
        for name, chosen in filters.items()
    }
    urgent = rows.select_related("owner", "exposure__person", "roster")[:NEXT_ACTIONS_SHOWN]
    return {"counts": counts, "urls": urls, "next_actions": cards(urgent)}
