"""What becomes known about a person: release, removal, death, language, guardian, safety. Each asks the route anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from breach.core import keyring
from breach.core.agency import agency_midnight
from breach.core.errors import Refused
from breach.core.roles import Capability, require
from breach.models import (
    AffectedPerson,
    ContactPoint,
    Exposure,
    FollowUpKind,
    Guardian,
    Hold,
    PersonLanguage,
    User,
)
from breach.models.people import ContactKind, Deliverability
from breach.one_human import all_records

from . import audit, clock, followups
from .addresses import add_to_file, checked_language, refuse_consulate
from .placements import end_open_stay
from .rerouting import locked_person, reroute
from .rosters_reading import LONGEST_ALIAS, MOST_ALIASES

REMOVED_UNTOLD = gettext_lazy(
    "Removed after the disclosure and before notice: reach the person through counsel."
)
# Leaves room to renumber the ranks without two of them being equal meanwhile.
OUT_OF_THE_WAY = 1000
LONGEST_SAFE_NOTE = 500


class FactRefused(Refused):
    """The fact cannot be recorded like that; its text says what to correct."""


@transaction.atomic
def mark_released(
    *,
    actor: User,
    person: AffectedPerson,
    on: date,
    address_lines: Sequence[str] | None = None,
    phone: str | None = None,
    source: str,
    safe: bool = True,
) -> AffectedPerson:
    """Record a release with the address and phone the person gave; the open stay ends on that day."""
    current = _fact(actor, person, on, source)
    stay = end_open_stay(current, on, "released")
    before, current.released_on = current.released_on, on
    current.save(update_fields=["released_on", "fact_source"])
    if address_lines:
        add_to_file(
            current, ContactKind.ADDRESS, "\n".join(address_lines), verified=False, safe=safe
        )
    if phone:
        add_to_file(current, ContactKind.PHONE, phone, verified=False, safe=safe)
    reroute(current)
    audit.record(
        actor=actor, action="person.released", subject=current, on=on, before=before,
        placement=stay.pk if stay else None, address=bool(address_lines), phone=bool(phone),
    )  # fmt: skip
    return current


@transaction.atomic
def mark_removed(*, actor: User, person: AffectedPerson, on: date, source: str) -> AffectedPerson:
    """Record a removal. For every disclosure the person has not been told of, a supervisor is alarmed at once."""
    current = _fact(actor, person, on, source)
    stay = end_open_stay(current, on, "removed")
    before, current.removed_on = current.removed_on, on
    current.save(update_fields=["removed_on", "fact_source"])
    reroute(current)
    since = agency_midnight(on + timedelta(days=1))
    untold = Exposure.objects.filter(person=current, incident__occurred_at__lt=since).exclude(
        pk__in=Hold.objects.filter(exposure__person=current, paused_at=None).values("exposure")
    )
    for exposure in untold.select_related("incident"):
        followups.open_follow_up(
            actor=actor, incident=exposure.incident, exposure=exposure, due_on=clock.today(),
            kind=FollowUpKind.REMOVED_UNTOLD, reason=REMOVED_UNTOLD,
        )  # fmt: skip
    audit.record(
        actor=actor, action="person.removed", subject=current, on=on, before=before,
        placement=stay.pk if stay else None, untold=len(untold),
    )  # fmt: skip
    return current


@transaction.atomic
def mark_deceased(*, actor: User, person: AffectedPerson, on: date, source: str) -> AffectedPerson:
    """Record a death. Nothing more is sent to the person; a supervisor decides whom to tell."""
    current = _fact(actor, person, on, source)
    stay = end_open_stay(current, on, "deceased")
    before, current.died_on = current.died_on, on
    current.save(update_fields=["died_on", "fact_source"])
    reroute(current)
    audit.record(
        actor=actor, action="person.died", subject=current, on=on, before=before,
        placement=stay.pk if stay else None,
    )  # fmt: skip
    return current


@transaction.atomic
def set_language(
    *,
    actor: User,
    person: AffectedPerson,
    tag: str,
    reads: bool | None,
    verified: bool,
    source: str,
) -> PersonLanguage:
    """Make a language the person's best one. `reads` is None while nobody has asked."""
    require(actor, Capability.EDIT_PERSON)
    tag = checked_language(tag)
    current = locked_person(person.pk)
    known = list(PersonLanguage.objects.filter(person=current).order_by("rank"))
    best = next((spoken for spoken in known if spoken.tag == tag), None)
    before = known[0].tag if known else None
    best = best or PersonLanguage(person=current, tag=tag)
    best.reads, best.verified, best.source = reads, verified, source[:80]
    ranked = [best, *(spoken for spoken in known if spoken is not best)]
    for start in (OUT_OF_THE_WAY, 1):
        for rank, spoken in enumerate(ranked, start=start):
            spoken.rank = rank
            spoken.save()
    reroute(current)
    audit.record(
        actor=actor, action="person.language_set", subject=current, tag=tag, before=before,
        reads=reads, verified=verified,
    )  # fmt: skip
    return best


