"""`manage.py demo`: the whole job on invented people, from an empty machine to pages in the browser."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from argparse import BooleanOptionalAction
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from breach.boot.supervisor import Supervisor
from breach.models import Incident
from notifications import queries
from notifications.demo import loading, simulation
from notifications.management.progress import Bars
from notifications.management.running import RunReport, run

ROUNDS = 3  # sent, answered; the moved and re-routed sent again, answered; and once more


class Command(BaseCommand):
    help = "Load invented people, run the main job on them with real services, and serve the pages. Ctrl-C stops all."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--people", type=int, default=6252, help="how many invented people (default 6252)"
        )
        parser.add_argument(
            "--serve", action=BooleanOptionalAction, default=True, help="serve the pages afterward"
        )
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument(
            "--data-dir", help="where the embedded services keep their data (default: var)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        # A stop is a stop, from the keyboard or from a script; whatever was under way is kept.
        for stop in (signal.SIGINT, signal.SIGTERM):
            signal.signal(stop, signal.default_int_handler)
        started = time.monotonic()
        data_dir = Path(settings.DATA_DIR)
        with Supervisor(data_dir) as supervisor:
            start_mail_sink(supervisor)
            start_worker(supervisor)
            try:
                incident = loading.load(options["people"], self._say)
                reports = self._run_main_job(incident)
            except KeyboardInterrupt:
                self._say(
                    "Interrupted. Everything done so far is kept; start the demo again to go on."
                )
                return
            self._say(f"The main job took {time.monotonic() - started:.0f} s.")
            broken = self._reconcile(incident, reports)
            if options["serve"]:
                self._serve(supervisor, options["port"])
        if broken and not options["serve"]:
            sys.exit(1)

    def _run_main_job(self, incident: Incident) -> list[RunReport]:
        reports = []
        for number in range(1, ROUNDS + 1):
            self._say(f"Round {number} of {ROUNDS}: prepare, make the letters, send")
            with Bars() as bars:
                report = run(incident=incident, on_progress=bars.show, on_stage=bars.say)
            self._say(
                f"{report.letters_made} letters made, {report.letters_per_second} letters per second; "
                f"{report.sent} deliveries sent"
            )
            reports.append(report)
            loading.counsel_accounts(incident)
            self._say("The world outside answers")
            answers = simulation.play(incident, self._say)
            if not report.sent and not answers:
                break
        return reports

    def _reconcile(self, incident: Incident, reports: list[RunReport]) -> bool:
        made = sum(report.letters_made for report in reports)
        seconds = sum(report.seconds["make"] for report in reports)
        try:
            call_command("reconcile", incident.slug, stdout=self.stdout)
            broken = False
        except SystemExit:
            broken = True
        self.stdout.write(
            json.dumps(
                {
                    "demo": incident.slug,
                    "people": queries.job_progress(incident).people,
                    "funnel": queries.funnel(incident),
                    "letters": made,
                    "letters_per_second": round(made / seconds, 1) if seconds else 0.0,
                    "invariants_hold": not broken,
                }
            )
        )
        return broken

    def _serve(self, supervisor: Supervisor, port: int) -> None:
        command = [
            sys.executable, "-m", "gunicorn", "breach.wsgi:application", "--bind", f"127.0.0.1:{port}",
            "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--timeout", "120", "--no-control-socket",
        ]  # fmt: skip
        supervisor.start("web", command, demo_environment())
        self.stdout.write(f"\nThe pages are on http://127.0.0.1:{port}  (Ctrl-C stops everything)")
        self.stdout.write(
            "The sign-in page has one button for each role; nobody here needs a password."
        )
        self.stdout.flush()
        supervisor.watch()
        self._say("Stopping")

    def _say(self, sentence: str) -> None:
        self.stderr.write(f"demo: {sentence}")
        self.stderr.flush()


def demo_environment() -> dict[str, str]:
    """Ours, with the demo's comforts (no HTTPS on the loopback, the mail sink's page) and no set-up again."""
    return {**os.environ, "DEMO": "1", "BREACH_SETUP": "off", "PYTHONPATH": str(settings.BASE_DIR)}


def start_mail_sink(supervisor: Supervisor) -> None:
    """A real SMTP server on a free port of the loopback; it keeps every message for the page to show."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        settings.SMTP["port"] = probe.getsockname()[1]
    os.environ["SMTP_PORT"] = str(settings.SMTP["port"])
    supervisor.start(
        "mail",
        [
            sys.executable, "-m", "notifications.mailsink", "--maildir", str(settings.MAILDIR),
            "--port", str(settings.SMTP["port"]),
        ],
        demo_environment(),
    )  # fmt: skip


def start_worker(supervisor: Supervisor) -> None:
    """A Celery worker with its clock, on every queue."""
    supervisor.start(
        "worker",
        [
            sys.executable, "-m", "celery", "-A", "breach.celery", "worker", "--beat", "--concurrency", "1",
            "--queues", "import,render,send,housekeeping", "--loglevel", "WARNING",
            "--schedule", str(Path(settings.DATA_DIR) / "celery-schedule"),
        ],
        demo_environment(),
    )  # fmt: skip
