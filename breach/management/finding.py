"""How commands find what they are told by name, with a sentence when it is not there."""

from __future__ import annotations

from django.core.management.base import CommandError

from breach.models import Incident, User


def incident_of(slug: str) -> Incident:
    """The incident of this short name. Raises CommandError naming those there are."""
    try:
        return Incident.objects.get(slug=slug)
    except Incident.DoesNotExist:
        known = ", ".join(Incident.objects.values_list("slug", flat=True)[:10]) or "none yet"
        raise CommandError(
            f"There is no incident '{slug}'. Known: {known}. Open one with open_incident."
        ) from None


def user_of(username: str) -> User:
    """The active user of this name. Raises CommandError."""
    try:
        return User.objects.get(username=username, is_active=True)
    except User.DoesNotExist:
        raise CommandError(
            f"There is no active user '{username}'. Make one with create_user."
        ) from None
