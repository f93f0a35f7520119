"""The nouns of telling people. Import them from here."""

from .batches import Batch
from .deliveries import Artefact, Attempt, AttemptOutcome, Delivery, Receipt, ReceiptFile
from .letters import Letter, LetterVersion, Translation, VersionStatus
from .notifications import DisproofReason, Evidence, Notification, Progress, RecipientRole
from .stages import Stage

__all__ = [
    "Artefact",
    "Attempt",
    "AttemptOutcome",
    "Batch",
    "Delivery",
    "DisproofReason",
    "Evidence",
    "Letter",
    "LetterVersion",
    "Notification",
    "Progress",
    "Receipt",
    "ReceiptFile",
    "RecipientRole",
    "Stage",
    "Translation",
    "VersionStatus",
]
