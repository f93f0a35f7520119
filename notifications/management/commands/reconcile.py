"""`manage.py reconcile [SLUG]`: the funnel, and every invariant checked; exits 1 when one is violated."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from breach.management.finding import incident_of
from breach.models import Exposure, FollowUp, Incident
from notifications import invariants, queries
from notifications.states import NotificationState


class Command(BaseCommand):
    help = "Check that nobody fell through: print the funnel and the invariants R1 to R14; exit 1 on any violation."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", nargs="?", help="one incident; all of them when left out")
        parser.add_argument(
            "--json", action="store_true", help="print one line of JSON and nothing else"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options["slug"]
        incidents = (
            Incident.objects.filter(pk=incident_of(slug).pk) if slug else Incident.objects.all()
        )
        totals = dict.fromkeys(NotificationState.values, 0)
        for incident in incidents:
            for state, people in queries.funnel(incident).items():
                totals[state] += people
        figures = {
            "roster_rows": queries.roster_rows(incidents),
            "exposures": Exposure.objects.filter(incident__in=incidents).count(),
            "funnel": totals,
            "next_actions": FollowUp.objects.filter(incident__in=incidents, state="open").count(),
            "invariants": invariants.check(incidents),
        }
        if options["json"]:
            self.stdout.write(json.dumps(figures))
        else:
            self._print(figures)
        if any(figures["invariants"].values()):  # type: ignore[attr-defined]  # a dict of counts
            sys.exit(1)

    def _print(self, figures: dict[str, Any]) -> None:
        people = figures["exposures"]
        self.stdout.write(f"{figures['roster_rows']} roster rows, {people} people")
        for state, count in figures["funnel"].items():
            share = round(40 * count / people) if people else 0
            self.stdout.write(f"  {state:<12}{count:>8}  {'#' * share}")
        self.stdout.write(f"  {'sum':<12}{sum(figures['funnel'].values()):>8}")
        self.stdout.write(f"{figures['next_actions']} open next actions")
        for name, broken in figures["invariants"].items():
            promise = (invariants.INVARIANTS[name].__doc__ or "").split(": ", 1)[1].splitlines()[0]
            self.stdout.write(f"  {name:<4}{broken:>6}  {promise}")
