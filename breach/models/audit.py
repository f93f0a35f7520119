"""Append-only, hash-chained history of every change and every look.

The database builds the chain itself, in a trigger deferred to commit: the order of the chain is the order of the
commits, and the chain's lock is held only while committing, so that writers do not wait for each other's work.
"""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models.fields.json import KT

from breach.core.triggers import THIS_TRANSACTION, Unavoidable, never

# Looks that use up the looker's budget, and those whose subject is a letter or its notice instead of the person.
COUNTED_LOOKS = (
    "batch.fetched", "identity.viewed", "letter.viewed", "people.searched", "roster_row.viewed",
)  # fmt: skip
LETTER_LOOKS = ("letter.viewed", "notice.opened")

# The hashed text is kept beside its parts, so that a verifier in any language needs SHA-256 and nothing else:
# hash = sha256(prev_hash || body), body = the row as JSON.
CHAIN_FUNCTION = """
    PERFORM pg_advisory_xact_lock(hashtextextended('audit:' || NEW.stream, 0));
    SELECT seq, hash INTO last_seq, last_hash FROM {meta.db_table}
        WHERE stream = NEW.stream AND seq IS NOT NULL ORDER BY seq DESC LIMIT 1;
    moment := clock_timestamp();
    text_body := jsonb_build_object(
        'stream', NEW.stream, 'seq', COALESCE(last_seq, 0) + 1,
        'at', to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'actor_id', NEW.actor_id, 'actor_label', NEW.actor_label, 'actor_role', NEW.actor_role,
        'action', NEW.action, 'subject_type', NEW.subject_type, 'subject_id', NEW.subject_id,
        'reason', NEW.reason, 'changes', NEW.changes, 'transaction', NEW.transaction)::text;
    UPDATE {meta.db_table} SET
        seq = COALESCE(last_seq, 0) + 1, at = moment, body = text_body, prev_hash = COALESCE(last_hash, ''),
        hash = encode(sha256(convert_to(COALESCE(last_hash, '') || text_body, 'UTF8')), 'hex')
        WHERE id = NEW.id;
    RETURN NULL;
"""

# The only UPDATE that ever passes is the chain's own, on a row that has no place in the chain yet.
ONLY_CHAINING = """
    IF OLD.seq IS NULL AND NEW.seq IS NOT NULL
        AND (OLD.stream, OLD.actor_id, OLD.actor_label, OLD.actor_role, OLD.action, OLD.subject_type,
             OLD.subject_id, OLD.reason, OLD.changes, OLD.transaction)
        IS NOT DISTINCT FROM
            (NEW.stream, NEW.actor_id, NEW.actor_label, NEW.actor_role, NEW.action, NEW.subject_type,
             NEW.subject_id, NEW.reason, NEW.changes, NEW.transaction)
    THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'audit events are append-only';
"""

# An INSERT cannot choose its place in the chain, its time or its transaction.
UNPLACED = f"""
    NEW.seq := NULL; NEW.at := NULL; NEW.body := ''; NEW.prev_hash := ''; NEW.hash := '';
    NEW.transaction := {THIS_TRANSACTION};
    RETURN NEW;
"""


class AuditEvent(models.Model):
    """One change or one look. `changes` and `reason` carry ids, states and counts, never personal data."""

    id = models.BigAutoField(primary_key=True)
    stream = models.CharField(max_length=80)  # "incident:<id>" or "system"
    seq = models.BigIntegerField(editable=False, null=True)
    at = models.DateTimeField(editable=False, null=True)
    actor_id = models.UUIDField(null=True)
    actor_label = models.CharField(max_length=160)  # as it was then
    actor_role = models.CharField(max_length=20)
    action = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    reason = models.CharField(max_length=300, blank=True)
    changes = models.JSONField(default=dict)
    # Empty on events from before there was such a column.
    transaction = models.CharField(max_length=60, editable=False, db_default="")
    body = models.TextField(editable=False, default="")
    prev_hash = models.CharField(max_length=64, editable=False, default="")
    hash = models.CharField(max_length=64, editable=False, default="")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["stream", "seq"], name="auditevent_seq_once")
        ]
        indexes = [
            models.Index(fields=["subject_type", "subject_id"], name="auditevent_subject_idx"),
            # What somebody has looked at lately, and who has opened a letter of one person.
            models.Index(
                fields=["actor_id", "at"],
                condition=models.Q(action__in=COUNTED_LOOKS),
                name="auditevent_looks_idx",
            ),
            models.Index(
                KT("changes__person"),
                condition=models.Q(action__in=LETTER_LOOKS),
                name="auditevent_letters_idx",
            ),
            # What the history is narrowed by; it only grows.
            models.Index(fields=["at"], name="auditevent_at_idx"),
            models.Index(fields=["action", "id"], name="auditevent_action_idx"),
            models.Index(fields=["transaction"], name="auditevent_transaction_idx"),
        ]
        triggers = [
            Unavoidable(
                name="unplaced", when=pgtrigger.Before, operation=pgtrigger.Insert, func=UNPLACED
            ),
            Unavoidable(
                name="chain",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                declare=[
                    ("last_seq", "bigint"), ("last_hash", "text"),
                    ("moment", "timestamptz"), ("text_body", "text"),
                ],
                func=pgtrigger.Func(CHAIN_FUNCTION),
            ),
            Unavoidable(
                name="no_update", when=pgtrigger.Before, operation=pgtrigger.Update, func=pgtrigger.Func(ONLY_CHAINING)
            ),
            never(pgtrigger.Delete, "no_delete"),
            never(pgtrigger.Truncate, "no_truncate", pgtrigger.Statement),
        ]  # fmt: skip
