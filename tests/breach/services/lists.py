"""Small invented lists in the shapes of real ones."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

FOUR = ("Name", "Birthdate", "Nationality", "Detention Location")
TWENTY = (
    "A-Number", "Last Name", "First Name", "Date of Birth", "Country of Citizenship", "Gender",
    "Detention Facility Code", "Detention Facility", "Best Language", "Book-In Date", "Case Status",
    "Attorney Name", "Attorney Type", "Firm or Organization", "Attorney Email", "Attorney Phone",
    "Attorney Address", "Bar Number", "EOIR ID", "G-28 Filed",
)  # fmt: skip
ADA = {
    "A-Number": "A000100007", "Last Name": "Sample Pérez", "First Name": "Ada", "Date of Birth": "03/25/1990",
    "Country of Citizenship": "Guatemala", "Gender": "F", "Detention Facility Code": "SAMPLTX",
    "Detention Facility": "SAMPLE COUNTY JAIL", "Best Language": "es", "Book-In Date": "11/14/2022",
    "Case Status": "positive credible fear",
}  # fmt: skip
COUNSEL = {
    "Attorney Name": "Iris Invented", "Attorney Type": "attorney", "Firm or Organization": "Invented Legal Aid",
    "Attorney Email": "iris@invented.example", "Attorney Phone": "+1-202-555-0101",
    "Attorney Address": "1 Sample Street, Phoenix, AZ 85001", "Bar Number": "AZ123456", "EOIR ID": "II123456",
    "G-28 Filed": "11/16/2022",
}  # fmt: skip


def written(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """A CSV file as its bytes."""
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    return text.getvalue().encode()


def twenty(*people: dict[str, str]) -> bytes:
    """A list of twenty columns; each person is ADA with changes."""
    return written(
        TWENTY, [[{**ADA, **person}.get(name, "") for name in TWENTY] for person in people]
    )


def four(*rows: Sequence[str]) -> bytes:
    """A list of the original four columns."""
    return written(FOUR, rows)
