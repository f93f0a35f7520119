"""Checkpoints outside the database, and the two verifiers that hold the history against them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as live
from django.core.management import CommandError, call_command
from pytest_django import Settings

from breach.core.checkpoints import public_keys
from breach.history import EXPORTED
from breach.models import AuditEvent
from breach.services import checkpoints
from breach.services.users import system_user
from tests.breach.services.test_keys import new_root
from tests.campaigns import falsifying
from tests.campaigns.falsifying import EVENTS, VICTIM
from tests.campaigns.history import STANDALONE, falsify, look, write_history

SOME_WAYS = (
    falsifying.say_true_where_it_said_one,
    falsifying.delete_one_and_close_the_gap,
    falsifying.cut_the_tail,
    falsifying.empty_the_table,
    falsifying.take_one_its_place,
    falsifying.replace_the_whole_chain,
)


@pytest.fixture
def history(transactional_db: None) -> None:
    write_history()


def told() -> str:
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("verify_audit", stdout=out)
    return out.getvalue()


def kept() -> Path:
    return Path(live.CHECKPOINTS)


def test_both_verifiers_find_what_was_falsified(history: None, tmp_path: Path) -> None:
    assert not look(tmp_path).by_any
    missed = [way.__name__ for way in SOME_WAYS if not falsify(way, tmp_path).by_both]
    assert missed == []


@pytest.mark.parametrize("way", [falsifying.cut_the_tail, falsifying.replace_the_whole_chain])
def test_only_a_checkpoint_knows_better(
    history: None, tmp_path: Path, way: Callable[[], None]
) -> None:
    kept().write_text("")
    assert not falsify(way, tmp_path).by_any


def test_the_export_holds_what_a_stranger_needs(history: None, tmp_path: Path) -> None:
    exported = tmp_path / "history.jsonl"
    call_command("verify_audit", "--export", str(exported))
    rows = [json.loads(line) for line in exported.read_text().splitlines()]
    assert len(rows) == AuditEvent.objects.count()
    assert set(rows[0]) == set(EXPORTED)


def test_a_stranger_is_told_what_was_not_verified(history: None, tmp_path: Path) -> None:
    exported = tmp_path / "history.jsonl"
    call_command("verify_audit", "--export", str(exported))
    command = [sys.executable, "-I", str(STANDALONE), str(exported)]
    bare = subprocess.run(command, capture_output=True, text=True)
    assert bare.returncode == 0 and "a cut tail" in bare.stdout
    command += ["--checkpoints", str(kept())]
    keyless = subprocess.run(command, capture_output=True, text=True)
    assert keyless.returncode == 0 and "Signatures NOT verified" in keyless.stdout
    foreign = subprocess.run([*command, "--public-key", "00" * 32], capture_output=True, text=True)
    assert foreign.returncode == 1 and "not signed by a trusted key" in foreign.stdout


def test_a_checkpoint_with_another_hash_is_not_ours(history: None) -> None:
    lines = kept().read_text().splitlines(keepends=True)
    kept().write_text(lines[0].replace('"seq":12', '"seq":11') + "".join(lines[1:]))
    assert "1 NOT SIGNED by a key of ours" in told()


def test_a_file_that_holds_something_else_is_said_in_one_sentence(history: None) -> None:
    with kept().open("a") as file:
        file.write('{"stream": "system"}\n')
    with pytest.raises(CommandError, match="line 4 is not a checkpoint"):
        call_command("verify_audit", stdout=StringIO())


def test_a_torn_line_is_cut_before_the_next_is_written(history: None) -> None:
    with kept().open("a") as file:
        file.write('{"stream": "sys')
    checkpoints.write(actor=system_user())
    assert len(kept().read_text().splitlines()) == 6
    call_command("verify_audit", stdout=StringIO())


def test_checkpoints_of_an_old_root_key_are_vouched_for_by_the_new_one(
    history: None, settings: Settings
) -> None:
    old = settings.ROOT_KEY
    settings.ROOT_KEY, settings.ROOT_KEY_OLD = new_root(), [old]
    checkpoints.write(actor=system_user())
    settings.ROOT_KEY_OLD = []
    call_command("verify_audit", stdout=StringIO())
    settings.ROOT_KEY = new_root()
    assert "6 NOT SIGNED" in told()


def test_housekeeping_writes_once_an_hour(history: None) -> None:
    actor = system_user()
    assert not checkpoints.write_when_due(actor=actor)
    kept().unlink()
    assert checkpoints.write_when_due(actor=actor)
    assert not checkpoints.write_when_due(actor=actor)


def test_the_command_prints_the_public_key(history: None) -> None:
    out = StringIO()
    call_command("audit_checkpoint", stdout=out)
    assert f"{VICTIM}: event {EVENTS}, hash " in out.getvalue()
    assert out.getvalue().splitlines()[-1] == f"public key {public_keys()[0]}"
