"""Names of channels, languages and roles as pages say them."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from breach.core.codes import language_name
from notifications.states import CHANNELS

RECEIPT_FILES: dict[str, str | Promise] = {
    "signed_sheet": gettext_lazy("Signed delivery sheet"),
    "returned_mail": gettext_lazy("Returned mail"),
    "carrier_scan": gettext_lazy("Carrier's scans"),
    "bounce": gettext_lazy("Bounced message"),
}


def channel_name(channel: str) -> str:
    """The channel in words; none means that no way is found yet."""
    return str(CHANNELS.get(channel, channel)) if channel else _("No way yet")


def language_label(tag: str) -> str:
    """The language in the reader's language; none means that nobody recorded one."""
    return language_name(tag, get_language() or "en") if tag else _("Not recorded")
