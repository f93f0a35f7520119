"""The life of keys: moving everything under a new root key while people work, and destroying one person's key.

Rotation goes in small transactions and looks at what each row is sealed under, so it may be stopped, run twice or
run beside itself. Readers accept every root key they are given (`keyring`), so none of them ever fails.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from breach.core import factor_secrets, keyring
from breach.core.crypto import SealBroken
from breach.core.errors import Refused
from breach.core.fields import PURPOSE, SealedField
from breach.core.roles import Capability, require
from breach.models import AffectedPerson, Identifier, PersonKey, RosterRow, User

from . import audit, clock

AT_ONCE = 500
PASSES_AT_MOST = 5
Progress = Callable[[str, int, int], None]  # what, done, of how many


class KeyRefused(Refused):
    """The key cannot be destroyed like this."""


@dataclass
class Rotation:
    """What a run brought under the current root key. `left` was still being written under another when it ended."""

    data_keys: int = 0
    cells: int = 0
    indexes: int = 0
    unreadable: int = 0  # opens under none of the root keys
    passes: int = 0
    left: int = 0

    @property
    def complete(self) -> bool:
        """Whether the other root keys may be taken away."""
        return not self.left and not self.unreadable


@dataclass(frozen=True)
class Kept:
    """One column that depends on the root key: its rows, and what to write there instead, None when it is current."""

    counted_as: str
    rows: QuerySet[Any]
    column: str
    fresh: Callable[[Any], bytes | str | dict[str, Any] | None]

    @property
    def label(self) -> str:
        return f"{self.rows.model._meta.model_name}.{self.column}"


def rotate(*, actor: User, progress: Progress = lambda *_: None) -> Rotation:
    """Bring data keys, values sealed for a purpose and keyed indexes under the current root key.

    Goes over everything until a pass finds nothing to move. If it never does, a process still writes under another
    key: give that one the current ROOT_KEY first, then run this again.
    """
    require(actor, Capability.MANAGE_ACCOUNTS)
    rotation = Rotation()
    while rotation.passes < PASSES_AT_MOST:
        rotation.passes, rotation.left, rotation.unreadable = rotation.passes + 1, 0, 0
        for kept in _everything_kept():
            for ids in _portions(kept, progress):
                moved, unreadable = _move(actor, kept, ids)
                counted = getattr(rotation, kept.counted_as) + moved
                setattr(rotation, kept.counted_as, counted)
                rotation.left += moved
                rotation.unreadable += unreadable
        if not rotation.left:
            break
    audit.record(actor=actor, action="keys.rotated", subject=actor, **asdict(rotation))
    return rotation


@transaction.atomic
def destroy(*, actor: User, second: User, person: AffectedPerson, reason: str) -> int:
    """Destroy the data keys of this human being, for good; how many records they were.

    Two people with the right to sign off do it together. Records merged into this one are the same human being and
    go with it. Roster rows lose their cells and identifiers their index; hashes and the audit chain are not touched.
    Raises KeyRefused.
    """
    require(actor, Capability.SIGN_OFF)
    require(second, Capability.SIGN_OFF)
    if actor.pk == second.pk:
        raise KeyRefused(_("Two different people destroy a key together; name a second one."))
    if not reason.strip():
        raise KeyRefused(_("Say why the identity is destroyed; the reason stays in the history."))
    if person.merged_into is not None:
        raise KeyRefused(
            _("%(reference)s was merged into %(other)s: destroy the key of %(other)s, the same person.")
            % {"reference": person.reference, "other": person.merged_into.reference}
        )  # fmt: skip
    people = _one_human_being(person)
    keys = PersonKey.objects.filter(person__in=people, wrapped__isnull=False).order_by("pk")
    owners = list(keys.select_for_update().values_list("pk", flat=True))
    if not owners:
        raise KeyRefused(_("The key of %s has been destroyed already.") % person.reference)
    PersonKey.objects.filter(pk__in=owners).update(wrapped=None, destroyed_at=clock.now())
    rows = _empty_the_cells(people)
    for identifier in Identifier.objects.filter(person__in=people).order_by("pk"):
        # A keyed hash of nine digits could be guessed by whoever has the root key.
        identifier.index = secrets.token_hex(32)
        identifier.save(update_fields=["index"])
    for one in people:
        one.routing_version += 1
        one.save(update_fields=["routing_version"])
    keyring.forget()
    audit.record(
        actor=actor, action="person.key_destroyed", subject=person, reason=reason,
        second=second.pk, second_label=second.label, records=len(owners), roster_rows=rows,
    )  # fmt: skip
    return len(owners)


def _one_human_being(person: AffectedPerson) -> list[AffectedPerson]:
    """The locked records of this person and of everybody merged into it, however many steps ago."""
    found: list[AffectedPerson] = []
    step = list(AffectedPerson.objects.select_for_update().filter(pk=person.pk))
    while step:
        found += step
        merged = AffectedPerson.objects.select_for_update().filter(merged_into__in=step)
        step = list(merged.order_by("pk"))
    return found


def _empty_the_cells(people: list[AffectedPerson]) -> int:
    """What the lists said of these people, word for word; locked in the order in which rotation locks."""
    rows = RosterRow.objects.filter(person__in=people).order_by("pk").select_for_update()
    return RosterRow.objects.filter(pk__in=list(rows.values_list("pk", flat=True))).update(cells=None)  # fmt: skip


def _everything_kept() -> Iterator[Kept]:
    yield Kept("data_keys", PersonKey.objects.filter(wrapped__isnull=False), "wrapped", _rewrapped)
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, SealedField) and field.owner.startswith(PURPOSE):
                rows = model._default_manager.filter(**{f"{field.name}__isnull": False})
                yield Kept("cells", rows.only("pk", field.name), field.name, field.reseal)
    factors = Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN)
    yield Kept("cells", factors, "data", _resealed)
    readable = Identifier.objects.filter(person__key__wrapped__isnull=False)
    yield Kept("indexes", readable, "index", _reindexed)


def _resealed(factor: Authenticator) -> dict[str, Any] | None:
    """The secret of an authenticator app, or the seed of recovery codes."""
    name = "secret" if factor.type == Authenticator.Type.TOTP else "seed"
    sealed = factor_secrets.reseal(factor.data[name])
    return {**factor.data, name: sealed} if sealed is not None else None


def _rewrapped(key: PersonKey) -> bytes | None:
    return keyring.rewrap(str(key.pk), bytes(key.wrapped or b""))


def _reindexed(identifier: Identifier) -> str | None:
    index = keyring.identifier_index(identifier.kind, identifier.value)
    return index if index != identifier.index else None


def _portions(kept: Kept, progress: Progress) -> Iterator[list[UUID]]:
    """Primary keys, some at a time, in an order that rows added meanwhile do not disturb."""
    total, done, last = kept.rows.count(), 0, None
    while True:
        further = kept.rows.filter(pk__gt=last) if last else kept.rows
        ids = list(further.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
        if not ids:
            return
        yield ids
        last, done = ids[-1], done + len(ids)
        progress(kept.label, done, max(done, total))


@transaction.atomic
def _move(actor: User, kept: Kept, ids: list[UUID]) -> tuple[int, int]:
    """How many of these rows were written anew, and how many open under no key."""
    moved = unreadable = 0
    for row in kept.rows.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",)):
        try:
            fresh = kept.fresh(row)
        except SealBroken:
            unreadable += 1
            continue
        except keyring.KeyDestroyed:  # between the choice of the row and its lock
            continue
        if fresh is not None:
            kept.rows.model._default_manager.filter(pk=row.pk).update(**{kept.column: fresh})
            moved += 1
    keyring.forget()
    if moved:
        audit.record(actor=actor, action="keys.moved", subject=actor, column=kept.label, rows=moved)
    return moved, unreadable
