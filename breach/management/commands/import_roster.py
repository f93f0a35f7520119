"""`manage.py import_roster FILE`: imports a roster, with progress and the counts at the end; never a name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from breach.core.dates import Order
from breach.core.errors import Refused
from breach.models import Incident
from breach.services import rosters
from breach.services.rosters_columns import Column
from breach.services.rosters_reading import DATE_COLUMNS, PROBLEMS
from breach.services.users import system_user

from .open_incident import day

STAGES = {"stage": "Reading", "check": "Checking", "commit": "Writing"}


class Command(BaseCommand):
    help = (
        "Imports a roster (CSV or XLSX): stage, check, commit. The same file twice changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--incident", required=True, metavar="SLUG")
        parser.add_argument(
            "--dry-run", action="store_true", help="show what would happen and save nothing"
        )
        parser.add_argument(
            "--json", action="store_true", help="print one line of JSON and nothing else"
        )
        parser.add_argument("--as-of", type=day, metavar="DATE", help="the list's as-of date")
        parser.add_argument(
            "--source", default="", metavar="TEXT", help="where the file came from; no names"
        )
        parser.add_argument(
            "--column", action="append", default=[], metavar="COLUMN=HEADER",
            help=f"instead of recognizing headers: {', '.join(Column.values)}",
        )  # fmt: skip
        parser.add_argument(
            "--date-order", choices=[order.value for order in Order],
            help="how to read 03/04/1990, once somebody has found out",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        if not file.is_file():
            raise CommandError(_("There is no file with that name. Check the path."))
        incident = Incident.objects.filter(slug=options["incident"]).first()
        if incident is None:
            raise CommandError(
                _("There is no incident with that short name. Open it with open_incident first.")
            )
        columns = dict(choice.split("=", 1) for choice in options["column"] if "=" in choice)
        order = options["date_order"]
        console = Console(stderr=True, quiet=options["json"])
        try:
            with _progress(console) as progress:
                report = rosters.import_roster(
                    actor=system_user(),
                    incident=incident,
                    source=file,
                    as_of=options["as_of"],
                    described_as=options["source"],
                    columns=columns or None,
                    orders=dict.fromkeys(DATE_COLUMNS, order) if order else None,
                    dry_run=options["dry_run"],
                    progress=_Bars(progress),
                )
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json()))
        else:
            self._say(report)

    def _say(self, report: rosters.ImportReport) -> None:
        if report.already_imported:
            self.stdout.write(
                _("This very file is already imported for the incident. Nothing was changed.")
            )
        elif report.dry_run:
            self.stdout.write(_("Dry run: nothing was saved."))
        self.stdout.write(
            _(
                "%(rows)s rows: %(new)s new, %(matched)s matched, %(conflict)s conflict, %(rejected)s rejected; "
                "%(duplicate_pairs)s pairs to compare; %(seconds).1f s."
            )
            % vars(report)
        )
        for code, count in sorted(report.problems.items(), key=lambda item: -item[1]):
            self.stdout.write(f"  {count:>7}  … {PROBLEMS[code]}")


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=console,
    )  # fmt: skip


class _Bars:
    """One bar per stage."""

    def __init__(self, progress: Progress) -> None:
        self.bars = progress
        self.tasks: dict[str, Any] = {}

    def __call__(self, stage: str, done: int, of: int) -> None:
        if stage not in self.tasks:
            self.tasks[stage] = self.bars.add_task(STAGES[stage], total=of or None)
        self.bars.update(self.tasks[stage], completed=done, total=of or done)
