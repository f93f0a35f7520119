"""Who speaks for a person, named by hand: an attorney on file is found, another is recorded in the same step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import islice

from django.db import transaction
from django.utils.translation import gettext as _

from breach.core.consulates import names_a_consulate
from breach.core.normalize import name_key
from breach.core.roles import Capability, require
from breach.models import AffectedPerson, Attorney, LawFirm, Licence, Representation, User

from . import audit, representation
from .attorneys import AttorneyRefused, add_attorney

SHORTEST = 3  # letters of a search
SHOWN = 10  # who needs more has not read the name on the appearance


@dataclass(frozen=True)
class NewAttorney:
    """An attorney as an appearance, or whoever called, names them; only the name is always known."""

    name: str
    kind: str
    firm: str = ""
    email: str = ""
    phone: str = ""
    eoir_id: str = ""
    jurisdiction: str = ""
    licence: str = ""


def attorneys_named(text: str) -> list[Attorney]:
    """Those with this EOIR ID, else those each word begins a part of whose name; one more than SHOWN at most."""
    by_id = Attorney.objects.select_related("firm").filter(eoir_id__iexact=text.strip())
    words = [f" {word}" for word in name_key(text).split()]
    if sum(map(len, words)) - len(words) < SHORTEST:
        return []
    if found := list(by_id[:1]):
        return found
    named = (
        pk
        for pk, name in Attorney.objects.order_by("name", "pk").values_list("pk", "name")
        if all(word in f" {name_key(name)}" for word in words)
    )
    chosen = list(islice(named, SHOWN + 1))
    return list(
        Attorney.objects.select_related("firm").filter(pk__in=chosen).order_by("name", "pk")
    )


@transaction.atomic
def search(*, actor: User, person: AffectedPerson, text: str) -> list[Attorney]:
    """Find the attorney whom somebody is about to name as a person's; it stands in the person's history.

    Raises AttorneyRefused for a text too short to mean anybody. The history does not keep the text.
    """
    require(actor, Capability.EDIT_PERSON)
    if len(name_key(text).replace(" ", "")) < SHORTEST:
        raise AttorneyRefused(_("Type at least three letters of the name, or the EOIR ID."))
    found = attorneys_named(text)
    audit.record(actor=actor, action="attorney.searched", subject=person, found=len(found))
    return found


@transaction.atomic
def claim(
    *, actor: User, person: AffectedPerson, attorney: Attorney | NewAttorney, forum: str, on: date
) -> Representation:
    """Note that this attorney claims to represent the person; nothing is disclosed on a claim."""
    by = _recorded(actor, attorney)
    return representation.claim(actor=actor, person=person, attorney=by, forum=forum, on=on)


@transaction.atomic
def replace(
    *,
    actor: User,
    person: AffectedPerson,
    attorney: Attorney | NewAttorney,
    forum: str,
    on: date,
    evidence: str,
) -> Representation:
    """This attorney has filed an appearance: counsel before ends on that day, what is open is re-routed."""
    by = _recorded(actor, attorney)
    return representation.replace_counsel(
        actor=actor, person=person, attorney=by, forum=forum, on=on, evidence=evidence
    )


def _recorded(actor: User, attorney: Attorney | NewAttorney) -> Attorney:
    """Raises AttorneyRefused: suspended from practice, or on file already."""
    require(actor, Capability.EDIT_PERSON)
    if isinstance(attorney, Attorney):
        current = Attorney.objects.get(pk=attorney.pk)
        if current.is_suspended:
            raise AttorneyRefused(
                _("%(attorney)s is suspended from practice.") % {"attorney": current.name}
            )
        return current
    _not_on_file(attorney)
    added = add_attorney(
        actor=actor, name=attorney.name, kind=attorney.kind, firm=_firm(attorney.firm), email=attorney.email,
        phone=attorney.phone, eoir_id=attorney.eoir_id.strip().upper(),
    )  # fmt: skip
    if attorney.licence:
        Licence.objects.create(
            attorney=added, jurisdiction=attorney.jurisdiction, number=attorney.licence
        )
    return added


def _not_on_file(new: NewAttorney) -> None:
    """The same name with nothing to tell two people apart is the same attorney, as on a roster."""
    for known in Attorney.objects.filter(email__iexact=new.email.strip()):
        other_id = known.eoir_id and new.eoir_id and known.eoir_id != new.eoir_id.strip().upper()
        if name_key(known.name) == name_key(new.name) and not other_id:
            raise AttorneyRefused(
                _(
                    "%(attorney)s is on file already. Search for the name and choose that attorney; if this is "
                    "somebody else, enter the EOIR ID or the e-mail that tells them apart."
                )
                % {"attorney": known.name}
            )


def _firm(name: str) -> LawFirm | None:
    """The firm of this name, recorded when it is new."""
    name = " ".join(name.split())
    if not name:
        return None
    if names_a_consulate(name):
        raise AttorneyRefused(_("A consulate or embassy cannot be counsel. Enter another contact."))
    known = (firm for firm in LawFirm.objects.all() if name_key(firm.name) == name_key(name))
    return next(known, None) or LawFirm.objects.create(name=name)
