"""Rows of people, and the names that are theirs alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import fields
from typing import Any

import msgspec

from samband.model.people import Person
from samband.store.api import Row, Tx, Value, WriteTx

Name = tuple[str, str]
"""A kind of name, such as ``smtp``, and the name in the form in which it compares."""

_COLUMNS = tuple(field.name for field in fields(Person))
_FLAGS = frozenset({"msRTCSIP_UserEnabled", "msRTCSIP_FederationEnabled", "enabled", "msExchHideFromAddressLists"})
_TEXTS = ("proxyAddresses", "msExchResourceMetaData")
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM people"
_UPSERT = (
    f"INSERT INTO people ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))}) "
    f"ON CONFLICT (objectGUID) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _COLUMNS[1:])}"
)


def get(tx: Tx, guid: str) -> Person | None:
    """By objectGUID."""
    row = tx.one(f"{_SELECT} WHERE objectGUID = ?", guid)
    return _person(row) if row else None


def everyone(tx: Tx) -> list[Person]:
    """All people, in no order."""
    return [_person(row) for row in tx.all(_SELECT)]


def several(tx: Tx, guids: Collection[str]) -> dict[str, Person]:
    """Those of ``guids`` who exist."""
    found = (get(tx, guid) for guid in guids)
    return {person.objectGUID: person for person in found if person is not None}


def owner(tx: Tx, name: Name) -> Person | None:
    """Whose name it is."""
    row = tx.one("SELECT objectGUID FROM people_names WHERE kind = ? AND name = ?", *name)
    return get(tx, str(row[0])) if row else None


def put(tx: WriteTx, person: Person, names: Iterable[Name]) -> None:
    """Keep ``person`` as it is now, with these names and no others. No name may be somebody else's."""
    put_attributes(tx, person)
    tx.run("DELETE FROM people_names WHERE objectGUID = ?", person.objectGUID)
    rows = [(kind, name, person.objectGUID) for kind, name in names]
    tx.many("INSERT INTO people_names (kind, name, objectGUID) VALUES (?, ?, ?)", rows)


def put_attributes(tx: WriteTx, person: Person) -> None:
    """Keep ``person`` as it is now, by the same names as before."""
    tx.run(_UPSERT, *(_value(getattr(person, column)) for column in _COLUMNS))


def remove(tx: WriteTx, guid: str) -> None:
    """Forget a person and the person's names."""
    tx.run("DELETE FROM people_names WHERE objectGUID = ?", guid)
    tx.run("DELETE FROM people WHERE objectGUID = ?", guid)


def _value(value: object) -> Value:
    if isinstance(value, tuple):
        return msgspec.json.encode(value).decode()
    if isinstance(value, bool):
        return int(value)
    assert isinstance(value, str | bytes | int)
    return value


def _person(row: Row) -> Person:
    values: dict[str, Any] = dict(zip(_COLUMNS, row, strict=True))
    for name in _FLAGS:
        values[name] = bool(values[name])
    for name in _TEXTS:
        values[name] = msgspec.json.decode(values[name], type=tuple[str, ...])
    return Person(**values)
