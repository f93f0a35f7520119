"""With one role for everything the program works, and `check --deploy` says what that costs."""

from __future__ import annotations

import os

import pytest
from django.db import connection
from pytest_django import Settings

from breach.boot import start
from breach.checks import the_program_does_not_own_its_tables

OWNER, APPLICATION = (
    "postgres://breach@db.example/breach",
    "postgres://breach%5Fapp@db.example/breach",
)


@pytest.mark.parametrize(
    ("owner", "warned"),
    [("", True), ("postgres://other@db.example/breach", False), ("same", True)],
)
def test_one_role_is_warned_of(settings: Settings, owner: str, warned: bool) -> None:
    own = connection.settings_dict["USER"]
    settings.DATABASE_OWNER_URL = (
        f"postgres://{own}@db.example/breach" if owner == "same" else owner
    )
    assert [one.id for one in the_program_does_not_own_its_tables()] == ["breach.W002"] * warned


@pytest.mark.parametrize(
    ("command", "url", "grants_to"),
    [
        ("migrate", OWNER, "breach_app"),
        ("runserver", APPLICATION, None),
        ("reconcile", APPLICATION, None),
    ],
)
def test_only_commands_that_change_the_schema_get_the_owners_address(
    monkeypatch: pytest.MonkeyPatch, command: str, url: str, grants_to: str | None
) -> None:
    monkeypatch.setenv("DATABASE_URL", APPLICATION)
    monkeypatch.setenv("DATABASE_OWNER_URL", OWNER)
    monkeypatch.delenv("DATABASE_APPLICATION_ROLE", raising=False)
    start.choose_role(["manage.py", command])
    assert os.environ["DATABASE_URL"] == url
    assert os.environ.get("DATABASE_APPLICATION_ROLE") == grants_to
    monkeypatch.delenv("DATABASE_APPLICATION_ROLE", raising=False)
