"""What lists of receipts say, in words for people: kinds of files, outcomes, reasons, and who stood by."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from .base import plain

Words = str | Promise

FILE_KINDS: dict[str, Words] = {
    "signed_sheet": _("Signed delivery sheet"),
    "returned_mail": _("Returned mail"),
    "carrier_scan": _("Carrier's scans"),
    "bounce": _("Bounced message"),
}
# The boxes of the delivery sheet, in their order, and what somebody may have written beside them.
PRINTED: dict[str, Words] = {
    "delivered": _("Handed over"),
    "refused": _("Refused"),
    "not_here": _("Not at this place"),
}
WRITTEN: dict[str, Words] = {
    "transferred": _("Transferred to another place"),
    "released": _("Released"),
    "removed": _("Removed from the country"),
    "deceased": _("Deceased"),
}
STAMPS: dict[str, Words] = {
    "attempted_not_known": _("Attempted, not known"),
    "insufficient_address": _("Insufficient address"),
    "no_such_number": _("No such number"),
    "no_such_street": _("No such street"),
    "not_deliverable_as_addressed": _("Not deliverable as addressed"),
    "moved_left_no_address": _("Moved, left no address"),
    "forwarding_expired": _("Forwarding order expired"),
    "box_closed": _("Box closed"),
    "vacant": _("Vacant"),
    "no_mail_receptacle": _("No mail receptacle"),
    "illegible": _("Illegible"),
    "in_dispute": _("In dispute"),
    "temporarily_away": _("Temporarily away"),
    "unclaimed": _("Unclaimed"),
    "damaged": _("Damaged"),
    "not_in_custody": _("No longer in custody"),
}
SCANS: dict[str, Words] = {
    "accepted": _("Taken in by the carrier"),
    "attempted": _("Delivery attempted"),
    "delivered": _("Delivered"),
}
# By the list's name: what its column of outcomes, reasons or scans may say.
VALUES: dict[str, dict[str, Words]] = {
    "signed_sheet": {**PRINTED, **WRITTEN},
    "returned_mail": {**STAMPS, "deceased": WRITTEN["deceased"], "refused": PRINTED["refused"]},
    "carrier_scan": SCANS,
}
# What a list says besides, each as it is stored: a name, a space, and what was written.
BESIDES: dict[str, Words] = {
    "officer": _("officer %(said)s"),
    "witness": _("witness %(said)s"),
    "interpreter": _("interpreter %(said)s"),
    "language": _("language %(said)s"),
    "tracking": _("tracking number %(said)s"),
}


def in_words(source: str, reason: str) -> str:
    """What a receipt of this source says, for people; of a bounced mail it is the relay's own code."""
    if source not in VALUES:
        return reason
    code, *besides = reason.split("; ")
    return "; ".join([str(VALUES[source].get(code, code)), *map(_beside, besides)])


@cache
def codes_by_word(source: str) -> Mapping[str, str]:
    """The codes of a list by what people see for them, in every language of the pages."""
    found: dict[str, str] = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            found |= {plain(str(words)): code for code, words in VALUES[source].items()}
    return found


def _beside(text: str) -> str:
    name, _space, said = text.partition(" ")
    return str(BESIDES[name]) % {"said": said} if name in BESIDES else text
