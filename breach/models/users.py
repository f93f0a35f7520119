"""Who signs in: one user, one desk, at most one team."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from breach.core.roles import Role

SYSTEM_USERNAME = "system"


class Team(models.Model):
    """Staff who share cases. An office without teams needs none: everybody there works together."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=80, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """A human at one desk, or the system itself (which cannot sign in)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="members"
    )
    languages = ArrayField(
        models.CharField(max_length=35),
        default=list,
        blank=True,
        help_text=_("Languages this worker speaks with people, as BCP 47 tags"),
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="user_role_known"
            ),
            models.CheckConstraint(
                condition=models.Q(is_superuser=False), name="user_no_superuser"
            ),
        ]

    @property
    def label(self) -> str:
        """How the user is named in history and on pages."""
        return self.get_full_name() or self.get_username()
