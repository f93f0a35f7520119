"""Django's makemessages, told what our texts are marked with, where none are, and how our catalogs are written."""

from __future__ import annotations

from django.core.management.base import CommandParser
from django.core.management.commands import makemessages

NOT_OURS = [".venv", "var", "tests", "static"]


class Command(makemessages.Command):
    xgettext_options = [
        *makemessages.Command.xgettext_options,
        "--keyword=N_",
        "--keyword=_t",
        "--keyword=_lazy",
    ]

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(no_wrap=True, no_location=True, ignore_patterns=NOT_OURS)
