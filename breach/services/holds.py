"""Holds that run from proof of notice, pause without it and never shorten; written decisions to wait with notice."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from breach.core.agency import agency_day
from breach.core.deadlines import hold_until
from breach.core.errors import Refused
from breach.core.roles import Capability, require, require_any
from breach.models import Delay, Exposure, FollowUpKind, Hold, Incident, User
from breach.probes import removed_before_notice

from . import audit, clock, followups
from .people import REMOVED_UNTOLD
from .rerouting import locked_person, reroute

# A decision to wait is for a while, and is taken again when it is still needed.
LONGEST_DELAY_DAYS = 90


class DelayRefused(Refused):
    """The decision to wait lacks something it must have, or is over."""


@transaction.atomic
def start_hold(
    *, actor: User, exposure: Exposure, notified_at: datetime, evidence_id: UUID
) -> Hold:
    """Start the hold from proof of notice, or extend or resume the one there is; it is never shortened.

    The last day is the day of proof (where the agency is) plus the incident's hold days.
    """
    require_any(
        actor,
        Capability.LOG_CONTACT,
        Capability.IMPORT_RECEIPTS,
        Capability.HANDLE_MAIL,
        Capability.USE_PORTAL,
        Capability.SIGN_OFF,
    )
    Exposure.objects.select_for_update(no_key=True).only("pk").get(pk=exposure.pk)
    incident = exposure.incident
    proven_on = agency_day(notified_at)
    hold = Hold.objects.select_for_update().filter(exposure=exposure).first()
    until = hold_until(proven_on, incident.hold_days, already=hold.until if hold else None)
    if hold and until == hold.until and hold.paused_at is None:
        return hold
    action, before = ("hold.extended", hold.until) if hold else ("hold.started", None)
    if hold and hold.paused_at is not None:
        action = "hold.resumed"
    hold = hold or Hold(exposure=exposure)
    hold.notified_at, hold.days = notified_at, incident.hold_days
    hold.until, hold.evidence_id, hold.paused_at = until, evidence_id, None
    hold.save()
    audit.record(
        actor=actor, action=action, subject=hold, incident=incident,
        exposure=exposure.pk, before=before, until=until, evidence=evidence_id,
    )  # fmt: skip
    return hold


@transaction.atomic
def pause_hold(*, actor: User, exposure: Exposure) -> Hold | None:
    """Notice is open again: no removal before it is proven, nor before the day this hold runs to.

    Because the proof was taken back, or because somebody else must be told as well. Returns None where no hold runs.
    """
    require_any(
        actor,
        Capability.NOTIFY,
        Capability.EDIT_PERSON,
        Capability.SIGN_OFF,
        Capability.REVIEW_DUPLICATES,
    )
    Exposure.objects.select_for_update(no_key=True).only("pk").get(pk=exposure.pk)
    hold = Hold.objects.select_for_update().filter(exposure=exposure, paused_at=None).first()
    if hold is None:
        return None
    hold.paused_at = clock.now()
    hold.save(update_fields=["paused_at"])
    audit.record(
        actor=actor, action="hold.paused", subject=hold, incident=exposure.incident,
        exposure=exposure.pk, until=hold.until, evidence=hold.evidence_id,
    )  # fmt: skip
    return hold


@transaction.atomic
def alarm_if_removed_untold(*, actor: User, exposure: Exposure) -> bool:
    """Alarm a supervisor where, as it looks now, this person was removed before notice. Returns whether it was so."""
    require(actor, Capability.NOTIFY)
    if not removed_before_notice(exposure.incident).filter(pk=exposure.pk).exists():
        return False
    followups.open_follow_up(
        actor=actor, incident=exposure.incident, exposure=exposure, due_on=clock.today(),
        kind=FollowUpKind.REMOVED_UNTOLD, reason=REMOVED_UNTOLD,
    )  # fmt: skip
    return True


@transaction.atomic
def decide_delay(
    *,
    actor: User,
    incident: Incident,
    exposure: Exposure | None = None,
    authority: str,
    reason: str,
    starts_on: date,
    ends_on: date,
) -> Delay:
    """Write down that notice waits, for one person or for the whole incident, and who asked for it.

    Raises DelayRefused: no authority or reason, ends before it starts, or longer than LONGEST_DELAY_DAYS.
    """
    require(actor, Capability.CHANGE_POLICY)
    if not authority.strip() or not reason.strip():
        raise DelayRefused(
            _("Say who asked to wait with notice, and why: both are kept with the decision.")
        )
    if ends_on < starts_on:
        raise DelayRefused(
            _("The last day of the delay is before its first. Correct one of the two dates.")
        )
    if ends_on - starts_on > timedelta(days=LONGEST_DELAY_DAYS):
        raise DelayRefused(
            _("A delay lasts at most %(days)d days. Decide again then, if waiting is still needed.")
            % {"days": LONGEST_DELAY_DAYS}
        )
    _stop_sending_meanwhile(incident, exposure)
    delay = Delay(
        incident=incident, exposure=exposure, authority=authority.strip(), reason=reason.strip(),
        starts_on=starts_on, ends_on=ends_on, decided_by=actor,
    )  # fmt: skip
    delay.save(force_insert=True)
    audit.record(
        actor=actor, action="delay.decided", subject=delay, incident=incident, reason=delay.reason,
        exposure=exposure.pk if exposure else None, starts_on=starts_on, ends_on=ends_on,
    )  # fmt: skip
    return delay


@transaction.atomic
def end_delay(*, actor: User, delay: Delay, reason: str) -> Delay:
    """End a delay before its last day. Raises DelayRefused without a reason, or when it has ended already."""
    require(actor, Capability.CHANGE_POLICY)
    if not reason.strip():
        raise DelayRefused(_("The reason is empty. Write one sentence for the history."))
    _stop_sending_meanwhile(delay.incident, delay.exposure)
    current = Delay.objects.select_for_update().get(pk=delay.pk)
    if current.ended_at is not None:
        raise DelayRefused(_("This delay has ended already. Reload the page to see when."))
    current.ended_at = clock.now()
    current.save(update_fields=["ended_at"])
    audit.record(
        actor=actor, action="delay.ended", subject=current, incident=delay.incident, reason=reason,
        exposure=delay.exposure_id,
    )  # fmt: skip
    return current


def _stop_sending_meanwhile(incident: Incident, exposure: Exposure | None) -> None:
    """Take the lock a sender asks for before it commits to send: the person's, or the whole incident's."""
    if exposure is None:
        Incident.objects.select_for_update().only("pk").get(pk=incident.pk)
        return
    reroute(locked_person(exposure.person_id))
