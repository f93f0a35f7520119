"""`manage.py create_user USERNAME --role ROLE`: an account for one desk; the password is asked for or generated."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from breach.core import codes
from breach.core.normalize import Unreadable
from breach.core.roles import Role
from breach.management.passwords import SECOND_FACTOR, new_password
from breach.models import User
from breach.services.users import create_user, system_user

# An attorney's account belongs to the attorney's own record (invite_attorney); the system cannot sign in.
DESKS = [role for role in Role.values if role not in (Role.ATTORNEY, Role.SYSTEM)]


def language(word: str) -> str:
    """The tag of a language given as its English name or its tag."""
    try:
        return codes.language_tag(word)
    except Unreadable:
        raise argparse.ArgumentTypeError(
            "not a language we know; use its English name or its tag"
        ) from None


class Command(BaseCommand):
    help = (
        "Create an account for one desk; attorneys get theirs from invite_attorney. "
        "Without --generate the password is asked for twice."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--role", required=True, choices=DESKS)
        parser.add_argument("--name", default="", help="full name, as history will show it")
        parser.add_argument(
            "--language", action="append", default=[], type=language,
            help="a language spoken with people, e.g. Spanish or es; may be repeated",
        )  # fmt: skip
        parser.add_argument(
            "--generate", action="store_true", help="make a random password and print it once"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        username, role = options["username"], Role(options["role"])
        if User.objects.filter(username=username).exists():
            raise CommandError(f"The user name '{username}' is taken. Choose another.")
        password = new_password(generate=options["generate"])
        create_user(
            actor=system_user(), username=username, role=role, password=password,
            full_name=options["name"], languages=options["language"],
        )  # fmt: skip
        self.stdout.write(f"{username} may sign in as {role.label}.")
        self.stdout.write(SECOND_FACTOR)
        if options["generate"]:
            self.stdout.write(f"Password, shown once: {password}")
