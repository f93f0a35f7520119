"""The component page: every part of the shell in every state, for page authors. Debug only.

Everything on it is invented here; it reads no record. Its words are for builders and are not translated.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from breach.core.roles import Capability
from breach.web import days
from breach.web.access import capability
from breach.web.chips import CHIPS, TONES
from breach.web.widgets import DayInput, MomentInput

ERROR_PAGES = {"400": 400, "403": 403, "404": 404, "500": 500, "503": 503, "csrf": 403, "busy": 503}
JOB_STEPS, JOB_STRIDE = 40, 16
FUNNEL = (
    ("pending", 312), ("ready", 1204), ("underway", 2880),
    ("notified", 1790), ("unreachable", 41), ("withdrawn", 25),
)  # fmt: skip
PLACES = (
    ("Otay Mesa", 1460), ("Stewart", 1211), ("Eloy", 902),
    ("Tacoma", 377), ("Krome", 64), ("Baker County", 3),
)  # fmt: skip


class EveryField(forms.Form):
    """One field of every kind."""

    name = forms.CharField(label="Text", help_text="A hint stands under the label.", max_length=80)
    email = forms.EmailField(label="E-mail", required=False)
    on = forms.DateField(label="Day", widget=DayInput)
    at = forms.DateTimeField(label="Moment", widget=MomentInput, required=False)
    channel = forms.ChoiceField(
        label="Choice",
        choices=[("", "---------"), ("phone", "Phone"), ("letter", "Letter")],
    )
    outcome = forms.ChoiceField(
        label="One of few",
        widget=forms.RadioSelect,
        choices=[("reached", "Reached"), ("no_answer", "No answer")],
        help_text="A hint belongs to the whole group.",
    )
    elements = forms.MultipleChoiceField(
        label="Some of few",
        widget=forms.CheckboxSelectMultiple,
        choices=[("name", "Name"), ("birth_date", "Date of birth")],
        required=False,
    )
    note = forms.CharField(label="Long text", widget=forms.Textarea, required=False)
    roster = forms.FileField(label="File", required=False, help_text="CSV or XLSX, up to 50 MB.")
    sure = forms.BooleanField(
        label="I have read the consequences.", help_text="Hint of a checkbox."
    )


class FilterForm(forms.Form):
    """Filters above a list."""

    state = forms.ChoiceField(
        label="State", required=False, choices=[("", "All"), ("ready", "Ready")]
    )
    facility = forms.CharField(label="Facility", required=False)
    language = forms.ChoiceField(
        label="Language", required=False, choices=[("", "All"), ("es", "Spanish")]
    )


class _Example:
    """The invented incident of this page."""

    slug = "example"
    title = "Names posted on a public web page"
    is_drill = True
    sending_stopped = True
    sending_stopped_reason = "The wording is being corrected."


@capability(Capability.SIGNED_IN)
def page(request: HttpRequest) -> HttpResponse:
    """All components, each in each state; `?form=wrong` shows the form with its errors."""
    _only_while_building()
    wrong = request.GET.get("form") == "wrong"
    if wrong:
        messages.success(request, "The contact was saved.")
        messages.error(request, "Some fields need you.")
    form = EveryField({"email": "nobody"} if wrong else None)
    filters = FilterForm(request.GET if "state" in request.GET else None)
    numbers = Paginator(range(6252), 50)
    found = {
        "form": form,
        "filters": filters,
        "page_obj": numbers.get_page(request.GET.get("page", 3)),
        "short_page": Paginator(range(7), 50).get_page(1),
        "incident": _Example() if "banners" in request.GET else None,
    }
    return render(request, "components.html", found | _examples())


@capability(Capability.SIGNED_IN)
def part(request: HttpRequest, part: str) -> HttpResponse:
    """What the page loads in pieces: an error page, a lazy panel, a job that advances by itself."""
    _only_while_building()
    if part in ERROR_PAGES:
        return render(request, f"errors/{part}.html", status=ERROR_PAGES[part])
    if part == "panel":
        return render(request, "components_panel.html")
    if part == "job":
        done = min(JOB_STEPS, int(request.GET.get("done", "0") or 0) + JOB_STRIDE)
        return render(request, "partials/live_progress.html", _job(done))
    raise Http404


def _only_while_building() -> None:
    if not settings.DEBUG:
        raise Http404


def _job(done: int) -> dict[str, Any]:
    return {
        "url": f"{reverse('component-part', args=['job'])}?done={done}",
        "page_url": reverse("components"),
        "done": done,
        "total": JOB_STEPS,
        "label": "Letters rendered",
        "detail": "84 letters a second, 2 minutes left",
        "finished": done >= JOB_STEPS,
    }


def _examples() -> dict[str, Any]:
    """Invented rows for charts, tables, cards and the timeline."""
    now = timezone.now()
    today = days.today()
    return {
        "chips": list(CHIPS),
        "tones": TONES,
        "funnel": [{"state": state, "value": n, "url": f"?state={state}"} for state, n in FUNNEL],
        "places": [{"label": name, "value": n, "url": "?"} for name, n in PLACES],
        "rows": [
            _row("A. M.", "P-7K2M-41", "notified", "Otay Mesa", 2, None),
            _row("S. R.", "P-9QX4-07", "underway", "Stewart", 1, today + timedelta(days=2)),
            _row("J. O.", "P-3HD8-52", "unreachable", "", 3, today - timedelta(days=9)),
        ],
        "facts": [
            ("Reference", "P-7K2M-41"),
            ("Reads", "Español (México)"),
            ("Guardian", None),
            ("Route", "Attorney of record, by the portal"),
        ],
        "entries": [
            {
                "at": now,
                "title": "Attorney attested receipt",
                "text": "The hold runs from this moment.",
                "tone": "success",
                "actor": "L. Ortega",
            },
            {"at": now - timedelta(days=1), "title": "Letter opened in the portal", "url": "?"},
            {
                "at": now - timedelta(days=3),
                "title": "Returned by the postal service",
                "tone": "danger",
            },
            {"at": now - timedelta(days=9), "title": "Notice prepared", "tone": "warning"},
        ],
        "cards": _cards(today),
        "job": _job(8),
        "today": today,
        "soon": today + timedelta(days=5),
        "late": today - timedelta(days=1),
        "now": now,
    }


def _cards(today: date) -> list[dict[str, Any]]:
    return [
        {
            "title": "Call with an interpreter",
            "url": "?",
            "reason": "Nobody could read the letter's language.",
            "due": today - timedelta(days=3),
            "owner": "M. Silva",
            "reference": "P-9QX4-07",
            "chips": ["underway"],
            "tone": "danger",
        },
        {
            "title": "Confirm the new facility",
            "url": "?",
            "reason": "Moved before the letter was signed for.",
            "due": today,
            "reference": "P-3HD8-52",
        },
    ]


def _row(
    initials: str, reference: str, state: str, place: str, letters: int, due: date | None
) -> dict[str, Any]:
    return {
        "initials": initials,
        "reference": reference,
        "state": state,
        "place": place,
        "letters": letters,
        "due": due,
    }
