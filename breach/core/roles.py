"""Who may do what: one matrix of roles and capabilities, and the functions that read it."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from django.core.exceptions import PermissionDenied
from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise


class Role(TextChoices):
    """The desks. Every user has exactly one."""

    CASE_WORKER = "case_worker", _("Case worker")
    SUPERVISOR = "supervisor", _("Supervisor")
    PRIVACY_OFFICER = "privacy_officer", _("Privacy officer")
    MAIL_ROOM = "mail_room", _("Mail room")
    ATTORNEY = "attorney", _("Attorney")
    AUDITOR = "auditor", _("Auditor")
    ADMINISTRATOR = "administrator", _("Administrator")
    SYSTEM = "system", _("The system itself")


class Capability(StrEnum):
    """One thing a person may do. Pages, API views and verbs each name exactly one."""

    VIEW_INCIDENT = "view_incident"
    WHOLE_INCIDENT = "whole_incident"  # everybody in it, not only one's own and one's team's cases
    OPEN_INCIDENT = "open_incident"
    CHANGE_POLICY = "change_policy"
    STOP_SENDING = "stop_sending"
    IMPORT_ROSTER = "import_roster"
    VIEW_PEOPLE = "view_people"
    VIEW_IDENTITY = "view_identity"
    GRANT_LOOKS = "grant_looks"
    EDIT_PERSON = "edit_person"
    REVIEW_DUPLICATES = "review_duplicates"
    LOG_CONTACT = "log_contact"
    WORK_FOLLOW_UPS = "work_follow_ups"
    ASSIGN = "assign"
    SUPERVISE = "supervise"
    WRITE_LETTERS = "write_letters"
    SIGN_OFF = "sign_off"
    NOTIFY = "notify"
    HANDLE_MAIL = "handle_mail"
    IMPORT_RECEIPTS = "import_receipts"
    USE_PORTAL = "use_portal"
    VIEW_AUDIT = "view_audit"
    MANAGE_ACCOUNTS = "manage_accounts"
    APPROVALS = "approvals"
    APPROVE_ACCOUNTS = "approve_accounts"
    VIEW_DISCLOSURES = "view_disclosures"
    EXPORT = "export"
    SIGNED_IN = "signed_in"


# For people, after "may": what somebody approves must be read as it is meant.
WHAT_IT_ALLOWS: dict[str, Words] = {
    Capability.VIEW_INCIDENT: _("see incidents"),
    Capability.WHOLE_INCIDENT: _("see everybody in an incident"),
    Capability.OPEN_INCIDENT: _("open incidents"),
    Capability.CHANGE_POLICY: _("change an incident's policy"),
    Capability.STOP_SENDING: _("stop and resume sending"),
    Capability.IMPORT_ROSTER: _("import rosters"),
    Capability.VIEW_PEOPLE: _("see case files"),
    Capability.VIEW_IDENTITY: _("open identities and letters"),
    Capability.GRANT_LOOKS: _("grant more openings"),
    Capability.EDIT_PERSON: _("change case files"),
    Capability.REVIEW_DUPLICATES: _("decide on possible duplicates"),
    Capability.LOG_CONTACT: _("log contacts"),
    Capability.WORK_FOLLOW_UPS: _("work on follow-ups"),
    Capability.ASSIGN: _("assign cases"),
    Capability.SUPERVISE: _("supervise the work"),
    Capability.WRITE_LETTERS: _("write letters"),
    Capability.SIGN_OFF: _("sign off on letters and requests"),
    Capability.NOTIFY: _("send notices"),
    Capability.HANDLE_MAIL: _("handle batches of mail"),
    Capability.IMPORT_RECEIPTS: _("import receipts"),
    Capability.USE_PORTAL: _("use the attorney portal"),
    Capability.VIEW_AUDIT: _("read the history"),
    Capability.MANAGE_ACCOUNTS: _("manage accounts"),
    Capability.APPROVALS: _("see what waits for approval"),
    Capability.APPROVE_ACCOUNTS: _("approve accounts"),
    Capability.VIEW_DISCLOSURES: _("read the record of disclosures"),
    Capability.EXPORT: _("export data"),
    Capability.SIGNED_IN: _("sign in"),
}

C = Capability
_EVERYONE = {C.SIGNED_IN}
_READS_THE_CASE = {C.VIEW_INCIDENT, C.VIEW_PEOPLE, C.VIEW_IDENTITY}

MATRIX: dict[str, frozenset[Capability]] = {
    Role.CASE_WORKER: frozenset(
        _EVERYONE
        | _READS_THE_CASE
        | {
            C.EDIT_PERSON,
            C.LOG_CONTACT,
            C.WORK_FOLLOW_UPS,
            C.REVIEW_DUPLICATES,
            C.APPROVALS,
        }
    ),
    Role.SUPERVISOR: frozenset(
        _EVERYONE
        | _READS_THE_CASE
        | {
            C.WHOLE_INCIDENT,
            C.OPEN_INCIDENT,
            C.CHANGE_POLICY,
            C.STOP_SENDING,
            C.IMPORT_ROSTER,
            C.EDIT_PERSON,
            C.LOG_CONTACT,
            C.WORK_FOLLOW_UPS,
            C.REVIEW_DUPLICATES,
            C.ASSIGN,
            C.SUPERVISE,
            C.NOTIFY,
            C.HANDLE_MAIL,
            C.IMPORT_RECEIPTS,
            C.SIGN_OFF,
            C.APPROVALS,
            C.APPROVE_ACCOUNTS,
            C.GRANT_LOOKS,
            C.VIEW_DISCLOSURES,
            C.EXPORT,
        }
    ),
    Role.PRIVACY_OFFICER: frozenset(
        _EVERYONE
        | _READS_THE_CASE
        | {
            C.WHOLE_INCIDENT,
            C.CHANGE_POLICY,
            C.STOP_SENDING,
            C.WRITE_LETTERS,
            C.SIGN_OFF,
            C.SUPERVISE,
            C.VIEW_AUDIT,
            C.APPROVALS,
            C.APPROVE_ACCOUNTS,
            C.GRANT_LOOKS,
            C.VIEW_DISCLOSURES,
            C.EXPORT,
        }
    ),
    Role.MAIL_ROOM: frozenset(
        _EVERYONE
        | {C.VIEW_INCIDENT, C.WHOLE_INCIDENT, C.HANDLE_MAIL, C.IMPORT_RECEIPTS, C.STOP_SENDING}
    ),
    Role.ATTORNEY: frozenset(_EVERYONE | {C.USE_PORTAL}),
    Role.AUDITOR: frozenset(
        _EVERYONE
        | {
            C.VIEW_INCIDENT,
            C.WHOLE_INCIDENT,
            C.VIEW_PEOPLE,
            C.SUPERVISE,
            C.VIEW_AUDIT,
            C.APPROVALS,
            C.VIEW_DISCLOSURES,
        }
    ),
    Role.ADMINISTRATOR: frozenset(_EVERYONE | {C.MANAGE_ACCOUNTS, C.APPROVALS, C.APPROVE_ACCOUNTS}),
    # The program is nobody's second person.
    Role.SYSTEM: frozenset(
        set(Capability)
        - {C.SIGN_OFF, C.USE_PORTAL, C.APPROVALS, C.APPROVE_ACCOUNTS, C.EXPORT, C.GRANT_LOOKS}
    ),
}


class Actor(Protocol):
    """What a verb needs to know of who acts."""

    role: str
    is_active: bool


class NotAllowed(PermissionDenied):
    """The actor's role does not carry the capability."""


def can(actor: Actor | object, capability: Capability) -> bool:
    """Whether this user's role carries the capability; inactive and anonymous users may do nothing."""
    if not getattr(actor, "is_active", False):
        return False
    return capability in MATRIX.get(getattr(actor, "role", ""), frozenset())


def held_by(actor: Actor | object) -> frozenset[Capability]:
    """Everything this user may do; nothing for the inactive and for strangers."""
    return frozenset(capability for capability in Capability if can(actor, capability))


def roles_with(capability: Capability) -> list[str]:
    """The roles that carry the capability, for questions about many users at once."""
    return [role for role, capabilities in MATRIX.items() if capability in capabilities]


def require(actor: Actor | object, capability: Capability) -> None:
    """Raise `NotAllowed` unless the actor may do this."""
    if not can(actor, capability):
        what = WHAT_IT_ALLOWS[capability]
        raise NotAllowed(str(_("Your role does not allow you to %(what)s.") % {"what": what}))


def require_any(actor: Actor | object, *capabilities: Capability) -> None:
    """Raise `NotAllowed` unless the actor may do at least one of these."""
    if not any(can(actor, capability) for capability in capabilities):
        require(actor, capabilities[0])
