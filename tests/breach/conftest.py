"""The cast, for every test of the case file."""

from __future__ import annotations

import pytest

from tests import factories


@pytest.fixture
def cast(db: None) -> factories.Cast:
    return factories.cast()
