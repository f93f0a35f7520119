"""Sealing: what was sealed opens with its key, in its place, unaltered, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breach.core import crypto

KEY = crypto.new_key()
PLACE = "breach_affectedperson|family_name|1"


@given(st.binary(max_size=200), st.text(max_size=40))
def test_what_was_sealed_opens(plain: bytes, place: str) -> None:
    sealed = crypto.seal(KEY, plain, place)
    assert crypto.unseal(KEY, sealed, place) == plain
    assert len(plain) < 4 or plain not in sealed


@pytest.mark.parametrize(
    ("key", "place"),
    [
        (crypto.new_key(), PLACE),
        (KEY, "breach_affectedperson|family_name|2"),
        (KEY, "breach_affectedperson|given_names|1"),
    ],
    ids=["another key", "another row", "another column"],
)
def test_it_opens_nowhere_else(key: bytes, place: str) -> None:
    sealed = crypto.seal(KEY, b"Zapata", PLACE)
    with pytest.raises(crypto.SealBroken) as refusal:
        crypto.unseal(key, sealed, place)
    assert "Zapata" not in str(refusal.value)


@given(st.integers(min_value=0, max_value=34), st.integers(min_value=1, max_value=255))
def test_a_single_altered_byte_is_noticed(position: int, change: int) -> None:
    sealed = bytearray(crypto.seal(KEY, b"Zapata", PLACE))
    sealed[position] ^= change
    with pytest.raises(crypto.SealBroken):
        crypto.unseal(KEY, bytes(sealed), PLACE)


@pytest.mark.parametrize(
    "rubbish", [b"", b"\x01", b"\x01" + bytes(12), b"plain text, never sealed"]
)
def test_what_was_never_sealed_does_not_open(rubbish: bytes) -> None:
    with pytest.raises(crypto.SealBroken):
        crypto.unseal(KEY, rubbish, PLACE)


def test_the_same_text_is_sealed_differently_each_time() -> None:
    assert crypto.seal(KEY, b"Zapata", PLACE) != crypto.seal(KEY, b"Zapata", PLACE)


def test_each_purpose_has_a_key_of_its_own() -> None:
    assert crypto.derive(KEY, "people") == crypto.derive(KEY, "people")
    assert crypto.derive(KEY, "people") != crypto.derive(KEY, "identifiers")
    assert len(crypto.derive(KEY, "people")) == crypto.KEY_BYTES


def test_an_index_tells_equal_from_different_only_to_who_has_the_key() -> None:
    index = crypto.blind_index(KEY, "a_number", "A900000001")
    assert index == crypto.blind_index(KEY, "a_number", "A900000001")
    assert index != crypto.blind_index(KEY, "a_number", "A900000002")
    assert index != crypto.blind_index(KEY, "other", "A900000001")
    assert index != crypto.blind_index(crypto.new_key(), "a_number", "A900000001")
