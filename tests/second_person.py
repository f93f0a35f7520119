"""The other human: says yes to what waits about a subject, through the same verb as the page."""

from __future__ import annotations

from django.db.models import Model

from breach.models import Approval, User
from breach.services import approvals


def approves(by: User, subject: Model) -> Approval:
    """`by` approves the one request that waits about this subject, as it was asked."""
    approval = Approval.objects.get(subject_id=subject.pk, state="open")
    return approvals.approve(actor=by, approval=approval, sha256=approval.content_sha256)
