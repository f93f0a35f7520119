"""`manage.py create_user USERNAME --role ROLE`: an account for one desk; the password is asked for or generated."""

from __future__ import annotations

import getpass
import secrets
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from breach.core.roles import Role
from breach.models import User
from breach.services.users import create_user, system_user

HUMAN_ROLES = [role for role in Role.values if role != Role.SYSTEM]


class Command(BaseCommand):
    help = "Make an account. Without --generate the password is asked for twice."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--role", required=True, choices=HUMAN_ROLES)
        parser.add_argument("--name", default="", help="full name, as history will show it")
        parser.add_argument(
            "--language", action="append", default=[], help="a language the worker speaks (BCP 47)"
        )
        parser.add_argument(
            "--generate", action="store_true", help="make a random password and print it once"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if User.objects.filter(username=options["username"]).exists():
            raise CommandError(f"The user name '{options['username']}' is taken. Choose another.")
        password = secrets.token_urlsafe(18) if options["generate"] else self._ask()
        create_user(
            actor=system_user(),
            username=options["username"],
            role=Role(options["role"]),
            password=password,
            full_name=options["name"],
            languages=options["language"],
        )
        self.stdout.write(f"{options['username']} may sign in as {Role(options['role']).label}.")
        if options["generate"]:
            self.stdout.write(f"Password, shown once: {password}")

    def _ask(self) -> str:
        password = getpass.getpass("Password (15 characters or more): ")
        if password != getpass.getpass("Again: "):
            raise CommandError("The two passwords differ. Nothing was changed.")
        try:
            validate_password(password)
        except ValidationError as problem:
            raise CommandError(" ".join(problem.messages)) from None
        return password
