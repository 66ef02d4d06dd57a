from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.wire.ews.folder_ids import (
    DISTINGUISHED,
    GivenDistinguishedId,
    GivenFolderId,
    read_folder,
    write_folder_id,
)
from samband.wire.ews.ids import IdKind, ObjectId, read_change_key, write_id
from samband.wire.xml.reading import SchemaViolation
from tests.schema import schema_folder
from tests.wire.ews.parts import element

BOX = "0f0e0d0c-0b0a-0908-0706-050403020100"


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1))
def test_a_folder_reads_back(row: int, change_key: int) -> None:
    given_ = read_folder(element(write_folder_id(BOX, row, change_key)))
    assert isinstance(given_, GivenFolderId)
    assert given_.id == ObjectId(IdKind.FOLDER, BOX, row)
    assert read_change_key(given_.change_key) == change_key


def test_an_identifier_of_something_else_is_none_of_a_folder() -> None:
    text = write_id(IdKind.ITEM, BOX, 1)
    assert read_folder(element(f'<t:FolderId Id="{text}" ChangeKey="x"/>')) == GivenFolderId(None, "x")


@pytest.mark.parametrize("name", ["EmailAddress", "Address"])
def test_whose_default_folder(name: str) -> None:
    mailbox = f"<t:Mailbox><t:{name}> bob@contoso.test </t:{name}></t:Mailbox>"
    found = read_folder(element(f'<t:DistinguishedFolderId Id="inbox">{mailbox}</t:DistinguishedFolderId>'))
    assert found == GivenDistinguishedId("inbox", "bob@contoso.test")


def test_default_folders_are_those_of_the_schema() -> None:
    folder = schema_folder()
    if folder is None:
        pytest.skip("needs the EWS schema in ../shared/schema (or SAMBAND_SHARED)")
    text = (folder / "types.xsd").read_text("utf-8")
    start = text.index('name="DistinguishedFolderIdNameType"')
    part = text[start : text.index("</xs:simpleType>", start)]
    assert {piece.split('"')[0] for piece in part.split('enumeration value="')[1:]} == DISTINGUISHED


@pytest.mark.parametrize(
    "written",
    [
        "<t:FolderId/>",
        "<t:DistinguishedFolderId/>",
        '<t:DistinguishedFolderId Id="attic"/>',
        '<t:ItemId Id="x"/>',
        '<m:FolderId Id="x"/>',
    ],
)
def test_what_names_no_folder(written: str) -> None:
    with pytest.raises(SchemaViolation):
        read_folder(element(written))
