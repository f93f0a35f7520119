"""`manage.py open_incident SLUG`: opens an incident in the system's name."""

from __future__ import annotations

import argparse
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from breach.core.agency import agency_midnight, agency_zone
from breach.core.errors import Refused
from breach.models import DataElement
from breach.services.incidents import open_incident
from breach.services.users import system_user

# What no letter can do without; may be filled in later, under Policy on the incident's page.
LETTER_FACTS = {
    "agency": ("agency_name", "the organization that writes"),
    "phone": ("contact_phone", "phone for affected people"),
    "email": ("contact_email", "e-mail for affected people"),
    "address": ("contact_address", "postal address for affected people"),
    "signatory": ("signatory_name", "who signs"),
    "office": ("signatory_title", "the signatory's office"),
}


def moment(text: str) -> datetime:
    """An ISO 8601 date or time; without a zone it is the agency's, without a time midnight there."""
    try:
        found = parse_datetime(text)
        day = None if found else parse_date(text)
    except ValueError:
        found = day = None
    if found is None and day is not None:
        return agency_midnight(day)
    if found is None:
        raise argparse.ArgumentTypeError(_("write it as 2022-11-28 or 2022-11-28T09:45-05:00"))
    return found if found.tzinfo else found.replace(tzinfo=agency_zone())


def day(text: str) -> date:
    """An ISO 8601 date."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(_("write it as 2022-11-19")) from None


class Command(BaseCommand):
    help = "Opens an incident: what happened, when it occurred, was discovered and contained."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="short name for URLs and commands, e.g. posting-2022")
        parser.add_argument("--title", required=True)
        parser.add_argument("--occurred", required=True, type=moment, metavar="TIME")
        parser.add_argument("--discovered", required=True, type=moment, metavar="TIME")
        parser.add_argument("--contained", type=moment, metavar="TIME")
        parser.add_argument(
            "--extract-as-of", type=day, metavar="DATE", help="the day the list was made"
        )
        parser.add_argument(
            "--elements", nargs="*", choices=DataElement.values, default=[], metavar="ELEMENT"
        )
        for option, (_field, meaning) in LETTER_FACTS.items():
            parser.add_argument(
                f"--{option}", default="", help=f"printed in every letter: {meaning}"
            )
        parser.add_argument("--drill", action="store_true", help="can never reach a real address")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            incident = open_incident(
                actor=system_user(),
                slug=options["slug"],
                title=options["title"],
                occurred_at=options["occurred"],
                discovered_at=options["discovered"],
                contained_at=options["contained"],
                extract_as_of=options["extract_as_of"],
                data_elements=options["elements"],
                is_drill=options["drill"],
                **{field: options[option] for option, (field, _meaning) in LETTER_FACTS.items()},
            )
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(
            _("The incident %(slug)s is open. Next: import_roster.") % {"slug": incident.slug}
        )
