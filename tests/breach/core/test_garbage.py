"""The collector is asked less often during an import, and as before afterwards."""

from __future__ import annotations

import gc

import pytest

from breach.core.garbage import SELDOM, seldom_collected


def test_the_collector_is_as_before_afterwards_also_after_a_failure() -> None:
    before = gc.get_threshold()
    with pytest.raises(ValueError, match="a row"), seldom_collected():
        assert gc.get_threshold() == SELDOM
        raise ValueError("a row")
    assert gc.get_threshold() == before


def test_one_inside_another_ends_with_the_outer_one() -> None:
    before = gc.get_threshold()
    with seldom_collected():
        with seldom_collected():
            pass
        assert gc.get_threshold() == SELDOM
    assert gc.get_threshold() == before
