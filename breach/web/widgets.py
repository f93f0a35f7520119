"""Form widgets of the pages: native date and time inputs, which browsers can only fill in ISO form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.functional import lazy
from django.utils.translation import gettext as _


class DayInput(forms.DateInput):
    """A day, with the browser's own calendar."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


def _moment_help() -> str:
    zone = settings.AGENCY_TIME_ZONE.replace("_", " ")
    return _("The agency’s time: %(zone)s.") % {"zone": zone}


MOMENT_HELP = lazy(_moment_help, str)()


class MomentInput(forms.DateTimeInput):
    """A day and a time of day in the agency's time zone, to the minute."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%dT%H:%M")
