"""Form widgets of the pages: native date and time inputs, which browsers can only fill in ISO form."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class DayInput(forms.DateInput):
    """A day, with the browser's own calendar."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


# As people call the zones; any other is named by the abbreviation its clocks use.
ZONES = {
    "America/New_York": gettext_lazy("Eastern Time"), "America/Chicago": gettext_lazy("Central Time"),
    "America/Denver": gettext_lazy("Mountain Time"), "America/Phoenix": gettext_lazy("Mountain Time"),
    "America/Los_Angeles": gettext_lazy("Pacific Time"), "America/Anchorage": gettext_lazy("Alaska Time"),
    "Pacific/Honolulu": gettext_lazy("Hawaii Time"), "America/Puerto_Rico": gettext_lazy("Atlantic Time"),
}  # fmt: skip


def _moment_help() -> str:
    """As "Eastern Time (EST)": the name, and the abbreviation that times carry on these pages today."""
    short = timezone.now().astimezone(ZoneInfo(settings.AGENCY_TIME_ZONE)).tzname() or ""
    name = ZONES.get(settings.AGENCY_TIME_ZONE)
    return _("The agency’s time: %(zone)s.") % {"zone": f"{name} ({short})" if name else short}


MOMENT_HELP = lazy(_moment_help, str)()


class MomentInput(forms.DateTimeInput):
    """A day and a time of day in the agency's time zone, to the minute."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%dT%H:%M")
