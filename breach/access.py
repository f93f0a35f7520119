"""Which records a user may see. Every read starts here; "not yours" and "not there" are the same answer.

The policy is docs/decisions/0022-teams.md; tests/breach/test_record_scope.py states it once more, in plain Python.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from uuid import UUID

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat, Now

from breach.core.roles import Capability, Role, can, held_by, roles_with
from breach.models import (
    AffectedPerson,
    Approval,
    ApprovalState,
    AuditEvent,
    Disclosure,
    DuplicatePair,
    Export,
    Exposure,
    FollowUp,
    Incident,
    PersonKey,
    Representation,
    Roster,
    RosterJob,
    TableChange,
    Team,
    User,
)
from breach.models.followups import FollowUpState

SAMPLE = 20


def wrapped_data_keys(owners: Iterable[str]) -> Mapping[str, bytes]:
    """The wrapped data keys of these people; destroyed keys are absent."""
    rows = PersonKey.objects.filter(person_id__in=list(owners), wrapped__isnull=False)
    return {
        str(person): bytes(wrapped)
        for person, wrapped in rows.values_list("person_id", "wrapped")
        if wrapped is not None
    }


def some_wrapped_data_keys() -> Mapping[str, bytes]:
    """A few wrapped data keys of anybody's, to tell a wrong root key from a broken row."""
    rows = PersonKey.objects.filter(wrapped__isnull=False).order_by("-pk")[:SAMPLE]
    return {str(row.pk): bytes(row.wrapped) for row in rows if row.wrapped is not None}


def active_representations(on: date) -> QuerySet[Representation]:
    """Appearances in force on a day."""
    return Representation.objects.filter(
        status="active", period__contains=on, attorney__is_suspended=False
    )


def incidents_visible_to(user: User) -> QuerySet[Incident]:
    """The team's incidents; a case worker also sees the incident of any case of their own."""
    if not can(user, Capability.VIEW_INCIDENT):
        return Incident.objects.none()
    if can(user, Capability.WHOLE_INCIDENT):
        return incidents_of_team(user)
    return Incident.objects.filter(
        Q(pk__in=incidents_of_team(user).values("pk"))
        | Q(pk__in=Exposure.objects.filter(_own_case(user)).values("incident"))
    )


def exposures_visible_to(user: User, on: date | None = None) -> QuerySet[Exposure]:
    """Staff see the cases in their scope; an attorney sees their own clients as of `on`."""
    if can(user, Capability.VIEW_PEOPLE):
        return cases_of(user).filter(person__merged_into=None)
    if user.is_active and user.role == Role.ATTORNEY and on is not None:
        own = active_representations(on).filter(
            Q(person=OuterRef("person")) | Q(person__merged_into=OuterRef("person")),
            attorney__user=user,
        )
        return Exposure.objects.filter(Exists(own), person__merged_into=None)
    return Exposure.objects.none()


def cases_of(user: User) -> QuerySet[Exposure]:
    """A staff member's cases, including records that were joined with another.

    Roles responsible for whole incidents see everybody in their team's incidents. Case workers see their own cases
    wherever they are, and in their team's incidents those of their teammates and those nobody owns.
    """
    if can(user, Capability.WHOLE_INCIDENT):
        if user.team_id is None:
            return Exposure.objects.all()
        return Exposure.objects.filter(incident__in=incidents_of_team(user))
    near = Q(caseworker=None) | Q(caseworker__team=user.team_id)
    return Exposure.objects.filter(
        _own_case(user) | (near & Q(incident__in=incidents_of_team(user)))
    )


def counted_for(user: User) -> QuerySet[Exposure] | None:
    """The exposures that this user's figures count; None means all of them.

    Whoever answers for whole incidents counts them whole; others get figures that their lists can show.
    """
    return None if can(user, Capability.WHOLE_INCIDENT) else exposures_visible_to(user)


def people_visible_to(user: User) -> QuerySet[AffectedPerson]:
    if not can(user, Capability.VIEW_PEOPLE):
        return AffectedPerson.objects.none()
    if _sees_everything(user):
        return AffectedPerson.objects.all()
    return AffectedPerson.objects.filter(Exists(cases_of(user).filter(person=OuterRef("pk"))))


def rosters_visible_to(user: User) -> QuerySet[Roster]:
    if can(user, Capability.IMPORT_ROSTER):
        return Roster.objects.filter(incident__in=incidents_visible_to(user))
    return Roster.objects.none()


def roster_jobs_visible_to(user: User) -> QuerySet[RosterJob]:
    """Work on rosters of incidents the user sees; the upload itself is never loaded with it."""
    if can(user, Capability.IMPORT_ROSTER):
        return RosterJob.objects.filter(incident__in=incidents_visible_to(user)).defer(
            "file", "given"
        )
    return RosterJob.objects.none()


def pairs_visible_to(user: User) -> QuerySet[DuplicatePair]:
    """Pairs from rosters of the user's incidents; a case worker must be able to see both people."""
    if not can(user, Capability.REVIEW_DUPLICATES):
        return DuplicatePair.objects.none()
    pairs = DuplicatePair.objects.filter(roster__incident__in=incidents_visible_to(user))
    if can(user, Capability.WHOLE_INCIDENT):
        return pairs
    cases = cases_of(user)
    return pairs.filter(
        Exists(cases.filter(person=OuterRef("first"))),
        Exists(cases.filter(person=OuterRef("second"))),
    )


