"""Batches in the spool: complete or absent, and found again as they were written."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from notifications.channels.base import (
    BatchParcel,
    ChannelConfig,
    ChannelError,
    Envelope,
    Recipient,
)
from notifications.channels.batch import BatchChannel
from notifications.channels.hand import HandChannel
from notifications.channels.mailhouse import MailHouseChannel
from notifications.channels.registry import (
    BATCH_CHANNELS,
    SINGLE_CHANNELS,
    open_batch_channel,
    open_channel,
)

PARCEL = BatchParcel(
    "B-K7QM", {"letters.pdf": b"%PDF-letters", "manifest.csv": b"sequence\r\n1\r\n"}
)


@pytest.fixture(params=[MailHouseChannel, HandChannel])
def channel(request: pytest.FixtureRequest, tmp_path: Path) -> BatchChannel:
    kind: type[BatchChannel] = request.param
    return kind(ChannelConfig(spool=tmp_path / "spool", portal_url=""))


def test_a_batch_is_a_folder_with_its_documents_and_their_hashes(channel: BatchChannel) -> None:
    channel.write(PARCEL)
    folder = channel.folder / "B-K7QM"
    assert sorted(path.name for path in folder.iterdir()) == [
        "SHA256SUMS",
        "letters.pdf",
        "manifest.csv",
    ]
    expected = hashlib.sha256(b"%PDF-letters").hexdigest()
    assert f"{expected}  letters.pdf\n" in (folder / "SHA256SUMS").read_text()
    assert (folder / "letters.pdf").stat().st_mode & 0o077 == 0


def test_a_written_batch_is_found_with_the_hash_of_each_document(channel: BatchChannel) -> None:
    assert channel.find("B-K7QM") is None
    channel.write(PARCEL)
    found = channel.find("B-K7QM")
    assert found is not None
    assert found.hashes["letters.pdf"] == hashlib.sha256(b"%PDF-letters").hexdigest()


def test_writing_the_same_batch_again_changes_nothing(channel: BatchChannel) -> None:
    first = channel.write(PARCEL)
    again = channel.write(PARCEL)
    assert first.provider_reference == again.provider_reference
    assert [path.name for path in channel.folder.iterdir()] == ["B-K7QM"]


def test_another_batch_never_takes_a_used_number(channel: BatchChannel) -> None:
    channel.write(PARCEL)
    with pytest.raises(ChannelError) as refused:
        channel.write(BatchParcel("B-K7QM", {"letters.pdf": b"other"}))
    assert refused.value.permanent
    assert (channel.folder / "B-K7QM" / "letters.pdf").read_bytes() == b"%PDF-letters"


def test_an_altered_batch_is_no_evidence(channel: BatchChannel) -> None:
    channel.write(PARCEL)
    (channel.folder / "B-K7QM" / "letters.pdf").write_bytes(b"changed")
    with pytest.raises(ChannelError, match="altered"):
        channel.find("B-K7QM")


def test_a_batch_without_its_hash_list_is_no_evidence(channel: BatchChannel) -> None:
    (channel.folder / "B-K7QM").mkdir(parents=True)
    with pytest.raises(ChannelError, match="incomplete"):
        channel.find("B-K7QM")


def test_what_a_killed_writer_left_is_no_batch_and_is_tidied_away(channel: BatchChannel) -> None:
    half = channel.folder / ".abc.part"
    half.mkdir(parents=True)
    (half / "letters.pdf").write_bytes(b"%PDF-half")
    os.utime(half, (0, 0))
    assert channel.find("B-K7QM") is None
    assert channel.tidy() == 1
    assert not half.exists()


@pytest.mark.parametrize("number", ["", "../B-K7QM", "a/b", ".hidden", "x" * 200, "B\x00"])
def test_a_number_that_is_no_plain_name_is_refused(channel: BatchChannel, number: str) -> None:
    with pytest.raises(ChannelError):
        channel.write(BatchParcel(number, PARCEL.documents))


def test_a_spool_that_cannot_be_written_is_a_temporary_refusal(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("a file where the folder should be")
    channel = HandChannel(ChannelConfig(spool=tmp_path / "spool", portal_url=""))
    with pytest.raises(ChannelError) as refused:
        channel.write(PARCEL)
    assert not refused.value.permanent


def test_the_registry_opens_every_channel_by_its_name(tmp_path: Path) -> None:
    config = ChannelConfig(spool=tmp_path, portal_url="")
    assert {open_channel(name, config).name for name in SINGLE_CHANNELS} == SINGLE_CHANNELS
    assert {open_batch_channel(name, config).name for name in BATCH_CHANNELS} == BATCH_CHANNELS
    with pytest.raises(KeyError):
        open_channel("consulate", config)


def test_portal_and_call_accept_without_anything_leaving(tmp_path: Path) -> None:
    envelope = Envelope(
        key="k",
        message_id="",
        reference="K7QM-3PXW-9TC4",
        language="en",
        recipient=Recipient(),
        sha256="00",
    )
    config = ChannelConfig(spool=tmp_path, portal_url="")
    assert open_channel("portal", config).send(envelope).detail == "available"
    assert open_channel("call", config).send(envelope).detail == "accepted as a task"
    assert list(tmp_path.iterdir()) == []


def test_the_portal_refuses_a_notice_that_is_not_finished(tmp_path: Path) -> None:
    envelope = Envelope(key="k", message_id="", reference="", language="en", recipient=Recipient())
    with pytest.raises(ChannelError):
        open_channel("portal", ChannelConfig(spool=tmp_path, portal_url="")).send(envelope)
