"""`manage.py shred_person REFERENCE --as U1 --second U2 --reason WHY`: destroy one person's data key, for good."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from breach.core import references
from breach.core.errors import Refused
from breach.core.roles import NotAllowed
from breach.models import AffectedPerson, User
from breach.services.keys import destroy


class Command(BaseCommand):
    help = "Destroy a person's data key: name, contacts, notes and letters can never be read again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("reference")
        parser.add_argument(
            "--as", required=True, dest="first", metavar="USERNAME", help="who asks"
        )
        parser.add_argument(
            "--second", required=True, metavar="USERNAME", help="who approves; both may sign off"
        )
        parser.add_argument("--reason", required=True, help="kept in the history; no personal data")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            destroyed = destroy(
                actor=_user(options["first"]),
                second=_user(options["second"]),
                person=_person(options["reference"]),
                reason=options["reason"],
            )
        except (Refused, NotAllowed) as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(
            _("Destroyed: %(count)s data keys. What they sealed cannot be read any more.")
            % {"count": destroyed}
        )


def _user(username: str) -> User:
    try:
        return User.objects.get(username=username)
    except User.DoesNotExist:
        raise CommandError(_("There is no account '%s'.") % username) from None


def _person(text: str) -> AffectedPerson:
    try:
        return AffectedPerson.objects.get(reference=references.parse(text))
    except (references.InvalidReference, AffectedPerson.DoesNotExist):
        raise CommandError(_("There is no person with the reference '%s'.") % text) from None
