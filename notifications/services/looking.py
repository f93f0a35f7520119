"""Looking at finished letters and batches: every look is a row in the audit chain, or there is nothing to see."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from breach.core.errors import Refused
from breach.core.roles import Capability, require
from breach.models import User
from breach.services import audit
from breach.services.budgets import counted
from notifications.access import batches_visible_to, deliveries_visible_to
from notifications.models import Artefact, Batch, Delivery

SUMS = "SHA256SUMS"
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


class NotFinished(Refused):
    """There are no bytes to look at yet."""


class Damaged(Refused):
    """The bytes are not the ones that were hashed when they were written."""


def read_letter(*, actor: User, delivery: Delivery) -> bytes:
    """The very bytes of one delivery, recorded and counted before they open.

    Raises Delivery.DoesNotExist, NotFinished, Damaged, BudgetSpent and NotRecorded.
    """
    require(actor, Capability.VIEW_IDENTITY)
    whole = deliveries_visible_to(actor).select_related("incident", "notification__exposure")
    seen = whole.get(pk=delivery.pk)
    artefact = Artefact.objects.filter(delivery=seen).first()
    if artefact is None:
        raise NotFinished(_("This letter is not printed yet. Come back when it is ready to go."))
    with counted(actor=actor, incident=seen.incident):
        audit.record(
            actor=actor, action="letter.viewed", subject=seen, incident=seen.incident,
            notification=seen.notification_id, person=seen.notification.exposure.person_id,
            sha256=artefact.sha256,
        )  # fmt: skip
    return very_bytes(artefact)


def very_bytes(artefact: Artefact) -> bytes:
    """The opened bytes, checked against the hash they were stored with."""
    pdf = bytes(artefact.pdf)
    if hashlib.sha256(pdf).hexdigest() != artefact.sha256:
        raise Damaged(
            _("The stored letter does not match its hash. Tell the privacy officer at once.")
        )
    return pdf


def read_batch_file(*, actor: User, batch: Batch, name: str) -> bytes:
    """A file of a batch, as the mail room fetches it; for any other desk each letter in it counts as an opening.

    Raises Batch.DoesNotExist, NotFinished, Damaged, BudgetSpent and NotRecorded.
    """
    require(actor, Capability.HANDLE_MAIL)
    seen = batches_visible_to(actor).select_related("incident").get(pk=batch.pk)
    hashes = batch_files(seen)
    if name not in hashes:
        raise NotFinished(_("This batch has no such file."))
    with counted(actor=actor, incident=seen.incident, openings=seen.letters):
        audit.record(
            actor=actor, action="batch.fetched", subject=seen, incident=seen.incident,
            number=seen.number, file=name, sha256=hashes[name], counts=seen.letters,
        )  # fmt: skip
    content = (folder_of(seen) / name).read_bytes()
    if hashlib.sha256(content).hexdigest() != hashes[name]:
        raise Damaged(
            _("This file does not match its hash. Do not print it; tell the privacy officer.")
        )
    return content


def batch_files(batch: Batch) -> dict[str, str]:
    """The files of a batch with their hashes, in the order of its list; empty while it is not written."""
    sums = folder_of(batch) / SUMS
    if not batch.folder or not sums.is_file():
        return {}
    rows = (line.split("  ", 1) for line in sums.read_text(encoding="utf-8").splitlines())
    return {name: digest for digest, name in rows if SAFE_NAME.fullmatch(name)}


def folder_of(batch: Batch) -> Path:
    """Where the batch lies in the spool."""
    return Path(settings.SPOOL_DIR) / batch.channel / batch.folder