@transaction.atomic
def add_contact_point(
    *,
    actor: User,
    person: AffectedPerson,
    kind: str,
    value: str,
    verified: bool,
    safe: bool,
    country: str = "US",
) -> ContactPoint:
    """Add a way to reach the person. A new postal address takes the place of the one before, which is kept.

    Raises UnusableContact, ConsulateRefused and FearedCountryRefused.
    """
    require(actor, Capability.EDIT_PERSON)
    current = locked_person(person.pk)
    point = add_to_file(current, kind, value, verified=verified, safe=safe, country=country)
    reroute(current)
    audit.record(
        actor=actor, action="contact_point.added", subject=current, contact_point=point.pk,
        kind=kind, verified=verified, safe=safe,
    )  # fmt: skip
    return point


@transaction.atomic
def mark_contact_point_bad(
    *, actor: User, contact_point: ContactPoint, reason: str
) -> ContactPoint:
    """Remember that nothing arrives there; it is never used again."""
    require(actor, Capability.EDIT_PERSON)
    current = locked_person(contact_point.person_id)
    point = ContactPoint.objects.get(pk=contact_point.pk)
    point.deliverability, point.bad_reason = Deliverability.BAD, reason[:120]
    point.save(update_fields=["deliverability", "bad_reason"])
    reroute(current)
    audit.record(
        actor=actor, action="contact_point.marked_bad", subject=current, contact_point=point.pk
    )
    return point


@transaction.atomic
def set_do_not_contact(
    *, actor: User, person: AffectedPerson, value: bool, reason: str
) -> AffectedPerson:
    """Say that nobody contacts the person directly; only who assigns work may lift it again."""
    require(actor, Capability.EDIT_PERSON if value else Capability.ASSIGN)
    if not reason.strip():
        raise FactRefused(_("The reason is empty. Write one sentence for the history."))
    current = locked_person(person.pk)
    _flag(current, "do_not_contact", value)
    reroute(current)
    audit.record(
        actor=actor, action="person.do_not_contact", subject=current, reason=reason, value=value
    )
    return current


@transaction.atomic
def set_protection(
    *, actor: User, person: AffectedPerson, value: bool, reason: str
) -> AffectedPerson:
    """Say that 8 U.S.C. 1367 protects what is known of the person; only who assigns work may lift it again.

    The protection of an application for VAWA, T or U relief ends only with a denial and the last appeal, so whoever
    lifts it says on what that rests. While it lasts, nothing about the person goes to a mail house.
    """
    require(actor, Capability.EDIT_PERSON if value else Capability.ASSIGN)
    if not reason.strip():
        raise FactRefused(_("The reason is empty. Write one sentence for the history."))
    current = locked_person(person.pk)
    _flag(current, "protected_1367", value)
    reroute(current)
    audit.record(
        actor=actor, action="person.protection", subject=current, reason=reason, value=value
    )
    return current


