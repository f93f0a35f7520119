"""Which records a user may see. Every read starts here; "not yours" and "not there" are the same answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from breach.core.roles import Capability, Role, can, held_by
from breach.models import (
    AffectedPerson,
    Approval,
    ApprovalState,
    AuditEvent,
    Exposure,
    FollowUp,
    Incident,
    PersonKey,
    Representation,
    Roster,
    RosterJob,
    User,
)


def wrapped_data_keys(owners: Iterable[str]) -> Mapping[str, bytes]:
    """The wrapped data keys of these people; destroyed keys are absent."""
    rows = PersonKey.objects.filter(person_id__in=list(owners), wrapped__isnull=False)
    return {
        str(person): bytes(wrapped)
        for person, wrapped in rows.values_list("person_id", "wrapped")
        if wrapped is not None
    }


def active_representations(on: date) -> QuerySet[Representation]:
    """Appearances in force on a day."""
    return Representation.objects.filter(
        status="active", period__contains=on, attorney__is_suspended=False
    )


def incidents_visible_to(user: User) -> QuerySet[Incident]:
    if can(user, Capability.VIEW_INCIDENT):
        return Incident.objects.all()
    return Incident.objects.none()


def exposures_visible_to(user: User, on: date | None = None) -> QuerySet[Exposure]:
    """Staff with a case role see the incident's people; an attorney sees own clients, today."""
    if can(user, Capability.VIEW_PEOPLE):
        return Exposure.objects.filter(person__merged_into=None)
    if user.is_active and user.role == Role.ATTORNEY and on is not None:
        own = active_representations(on).filter(person=OuterRef("person"), attorney__user=user)
        return Exposure.objects.filter(Exists(own))
    return Exposure.objects.none()


def people_visible_to(user: User) -> QuerySet[AffectedPerson]:
    if can(user, Capability.VIEW_PEOPLE):
        return AffectedPerson.objects.all()
    return AffectedPerson.objects.none()


def rosters_visible_to(user: User) -> QuerySet[Roster]:
    if can(user, Capability.IMPORT_ROSTER):
        return Roster.objects.all()
    return Roster.objects.none()


def roster_jobs_visible_to(user: User) -> QuerySet[RosterJob]:
    """Work on rosters of incidents the user sees; the upload itself is never loaded with it."""
    if can(user, Capability.IMPORT_ROSTER):
        return RosterJob.objects.filter(incident__in=incidents_visible_to(user)).defer(
            "file", "given"
        )
    return RosterJob.objects.none()


def follow_ups_visible_to(user: User) -> QuerySet[FollowUp]:
    """Supervisors see all; a case worker the own ones and the desk's; other desks their desk's."""
    if can(user, Capability.SUPERVISE) or user.role == Role.SYSTEM:
        return FollowUp.objects.all()
    if can(user, Capability.WORK_FOLLOW_UPS) or can(user, Capability.HANDLE_MAIL):
        return FollowUp.objects.filter(Q(owner=user) | Q(desk=user.role))
    return FollowUp.objects.none()


def audit_events_visible_to(user: User) -> QuerySet[AuditEvent]:
    """Events that have their place in the chain; one person's history is read through that person's exposure."""
    if can(user, Capability.VIEW_AUDIT):
        return AuditEvent.objects.filter(seq__isnull=False)
    return AuditEvent.objects.none()


def approvals_visible_to(user: User) -> QuerySet[Approval]:
    """The own requests and those one's role may approve; whoever reads the history reads all of them."""
    if not can(user, Capability.APPROVALS):
        return Approval.objects.none()
    if can(user, Capability.VIEW_AUDIT):
        return Approval.objects.all()
    return Approval.objects.filter(Q(requested_by=user) | Q(needs__in=held_by(user)))


def approvals_waiting_for(user: User) -> QuerySet[Approval]:
    """What this user may approve now: nothing the user asked for, nothing about the user."""
    if not can(user, Capability.APPROVALS):
        return Approval.objects.none()
    waiting = Approval.objects.filter(
        state=ApprovalState.OPEN, expires_at__gt=Now(), needs__in=held_by(user)
    )
    return waiting.exclude(requested_by=user).exclude(subject_id=user.pk)
