"""How endangered somebody is by where the protection case stands; a human may set it otherwise, with a reason."""

from __future__ import annotations

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from breach.models import Posture, RiskTier

RISKS: dict[Posture, tuple[RiskTier, Promise]] = {
    Posture.FINAL_ORDER: (
        RiskTier.CRITICAL,
        _("A final order of removal can be carried out at any time"),
    ),
    Posture.WITHHOLDING_ONLY: (
        RiskTier.CRITICAL,
        _("Withholding is the only protection left against removal"),
    ),
    Posture.NEGATIVE_FEAR: (RiskTier.HIGH, _("A negative finding can lead to removal within days")),
}


def risk_of(posture: str) -> tuple[int, str]:
    """The risk tier that follows from where the case stands, with the reason in the source language."""
    tier, reason = RISKS.get(Posture(posture), (RiskTier.STANDARD, ""))
    with override(settings.LANGUAGE_CODE):
        return tier, str(reason)
