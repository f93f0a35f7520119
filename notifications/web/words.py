"""Names of channels, languages and roles as pages say them."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from breach.core.codes import language_name
from notifications.states import CHANNELS

# What channels and workers write about an attempt; stored as they say it.
DETAILS: dict[str, str | Promise] = {
    "written": gettext_lazy("In the batch's files"),
    "was written before": gettext_lazy("Was in the batch's files already"),
    "found in the spool": gettext_lazy("Found in the batch's files"),
    "never reached the spool": gettext_lazy("Never got into the batch's files"),
    "accepted by the relay": gettext_lazy("The mail relay accepted it"),
    "available": gettext_lazy("Ready in the portal"),
    "accepted as a task": gettext_lazy("A task for a case worker now"),
    "a receipt shows that it left": gettext_lazy("A receipt shows that it left"),
    "the spool folder cannot be written": gettext_lazy("The batch's files could not be written"),
    "the batch was written but the disk did not confirm it": gettext_lazy(
        "The batch's files were written, but the disk did not confirm it"
    ),
    "the batch in the spool is incomplete": gettext_lazy("The batch's files are incomplete"),
    "a file of the batch was altered": gettext_lazy("A file of the batch was altered"),
    "another batch with this number is in the spool": gettext_lazy(
        "There is another batch with this number"
    ),
    "a batch has at least one document, with its own name": gettext_lazy(
        "The batch had no document, or two with the same name"
    ),
    "a batch or file name has letters, digits, dot and dash only": gettext_lazy(
        "The name of the batch or of a file cannot be written"
    ),
    "there is no finished notice to make available": gettext_lazy("There was no finished notice"),
    "the mail relay cannot be reached": gettext_lazy("The mail relay could not be reached"),
    "the mail relay refused the session": gettext_lazy("The mail relay refused the session"),
    "the connection was lost after the message had begun": gettext_lazy(
        "The connection was lost after the message had begun"
    ),
    "an e-mail never carries the notice itself": gettext_lazy(
        "An e-mail never carries the notice itself"
    ),
    "this is not exactly one e-mail address": gettext_lazy(
        "This is not exactly one e-mail address"
    ),
}


def channel_name(channel: str) -> str:
    """The channel in words; empty means that no channel is found yet."""
    return str(CHANNELS.get(channel, channel)) if channel else _("No way yet")


def language_label(tag: str) -> str:
    """The language in the reader's language; empty means that nobody recorded one."""
    return language_name(tag, get_language() or "en") if tag else _("Not recorded")


def detail_words(detail: str) -> str:
    """What an attempt met, in words; what a relay or a person reported is shown as it is."""
    known = DETAILS.get(detail)
    return str(known) if known else _(detail) if detail else ""
