"""Which day it is on pages: the agency's, by which due dates and holds are counted, not the reader's."""

from __future__ import annotations

from datetime import date

from breach.core.agency import agency_day


def today() -> date:
    return agency_day()
