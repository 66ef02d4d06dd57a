"""Whatever an item holds, an answer is XML: characters that XML cannot carry never leave the server."""

from __future__ import annotations

import re
import types
import typing
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from samband.model.items import PROPERTIES, Attachment, Item, ItemKind
from samband.wire.ews.fields.shape import Shape
from samband.wire.ews.fields.table import FIELDS, KINDS
from samband.wire.ews.names import DECLARED
from samband.wire.ews.oof import write_settings

FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
AT = datetime(2026, 1, 1, tzinfo=UTC)
_KEYS = {
    "email_addresses": "EmailAddress1",
    "physical_addresses": "Home",
    "phone_numbers": "HomePhone",
    "im_addresses": "ImAddress1",
}
_LISTED = frozenset(
    {"contact_source", "file_as_mapping", "postal_address_index", "delegation_state", "archive_tag", "policy_tag"}
)
"""Texts that only get in where they are one that the schema lists, or a guid."""
_SPECIAL = st.sampled_from("\x00\x01\x08\x0b\x0c\x1f\r\n\t&<>\"']]>\ufffe\uffff\ud800\udfff\x7f\x85\u2028")
texts = st.text(st.one_of(_SPECIAL, st.characters()), min_size=1, max_size=12)


def filled(kind: Any, text: str, name: str = "") -> Any:
    """A value of a type of the model with ``text`` wherever there is room for one."""
    origin, inside = typing.get_origin(kind), typing.get_args(kind)
    if kind is str:
        return "" if name in _LISTED else text
    if origin in (typing.Union, types.UnionType):
        return filled(next(one for one in inside if one is not type(None)), text, name)
    if origin is tuple:
        return tuple(filled(one, text) for one in inside if one is not Ellipsis)
    if origin is dict:
        return {_KEYS.get(name, "0x5000:String"): filled(inside[1], text, name)}
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        hints = typing.get_type_hints(kind)
        return kind(**{field: filled(hints[field], text, field) for field in kind.__struct_fields__})
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    return {bool: True, int: 1, float: 1.0, bytes: b"\x00\x01", datetime: AT, date: AT.date()}.get(kind)


def everything(kind: ItemKind) -> Shape:
    return Shape(base="AllProperties", paths=tuple(FIELDS[field.uri] for field in KINDS[kind]))


def written(kind: ItemKind, text: str) -> str:
    properties = filled(PROPERTIES[kind], text)
    item = Item(
        id=1,
        mailbox="00000000-0000-0000-0000-000000000001",
        folder=2,
        kind=kind,
        item_class=text,
        change_key=3,
        properties=properties,
        attachments=(Attachment(id=4, name=text, content_type=text, content_id=text, content_location=text),),
    )
    return everything(kind).write(item)


@pytest.mark.parametrize("kind", list(ItemKind))
@settings(deadline=None, max_examples=30)
@given(text=texts)
def test_no_item_breaks_an_answer(kind: ItemKind, text: str) -> None:
    answer = written(kind, text)
    assert FORBIDDEN.search(answer) is None
    root = etree.fromstring(f"<m:x {DECLARED}>{answer}</m:x>")
    assert len(root[0]) > 10


@given(text=texts)
def test_no_absence_breaks_an_answer(text: str) -> None:
    answer = write_settings("Enabled", "All", AT, AT, text, text)
    assert FORBIDDEN.search(answer) is None
    etree.fromstring(answer)


def test_texts_are_where_they_can_be() -> None:
    assert written(ItemKind.CONTACT, "what is said").count("what is said") > 30
