"""Questions to the case file that several rooms ask."""

from __future__ import annotations

from uuid import UUID

from breach.models import Incident, SignOff


def is_approved(incident: Incident, subject: str, subject_id: UUID, content_sha256: str) -> bool:
    """Whether two different people, neither of them the author, have signed exactly this content."""
    signers = SignOff.objects.filter(
        incident=incident, subject=subject, subject_id=subject_id, content_sha256=content_sha256
    ).values("signed_by")
    return signers.distinct().count() >= 2
