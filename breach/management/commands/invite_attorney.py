"""`manage.py invite_attorney E-MAIL USERNAME`: an account for the portal, for an attorney who is on record."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from breach.core.errors import Refused
from breach.management.passwords import SECOND_FACTOR, new_password
from breach.models import Attorney
from breach.services.attorneys import invite
from breach.services.users import system_user


class Command(BaseCommand):
    help = (
        "Give an attorney on record an account for the portal. First compare license and filed appearance: "
        "the account opens the notices of all this attorney's clients."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the attorney's e-mail address, as it is on record")
        parser.add_argument("username")
        parser.add_argument(
            "--generate", action="store_true", help="make a random password and print it once"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        attorney = _on_record(options["email"])
        password = new_password(generate=options["generate"])
        try:
            invite(
                actor=system_user(), attorney=attorney, username=options["username"],
                password=password,
            )  # fmt: skip
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"{attorney.name} may sign in as {options['username']}.")
        self.stdout.write(SECOND_FACTOR)
        if options["generate"]:
            self.stdout.write(f"Password, shown once: {password}")


def _on_record(email: str) -> Attorney:
    found = list(Attorney.objects.filter(email__iexact=email.strip())[:2])
    if not found:
        raise CommandError(
            "No attorney on record has this e-mail address. Attorneys come with a roster, or from a person's file."
        )
    if len(found) > 1:
        raise CommandError(
            "Several attorneys share this e-mail address. Correct their records first: an account is one human's."
        )
    return found[0]
