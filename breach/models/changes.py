"""One row for each statement that changed a table of ours: by a verb, by `update()`, by COPY or by hand.

Written by a trigger (`breach.core.watching`) and by nothing else. It says which rows, never what is in them.
"""

from __future__ import annotations

from django.db import models

from breach.core.triggers import append_only


class TableChange(models.Model):
    """What one statement did to one table, in which transaction, as which role of the database."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()  # the database's clock
    transaction = models.CharField(
        max_length=60
    )  # that of the audit events of the same transaction
    table = models.CharField(max_length=63)
    operation = models.CharField(max_length=6)  # insert, update, delete
    rows = models.PositiveIntegerField()
    ids = models.JSONField(null=True)  # of few rows; of many only the hash
    ids_sha256 = models.CharField(max_length=64)  # of the ids in their order as text, with commas
    role = models.CharField(max_length=63)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["transaction"], name="tablechange_transaction_idx")]
        triggers = append_only()