def follow_ups_visible_to(user: User) -> QuerySet[FollowUp]:
    """Supervisors see all of their incidents; others see their own, and their desk's on cases they may see."""
    if user.role == Role.SYSTEM:
        return FollowUp.objects.all()
    if can(user, Capability.SUPERVISE):
        return FollowUp.objects.filter(incident__in=incidents_visible_to(user))
    if can(user, Capability.WORK_FOLLOW_UPS):
        in_scope = Q(exposure__in=cases_of(user)) | Q(
            exposure=None, incident__in=incidents_of_team(user)
        )
        return FollowUp.objects.filter(Q(owner=user) | (Q(desk=user.role) & in_scope))
    if can(user, Capability.HANDLE_MAIL):
        in_scope = Q(incident__in=incidents_visible_to(user))
        return FollowUp.objects.filter(Q(owner=user) | (Q(desk=user.role) & in_scope))
    return FollowUp.objects.none()


def audit_events_visible_to(user: User) -> QuerySet[AuditEvent]:
    """Events that have their place in the chain; one person's history is read through that person's exposure."""
    if not can(user, Capability.VIEW_AUDIT):
        return AuditEvent.objects.none()
    events = AuditEvent.objects.filter(seq__isnull=False)
    if user.team_id is None:
        return events
    of_others = Incident.objects.exclude(pk__in=incidents_visible_to(user).values("pk"))
    stream = Concat(Value("incident:"), Cast("pk", CharField()))
    return events.exclude(stream__in=of_others.annotate(stream=stream).values("stream"))


def approvals_visible_to(user: User) -> QuerySet[Approval]:
    """A user's own requests and those their role may approve; history readers see all of them."""
    if not can(user, Capability.APPROVALS):
        return Approval.objects.none()
    if can(user, Capability.VIEW_AUDIT):
        return Approval.objects.filter(_asked_in_scope(user))
    return Approval.objects.filter(
        Q(requested_by=user) | (Q(needs__in=held_by(user)) & _asked_in_scope(user))
    )


def approvals_waiting_for(user: User) -> QuerySet[Approval]:
    """What this user may approve now: nothing the user asked for, nothing about the user."""
    if not can(user, Capability.APPROVALS):
        return Approval.objects.none()
    return _may_be_approved_by(user).filter(_asked_in_scope(user))


def approvals_may_wait_for(user: User) -> bool:
    """Whether anything waits for this user's role anywhere: a quick check before the slower one by scope."""
    return can(user, Capability.APPROVALS) and _may_be_approved_by(user).exists()


def _may_be_approved_by(user: User) -> QuerySet[Approval]:
    waiting = Approval.objects.filter(
        state=ApprovalState.OPEN, expires_at__gt=Now(), needs__in=held_by(user)
    )
    return waiting.exclude(requested_by=user).exclude(subject_id=user.pk)


def disclosures_visible_to(user: User) -> QuerySet[Disclosure]:
    """The ledger as a whole; one person's part of it is read through that person's exposure."""
    if can(user, Capability.VIEW_DISCLOSURES):
        return Disclosure.objects.filter(incident__in=incidents_visible_to(user))
    return Disclosure.objects.none()


def disclosures_about(exposure: Exposure) -> QuerySet[Disclosure]:
    """Everything disclosed about this person in this incident, also under a record that was joined to this one."""
    mine = Q(person=exposure.person_id) | Q(person__merged_into=exposure.person_id)
    return Disclosure.objects.filter(mine, incident=exposure.incident_id)


def exports_visible_to(user: User) -> QuerySet[Export]:
    """Exports of the user's incidents; only the requester may fetch one."""
    if can(user, Capability.EXPORT):
        return Export.objects.filter(incident__in=incidents_visible_to(user))
    return Export.objects.none()


def _asked_in_scope(user: User) -> Q:
    """Requests about accounts, and those of the user's incidents; for a case worker, those about cases in scope."""
    here = Q(incident__in=incidents_visible_to(user))
    if not can(user, Capability.WHOLE_INCIDENT):
        cases, pairs = cases_of(user).values("pk"), pairs_visible_to(user).values("pk")
        here &= Q(subject_id__in=cases) | Q(subject_id__in=pairs)
    return Q(incident=None) | here


def incidents_of_team(user: User) -> QuerySet[Incident]:
    """Incidents of the user's team, and those assigned to no team.

    Without a team, roles responsible for whole incidents have all of them; case workers those assigned to no team.
    """
    if _sees_everything(user):
        return Incident.objects.all()
    given = Incident.teams.through.objects.filter(incident=OuterRef("pk"))
    return Incident.objects.filter(~Exists(given) | Exists(given.filter(team=user.team_id)))


def staff_who_have(teams: Collection[UUID]) -> QuerySet[User]:
    """Users who have an incident assigned to these teams, own cases aside; the inverse of incidents_of_team."""
    staff = User.objects.filter(role__in=roles_with(Capability.VIEW_INCIDENT)).exclude(
        role=Role.SYSTEM
    )
    if not teams:
        return staff
    roams = Q(team=None, role__in=roles_with(Capability.WHOLE_INCIDENT))
    return staff.filter(Q(team__in=teams) | roams)


def teams_visible_to(user: User) -> QuerySet[Team]:
    """For those who create teams, and for those who assign incidents to them."""
    if can(user, Capability.MANAGE_ACCOUNTS) or can(user, Capability.ASSIGN):
        return Team.objects.all()
    return Team.objects.none()


def _own_case(user: User) -> Q:
    """A case assigned to the user, or one whose next action is the user's."""
    next_action = FollowUp.objects.filter(
        exposure=OuterRef("pk"), owner=user, state=FollowUpState.OPEN
    )
    return Q(caseworker=user) | Q(Exists(next_action))


def _sees_everything(user: User) -> bool:
    return user.team_id is None and can(user, Capability.WHOLE_INCIDENT)


def table_changes_visible_to(user: User) -> QuerySet[TableChange]:
    if can(user, Capability.VIEW_AUDIT):
        return TableChange.objects.all()
    return TableChange.objects.none()
