"""A history to falsify, and the two that look at it: the program's verifier and the one that knows no code of ours."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from breach.boot.service import CHECKOUT
from breach.core.checkpoints import public_keys
from breach.models import AuditEvent
from breach.services.users import system_user
from tests.campaigns.falsifying import EVENTS, OTHER, TABLE, VICTIM

STANDALONE = CHECKOUT / "docs" / "verify_audit.py"


class Found(Exception):
    """Carries what the verifiers said out of a transaction that must not stay."""

    def __init__(self, ours: bool, theirs: bool) -> None:
        super().__init__()
        self.by_both = ours and theirs
        self.by_any = ours or theirs


def write_history() -> None:
    """Committed events in three streams, checkpoints of them, and a few events after the checkpoints."""
    for stream in (VICTIM, OTHER, "system"):
        for number in range(1, EVENTS + 1):
            happen(stream, number)
    call_command("audit_checkpoint", stdout=StringIO())
    happen("system", EVENTS + 1)


def happen(stream: str, number: int) -> None:
    actor = system_user()
    AuditEvent.objects.create(
        stream=stream, actor_id=actor.pk, actor_label=actor.label, actor_role=actor.role,
        action="something.happened", subject_type="thing", subject_id=str(number), changes={"n": number},
    )  # fmt: skip


def look(folder: Path) -> Found:
    """What both verifiers find in the history as it is now."""
    return Found(not _ours_is_content(), not _theirs_is_content(folder))


def falsify(way: Callable[[], None], folder: Path) -> Found:
    """Falsify without any trigger in the way, let both verifiers look, and undo it."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER USER")
            way()
            raise look(folder)
    except Found as found:
        return found


def _ours_is_content() -> bool:
    try:
        call_command("verify_audit", stdout=StringIO())
    except SystemExit:
        return False
    return True


def _theirs_is_content(folder: Path) -> bool:
    """-I: neither our folder nor the environment helps it to an import."""
    exported = folder / "history.jsonl"
    call_command("verify_audit", export=exported, stdout=StringIO())
    command = [
        sys.executable,
        "-I",
        str(STANDALONE),
        str(exported),
        "--checkpoints",
        str(settings.CHECKPOINTS),
    ]
    ended = subprocess.run(
        [*command, "--public-key", public_keys()[0]], capture_output=True, text=True
    )
    if ended.stderr:
        raise RuntimeError(ended.stderr)
    return ended.returncode == 0
