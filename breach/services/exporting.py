"""Exports: asked for by one, approved by another, encrypted for one recipient, handed out for hours, and counted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from breach.access import exports_visible_to
from breach.core.envelopes import SHORTEST_PASSPHRASE, UnusableKey, read_key, to_key, to_passphrase
from breach.core.errors import Refused
from breach.core.references import new_reference
from breach.core.roles import Capability, require
from breach.models import (
    Approval,
    DisclosureNature,
    Export,
    Exposure,
    Incident,
    RecipientKind,
    User,
)
from breach.models.exports import ExportFormat

from . import approvals, audit
from .approval_kinds import ApprovalKind, Described, Page
from .disclosing import Disclosed, record_disclosures
from .export_kinds import Table, export_kinds, table_of

EXPORT = "export"
LIFETIMES = (4, 24, 72)  # hours


class ExportRefused(Refused):
    """The export cannot be asked for or handed out like that."""


@transaction.atomic
def ask_for_export(
    *, actor: User, incident: Incident, kind: str, format: str, recipient: str, address: str, key: str = "",
    passphrase: str = "", hours: int, reason: str, exposure: Exposure | None = None,
) -> Export:  # fmt: skip
    """Ask another person to let this table leave, for this recipient. Nothing is made before."""
    require(actor, Capability.EXPORT)
    if export_kinds()[kind].of_one_person != (exposure is not None):
        raise ExportRefused(
            _t("Say whose accounting it is: this kind, and no other, is about one person.")
        )
    if not recipient.strip() or not address.strip():
        raise ExportRefused(_t("The ledger needs the recipient's name and address."))
    export = Export(
        reference=new_reference("X"), kind=kind, incident=incident, exposure=exposure,
        format=ExportFormat(format), recipient={"name": recipient.strip(), "address": address.strip()},
        key=_key(key, passphrase), passphrase=passphrase or None, hours=hours, asked_by=actor,
    )  # fmt: skip
    export.save(force_insert=True)
    approvals.ask(actor=actor, kind=EXPORT, subject=export, incident=incident, reason=reason)
    return export


@transaction.atomic
def hand_out(*, actor: User, export: Export) -> bytes:
    """The encrypted file, to who asked for it; counted, and written into the ledger the first time.

    Raises Export.DoesNotExist for what is not the actor's own, and ExportRefused when it has expired or was fetched
    as often as it may be.
    """
    require(actor, Capability.EXPORT)
    rows = exports_visible_to(actor).filter(asked_by=actor)
    current = rows.select_for_update(of=("self",)).select_related("incident").get(pk=export.pk)
    counted = Export.objects.filter(
        pk=current.pk, file__isnull=False, expires_at__gt=Now(), downloads__lt=F("most_downloads")
    ).update(downloads=F("downloads") + 1)
    if not counted:
        raise ExportRefused(
            _t("This file is not there any more: it expired, or was fetched as often as it may be.")
        )
    record_disclosures(actor=actor, rows=_disclosures(current))
    audit.record(
        actor=actor, action="export.handed_out", subject=current, incident=current.incident,
        sha256=current.sha256, download=current.downloads + 1, people=len(current.people),
    )  # fmt: skip
    return bytes(current.file)


@transaction.atomic
def forget_old(*, actor: User) -> int:
    """Erase files whose time is over, and those fetched as often as they may be; returns how many."""
    require(actor, Capability.NOTIFY)  # the clock's errand, like all housekeeping
    kept = Export.objects.filter(file__isnull=False)
    over = kept.filter(expires_at__lte=Now()) | kept.filter(downloads__gte=F("most_downloads"))
    rows = list(over.select_for_update(skip_locked=True).defer("file"))
    Export.objects.filter(pk__in=[row.pk for row in rows]).update(file=None)
    for row in rows:
        audit.record(actor=actor, action="export.erased", subject=row, incident=row.incident)
    return len(rows)


class ExportApproval(ApprovalKind):
    """A table that leaves. Bound to the very rows, the recipient and the key."""

    code = EXPORT
    label = _("Export")
    requested_with = Capability.EXPORT
    approved_with = Capability.SIGN_OFF

    def lock(self, approval: Approval) -> None:
        Export.objects.select_for_update(of=("self",)).get(pk=approval.subject_id)

    def content(self, approval: Approval) -> dict[str, Any]:
        export = _export(approval)
        if export.made_at:
            raise ExportRefused(_t("This export was made already."))
        table = table_of(export)
        return {
            "export": export.reference,
            "kind": export.kind,
            "format": export.format,
            "exposure": str(export.exposure_id or ""),
            "rows": len(table.rows),
            "people": len(table.people),
            "table_sha256": hashlib.sha256(table.csv()).hexdigest(),
            "recipient_sha256": _digest(export.recipient),
            "key": export.key,
            "hours": export.hours,
            "most_downloads": export.most_downloads,
        }

    def describe(self, approval: Approval) -> Described:
        content, export = approval.content, _export(approval)
        kind = export_kinds()[content["kind"]]
        recipient = export.recipient
        way = content["key"] or _t("A passphrase that is handed over another way")
        facts = [
            (_("Table"), kind.label),
            (_("Columns"), ", ".join(str(column) for column in kind.columns)),
            (_("Rows"), content["rows"]),
            (_("People it is about"), content["people"]),
            (_("What for"), kind.purpose.label),
            (_("Recipient"), f"{recipient['name']}, {recipient['address']}"),
            (_("Encrypted to"), way),
            (_("Format"), ExportFormat(content["format"]).label),
            (_("Lives, hours"), content["hours"]),
            (_("Downloads at most"), content["most_downloads"]),
            (_("Hash of the table"), content["table_sha256"]),
        ]
        return Described(
            question=_("May this table leave?"),
            facts=facts,
            effect=_("The file is made now, encrypted; who asked may fetch it until it expires."),
            warnings=[_("Whoever opens the file holds it. Check that the key is the recipient’s.")],
        )

    def carry_out(self, *, actor: User, approval: Approval) -> None:
        export = _export(approval)
        table = table_of(export)
        plain = table.csv() if export.format == ExportFormat.CSV else _pdf(table)
        closed = (
            to_key(plain, export.key) if export.key else to_passphrase(plain, export.passphrase)
        )
        export.file, export.sha256 = closed, hashlib.sha256(closed).hexdigest()
        export.rows, export.people = len(table.rows), [str(pk) for pk in table.people]
        export.passphrase = None
        export.made_at, export.expires_at = Now(), Now() + timedelta(hours=export.hours)
        export.save()
        audit.record(
            actor=actor, action="export.made", subject=export, incident=export.incident, kind=export.kind,
            rows=export.rows, people=len(export.people), sha256=export.sha256,
        )  # fmt: skip

    def after_refusal(self, *, actor: User, approval: Approval) -> None:
        Export.objects.filter(pk=approval.subject_id).update(passphrase=None)

    def page(self, approval: Approval) -> Page | None:
        if approval.incident is None:
            return None
        return Page("export-list", {"slug": approval.incident.slug}, Capability.EXPORT)


def _export(approval: Approval) -> Export:
    rows = Export.objects.select_related("incident", "exposure__person", "exposure__incident")
    return rows.defer("file").get(pk=approval.subject_id)


def _key(key: str, passphrase: str) -> str:
    """The recipient's key in its one form; or none, when there is a passphrase that is long enough."""
    if bool(key.strip()) == bool(passphrase):
        raise ExportRefused(_t("Give the recipient's public key or a passphrase, one of the two."))
    if passphrase:
        if len(passphrase) < SHORTEST_PASSPHRASE:
            raise ExportRefused(
                _t("The passphrase is too short. Take six words or more, at least %(n)d characters.")
                % {"n": SHORTEST_PASSPHRASE}
            )  # fmt: skip
        return ""
    try:
        return read_key(key)
    except UnusableKey:
        raise ExportRefused(
            _t("This is no public key we can encrypt to. It begins with age1, ssh-ed25519 or ssh-rsa.")
        ) from None  # fmt: skip


def _digest(recipient: dict[str, str]) -> str:
    return hashlib.sha256(f"{recipient['name']}\n{recipient['address']}".encode()).hexdigest()


def _pdf(table: Table) -> bytes:
    """Printing belongs to the letters' side; the settings name its function."""
    printer: Callable[..., bytes] = import_string(settings.EXPORT_PRINTER)
    return printer(table.title, [str(column) for column in table.columns], table.rows)


def _disclosures(export: Export) -> list[Disclosed]:
    recipient, kind = export.recipient, export_kinds()[export.kind]
    return [
        Disclosed(
            export.incident_id, person, DisclosureNature.EXPORT, kind.purpose, RecipientKind.EXPORT,
            recipient["name"], recipient["address"], "export", export.pk,
        )
        for person in export.people
    ]  # fmt: skip
