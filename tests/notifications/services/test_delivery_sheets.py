"""The papers of a facility's batch: the sheet names the interpreter to call, the cover says where to carry it."""

from __future__ import annotations

from pathlib import Path

import pypdfium2 as pdfium
from pytest_django import Settings

from notifications.models import Batch
from notifications.services.batching import write_batches
from tests.notifications.outbox_world import World


def words_of(file: Path) -> str:
    pages = pdfium.PdfDocument(file.read_bytes())
    return " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in pages)


def test_whoever_reads_no_letter_gets_an_interpreter_of_their_own_language(
    world: World, settings: Settings
) -> None:
    [delivery] = world.detained(1, speaking="quc")
    assert (delivery.language, delivery.notification.needs_interpreter) == ("es", True)
    write_batches(actor=world.system, channel="hand")
    batch = Batch.objects.get()
    sheet = words_of(settings.SPOOL_DIR / "hand" / batch.number / "sheet.pdf")
    assert "Letter in: Spanish" in sheet
    assert "Interpreter: K'iche'" in sheet


def test_where_nobody_recorded_the_language_the_officer_asks_which_interpreter(
    world: World, settings: Settings
) -> None:
    world.detained(1, speaking="")
    write_batches(actor=world.system, channel="hand")
    batch = Batch.objects.get()
    sheet = words_of(settings.SPOOL_DIR / "hand" / batch.number / "sheet.pdf")
    assert "Letter in: English" in sheet
    assert "Interpreter: ask which language" in sheet


def test_the_cover_of_a_facilitys_batch_says_where_to_carry_it_and_nothing_of_the_post(
    world: World, settings: Settings
) -> None:
    world.detained(2, world.facility())
    write_batches(actor=world.system, channel="hand")
    batch = Batch.objects.get()
    cover = words_of(settings.SPOOL_DIR / "hand" / batch.number / "cover.pdf")
    assert "Carry the package to Invented Center 1" in cover
    assert "Date mailed" not in cover


def test_the_cover_of_a_print_job_is_about_the_post(world: World, settings: Settings) -> None:
    world.outside(1)
    write_batches(actor=world.system, channel="mailhouse")
    batch = Batch.objects.get()
    cover = words_of(settings.SPOOL_DIR / "mailhouse" / batch.number / "cover.pdf")
    assert "first class" in cover
    assert "Carry" not in cover
