"""The signed sheet typed off on its batch's page: every line is a receipt like any other."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from breach.core.roles import Role
from notifications.models import Batch, Delivery, Evidence, Receipt
from notifications.services import batching
from notifications.services.receiving import import_receipts
from tests.agency import day_there
from tests.notifications.outbox_world import World

from .conftest import Enter


@pytest.fixture
def batch(world: World) -> Batch:
    """Three letters of one facility, on paper."""
    world.detained(3)
    batching.write_batches(actor=world.system, channel="hand")
    return Batch.objects.get()


def page_of(batch: Batch) -> str:
    return reverse("batch-sheet", kwargs={"number": batch.number})


def references(batch: Batch) -> list[str]:
    rows = batch.deliveries.order_by("pk").select_related("notification")
    return [row.notification.reference for row in rows]


def today() -> str:
    return day_there(datetime.now(UTC)).isoformat()


def test_lines_are_proof_with_what_is_the_same_on_all_of_them(batch: Batch, enter: Enter) -> None:
    one, two, three = references(batch)
    visitor = enter(Role.MAIL_ROOM)
    answer = visitor.post(
        page_of(batch),
        {
            "all-date": today(), "all-officer": "4471", f"{one}-outcome": "delivered",
            f"{two}-outcome": "refused", f"{two}-witness": "5120",
        },
        follow=True,
    )  # fmt: skip
    assert "2 letters are recorded." in answer.content.decode()
    assert Evidence.objects.get().statement == "delivered; officer 4471"
    assert set(Receipt.objects.values_list("reason", flat=True)) == {
        "delivered; officer 4471",
        "refused; officer 4471; witness 5120",
    }
    shown = visitor.get(page_of(batch)).content.decode()
    assert three in shown
    assert one not in shown


def test_a_line_typed_off_and_the_same_line_in_a_file_are_one_receipt(
    world: World, batch: Batch, enter: Enter
) -> None:
    one = references(batch)[0]
    enter(Role.MAIL_ROOM).post(
        page_of(batch),
        {f"{one}-outcome": "delivered", f"{one}-date": today(), f"{one}-officer": "4471"},
    )
    month_first = datetime.fromisoformat(today()).strftime("%m/%d/%Y")
    file = f"Reference,Outcome,Date,Officer\n{one},Handed over,{month_first},4471\n"
    report = import_receipts(actor=world.mail_room, data=file.encode())
    assert (report.applied, report.repeated) == (0, 1)
    assert Evidence.objects.count() == 1


def test_a_line_that_cannot_be_taken_stays_with_its_reason_and_stops_no_other(
    batch: Batch, enter: Enter
) -> None:
    one, two, _three = references(batch)
    answer = enter(Role.MAIL_ROOM).post(
        page_of(batch),
        {"all-date": today(), f"{one}-outcome": "delivered", f"{two}-outcome": "refused"},
    )
    shown = answer.content.decode()
    assert f"{one}: A delivered letter needs the number of the officer" in shown
    assert "1 letter is recorded." in shown
    assert Receipt.objects.get().kind == "refused"


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({}, "Say of at least one letter what happened."),
        ({"outcome": "refused"}, "date is missing"),
        ({"outcome": "refused", "date": "2999-01-01"}, "in the future"),
        ({"outcome": "refused", "date": "soon"}, "Enter a valid date"),
        ({"outcome": "eaten"}, "Select a valid choice"),
    ],
)
def test_what_is_missing_is_asked_for(
    batch: Batch, enter: Enter, sent: dict[str, str], sentence: str
) -> None:
    one = references(batch)[0]
    fields = {f"{one}-{name}": value for name, value in sent.items()}
    assert sentence in enter(Role.MAIL_ROOM).post(page_of(batch), fields).content.decode()
    assert not Receipt.objects.exists()


def test_a_letter_of_another_batch_is_not_asked_about(
    world: World, batch: Batch, enter: Enter
) -> None:
    (other,) = world.detained(1)
    batching.write_batches(actor=world.system, channel="hand")
    reference = other.notification.reference
    fields = {f"{reference}-outcome": "refused", f"{reference}-date": today()}
    enter(Role.MAIL_ROOM).post(page_of(batch), fields)
    assert not Receipt.objects.exists()


def test_a_print_job_for_the_post_has_no_sheet(world: World, enter: Enter) -> None:
    world.outside(1)
    batching.write_batches(actor=world.system, channel="mailhouse")
    batch = Batch.objects.get()
    visitor = enter(Role.MAIL_ROOM)
    assert "Nothing left to enter" in visitor.get(page_of(batch)).content.decode()
    detail = visitor.get(reverse("batch-detail", kwargs={"number": batch.number}))
    assert "Enter the signed sheet" not in detail.content.decode()
    assert Delivery.objects.get().state == "sent"
