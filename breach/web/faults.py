"""Django's reports of a crash, without locals, request data and settings, wherever they would be shown or mailed."""

from __future__ import annotations

from collections.abc import ItemsView
from types import FrameType, TracebackType
from typing import Any

from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from breach.core import faults


class NothingOfTheRequest(SafeExceptionReporterFilter):
    """For code that uses Django's filter: no form data, no headers, no frame variables, no settings."""

    def is_active(self, request: HttpRequest | None) -> bool:
        return True

    def get_safe_settings(self) -> dict[str, Any]:
        return {}

    def get_safe_request_meta(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def get_safe_cookies(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        return {}

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType
    ) -> ItemsView[str, Any]:
        return {}.items()


class QuietReporter(ExceptionReporter):
    """Kinds and places, as a terminal gets them."""

    def __init__(
        self,
        request: HttpRequest | None,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        tb: TracebackType | None,
        is_email: bool = False,
    ) -> None:
        super().__init__(request, exc_type, exc_value, tb, is_email)
        self.told = faults.report(exc_value.with_traceback(tb)) if exc_value else faults.SENTENCE

    def get_traceback_data(self) -> dict[str, Any]:
        return {"report": self.told}

    def get_traceback_text(self) -> SafeString:
        return mark_safe(self.told)  # Django's type; it is plain text

    def get_traceback_html(self) -> SafeString:
        return format_html("<!doctype html><title>Fault</title><pre>{}</pre>", self.told)
