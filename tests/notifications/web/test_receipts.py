"""The page of receipts: what a list must hold, an empty one to fill in, and what became of each file."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from breach.core.roles import Role
from notifications.models import ReceiptFile
from notifications.receipts.reading import LISTS, UnreadableReceipts, read
from notifications.services.receiving import import_receipts
from tests.notifications.outbox_world import World
from tests.notifications.receipts.test_lists import NOW, ZONE

from .conftest import Enter

ROW = "Reference,Outcome,Date,Officer\nN-BV3Z-JDSX-7KXD,somewhere,2026-11-20,4471\n"


@pytest.mark.parametrize("kind", [one.source for one in LISTS])
def test_the_page_tells_what_a_list_holds_and_gives_an_empty_one(
    db: None, enter: Enter, kind: str
) -> None:
    visitor = enter(Role.MAIL_ROOM)
    url = reverse("receipts-template", kwargs={"kind": kind})
    assert url in visitor.get(reverse("receipts")).content.decode()
    template = visitor.get(url).content
    with pytest.raises(UnreadableReceipts, match="header but no rows"):
        read(template, zone=ZONE, now=NOW)
    filled = read(template + b"," * template.count(b",") + b"\nx\n", zone=ZONE, now=NOW)
    assert filled.kind == kind


def test_there_is_no_empty_list_of_a_kind_nobody_knows(db: None, enter: Enter) -> None:
    url = reverse("receipts-template", kwargs={"kind": "anything"})
    assert enter(Role.MAIL_ROOM).get(url).status_code == 404


def test_the_report_of_a_file_stays_to_be_read(world: World, enter: Enter) -> None:
    visitor = enter(Role.MAIL_ROOM)
    visitor.post(reverse("receipts"), {"file": SimpleUploadedFile("sheet.csv", ROW.encode())})
    url = reverse("receipts-report", kwargs={"pk": ReceiptFile.objects.get().pk})
    assert url in visitor.get(reverse("receipts")).content.decode()
    report = visitor.get(url).content.decode()
    assert "1 row: 0 applied, 0 known already, 1 not applied." in report
    assert "Row 2: The outcome is not on the list." in report


def test_the_report_of_another_teams_file_is_not_there(world: World, enter: Enter) -> None:
    import_receipts(actor=world.mail_room, data=ROW.encode())
    url = reverse("receipts-report", kwargs={"pk": ReceiptFile.objects.get().pk})
    assert enter(Role.CASE_WORKER).get(url).status_code == 403
