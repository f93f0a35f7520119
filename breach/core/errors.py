"""What ends a request early: refusals, whose text is for the reader, and a history that cannot be written."""

from __future__ import annotations


class Refused(Exception):
    """Something the program will not do, said in one translated sentence: what, where, what to do."""


class NotRecorded(Exception):
    """A look could not be written into the history, so nothing was looked at: no record, no data (503)."""
