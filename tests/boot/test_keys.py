"""Keys of the embedded set-up are known again, and no server for real people starts with one."""

from __future__ import annotations

import base64
import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from breach.boot.keys import made_here, new_root_key, new_secret_key
from breach.boot.service import CHECKOUT

OWN = {
    "SECRET_KEY": secrets.token_urlsafe(60),
    "ROOT_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
}
MADE = {"SECRET_KEY": new_secret_key(), "ROOT_KEY": new_root_key()}


def test_keys_that_were_made_here_are_known_wherever_they_are_taken(tmp_path: Path) -> None:
    assert all(made_here(key, tmp_path) for key in MADE.values())
    assert not any(made_here(key, tmp_path) for key in OWN.values())
    assert len(base64.b64decode(MADE["ROOT_KEY"])) == 32
    assert new_root_key() != new_root_key()


def test_keys_from_before_they_were_marked_are_known_by_their_file(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "root-key").write_text(OWN["ROOT_KEY"] + "\n")
    assert made_here(OWN["ROOT_KEY"], tmp_path)
    assert not made_here(OWN["SECRET_KEY"], tmp_path)


def run(code: list[str], keys: dict[str, str], **more: str) -> subprocess.CompletedProcess[str]:
    settings = {
        "DEBUG": "0", "DEMO": "0", "BREACH_SETUP": "off", "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "DJANGO_SETTINGS_MODULE": "breach.settings", "ALLOWED_HOSTS": "notice.example",
        "PUBLIC_URL": "https://notice.example",
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, *code], cwd=CHECKOUT, env={**os.environ, **settings, **keys, **more},
        capture_output=True, text=True, timeout=90,
    )  # fmt: skip


@pytest.mark.parametrize("server", ["wsgi", "asgi"])
@pytest.mark.parametrize("which", ["SECRET_KEY", "ROOT_KEY"])
def test_a_server_does_not_start_with_one_of_them(server: str, which: str) -> None:
    start = ["-c", f"import breach.{server}"]
    refused = run(start, {**OWN, which: MADE[which]})
    assert refused.returncode != 0
    assert f"{which} made by the embedded set-up" in refused.stderr
    assert MADE[which] not in refused.stderr


def test_a_server_starts_with_own_keys_and_a_demonstration_with_any() -> None:
    assert run(["-c", "import breach.wsgi"], OWN).returncode == 0
    assert run(["-c", "import breach.wsgi"], MADE, DEMO="1").returncode == 0


def test_check_deploy_says_so_and_plain_commands_go_on() -> None:
    deploy = run(["manage.py", "check", "--deploy", "--fail-level", "WARNING"], MADE)
    assert deploy.returncode != 0
    assert deploy.stderr.count("breach.E002") == 2
    assert run(["manage.py", "check"], MADE).returncode == 0
