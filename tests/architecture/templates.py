"""The project's templates, parsed by Django itself: every value they print, ask for or pass on, as a dotted path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.template import Engine, engines
from django.template.base import FilterExpression, Node, NodeList, Template, Variable, VariableNode

from breach.boot.service import CHECKOUT

FOLDER = CHECKOUT / "templates"
# Rendered by an engine of their own into bytes that are sealed; what opens them is a recorded look.
PRINTED = {"letters"}


@dataclass(frozen=True)
class Shown:
    """One value in one template: `exposure.person.reference` as its parts."""

    template: str
    path: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.template}: {'.'.join(self.path)}"


def engine() -> Engine:
    return engines["django"].engine  # type: ignore[attr-defined]  # the wrapper of Django's own engine


@cache
def shown() -> tuple[Shown, ...]:
    """Every value of every template."""
    found: list[Shown] = []
    for file in sorted(FOLDER.rglob("*.html")):
        if file.parent.name in PRINTED:
            continue
        name = file.relative_to(FOLDER).as_posix()
        found += shown_in(name, engine().get_template(name))
    return tuple(found)


def shown_in(name: str, template: Template) -> Iterator[Shown]:
    """The values of one template, each once."""
    seen: set[tuple[str, ...]] = set()
    for variable in _variables(template.nodelist, set()):
        path = tuple(variable.lookups or ())
        if path and path not in seen:
            seen.add(path)
            yield Shown(name, path)


def _variables(thing: Any, met: set[int]) -> Iterator[Variable]:
    """Variables anywhere below a node: in what it prints, its arguments, conditions and blocks."""
    if id(thing) in met:
        return
    met.add(id(thing))
    if isinstance(thing, Variable):
        yield thing
    elif isinstance(thing, FilterExpression):
        yield from _variables(thing.var, met)
        for _filter, arguments in thing.filters:
            for is_variable, argument in arguments:
                if is_variable:
                    yield from _variables(argument, met)
    elif isinstance(thing, dict):
        for value in thing.values():
            yield from _variables(value, met)
    elif isinstance(thing, list | tuple | set | NodeList):
        for value in thing:
            yield from _variables(value, met)
    elif isinstance(thing, Node) or (hasattr(thing, "__dict__") and _is_part_of_a_node(thing)):
        yield from _variables(vars(thing), met)


def _is_part_of_a_node(thing: Any) -> bool:
    """Conditions of `{% if %}` and tokens of `{% blocktranslate %}` hang on nodes without being nodes."""
    return type(thing).__module__.startswith("django.template") and not isinstance(
        thing, Template | Engine
    )


def shown_by(source: str, name: str = "planted.html") -> list[Shown]:
    """The values of a template given as text, for planting sins."""
    return list(shown_in(name, engine().from_string(source)))


__all__ = ["Shown", "VariableNode", "shown", "shown_by", "shown_in"]
