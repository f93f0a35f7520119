"""A crash tells its kind and its places, and never what it was about: in terminals, threads, pages and mails."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core import mail
from django.db import DatabaseError, connection
from django.test import RequestFactory
from django.utils.log import AdminEmailHandler
from django.views.debug import get_exception_reporter_class, get_exception_reporter_filter
from pytest_django import Settings

from breach.boot.service import CHECKOUT
from breach.core import faults
from breach.core.roles import Role
from tests import factories
from tests.signing_in import client_of

CANARY = "Quetzalcoatl Zapata"


def crash(name: str) -> None:
    raise ValueError(f"no such person: {name}")


def caught() -> ValueError:
    try:
        crash(CANARY)
    except ValueError as error:
        return error
    raise AssertionError


def test_a_report_has_kind_and_places_and_no_message() -> None:
    told = faults.report(caught())
    assert "error=ValueError" in told
    assert "in crash" in told
    assert CANARY not in told
    assert "raise" not in told, "source lines may hold constants; the place is enough"


def test_the_whole_chain_is_told_without_its_messages() -> None:
    try:
        try:
            crash(CANARY)
        except ValueError as error:
            raise RuntimeError(CANARY) from error
    except RuntimeError as error:
        told = faults.report(error)
    assert "error=RuntimeError" in told
    assert "error=ValueError" in told
    assert CANARY not in told


@pytest.mark.django_db
def test_a_fault_of_the_database_is_told_by_its_code() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::date", [CANARY])
    except DatabaseError as error:
        assert CANARY in str(error)
        told = faults.report(error)
    assert "sqlstate=22007" in told
    assert CANARY not in told


ENDINGS = {
    "at its end": "raise ValueError(NAME)",
    "in a thread": "import threading; t = threading.Thread(target=fail); t.start(); t.join(); raise SystemExit(1)",
    "in a destructor": "x = type('X', (), {'__del__': lambda self: fail()})(); del x; raise SystemExit(1)",
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_program_that_crashes_says_so_without_the_value(ending: str) -> None:
    script = f"import breach.settings\nNAME = {CANARY!r}\ndef fail():\n    raise ValueError(NAME)\n{ENDINGS[ending]}\n"
    ended = run("-c", script)
    assert ended.returncode == 1
    assert "ValueError" in ended.stderr
    assert CANARY not in ended.stdout + ended.stderr


def test_a_crashing_command_prints_no_cell(tmp_path: Path) -> None:
    """The roster is read, and the database refuses the connection in the middle of the command."""
    roster = tmp_path / "roster.csv"
    roster.write_text(f'Name,Birthdate\n"{CANARY}",1990-01-01\n')
    script = (
        "import sys; sys.argv = ['manage.py', 'import_roster', sys.argv[1], '--incident', 'x']\n"
        "import django; django.setup()\n"
        "from breach.management.commands import import_roster\n"
        "class Incidents:\n"
        "    def filter(self, **_): raise ValueError(open(sys.argv[2]).read())\n"
        "import_roster.Incident = type('Incident', (), {'objects': Incidents()})\n"
        "from django.core.management import execute_from_command_line\n"
        "execute_from_command_line(sys.argv)\n"
    )
    ended = run("-c", script, str(roster))
    assert ended.returncode == 1
    assert "error=ValueError" in ended.stderr
    assert "import_roster.py" in ended.stderr
    assert CANARY not in ended.stdout + ended.stderr


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A Python of its own, with the settings of production."""
    environment = {
        **os.environ,
        "DEBUG": "0",
        "DEMO": "0",
        "DJANGO_SETTINGS_MODULE": "breach.settings",
    }
    return subprocess.run(
        [sys.executable, *arguments], cwd=CHECKOUT, env=environment, capture_output=True, text=True
    )  # fmt: skip


def test_the_reporter_shows_no_form_data_no_locals_and_no_settings(settings: Settings) -> None:
    request = RequestFactory().post("/people/search/", {"text": CANARY}, HTTP_COOKIE=CANARY)
    error = caught()
    reporter = get_exception_reporter_class(request)(
        request, type(error), error, error.__traceback__, is_email=True
    )
    for told in (reporter.get_traceback_html(), reporter.get_traceback_text()):
        assert "ValueError" in told
        assert CANARY not in told
        assert settings.ROOT_KEY not in told
    kept = get_exception_reporter_filter(request)
    assert not kept.get_post_parameters(request)
    assert not kept.get_safe_request_meta(request)
    assert error.__traceback__ is not None
    assert kept.get_traceback_frame_variables(request, error.__traceback__.tb_frame) == {}.items()


def test_even_djangos_mail_to_admins_would_say_nothing(settings: Settings) -> None:
    assert settings.ADMINS == []
    settings.ADMINS = [("Nobody", "nobody@agency.invalid")]
    error = caught()
    record = logging.LogRecord(
        "django.request", logging.ERROR, __file__, 1, "Internal Server Error", (),
        (type(error), error, error.__traceback__),
    )  # fmt: skip
    AdminEmailHandler(include_html=True).emit(record)
    (message,) = mail.outbox
    assert CANARY not in message.message().as_string()


@pytest.mark.django_db
def test_a_crashing_page_shows_nothing_even_while_debugging(settings: Settings) -> None:
    settings.DEBUG = True
    client = client_of(factories.user(Role.SUPERVISOR), raise_request_exception=False)
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "tests.breach.core.crashing.Crash"]
    answer = client.post("/worklist/", {"text": CANARY}, HTTP_X_NAME=CANARY)
    assert answer.status_code == 500
    assert CANARY not in answer.content.decode()
    assert "crashing.py" in answer.content.decode()
