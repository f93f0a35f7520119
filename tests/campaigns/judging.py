"""What left, judged without the program's own readers: is all in mailbox, spool and portal the right person's?"""

from __future__ import annotations

import csv
import mailbox
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pypdfium2 as pdfium

from notifications.models import Delivery
from tests.campaigns.readers import FAMILIES


def wrong_things(mail: Path, spool: Path) -> int:
    """Mails, letters and sheets that tell the wrong person, or anybody too much."""
    on_paper = sum(_wrong_in(folder) for folder in sorted(spool.glob("*/*-*")))
    return _wrong_mails(mail) + on_paper + _wrong_notices()


def _wrong_notices() -> int:
    """What counsel finds in the portal once the mail has left."""
    wrong = 0
    for row in Delivery.objects.filter(state="sent", channel="email").select_related(
        "artefact", "notification__exposure__person"
    ):
        text = " ".join(_pages(bytes(row.artefact.pdf)))
        named = {family for family in FAMILIES if family in text}
        own = {row.notification.exposure.person.family_name}
        wrong += named != own or row.notification.reference not in text
    return wrong


def _wrong_mails(folder: Path) -> int:
    if not folder.exists():
        return 0
    told: list[str] = []
    wrong = 0
    for raw in mailbox.Maildir(folder):
        message = message_from_bytes(raw.as_bytes(), policy=default)
        everybody = f"{message['To']} {message['Cc'] or ''} {message['Bcc'] or ''}"
        parts = [part.get_content_type() for part in message.walk()]
        body = message.get_body(("plain",))
        text = str(body.get_content()) if body else "@"
        neutral = "breach" not in str(message["Subject"]).lower()
        wrong += not (
            everybody.count("@") == 1 and parts == ["text/plain"] and "@" not in text and neutral
        )
        told.append(str(message["To"]))
    return wrong + len(told) - len(set(told))


def _wrong_in(folder: Path) -> int:
    """One batch: the pages the manifest gives a reference name its person and nobody else; so does the sheet."""
    owners = {
        row.notification.reference: row.notification.exposure.person.family_name
        for row in Delivery.objects.select_related("notification__exposure__person")
    }
    pages = _pages(folder / "letters.pdf")
    wrong, listed = 0, []
    with (folder / "manifest.csv").open(newline="") as stream:
        for row in csv.DictReader(stream):
            own = pages[int(row["first_page"]) - 1 : int(row["last_page"])]
            named = {family for family in FAMILIES if family in " ".join(own)}
            lost = any(row["reference"] not in page for page in own)
            wrong += named != {owners[row["reference"]]} or lost
            listed.append(row["reference"])
    if (folder / "sheet.pdf").exists():
        sheet = " ".join(_pages(folder / "sheet.pdf"))
        in_order = sorted((name for name in FAMILIES if name in sheet), key=sheet.index)
        expected = [owners[reference] for reference in sorted(listed, key=sheet.index)]
        wrong += in_order != expected
    return wrong


def _pages(pdf: Path | bytes) -> list[str]:
    with pdfium.PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_range() for page in document]
