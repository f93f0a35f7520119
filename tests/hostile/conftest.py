"""The cast, for files that mean no good."""

from __future__ import annotations

import pytest

from tests import factories


@pytest.fixture
def cast(db: None) -> factories.Cast:
    return factories.cast()
