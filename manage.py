#!/usr/bin/env python3
"""Runs every command of the project; sets the machine up first where that is needed."""

import os
import sys


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036  the reader may have any Python
        sys.exit("Python 3.11 or later is needed; start manage.py with a newer python3.")
    # Inside the function: an older Python could not read this module, and Django may not be there.
    from breach.boot import start

    start.ready(sys.argv)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "breach.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
