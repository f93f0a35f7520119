"""History in words: what an audit event means to a reader. An action without words here shows its code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from breach.core.roles import Role
from breach.models import AuditEvent
from breach.services.looking import Part, ReasonToLook

LOOKED = "identity.viewed"
ACTIONS = {
    "approval.approved": _("Request approved, and carried out"),
    "approval.asked": _("Another person’s approval asked for"),
    "approval.expired": _("Request not approved in time"),
    "approval.refused": _("Request refused"),
    "approval.void": _("Request became void"),
    "attorney.email_bad": _("E-mail of the attorney marked as bad"),
    "attorney.email_changed": _("E-mail of the attorney changed"),
    "attorney.invited": _("Attorney invited"),
    "attorney.licence_checked": _("License of an attorney looked up"),
    "attorney.recorded": _("Attorney recorded"),
    "attorney.searched": _("Attorney searched by name"),
    "attorney.suspended": _("Suspension of an attorney recorded or taken back"),
    "batch.altered": _("Batch was altered after writing"),
    "batch.collected": _("Batch collected"),
    "batch.faulty": _("Batch found faulty"),
    "batch.fetched": _("Batch fetched"),
    "budget.granted": _("More people to open granted"),
    "budget.refused": _("Budget of openings spent: a look was refused"),
    "budget.warned": _("Budget of openings nearly spent"),
    "channel.fault": _("Fault of a channel"),
    "contact.logged": _("Contact logged"),
    "contact_point.added": _("Contact point added"),
    "contact_point.marked_bad": _("Contact point marked as bad"),
    "delay.decided": _("Delay of notice decided"),
    "delay.ended": _("Delay of notice ended"),
    "delivery.ambiguous": _("Unknown whether the delivery went out"),
    "delivery.cancelled": _("Delivery canceled"),
    "delivery.failed": _("Delivery failed"),
    "delivery.postponed": _("Delivery tried; it will be tried again"),
    "delivery.resolved": _("Unclear delivery resolved"),
    "delivery.sent": _("Delivery sent"),
    "duplicates.different": _("Pair decided: different people"),
    "duplicates.parted": _("Joined records made two again"),
    "duplicates.proposed": _("Possible duplicates proposed"),
    "duplicates.same": _("Pair decided: same person"),
    "evidence.disproved": _("Proof of notice taken back"),
    "evidence.recorded": _("Evidence recorded"),
    "exposure.assigned": _("Assigned to a case worker"),
    "exposure.taken_over": _("Came with a record joined to this person's"),
    "exposure.given_back": _("The record it came with was separated again"),
    "exposure.kept": _("Stays with this person all the same"),
    "export.erased": _("File of an export erased"),
    "export.handed_out": _("Export fetched"),
    "export.made": _("Export made"),
    "exposure.posture_set": _("Where the protection case stands recorded"),
    "exposure.taken_up_again": _("Notice taken up again"),
    "exposure.unreachable": _("Person could not be reached"),
    "exposure.withdrawn": _("Person not affected after all"),
    "facility.changed": _("Facility changed"),
    "facility.recorded": _("Facility recorded"),
    "follow_up.assigned": _("Follow-up assigned"),
    "follow_up.done": _("Follow-up done"),
    "follow_up.moved": _("Follow-up moved"),
    "follow_up.opened": _("Follow-up opened"),
    "follow_up.rescheduled": _("Follow-up rescheduled"),
    "follow_up.superseded": _("Follow-up superseded"),
    "follow_up.taken": _("Follow-up taken"),
    "follow_ups.done": _("Follow-ups done"),
    "follow_ups.superseded": _("Follow-ups superseded"),
    "follow_ups.opened": _("Follow-ups opened"),
    "hold.extended": _("Hold extended"),
    "hold.paused": _("Hold paused until notice is proven again"),
    "hold.resumed": _("Hold runs again"),
    "hold.started": _("Hold started"),
    "identity.viewed": _("File opened"),
    "incident.given": _("Incident assigned to teams"),
    "incident.facts_corrected": _("Facts of the incident corrected"),
    "incident.opened": _("Incident opened"),
    "incident.policy_changed": _("Policy changed"),
    "incident.sending_resumed": _("Sending resumed"),
    "incident.sending_stopped": _("Sending stopped"),
    "keys.moved": _("Sealed values moved under the new root key"),
    "keys.rotated": _("Everything moved under the new root key"),
    "letter.approved": _("Letter approved"),
    "letter.refused": _("Letter refused"),
    "letter.submitted": _("Letter submitted"),
    "letter.viewed": _("Letter looked at"),
    "notice.opened": _("Notice opened by the attorney"),
    "notices.released": _("Notices released for sending"),
    "notification.counted": _("Decided whether the notice must be proven"),
    "notification.reopened": _("Notice opened again for the same recipient"),
    "notification.routed": _("Route of the notice decided"),
    "notification.withdrawn": _("Notice withdrawn"),
    "people.searched": _("People searched"),
    "person.aliases_set": _("Other names recorded"),
    "person.completed": _("Details added from a roster"),
    "person.died": _("Death recorded"),
    "person.do_not_contact": _("Direct contact decided"),
    "person.protection": _("Protection by 8 USC 1367 decided"),
    "person.fact_taken_back": _("Fact recorded by mistake taken back"),
    "person.guardian_set": _("Guardian recorded"),
    "person.key_destroyed": _("Identity destroyed"),
    "person.language_set": _("Language recorded"),
    "person.safe_contact_noted": _("How to contact the person safely noted"),
    "person.listed": _("Listed on a roster"),
    "person.released": _("Release recorded"),
    "person.removed": _("Removal recorded"),
    "placement.ended": _("Stay ended"),
    "placement.transferred": _("Transfer recorded"),
    "receipt.recorded": _("Receipt recorded"),
    "receipt.undecided": _("Bounce that fits more than one e-mail"),
    "receipts.imported": _("Receipts imported"),
    "release.stage_raised": _("Next stage of the release begun"),
    "representation.claimed": _("Representation claimed"),
    "representation.disputed": _("Representation disputed"),
    "representation.replaced": _("Counsel replaced"),
    "representation.verified": _("Representation verified"),
    "representation.withdrawn": _("Representation withdrawn"),
    "roster.committed": _("Roster committed"),
    "roster.discarded": _("Staged roster discarded"),
    "roster.staged": _("Roster staged"),
    "roster.reversed": _("Roster taken back"),
    "roster_job.asked": _("Work on a roster requested"),
    "roster_job.failed": _("Work on a roster failed"),
    "roster_job.stopped": _("Work on a roster stopped"),
    "roster_row.decided": _("Row of a roster decided"),
    "roster_row.viewed": _("Row of a roster looked at"),
    "sign_off.signed": _("Signed off"),
    "translation.reviewed": _("Translation reviewed"),
    "team.made": _("Team created"),
    "user.closed": _("Account closed"),
    "user.created": _("Account created"),
    "user.granted": _("Account opened at a desk"),
    "user.opened": _("Account reopened"),
    "user.invitation_accepted": _("Invitation accepted, password chosen"),
    "user.invited": _("One-time link made"),
    "user.password_changed": _("Password changed"),
    "user.password_set": _("Password set"),
    "user.recovery_codes_renewed": _("Recovery codes renewed"),
    "user.second_factor_added": _("Second factor added"),
    "user.second_factor_failed": _("Second factor wrong"),
    "user.second_factor_removed": _("Second factor removed"),
    "user.second_factors_reset": _("Second factors reset"),
    "user.sessions_ended": _("Sessions ended"),
    "user.shown_again": _("Confirmed with the second factor again"),
    "user.sign_in_failed": _("Sign-in failed"),
    "user.signed_in": _("Signed in"),
    "user.signed_out": _("Signed out"),
    "user.team_set": _("Moved to a team"),
}


def words_for(action: str) -> str:
    """The action for a reader."""
    known = ACTIONS.get(action)
    return str(known) if known else action.replace(".", ": ").replace("_", " ").capitalize()


def title_of(event: AuditEvent) -> str:
    """The action, and of a look the part that was opened: one look at four parts is four events."""
    part = event.changes.get("what", "")
    if event.action != LOOKED or part not in Part.values:
        return words_for(event.action)
    what, _colon, _details = str(Part(part).label).partition(":")
    return gettext("File opened: %(part)s") % {"part": what}


def entries(events: Iterable[AuditEvent]) -> list[dict[str, Any]]:
    """Events as the timeline shows them."""
    return [
        {
            "at": event.at,
            "title": title_of(event),
            "text": reason_of(event),
            "actor": _who(event),
        }
        for event in events
    ]


def looks(events: Iterable[AuditEvent]) -> list[dict[str, Any]]:
    """Looks as the timeline shows them: what was opened, why, and by whom."""
    return [{**entry, "title": opened} for entry, opened in _opened(events)]


def _opened(events: Iterable[AuditEvent]) -> Iterator[tuple[dict[str, Any], str]]:
    for event in events:
        part = event.changes.get("what", "")
        opened = str(Part(part).label) if part in Part.values else words_for(event.action)
        yield entries([event])[0], opened


def reason_of(event: AuditEvent) -> str:
    """The reason in the reader's language, where it is from a list or a stored sentence."""
    chosen = dict(ReasonToLook.choices).get(event.reason)
    return str(chosen) if chosen else gettext(event.reason) if event.reason else ""


def _who(event: AuditEvent) -> str:
    role = _role(event.actor_role)
    return role if event.actor_role == Role.SYSTEM else f"{event.actor_label}, {role}"


def _role(value: str) -> str:
    return str(Role(value).label) if value in Role.values else value
