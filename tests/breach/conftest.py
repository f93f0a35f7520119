"""The cast, for every test of the case file, and notices that are prepared, for tests of what proves them."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from pytest_django import Settings

from tests import factories


@pytest.fixture
def cast(db: None) -> factories.Cast:
    return factories.cast()


@pytest.fixture
def all_are_prepared(settings: Settings) -> None:
    """As if everybody's notice had been prepared right after the disclosure: no test of the case file makes duties."""
    settings.NOTICE_SINCE = f"{__name__}.{right_after.__name__}"


def right_after(_exposure_id: UUID, _reached: str) -> datetime | None:
    return datetime(2022, 11, 29, tzinfo=UTC)
