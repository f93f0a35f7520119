"""From a sent form to a verb: a refusal comes back as a sentence on the same form."""

from __future__ import annotations

from collections.abc import Callable

from django.forms import BaseForm
from django.http import HttpRequest, QueryDict

from breach.core.errors import Refused


def sent_by(request: HttpRequest) -> QueryDict | None:
    """What was sent, for a form; None while it is only being shown. An empty form was sent, too."""
    return request.POST if request.method == "POST" else None


def carried_out(request: HttpRequest, form: BaseForm, verb: Callable[[], object]) -> bool:
    """Whether the form was sent, could be read, and the verb did it.

    `verb` is called only with a valid form. What it refuses becomes an error of the whole form.
    """
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        verb()
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    return True
