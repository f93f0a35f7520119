"""Lists of receipts: understood row by row, refused with a sentence, never guessed."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import xlsxwriter
from django.utils import translation

from notifications.receipts.base import Reading
from notifications.receipts.carrier_scans import STATUSES
from notifications.receipts.reading import UnreadableReceipts, read
from notifications.receipts.returned_mail import REASONS
from notifications.receipts.signed_sheets import OUTCOMES
from notifications.receipts.words import VALUES, in_words
from notifications.states import ReceiptKind

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
ZONE = ZoneInfo("America/New_York")
ONE, TWO = "N-BV3Z-JDSX-7KXD", "N-KDN0-GMP6-BWWW"


def reading(*lines: str) -> Reading:
    return read("\r\n".join(lines).encode(), zone=ZONE, now=NOW)


def test_a_signed_sheet_is_read_with_who_handed_it_over() -> None:
    result = reading(
        "Reference,Outcome,Date,Time,Officer,Witness,Interpreter,Language",
        f"{ONE.lower()},Delivered,2026-11-20,9:05,4471,5120,8841,Mam",
        f"{TWO},transferred,2026-11-20,,4471,,,",
    )
    assert (result.kind, result.rows, result.problems) == ("signed_sheet", 2, [])
    first, second = result.records
    assert (first.kind, first.reference, first.channel) == (ReceiptKind.SIGNED, ONE, "hand")
    assert first.at == datetime(2026, 11, 20, 9, 5, tzinfo=ZONE)
    assert first.remark == "officer 4471; witness 5120; interpreter 8841; language Mam"
    assert (second.kind, second.reason) == (ReceiptKind.NOT_THERE, "transferred")
    assert second.at == datetime(2026, 11, 20, 12, tzinfo=ZONE)


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_words_printed_on_the_sheet_are_taken_in_every_language_of_the_pages(
    language: str,
) -> None:
    for code, words in VALUES["signed_sheet"].items():
        with translation.override(language):
            said = str(words)
        result = reading("Reference,Outcome,Date,Officer", f'{ONE},"{said}",2026-11-20,4471')
        assert [record.reason for record in result.records] == [code]


@pytest.mark.parametrize(
    ("day", "time", "at"),
    [
        ("11/20/2026", "", datetime(2026, 11, 20, 12, tzinfo=ZONE)),
        ("3/4/2026", "", datetime(2026, 3, 4, 12, tzinfo=ZONE)),
        ("11/20/2026", "2:30 PM", datetime(2026, 11, 20, 14, 30, tzinfo=ZONE)),
        ("11/20/2026 12:05 a.m.", "", datetime(2026, 11, 20, 0, 5, tzinfo=ZONE)),
        ("11/20/2026", "14:30", datetime(2026, 11, 20, 14, 30, tzinfo=ZONE)),
    ],
)
def test_a_date_on_our_own_sheet_is_month_day_year(day: str, time: str, at: datetime) -> None:
    result = reading("Reference,Outcome,Date,Time,Officer", f"{ONE},Handed over,{day},{time},4471")
    assert [record.at for record in result.records] == [at]


def test_a_date_with_slashes_from_elsewhere_is_not_guessed() -> None:
    result = reading("Reference,Date,Reason", f"{ONE},03/04/2026,VAC")
    assert [problem.sentence[:9] for problem in result.problems] == ["The date "]


def test_what_a_sheet_said_today_has_the_same_key_an_hour_later() -> None:
    content = f"Reference,Outcome,Date\n{ONE},refused,2026-11-23".encode()
    early = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # seven in the morning in New York
    first, second = (
        read(content, zone=ZONE, now=early + timedelta(hours=hours)).records[0] for hours in (0, 1)
    )
    assert first.at != second.at
    assert first.source_key == second.source_key


def test_returned_post_is_read_by_the_words_or_the_code_of_the_stamp() -> None:
    result = reading(
        "Ref;Returned on;Reason", f"{ONE};2026-11-19;Attempted - Not Known", f"{TWO};2026-11-19;REF"
    )
    assert result.kind == "returned_mail"
    first, second = result.records
    assert (first.kind, first.reason, first.bad_address) == (
        ReceiptKind.RETURNED,
        "attempted_not_known",
        True,
    )
    assert (second.kind, second.bad_address) == (ReceiptKind.REFUSED, False)


def test_the_same_news_has_the_same_key_in_whatever_file_it_comes() -> None:
    first = reading("Reference,Date,Reason", f"{ONE},2026-11-19,VAC", f"{TWO},2026-11-19,VAC")
    later = reading("Reason,Reference,Date,Remarks", f"vacant,{ONE},2026-11-19,again")
    assert later.records[0].source_key == first.records[0].source_key
    assert first.records[0].source_key != first.records[1].source_key


def test_a_workbook_is_read_like_a_list() -> None:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet()
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for column, title in enumerate(("Reference", "Outcome", "Date", "Officer")):
        sheet.write(0, column, title)
    sheet.write(1, 0, ONE)
    sheet.write(1, 1, "delivered")
    sheet.write_datetime(1, 2, datetime(2026, 11, 20), day)
    sheet.write(1, 3, "4471")
    book.close()
    result = read(stream.getvalue(), zone=ZONE, now=NOW)
    assert result.problems == []
    assert result.records[0].at == datetime(2026, 11, 20, 12, tzinfo=ZONE)


def test_a_date_alone_of_today_is_not_in_the_future() -> None:
    early = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # seven in the morning in New York
    content = f"Reference,Date,Reason\n{ONE},2026-11-23,VAC".encode()
    assert read(content, zone=ZONE, now=early).records[0].at == early


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("KKKK-KKKK-KKKK,delivered,2026-11-20,,4471", "reference"),
        (f"{ONE},handed over?,2026-11-20,,4471", "outcome"),
        (f"{ONE},delivered,25/11/2026,,4471", "month first"),
        (f"{ONE},delivered,11/20/26,,4471", "date"),
        (f"{ONE},delivered,11/20/2026,13:30 PM,4471", "date"),
        (f"{ONE},delivered,20261120,,4471", "date"),
        (f"{ONE},delivered,2026-02-30,,4471", "date"),
        (f"{ONE},delivered,2026-11-20,25:00,4471", "date"),
        (f"{ONE},delivered,2026-11-20,noon,4471", "date"),
        (f"{ONE},delivered,2027-01-01,,4471", "future"),
        (f"{ONE},delivered,2026-11-20,10:00,", "officer"),
        (f"{ONE},delivered,2026-11-20,10:00,{'x' * 200}", "too long"),
        (f"{ONE},delivered,2026-11-20", "cells"),
        ("=HYPERLINK(1),delivered,2026-11-20,,4471", "reference"),
    ],
)
def test_a_bad_row_is_one_sentence_with_its_number_and_stops_no_other(row: str, says: str) -> None:
    result = reading("Reference,Outcome,Date,Time,Officer", row, f"{TWO},refused,2026-11-20,,")
    assert [record.reference for record in result.records] == [TWO]
    (problem,) = result.problems
    assert problem.row == 2
    assert says in problem.sentence.lower()
    assert "x" * 50 not in problem.sentence


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\x00\x00",
        b"Reference,Date\nA,B",
        b"Name,Colour\nA,B",
        b"Reference,Ref,Date,Reason\nA,B,C,D",
        b'Reference,Date,Reason\n"unclosed,2026-11-20,VAC',
        b"PK\x03\x04 not a workbook",
    ],
)
def test_a_file_that_is_no_list_of_receipts_is_refused_with_a_sentence(content: bytes) -> None:
    with pytest.raises(UnreadableReceipts) as refused:
        read(content, zone=ZONE, now=NOW)
    assert str(refused.value).endswith(".")


def test_every_reason_and_outcome_leads_to_a_receipt_kind() -> None:
    assert {reason.kind for reason in REASONS.values()} <= set(ReceiptKind)
    assert {kind for kind, _words in OUTCOMES.values()} <= set(ReceiptKind)


def test_every_code_of_a_list_has_words_and_no_word_lacks_its_code() -> None:
    assert VALUES["signed_sheet"].keys() == OUTCOMES.keys()
    assert VALUES["returned_mail"].keys() == REASONS.keys()
    assert VALUES["carrier_scan"].keys() == STATUSES.keys()


def test_what_a_sheet_said_is_shown_in_words() -> None:
    stored = "delivered; officer 4471; witness 5120"
    assert in_words("signed_sheet", stored) == "Handed over; officer 4471; witness 5120"
    with translation.override("es"):
        assert in_words("signed_sheet", "refused; officer 4471") == "Rechazado; funcionario 4471"
    assert in_words("carrier_scan", "delivered; tracking 94") == "Delivered; tracking number 94"
    assert in_words("bounce", "5.1.1") == "5.1.1"
