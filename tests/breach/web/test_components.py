"""Chips, due dates and charts say in words and numbers what their colours show."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.utils import translation
from pytest_django import Settings

from breach.templatetags.shell import facts, percent
from breach.web.charts import WIDTH, bar_chart, funnel_chart, share
from breach.web.chips import CHIPS, TONES, chip_for, due_chip
from breach.web.widgets import MOMENT_HELP
from notifications.states import DeliveryState, NotificationState, ReceiptKind
from tests.agency import day_there


@pytest.mark.parametrize("state", [*NotificationState, *DeliveryState])
def test_every_state_of_both_machines_has_a_chip_with_its_own_words(
    state: NotificationState | DeliveryState,
) -> None:
    assert str(CHIPS[state.value].label) == str(state.label)


@pytest.mark.parametrize("kind", ReceiptKind)
def test_every_kind_of_receipt_has_a_chip(kind: ReceiptKind) -> None:
    assert kind.value in CHIPS


def test_every_chip_has_a_known_tone() -> None:
    assert {chip.tone for chip in CHIPS.values()} <= set(TONES)


def test_an_unknown_state_is_shown_by_its_own_word() -> None:
    assert chip_for("on_the_moon").label == "On the moon"
    assert chip_for("on_the_moon").tone == "neutral"


@pytest.mark.parametrize(
    ("days", "words", "tone"),
    [
        (-9, "Overdue by 9 days", "danger"),
        (-1, "Overdue by 1 day", "danger"),
        (0, "Due today", "warning"),
        (2, "Due in 2 days", "warning"),
        (30, "Due in 30 days", "neutral"),
    ],
)
def test_a_due_date_is_told_against_today(days: int, words: str, tone: str) -> None:
    chip = due_chip(day_there() + timedelta(days=days))
    assert chip is not None
    assert (chip.label, chip.tone) == (words, tone)


@pytest.mark.parametrize(
    ("zone", "english", "spanish"),
    [
        ("America/New_York", r"Eastern Time \(E[SD]T\)", r"hora del Este \(E[SD]T\)"),
        ("Pacific/Guam", r"ChST", r"ChST"),
    ],
)
def test_a_form_names_the_zone_as_people_do(
    settings: Settings, zone: str, english: str, spanish: str
) -> None:
    settings.AGENCY_TIME_ZONE = zone
    assert re.fullmatch(f"The agency’s time: {english}.", str(MOMENT_HELP))
    with translation.override("es"):
        assert re.fullmatch(f"Hora de la agencia: {spanish}.", str(MOMENT_HELP))


def test_no_date_makes_no_chip() -> None:
    nothing: date | None = None
    assert due_chip(nothing) is None


def test_a_funnel_measures_against_the_whole_and_never_hides_a_small_number() -> None:
    chart = funnel_chart([{"state": "notified", "value": 6251}, {"state": "pending", "value": 1}])
    assert chart.total == 6252
    assert [bar.value for bar in chart.bars] == [6251, 1]
    assert chart.bars[1].width > 0
    assert chart.bars[0].width <= WIDTH


def test_bars_measure_against_the_longest() -> None:
    chart = bar_chart(
        [{"label": "a", "value": 50}, {"label": "b", "value": 25}, {"label": "c", "value": 0}]
    )
    assert [bar.width for bar in chart.bars] == [WIDTH, WIDTH // 2, 0]


def test_a_chart_of_nothing_is_empty() -> None:
    assert bar_chart([]).bars == ()
    assert funnel_chart([]).total == 0


def test_a_share_is_cut_off_so_that_only_all_is_all() -> None:
    assert [share(*of) for of in ((2, 3), (6251, 6252), (7, 7), (0, 0))] == [66.6, 99.9, 100.0, 0.0]
    assert percent(66.6) == "66.6%"
    with translation.override("es"):
        assert percent(66.6) == "66,6 %"


def test_a_hash_among_facts_is_set_as_one() -> None:
    shown = facts([("Hash", "0f" * 32), ("Name", "<b>")])["rows"]
    assert [value for _label, value in shown] == [
        f'<span class="mono wrap-anywhere">{"0f" * 32}</span>',
        "<b>",
    ]
