"""What every module must be like. For each rule a sin is planted, to see that the rule would find it."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator

import pytest

from . import source
from .source import Module

Rule = Callable[[Module], Iterator[str]]

SINS: dict[str, tuple[Rule, Module]] = {
    "a module of more than 400 lines": (
        source.too_long, Module("breach/web/big.py", '"""Big."""\n' + "x = 1\n" * 401),
    ),
    "a function of more than 50 lines": (
        source.too_long, Module("breach/web/long.py", "def f():\n" + "    x = 1\n" * 51),
    ),
    "a module that does not say what it is for": (
        source.without_opening, Module("breach/web/mute.py", "x = 1\n"),
    ),
    "a room called utils": (source.vaguely_named, Module("breach/utils.py", '"""Things."""\n')),
    "a star import": (source.star_imports, Module("breach/web/star.py", "from os import *\n")),
    "a signal": (
        source.hidden_couplings,
        Module("breach/models/noisy.py", "from django.db.models.signals import post_save\n"),
    ),
    "a page that saves": (
        source.writes_outside_services, Module("breach/web/rogue.py", "def view(request):\n    person.save()\n"),
    ),
    "a page that writes SQL": (
        source.writes_outside_services,
        Module("breach/web/rogue.py", "def view(request):\n    cursor.execute(f'UPDATE {table} SET a = 1')\n"),
    ),
    "a page that changes a relation": (
        source.writes_outside_services,
        Module("breach/web/rogue.py", "def view(request):\n    incident.teams.set([])\n"),
    ),
    "a question that writes": (
        source.writes_outside_services,
        Module("notifications/guards.py", "def blockers(session):\n    session.save()\n"),
    ),
    "a task that updates rows": (
        source.writes_outside_services,
        Module("notifications/tasks.py", "Delivery.objects.filter(pk=1).update(state='sent')\n"),
    ),
    "a verb with positional arguments": (
        source.verbs_without_actor,
        Module(
            "breach/services/loose.py",
            "from django.db import transaction\n@transaction.atomic\ndef move(person, actor):\n    pass\n",
        ),
    ),
    "a verb with its transaction inside and no actor": (
        source.verbs_without_actor,
        Module("breach/services/loose.py", "def move(*args):\n    with transaction.atomic():\n        pass\n"),
    ),
    "signals by another way": (
        source.hidden_couplings, Module("breach/models/noisy.py", "from django.db.models import signals\n"),
    ),
    "a set-up that needs a package": (
        source.more_than_python, Module("breach/boot/rich.py", "def say():\n    import rich\n"),
    ),
    "a task that is handed a letter": (
        source.tasks_that_carry,
        Module("notifications/tasks.py", "@shared_task(name='x')\ndef send(letter: dict) -> None:\n    pass\n"),
    ),
    "a task that joins two records by another name": (
        source.effects_without_approval,
        Module("breach/tasks.py", "from breach.services import duplicates as pairs\npairs.join(actor=None)\n"),
    ),
    "a page that joins two records alone": (
        source.effects_without_approval,
        Module("breach/web/rogue.py", "def view(request):\n    duplicates.join(actor=request.user)\n"),
    ),
}  # fmt: skip
RULES = sorted({rule for rule, _sin in SINS.values()}, key=lambda rule: rule.__name__)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps_its_rule(rule: Rule) -> None:
    found = [finding for module in source.modules() for finding in rule(module)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("sin", SINS, ids=str)
def test_the_rule_finds_a_planted_sin(sin: str) -> None:
    rule, planted = SINS[sin]
    assert list(rule(planted)), f"{rule.__name__} did not find {sin}"


def test_a_reader_meets_small_modules() -> None:
    sizes = [module.lines for module in source.modules() if module.lines > 5]
    assert statistics.median(sizes) <= 110
    assert sum(lines > 250 for lines in sizes) <= len(sizes) / 12, "only few may be over 250 lines"
