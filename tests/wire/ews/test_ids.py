from __future__ import annotations

import base64
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.wire.ews.ids import (
    IdKind,
    MalformedId,
    ObjectId,
    read_change_key,
    read_id,
    write_change_key,
    write_id,
)

BOX = "0f0e0d0c-0b0a-0908-0706-050403020100"
ROWS = st.integers(0, 2**63 - 1)


@given(st.sampled_from(IdKind), st.uuids(), ROWS, st.integers(0, 2**32 - 1))
def test_an_identifier_reads_back_as_it_was_written(kind: IdKind, box: uuid.UUID, row: int, ordinal: int) -> None:
    assert read_id(write_id(kind, str(box), row, ordinal)) == ObjectId(kind, str(box), row, ordinal)


def test_the_case_of_a_guid_does_not_matter() -> None:
    assert write_id(IdKind.ITEM, BOX.upper(), 1) == write_id(IdKind.ITEM, BOX, 1)


@pytest.mark.parametrize("kind", [IdKind.ITEM, IdKind.OCCURRENCE])
def test_identifiers_of_items_are_as_long_as_clients_know_them(kind: IdKind) -> None:
    text = write_id(kind, BOX, 1)
    assert len(f"{text}.EML") >= 144 and "=" not in text
    for changed in (text[:-4], text[:40], f"{text[:-4]}AAAB", f"{text}AAAA"):
        with pytest.raises(MalformedId):
            read_id(changed)


@given(st.text(max_size=80))
def test_other_texts_are_malformed(text: str) -> None:
    with pytest.raises(MalformedId):
        read_id(text)


@given(st.binary(max_size=40))
def test_other_bytes_are_malformed_or_whole(raw: bytes) -> None:
    text = base64.b64encode(raw).decode()
    try:
        found = read_id(text)
    except MalformedId:
        return
    assert write_id(found.kind, found.mailbox, found.row, found.ordinal) == text


def test_a_kind_that_was_not_asked_for_is_malformed() -> None:
    text = write_id(IdKind.FOLDER, BOX, 7)
    assert read_id(text, IdKind.FOLDER, IdKind.ITEM).row == 7
    with pytest.raises(MalformedId):
        read_id(text, IdKind.ITEM)


@given(ROWS)
def test_change_keys_read_back(number: int) -> None:
    assert read_change_key(write_change_key(number)) == number


@pytest.mark.parametrize("text", ["", "AAAA", "CQAAAA==", "Å", "Ag" * 6])
def test_other_change_keys_are_malformed(text: str) -> None:
    with pytest.raises(MalformedId):
        read_change_key(text)
