"""`manage.py import_receipts FILE`: signed sheets, returned mail, carrier scans (CSV, XLSX) or a bounced e-mail."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from breach.core.errors import Refused
from breach.services.users import system_user
from notifications.receipts.words import FILE_KINDS
from notifications.services.receiving import ReceiptReport, import_receipts

LARGEST = 8 << 20  # bytes


class Command(BaseCommand):
    help = "Apply a file of receipts once; repeats change nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="CSV, XLSX, or one bounced e-mail")
        parser.add_argument(
            "--json", action="store_true", help="print one line of JSON and nothing else"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = import_receipts(actor=system_user(), data=_content(options["file"]))
        except Refused as problem:
            raise CommandError(str(problem)) from problem
        if options["json"]:
            self.stdout.write(json.dumps(asdict(report), ensure_ascii=False))
        else:
            self._print(report)

    def _print(self, report: ReceiptReport) -> None:
        self.stdout.write(
            f"{FILE_KINDS[report.kind]}, {report.rows} {'row' if report.rows == 1 else 'rows'}: "
            f"{report.applied} applied, {report.repeated} known already, {report.refused} not taken."
        )
        for problem in report.problems:
            self.stdout.write(f"  row {problem.row}: {problem.sentence}")


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except OSError as problem:
        raise CommandError(
            "The file cannot be opened. Check its name and your rights."
        ) from problem
    if len(data) > LARGEST:
        raise CommandError(
            f"The file is larger than {LARGEST >> 20} MB. Split it and import the parts."
        )
    return data
