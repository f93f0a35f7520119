"""The whole job as the role of the running program, which owns no table: roster, letters, receipts, proof."""

from __future__ import annotations

import os
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import dj_database_url
import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from breach.models import AffectedPerson, TableChange, User
from breach.services import keys
from breach.services.users import system_user
from notifications.models import Evidence
from tests import demo_world

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def as_application(transactional_db: None) -> Iterator[None]:
    """Django's own connection is that of the application's role until the test ends."""
    url = os.environ.get("APPLICATION_URL_OF_TESTS")
    if not url:
        pytest.skip("DATABASE_URL names a database of its own, without a second role")
    known, usual = dj_database_url.parse(url), dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update({name: known[name] for name in ("USER", "PASSWORD")})
    yield
    connection.close()
    connection.settings_dict.update(usual)


def test_the_job_needs_no_right_of_the_owner(
    as_application: None, settings: Settings, tmp_path: Path
) -> None:
    settings.SPOOL_DIR, settings.MAILDIR = tmp_path / "spool", tmp_path / "mail"
    incident = demo_world.build(12)
    assert Evidence.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)"
        )
        assert cursor.fetchone() == ("breach_app", False)
    call_command("reconcile", incident.slug, stdout=StringIO())  # exits 1 when a promise is broken
    call_command("verify_audit", stdout=StringIO())
    assert set(TableChange.objects.values_list("role", flat=True)) == {"breach_app"}
    keys.rotate(actor=system_user())
    two = User.objects.filter(role__in=["supervisor", "privacy_officer"]).order_by("role")
    keys.destroy(
        actor=two[0],
        second=two[1],
        person=AffectedPerson.objects.all()[0],
        reason="Its time is over",
    )
