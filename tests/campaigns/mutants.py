"""Puts one fault at a time into the mailing and lets it run; each must be stopped in the first stage of the release.

Run: make mutants. Real letters, a real mail server and spool, in a test database that is gone afterwards. A mutant is
stopped when it did its fault, nothing wrong left (judged by a reader of its own), and the release stood still within
its first ten. With the program's readers blinded each must do harm, or it would show nothing. The last line is JSON.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import patch

import django

import tests.environment  # noqa: F401  gives the settings their database and keys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "breach.settings")
django.setup()

# What needs Django to be set up.
from django.conf import settings  # noqa: E402
from django.db import transaction  # noqa: E402
from django.test.runner import DiscoverRunner  # noqa: E402

from breach.core import keyring  # noqa: E402
from notifications import mailsink  # noqa: E402
from notifications.channels import email  # noqa: E402
from notifications.services import batching, making, reading_back, sending, staging  # noqa: E402
from tests.campaigns.judging import wrong_things  # noqa: E402
from tests.campaigns.mutating import WHILE_MAKING, WHILE_SENDING  # noqa: E402
from tests.campaigns.readers import crowd  # noqa: E402
from tests.notifications.outbox_world import World  # noqa: E402


def make_letters(world: World) -> None:
    while True:
        made = making.make_next(actor=world.system)
        if not made.finished and not made.refused:
            return


def release(world: World) -> int:
    """Send, going on from stage to stage wherever the program itself may; the number of the stage it came to."""
    while True:
        for channel in sorted(sending.CHANNELS):
            while sending.send_next(actor=world.system, channel=channel):
                pass
        for channel in sorted(batching.CHANNELS):
            while batching.write_batches(actor=world.system, channel=channel):
                pass
        at = staging.standing(world.incident)
        if not at.holds_back:
            return at.number
        try:
            staging.raise_stage(actor=world.system, incident=world.incident, by_itself=True)
        except staging.StageRefused:
            return at.number


def trial(world: World, mutant: Callable[[list[int]], Any] | None) -> dict[str, int]:
    """One run with one fault, undone afterwards."""
    fired: list[int] = []
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        settings.SPOOL_DIR = Path(folder, "spool")
        with mailsink.serving(Path(folder, "mail")) as port:
            settings.SMTP = {**settings.SMTP, "host": "127.0.0.1", "port": port}
            with mutant(fired) if mutant else nullcontext():
                make_letters(world)
                stage = release(world)
        at = staging.standing(world.incident)
        wrong = wrong_things(Path(folder, "mail"), Path(folder, "spool"))
        transaction.set_rollback(True)
    keyring.forget()
    return {
        "faults": len(fired),
        "stage": stage,
        "left": at.left,
        "taken": at.taken,
        "wrong": wrong,
    }


def blinded() -> ExitStack:
    """The program without any of its readers."""
    stack = ExitStack()
    for module, reader in (
        (making, "check_letter"), (reading_back, "check_letter"), (email, "findings_in_mail"),
        (batching, "check_combined"), (batching, "check_sheet"),
    ):  # fmt: skip
        stack.enter_context(patch.object(module, reader, lambda *_, **__: ()))
    stack.enter_context(patch.object(sending, "misaddressed", lambda *_: False))
    return stack


def campaign(world: World) -> int:
    stopped = 0
    with transaction.atomic():
        for mutants, before in ((WHILE_MAKING, False), (WHILE_SENDING, True)):
            if before:
                make_letters(world)
            for mutant in mutants:
                with blinded():
                    harm = trial(world, mutant)["wrong"]
                if not harm:
                    sys.exit(f"{mutant.__name__} harms nobody, even where nothing is read again.")
                seen = trial(world, mutant)
                good = seen["faults"] and not seen["wrong"] and not seen["stage"]
                stopped += bool(good)
                told = ", ".join(f"{name} {number}" for name, number in seen.items())
                print(
                    f"{'stopped' if good else 'ESCAPED'}  {mutant.__name__}: {told}; unread: wrong {harm}",
                    flush=True,
                )
        honest = trial(world, None)
        if honest["wrong"] or honest["stage"] == 0 or honest["left"] <= 10:
            sys.exit(f"The honest mailing was stopped, or judged wrong: {honest}")
        transaction.set_rollback(True)
    return stopped


def main() -> int:
    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        stopped = campaign(crowd())
    finally:
        runner.teardown_databases(databases)
    mutants = len(WHILE_MAKING) + len(WHILE_SENDING)
    print(json.dumps({"mutants": mutants, "stopped_in_first_stage": stopped}))
    return 0 if stopped == mutants else 1


if __name__ == "__main__":
    sys.exit(main())
