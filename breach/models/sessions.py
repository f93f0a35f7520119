"""Who is signed in where: one row for each session, which counts only while its row is open."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class SignIn(models.Model):
    """One session of one user. The session names its row; ending the row ends the session with the next request.

    Kept apart from Django's session table: a session changes its key while it lives, and its row there may be
    written again by a request that was under way when it was removed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sign_ins"
    )
    began_at = models.DateTimeField(db_default=Now(), editable=False)
    browser = models.CharField(max_length=60, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["user"], condition=models.Q(ended_at=None), name="sign_in_open_of_user"
            )
        ]
