"""Attributes as typed and shown."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from samband.directory.attributes import ATTRIBUTES, parsed, shown
from samband.model.failures import Failure
from samband.model.people import Person
from tests.directory.people import somebody

JPEG = b"\xff\xd8\xff\xe0picture"
ALICE = replace(somebody("alice", display_name="Alice Andersson"), title="Head", mobile="+46 70", department="Sales")

ROWS: list[tuple[str, list[str], str, Any]] = [
    ("mail", ["a@contoso.test"], "mail", "a@contoso.test"),
    ("MAIL", [], "mail", ""),
    ("proxyAddresses", ["SMTP:a@b.test", " sip:a@b.test "], "proxyAddresses", ("SMTP:a@b.test", "sip:a@b.test")),
    ("proxyaddresses", [], "proxyAddresses", ()),
    ("msRTCSIP-UserEnabled", ["true"], "msRTCSIP_UserEnabled", True),
    ("msRTCSIP-UserEnabled", [], "msRTCSIP_UserEnabled", False),
    ("accountEnabled", ["FALSE"], "enabled", False),
    ("msRTCSIP-PrimaryUserAddress", ["sip:a@b.test"], "msRTCSIP_PrimaryUserAddress", "sip:a@b.test"),
    (
        "msExchMailboxGuid",
        ["{6F9619FF-8B86-D011-B42D-00C04FC964FF}"],
        "msExchMailboxGuid",
        "6f9619ff-8b86-d011-b42d-00c04fc964ff",
    ),
    ("thumbnailPhoto", ["@face.jpg"], "thumbnailPhoto", JPEG),
    ("thumbnailPhoto", [], "thumbnailPhoto", b""),
]


def read(name: str) -> bytes:
    files = {"face.jpg": JPEG, "face.png": b"\x89PNG"}
    if name not in files:
        raise FileNotFoundError(2, "No such file or directory")
    return files[name]


@pytest.mark.parametrize(("name", "typed", "field", "value"), ROWS)
def test_what_is_typed(name: str, typed: list[str], field: str, value: object) -> None:
    assert parsed({name: typed}, read) == {field: value}


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("nonsense", ["x"]),
        ("objectGUID", ["6f9619ff-8b86-d011-b42d-00c04fc964ff"]),
        ("mail", ["a@b.test", "c@b.test"]),
        ("msRTCSIP-UserEnabled", ["maybe"]),
        ("msExchMailboxGuid", ["17"]),
        ("thumbnailPhoto", ["face.png"]),
        ("thumbnailPhoto", ["@missing.jpg"]),
    ],
)
def test_what_makes_no_sense(name: str, typed: list[str]) -> None:
    with pytest.raises(Failure) as refused:
        parsed({name: typed}, read)
    assert refused.value.path == name


def test_every_field_of_a_person_has_one_attribute() -> None:
    assert sorted(attribute.field for attribute in ATTRIBUTES) == sorted(field.name for field in fields(Person))


def test_what_is_shown_can_be_typed() -> None:
    typed = {name: values for name, values in shown(ALICE) if name != "objectGUID"}
    empty = Person(objectGUID=ALICE.objectGUID, sAMAccountName="", userPrincipalName="", displayName="")
    assert replace(empty, **parsed(typed, read)) == ALICE
    assert dict(shown(replace(ALICE, thumbnailPhoto=JPEG)))["thumbnailPhoto"] == ["JPEG picture of 11 bytes"]
