"""`manage.py import_facilities FILE`: imports the list of facilities."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from breach.core.errors import Refused
from breach.services.facilities import import_facilities
from breach.services.users import system_user


class Command(BaseCommand):
    help = "Imports facilities from a CSV or XLSX file; known codes are updated, none is removed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--json", action="store_true", help="print one line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        if not file.is_file():
            raise CommandError(_("There is no file with that name. Check the path."))
        try:
            report = import_facilities(actor=system_user(), source=file)
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json()))
            return
        self.stdout.write(
            _(
                "%(rows)s rows: %(new)s new, %(changed)s changed, %(unchanged)s unchanged, %(rejected)s rejected."
            )
            % vars(report)
        )
        if report.rejected_rows:
            rows = ", ".join(map(str, report.rejected_rows[:20]))
            self.stdout.write(
                _("Rejected rows, numbered as in the file: %(rows)s") % {"rows": rows}
            )
