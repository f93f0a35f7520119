"""What left the house, as rows of the disclosure ledger: letters handed to others, and messages to counsel."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings

from breach.core import keyring
from breach.models import DisclosureNature, DisclosurePurpose, RecipientKind, User
from breach.services.disclosing import Disclosed, record_disclosures
from notifications.models import Delivery, Notification


def record_deliveries(*, actor: User, deliveries: Iterable[Delivery]) -> None:
    """Part of the verb by which these went out. An interpreter's call discloses nothing to anybody else."""
    ids = [row.pk for row in deliveries]
    rows = Delivery.objects.filter(pk__in=ids).select_related(
        "placement__facility", "notification__attorney__firm"
    )
    keyring.preload(str(person) for person in rows.values_list("person_id", flat=True))
    found = [disclosed for row in rows if (disclosed := _disclosed(row))]
    record_disclosures(actor=actor, rows=found)


def record_opening(*, actor: User, duty: Notification) -> None:
    """Part of the verb by which counsel opened a notice in the portal, once a notice."""
    attorney = duty.attorney
    if attorney is None:
        return
    where = attorney.address or attorney.email
    record_disclosures(
        actor=actor,
        rows=[
            Disclosed(
                duty.incident_id, duty.exposure.person_id, DisclosureNature.NOTICE_OPENED,
                DisclosurePurpose.NOTICE, RecipientKind.COUNSEL, attorney.name,
                where, "notification", duty.pk, attorney.pk,
            )
        ],
    )  # fmt: skip


def _disclosed(row: Delivery) -> Disclosed | None:
    facility = row.placement.facility if row.placement else None
    attorney = row.notification.attorney
    if row.channel == "mailhouse":
        nature, kind, to = DisclosureNature.PRINT_FILE, RecipientKind.MAIL_HOUSE, None
        name, address = settings.MAIL_HOUSE["name"], settings.MAIL_HOUSE["address"]
    elif row.channel == "hand" and facility:
        nature, kind, to = DisclosureNature.SEALED_LETTER, RecipientKind.FACILITY, facility.pk
        name, address = facility.name, facility.address
    elif row.channel == "email" and attorney:
        nature, kind, to = DisclosureNature.MESSAGE, RecipientKind.COUNSEL, attorney.pk
        name, address = attorney.name, attorney.email
    else:
        return None
    return Disclosed(
        row.incident_id, row.person_id, nature, DisclosurePurpose.NOTICE, kind, name, address,
        "delivery", row.pk, to,
    )  # fmt: skip
