"""Accounts from the command line: one desk each, attorneys only from their record."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from breach.models import Attorney, User
from tests import factories

pytestmark = pytest.mark.django_db


def said(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_an_account_is_made_and_its_password_shown_once() -> None:
    text = said(
        *("create_user", "ines", "--role", "case_worker", "--name", "Ines Vented"),
        *("--language", "Spanish", "--language", "quc", "--generate"),
    )
    account = User.objects.get(username="ines")
    assert (account.role, account.languages) == ("case_worker", ["es", "quc"])
    assert "At the first sign-in a second factor is set up" in text
    assert account.check_password(text.split()[-1])


@pytest.mark.parametrize("wrong", [("--role", "attorney"), ("--language", "Klingonese")])
def test_what_cannot_be_is_refused_before_anything_is_made(wrong: tuple[str, str]) -> None:
    with pytest.raises(CommandError):
        said("create_user", "ines", "--role", "case_worker", *wrong, "--generate")
    assert not User.objects.filter(username="ines").exists()


def test_an_attorney_on_record_is_invited_once() -> None:
    counsel = factories.attorney(email="ada@counsel.example")
    text = said("invite_attorney", "ADA@counsel.example", "ada", "--generate")
    account = Attorney.objects.get(pk=counsel.pk).user
    assert account is not None
    assert account.role == "attorney"
    assert account.check_password(text.split()[-1])
    with pytest.raises(CommandError, match="has an account already"):
        said("invite_attorney", "ada@counsel.example", "ada-2", "--generate")


def test_nobody_is_invited_on_a_doubtful_address() -> None:
    with pytest.raises(CommandError, match="No attorney on record"):
        said("invite_attorney", "stranger@counsel.example", "ada", "--generate")
    for _ in range(2):
        factories.attorney(email="shared@counsel.example")
    with pytest.raises(CommandError, match="share this e-mail"):
        said("invite_attorney", "shared@counsel.example", "ada", "--generate")
    assert not User.objects.filter(role="attorney").exists()
