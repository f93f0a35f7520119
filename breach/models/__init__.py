"""The nouns of the case file. Import them from here."""

from .approvals import Approval, ApprovalState
from .audit import AuditEvent
from .changes import TableChange
from .contacts import ContactChannel, ContactLogEntry, ContactOutcome, ReachedRole
from .disclosures import SignOff
from .duplicates import DuplicatePair
from .exports import Export
from .facilities import Facility, Placement
from .followups import Desk, FollowUp, FollowUpKind
from .holds import Delay, Hold
from .incidents import DataElement, EvidenceKind, Exposure, Forum, Incident, Posture, RiskTier
from .ledger import Disclosure, DisclosureNature, DisclosurePurpose, RecipientKind
from .people import AffectedPerson, ContactPoint, Guardian, Identifier, PersonKey, PersonLanguage
from .representation import Attorney, AttorneyKind, LawFirm, Licence, Representation
from .roster_jobs import RosterJob
from .rosters import Roster, RosterRow
from .sessions import SignIn
from .users import Team, User

__all__ = [
    "AffectedPerson",
    "Approval",
    "ApprovalState",
    "Attorney",
    "AttorneyKind",
    "AuditEvent",
    "ContactChannel",
    "ContactLogEntry",
    "ContactOutcome",
    "ContactPoint",
    "DataElement",
    "Delay",
    "Desk",
    "Disclosure",
    "DisclosureNature",
    "DisclosurePurpose",
    "DuplicatePair",
    "EvidenceKind",
    "Export",
    "Exposure",
    "Facility",
    "FollowUp",
    "FollowUpKind",
    "Forum",
    "Guardian",
    "Hold",
    "Identifier",
    "Incident",
    "LawFirm",
    "Licence",
    "PersonKey",
    "PersonLanguage",
    "Placement",
    "Posture",
    "ReachedRole",
    "RecipientKind",
    "Representation",
    "RiskTier",
    "Roster",
    "RosterJob",
    "RosterRow",
    "SignIn",
    "SignOff",
    "TableChange",
    "Team",
    "User",
]
