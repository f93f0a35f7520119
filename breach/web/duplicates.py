"""Pairs that may be one person: the list, and two records side by side. People decide; nothing joins by itself."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import django_filters
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from breach.access import pairs_visible_to
from breach.core import keyring
from breach.core.errors import Refused
from breach.core.normalize import name_key
from breach.core.roles import Capability
from breach.models import (
    AffectedPerson,
    DuplicatePair,
    Exposure,
    Incident,
)
from breach.models.duplicates import PairStatus
from breach.queries import placement_on
from breach.services import clock, duplicates, merging
from breach.services.looking import Part, ReasonToLook, look_at_all
from breach.web import identities
from breach.web.access import capability
from breach.web.acting import carried_out, sent_by
from breach.web.approvals import waiting_request
from breach.web.filters import language_name
from breach.web.finding import incident_or_404, page_of, user_of
from breach.web.forms.casework import PairForm, WhyPartForm

C = Capability
Words = str | Promise


class PairFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library's base is untyped
    """Pairs by decision; open ones by default."""

    status = django_filters.ChoiceFilter(
        label=_("Decision"), empty_label=_("All"), choices=PairStatus.choices
    )

    class Meta:
        model = DuplicatePair
        fields = ["status"]


@dataclass(frozen=True)
class Compared:
    """One line of the comparison; the page shows the two values only once they are opened."""

    label: Words
    first: str
    second: str
    verdict: str  # same, different, missing

    @property
    def words(self) -> Words:
        return VERDICTS[self.verdict][1]

    @property
    def tone(self) -> str:
        return VERDICTS[self.verdict][0]


LINES: tuple[Words, ...] = (
    _("Family name"), _("Given names"), _("Date of birth"), _("A-number"), _("Nationality"), _("Sex"),
    _("Held at"), _("Languages"),
)  # fmt: skip
VERDICTS: dict[str, tuple[str, Words]] = {
    "same": ("success", _("Same")),
    "different": ("warning", _("Different")),
    "missing": ("neutral", _("Cannot be compared")),
}


@require_safe
@capability(C.REVIEW_DUPLICATES)
def duplicates_list(request: HttpRequest, slug: str) -> HttpResponse:
    incident = incident_or_404(request, slug)
    given = request.GET.copy()
    given.setdefault("status", PairStatus.OPEN)
    found = PairFilter(given, queryset=_pairs(request, incident))
    page = page_of(request, found.qs)
    keyring.preload(str(pk) for pair in page for pk in (pair.first_id, pair.second_id))
    context = {
        "incident": incident,
        "filter": found,
        "page_obj": page,
        "pairs": [(pair, duplicates.reasons_of(pair)) for pair in page],
    }
    return render(request, "breach/duplicates_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.REVIEW_DUPLICATES)
def duplicates_review(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Two records side by side, values closed: which lines agree is enough for most pairs."""
    incident = incident_or_404(request, slug)
    pair = get_object_or_404(_pairs(request, incident), pk=pk)
    form = PairForm(sent_by(request), pair=pair)
    if carried_out(request, form, lambda: _decide(request, pair, form)):
        messages.success(request, _said(form))
        return redirect("duplicates-list", slug=slug)
    return _review(request, incident, pair, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.REVIEW_DUPLICATES)
def duplicates_open(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """The same with the values opened; both looks are recorded before anything is shown."""
    incident = incident_or_404(request, slug)
    pair = get_object_or_404(_pairs(request, incident), pk=pk)
    if request.method != "POST":
        return redirect("duplicates-review", slug=slug, pk=pk)
    exposures = Exposure.objects.filter(
        incident=incident, person__in=(pair.first_id, pair.second_id)
    )
    form = PairForm(None, pair=pair)
    try:
        look_at_all(
            actor=user_of(request), exposures=list(exposures.select_related("incident", "person")),
            parts=(Part.IDENTITY, Part.WHEREABOUTS), reason=ReasonToLook.CHECK,
        )  # fmt: skip
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("duplicates-review", slug=slug, pk=pk)
    return _review(request, incident, pair, form=form, opened=True)


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.REVIEW_DUPLICATES)
def duplicates_part(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Undo a decision that two records are one person."""
    incident = incident_or_404(request, slug)
    pair = get_object_or_404(_pairs(request, incident), pk=pk)
    form = WhyPartForm(sent_by(request))
    if carried_out(
        request,
        form,
        lambda: duplicates.part(
            actor=user_of(request), pair=pair, reason=form.cleaned_data["reason"]
        ),
    ):
        messages.success(request, _t("The two records are separate again."))
        return redirect("duplicates-review", slug=slug, pk=pk)
    return render(
        request, "breach/duplicates_part.html", {"incident": incident, "pair": pair, "form": form}
    )


def _pairs(request: HttpRequest, incident: Incident) -> QuerySet[DuplicatePair]:
    rows = pairs_visible_to(user_of(request)).filter(roster__incident=incident)
    return rows.select_related("first", "second", "decided_by")


def _decide(request: HttpRequest, pair: DuplicatePair, form: PairForm) -> None:
    actor, decision = user_of(request), form.cleaned_data["decision"]
    reason = form.cleaned_data["reason"]
    if decision == PairForm.DIFFERENT:
        duplicates.keep_apart(actor=actor, pair=pair, reason=reason)
        return
    keep = pair.first if str(pair.first_id) == decision else pair.second
    merging.ask_to_join(actor=actor, pair=pair, keep=keep, reason=reason)


def _said(form: PairForm) -> str:
    if form.cleaned_data["decision"] == PairForm.DIFFERENT:
        return _t("Your decision is saved; it can be undone.")
    return _t("Another person is asked to confirm that they are one. Nothing is joined until then.")


def _review(
    request: HttpRequest,
    incident: Incident,
    pair: DuplicatePair,
    *,
    form: PairForm,
    opened: bool = False,
) -> HttpResponse:
    context = {
        "incident": incident,
        "pair": pair,
        "records": [pair.first, pair.second],
        "reasons": duplicates.reasons_of(pair),
        "lines": _compared(pair),
        "opened": opened,
        "asked": waiting_request(user_of(request), merging.MERGE, pair.pk),
        "form": form if pair.status == PairStatus.OPEN else None,
        "may_part": pair.status == PairStatus.SAME,
    }
    return render(request, "breach/duplicates_review.html", context)


def _compared(pair: DuplicatePair) -> list[Compared]:
    both = zip(LINES, _values(pair.first), _values(pair.second), strict=True)
    return [
        Compared(label, one_shown, other_shown, _verdict(one, other))
        for label, (one, one_shown), (other, other_shown) in both
    ]


def _values(person: AffectedPerson) -> tuple[tuple[str, str], ...]:
    """The values of LINES for one record, each as it is compared and as it is shown."""
    stay = placement_on(person.pk, clock.today())
    return (
        _as_it_is(person.family_name),
        _as_it_is(person.given_names),
        (person.birth_date_text or "", identities.day(person.birth_date)),
        _as_it_is(", ".join(found.value for found in person.identifiers.all())),
        (person.nationality or "", identities.country(person.nationality)),
        (person.sex or "", identities.sex(person.sex)),
        _as_it_is(stay.facility.name if stay else ""),
        _as_it_is(", ".join(language_name(one.tag) for one in person.languages.all())),
    )


def _as_it_is(value: str) -> tuple[str, str]:
    return value, value


def _verdict(first: str, second: str) -> str:
    if not first or not second:
        return "missing"
    return "same" if name_key(first) == name_key(second) else "different"