@transaction.atomic
def set_guardian(
    *,
    actor: User,
    person: AffectedPerson,
    name: str,
    relationship: str,
    address: str,
    phone: str,
    evidence: str,
    verified: bool,
) -> Guardian:
    """Name who receives notice for the person; the guardian before stays on record. Never a consulate.

    The same name at the same address is the same guardian, of whom more is known now.
    """
    require(actor, Capability.EDIT_PERSON)
    if not name.strip():
        raise FactRefused(_("The guardian's name is empty. Enter it as it stands in the evidence."))
    if verified and not evidence.strip():
        raise FactRefused(_("A verified guardian needs evidence: enter the order or the document."))
    refuse_consulate(name, relationship, address)
    current = locked_person(person.pk)
    records = Guardian.objects.filter(person__in=all_records(current), is_current=True)
    known = _known_guardian(records, name.strip(), address.strip())
    (records.exclude(pk=known.pk) if known else records).update(is_current=False)
    guardian = known or Guardian(person=current, name=name.strip(), address=address.strip() or None)
    guardian.relationship, guardian.phone = relationship[:60], phone.strip() or None
    guardian.authority_evidence, guardian.verified = evidence[:120], verified
    guardian.save(force_insert=known is None)
    reroute(current)
    audit.record(
        actor=actor, action="person.guardian_set", subject=current, guardian=guardian.pk,
        verified=verified, address=bool(guardian.address),
    )  # fmt: skip
    return guardian


@transaction.atomic
def set_safe_contact_note(*, actor: User, person: AffectedPerson, note: str) -> AffectedPerson:
    """Note how the person can be contacted safely; empty takes the note away. Sealed, and never in the history."""
    require(actor, Capability.EDIT_PERSON)
    current = locked_person(person.pk)
    current.safe_contact_note = note.strip()[:LONGEST_SAFE_NOTE] or None
    current.save(update_fields=["safe_contact_note"])
    audit.record(
        actor=actor, action="person.safe_contact_noted", subject=current, there=bool(note.strip())
    )
    return current


@transaction.atomic
def set_aliases(*, actor: User, person: AffectedPerson, aliases: Sequence[str]) -> AffectedPerson:
    """Other names of the person, in the place of those on file; a search finds them. Sealed."""
    require(actor, Capability.EDIT_PERSON)
    names = list(dict.fromkeys(filter(None, (" ".join(name.split()) for name in aliases))))
    if len(names) > MOST_ALIASES or any(len(name) > LONGEST_ALIAS for name in names):
        raise FactRefused(
            _("These are too many names, or too long ones. Keep those the person is known by.")
        )
    current = locked_person(person.pk)
    current.aliases = names
    current.save(update_fields=["aliases"])
    audit.record(actor=actor, action="person.aliases_set", subject=current, names=len(names))
    return current


def _flag(person: AffectedPerson, name: str, value: bool) -> None:
    """Set it on this record, lift it on all: any one of them would still count for this human being."""
    setattr(person, name, value)
    records = [person.pk] if value else all_records(person)
    AffectedPerson.objects.filter(pk__in=records).update(**{name: value})


def _known_guardian(guardians: QuerySet[Guardian], name: str, address: str) -> Guardian | None:
    """The guardian of today, when it is this one. One who cannot be read is named anew."""
    for guardian in guardians:
        try:
            known = [guardian.name, *(guardian.address or "").split()]
        except keyring.UNREADABLE:
            continue
        if known == [name, *address.split()]:
            return guardian
    return None


def _fact(actor: User, person: AffectedPerson, on: date, source: str) -> AffectedPerson:
    """The locked person, with the source noted, after the checks every fact shares."""
    require(actor, Capability.EDIT_PERSON)
    if on > clock.today():
        raise FactRefused(_("The date is in the future. Record a fact when it has happened."))
    if not source.strip():
        raise FactRefused(_("The source is empty. Say how this is known."))
    current = locked_person(person.pk)
    if current.died_on and on > current.died_on:
        raise FactRefused(_("The person died before that day. Check both dates."))
    current.fact_source = source.strip()[:200]
    return current
