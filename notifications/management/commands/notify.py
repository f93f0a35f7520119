"""`manage.py notify SLUG`: prepare and send all that may go, and print what may not and why."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from breach.management.finding import incident_of
from breach.models import Incident
from breach.models.followups import FollowUpKind
from notifications import queries
from notifications.management.progress import Bars
from notifications.management.running import RunReport, run
from notifications.services import letters


class Command(BaseCommand):
    help = "Prepare and send every notice that may go; print what may not and why. Safe to interrupt and repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the incident's short name")
        parser.add_argument(
            "--json", action="store_true", help="print one line of JSON and nothing else"
        )
        parser.add_argument(
            "--by-stages",
            action="store_true",
            help="stop after each stage of the release (10, 100, all) until somebody continues it on the page",
        )
        parser.add_argument(
            "--processes", type=int, default=None, help="how many at once (default: one per core)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        incident = incident_of(options["slug"])
        with Bars(quiet=options["json"]) as bars:
            report = run(
                incident=incident,
                processes=options["processes"],
                on_progress=bars.show,
                by_stages=options["by_stages"],
                on_stage=bars.say,
            )
        if options["json"]:
            self.stdout.write(json.dumps(_figures(incident, report)))
        else:
            self._print(incident, report)

    def _print(self, incident: Incident, report: RunReport) -> None:
        self.stdout.write(
            f"{report.prepared.exposures} people looked at, {report.letters_made} letters made "
            f"({report.letters_per_second} a second), {report.sent} deliveries sent."
        )
        if report.held:
            self.stdout.write(f"The release is paused. {report.held}")
        waiting = _waiting(incident)
        if waiting:
            self.stdout.write("Not told yet, each with a next action:")
            for kind, count in sorted(waiting.items(), key=lambda item: -item[1]):
                self.stdout.write(f"  {count:>6}  {FollowUpKind(kind).label}")
        for problem, count in queries.tried_and_waiting(incident).items():
            self.stdout.write(f"Tried, and tried again later: {count} (the last time: {problem}).")
        if letters.approved_version(incident) is None:
            self.stdout.write(
                "No letter is signed off for this incident. Two people must sign it: "
                f"manage.py sign_off {incident.slug} --as USERNAME (once each), then notify again."
            )


def _waiting(incident: Incident) -> dict[str, int]:
    """People with an open next action other than waiting for proof, by its kind."""
    kinds = queries.alarms_by_kind(incident)
    kinds.pop(FollowUpKind.AWAIT_PROOF, None)
    return kinds


def _figures(incident: Incident, report: RunReport) -> dict[str, Any]:
    return {
        "incident": incident.slug,
        "exposures": report.prepared.exposures,
        "routed": report.prepared.routed,
        "queued": report.prepared.queued,
        "cancelled": report.prepared.cancelled,
        "blocked": _waiting(incident),
        "tried_and_waiting": queries.tried_and_waiting(incident),
        "signed_off": letters.approved_version(incident) is not None,
        "letters_made": report.letters_made,
        "letters_per_second": report.letters_per_second,
        "sent": report.sent,
        "stages": report.stages,
        "held": report.held,
        "seconds": report.seconds,
        "funnel": queries.funnel(incident),
    }
