"""The world outside, played: facilities, mail house, counsel and interpreters answer as they do in real life.

Most proof comes back, some letters return, some are refused, some people were moved, some counsel say "not my
client", and some stay silent. What becomes of a delivery depends on its id alone, so a second run adds nothing.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.db.models import QuerySet

from breach.core.agency import agency_zone
from breach.core.roles import Role
from breach.models import (
    ContactChannel,
    ContactOutcome,
    Facility,
    FollowUp,
    FollowUpKind,
    Incident,
    Placement,
    ReachedRole,
    User,
)
from breach.services import clock, contacts, placements
from breach.services.users import system_user
from notifications.models import Delivery, Notification
from notifications.services import hearing, portal, receiving
from notifications.states import DeliveryState, NotificationState

HAND = (("delivered", 880), ("refused", 25), ("transferred", 35), ("silence", 60))
POST = (("delivered", 850), ("returned", 80), ("silence", 70))
COUNSEL = (("attested", 800), ("not_mine", 40), ("silence", 160))
CALL = (("understood", 600), ("no_answer", 250), ("silence", 150))
Say = Callable[[str], None]


def play(incident: Incident, say: Say) -> Counter[str]:
    """Let everybody outside answer what was sent to them and not answered yet; counts by kind of answer."""
    answers: Counter[str] = Counter()
    for part in (facilities_answer, mail_house_answers, counsel_answers, interpreters_call):
        counted = part(incident)
        say(f"{part.__name__.replace('_', ' ')}: {dict(counted) or 'nothing new'}")
        answers.update(counted)
    return answers


def facilities_answer(incident: Incident) -> Counter[str]:
    """Officers send the signed sheets back; whoever was moved meanwhile is recorded where they are now."""
    rows: list[tuple[str, ...]] = [("reference", "outcome", "date", "time", "officer", "witness")]
    moved: list[Delivery] = []
    counts: Counter[str] = Counter()
    for delivery in _unanswered(incident, "hand"):
        answer = _fate(delivery, HAND)
        if answer == "transferred" and _arrived_today(delivery):
            answer = "delivered"  # nobody is moved twice on one day
        if answer == "silence":
            continue
        counts[answer] += 1
        rows.append((delivery.notification.reference, answer, *_when(delivery), "4711", "0815"))
        if answer == "transferred":
            moved.append(delivery)
    _send_in(rows)
    for delivery in moved:
        _move(delivery)
    return counts


def mail_house_answers(incident: Incident) -> Counter[str]:
    """The carrier scans what it delivered; the post brings back what it could not."""
    scans: list[tuple[str, ...]] = [("reference", "status", "date", "time", "tracking")]
    returned: list[tuple[str, ...]] = [("reference", "date", "reason")]
    counts: Counter[str] = Counter()
    for number, delivery in enumerate(_unanswered(incident, "mailhouse")):
        answer, (day, time) = _fate(delivery, POST), _when(delivery)
        if answer == "delivered":
            scans.append(
                (delivery.notification.reference, "delivered", day, time, f"9400{number:018d}")
            )
        elif answer == "returned":
            returned.append((delivery.notification.reference, day, "attempted_not_known"))
        else:
            continue
        counts[answer] += 1
    _send_in(scans)
    _send_in(returned)
    return counts


def counsel_answers(incident: Incident) -> Counter[str]:
    """Attorneys sign in, open the notice, and confirm it or send it back."""
    counts: Counter[str] = Counter()
    for delivery in _unanswered(incident, "email"):
        answer, duty = _fate(delivery, COUNSEL), delivery.notification
        counsel = duty.attorney.user if duty.attorney else None
        if answer == "silence" or counsel is None or duty.state == NotificationState.NOTIFIED:
            continue
        if answer == "attested":
            portal.open_notice(actor=counsel, notification=duty)
            portal.attest(actor=counsel, notifications=[duty], sentence=portal.sentence_for(1))
        else:
            portal.not_my_client(
                actor=counsel, notification=duty, reason=portal.NotMyClientReason.values[0]
            )
        counts[answer] += 1
    return counts


def interpreters_call(incident: Incident) -> Counter[str]:
    """Case workers call with an interpreter and log it; a confirmed call is evidence."""
    counts: Counter[str] = Counter()
    due = FollowUp.objects.filter(
        incident=incident, kind=FollowUpKind.INTERPRETER_CALL, state="open", exposure__contacts=None
    ).select_related("exposure__incident")
    caller = User.objects.filter(role=Role.CASE_WORKER, is_active=True).order_by("username").first()
    for follow_up in due if caller else ():
        exposure = follow_up.exposure
        answer = _fate_of(exposure.pk.int, CALL) if exposure else "silence"
        if exposure is None or caller is None or answer == "silence":
            continue
        understood = answer == "understood"
        contacts.log_contact(
            actor=follow_up.owner or caller,
            exposure=exposure,
            at=clock.now(),
            channel=ContactChannel.LEGAL_CALL,
            reached=ReachedRole.PERSON if understood else ReachedRole.NOBODY,
            outcome=ContactOutcome.UNDERSTOOD if understood else ContactOutcome.NO_ANSWER,
            interpreter="INT-204" if understood else "",
            identity_confirmed=understood,
            understanding_confirmed=understood,
        )
        counts[answer] += 1
    while hearing.take_up_contacts(actor=system_user()):
        pass
    return counts


def _unanswered(incident: Incident, channel: str) -> Iterator[Delivery]:
    sent: QuerySet[Delivery] = Delivery.objects.filter(
        incident=incident, channel=channel, state=DeliveryState.SENT, receipts=None
    ).select_related("placement", "notification__attorney__user", "notification__exposure__person")
    return sent.order_by("queued_at", "id").iterator(500)


def _fate(delivery: Delivery, shares: tuple[tuple[str, int], ...]) -> str:
    return _fate_of(delivery.pk.int, shares)


def _fate_of(number: int, shares: tuple[tuple[str, int], ...]) -> str:
    drawn = number % sum(share for _answer, share in shares)
    for answer, share in shares:
        drawn -= share
        if drawn < 0:
            return answer
    return shares[-1][0]


def _when(delivery: Delivery) -> tuple[str, str]:
    """Shortly after it left, but never in the future: the demo does not wait a week."""
    sent = delivery.sent_at or clock.now()
    moment: datetime = min(sent + timedelta(seconds=1), clock.now())
    moment = moment.astimezone(agency_zone())  # as people there write it down
    return moment.strftime("%Y-%m-%d"), moment.strftime("%H:%M:%S")


def _send_in(rows: list[tuple[str, ...]]) -> None:
    """Through the same door as a file from the mail room."""
    if len(rows) > 1:
        out = io.StringIO()
        csv.writer(out).writerows(rows)
        receiving.import_receipts(actor=system_user(), data=out.getvalue().encode())


def _arrived_today(delivery: Delivery) -> bool:
    stay = delivery.placement
    return stay is not None and stay.period.lower == clock.today()


def _move(delivery: Delivery) -> None:
    person = delivery.notification.exposure.person
    stay = Placement.objects.filter(person=person, period__contains=clock.today()).first()
    if (
        stay is None
        or Notification.objects.filter(
            pk=delivery.notification_id, state=NotificationState.NOTIFIED
        ).exists()
    ):
        return
    others = Facility.objects.exclude(pk=stay.facility_id).order_by("code")
    elsewhere = others[delivery.pk.int % others.count()]
    placements.transfer(
        actor=system_user(),
        person=person,
        facility=elsewhere,
        on=clock.today(),
        source="Demonstration",
    )
