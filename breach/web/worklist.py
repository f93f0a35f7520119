"""The worklist: open follow-ups, most urgent first, each with the reason for its place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import django_filters
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from breach.access import incidents_visible_to
from breach.core import keyring
from breach.core.roles import Capability, can
from breach.models import FollowUp, FollowUpKind, Incident, RiskTier, User
from breach.queries import AT_ONCE, worklist
from breach.services import clock
from breach.services.worded import told
from breach.web.access import capability
from breach.web.filters import language_name
from breach.web.finding import page_of, user_of

Words = str | Promise
MINE, OURS, DESK, OWNERLESS, ALL = "mine", "ours", "desk", "ownerless", "all"
WHOSE: tuple[tuple[str, Words], ...] = (
    (MINE, _("Mine")), (OURS, _("Of my desk")), (DESK, _("Of my desk, without an owner")),
    (OWNERLESS, _("Without an owner")), (ALL, _("All I may see")),
)  # fmt: skip
# When: the same words, and the same days, as on the pages whose figures lead here.
OVERDUE, TODAY, SOON, WEEK = "overdue", "today", "soon", "week"
DUE: tuple[tuple[str, Words], ...] = (
    (OVERDUE, _("Overdue")), (TODAY, _("Due today")), (SOON, _("Due within 3 days")),
    (WEEK, _("Next 7 days")),
)  # fmt: skip
# Headings of the three parts, in the order of `queries.worklist`.
BANDS: tuple[Words, ...] = (_("At once"), _("Due today or overdue"), _("Coming up"))
RISK_TONES = {RiskTier.CRITICAL: "danger", RiskTier.HIGH: "warning"}


class WorklistFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library's base is untyped
    """Whose work, due when, of which kind, in which incident."""

    whose = django_filters.ChoiceFilter(label=_("Whose"), empty_label=None, method="of")
    due = django_filters.ChoiceFilter(
        label=_("Due"), empty_label=_("All"), choices=DUE, method="by_due"
    )
    kind = django_filters.ChoiceFilter(
        label=_("Reason"), empty_label=_("All"), choices=FollowUpKind.choices
    )
    incident = django_filters.ModelChoiceFilter(
        label=_("Incident"), empty_label=_("All"), queryset=Incident.objects.none()
    )

    class Meta:
        model = FollowUp
        fields = ["whose", "due", "kind", "incident"]

    def __init__(self, data: Any, *, user: User, **kwargs: Any) -> None:
        self.user = user
        given = data.copy()
        given.setdefault("whose", MINE if can(user, Capability.LOG_CONTACT) else ALL)
        super().__init__(given, **kwargs)
        self.filters["whose"].extra["choices"] = WHOSE
        self.filters["incident"].queryset = incidents_visible_to(user)

    def of(self, rows: QuerySet[FollowUp], _name: str, value: str) -> QuerySet[FollowUp]:
        return rows.filter(part_of(self.user, value))

    def by_due(self, rows: QuerySet[FollowUp], _name: str, value: str) -> QuerySet[FollowUp]:
        return rows.filter(due_when(value, clock.today()))


def part_of(user: User, whose: str) -> Q:
    """Which of the follow-ups that the user may see are meant."""
    parts = {
        MINE: Q(owner=user),
        OURS: Q(desk=user.role),
        DESK: Q(desk=user.role, owner=None),
        OWNERLESS: Q(owner=None),
    }
    return parts.get(whose, Q())


def due_when(value: str, today: date) -> Q:
    """Within which days; the next seven begin tomorrow, the next three today."""
    until = {SOON: today + timedelta(days=3), WEEK: today + timedelta(days=7)}
    if value in until:
        first = today if value == SOON else today + timedelta(days=1)
        return Q(due_on__gte=first, due_on__lte=until[value])
    return Q(due_on__lt=today) if value == OVERDUE else Q(due_on=today)


def worklist_url(**filters: object) -> str:
    """The worklist narrowed to exactly what a figure counts."""
    return f"{reverse('worklist')}?{urlencode(filters)}"


@dataclass(frozen=True)
class Line:
    """One follow-up as a list shows it: never a name, only initials and reference."""

    pk: UUID
    band: Words
    title: str
    reason: str
    whom: str
    language: str
    incident: str
    owner: str
    due: object
    chips: list[tuple[str, str]]


@require_safe
@capability(Capability.VIEW_INCIDENT)
def worklist_page(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    rows = worklist(user, clock.today()).select_related(
        "incident", "owner", "exposure__person", "roster"
    )
    found = WorklistFilter(
        request.GET, user=user, queryset=rows.prefetch_related("exposure__person__languages")
    )
    page = page_of(request, found.qs)
    chosen = {name for name, value in found.form.cleaned_data.items() if value and name != "whose"}
    context = {
        "filter": found, "page_obj": page, "lines": lines(page),
        "whole": "" if chosen else found.form.cleaned_data.get("whose", ""),  # a part that nothing narrows further
        "mine": MINE, "all": ALL,
    }  # fmt: skip
    return render(request, "breach/worklist.html", context)


def lines(follow_ups: Any) -> list[Line]:
    """Follow-ups of `queries.worklist` as lines; their people's keys are opened at once."""
    rows = list(follow_ups)
    keyring.preload(str(row.exposure.person_id) for row in rows if row.exposure)
    return [_line(row) for row in rows]


def chips_of(row: FollowUp) -> list[tuple[str, str]]:
    """Why the follow-up is where it is in the order, besides its date, as (tone, words)."""
    found = [("danger", _t("At once"))] if row.priority <= AT_ONCE else []
    if row.exposure and row.exposure.risk_tier in RISK_TONES:
        tier = RiskTier(row.exposure.risk_tier)
        found.append((RISK_TONES[tier], _t("Risk: %(tier)s") % {"tier": tier.label}))
    return found


def whom(row: FollowUp) -> str:
    """Whom or what the follow-up is about, without a name."""
    if row.exposure is None:
        return _t("A roster of the incident") if row.roster_id else _t("Paper of the incident")
    return f"{row.exposure.person.initials} · {row.exposure.person.reference}"


def _line(row: Any) -> Line:
    spoken = row.exposure.person.languages.all() if row.exposure else []
    return Line(
        pk=row.pk, band=BANDS[row.band], title=row.get_kind_display(), reason=told(row), whom=whom(row),
        language=language_name(spoken[0].tag) if spoken else "", incident=row.incident.title,
        owner=row.owner.label if row.owner else "", due=row.due_on, chips=chips_of(row),
    )  # fmt: skip
