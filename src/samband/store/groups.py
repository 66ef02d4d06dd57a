"""Rows of distribution groups and their members."""

from __future__ import annotations

from typing import cast

from samband.model.groups import Group
from samband.store.api import Row, Tx, WriteTx

_SELECT = "SELECT objectGUID, sAMAccountName, displayName, mail, msExchRecipientTypeDetails FROM directory_groups"


def everyone(tx: Tx) -> list[Group]:
    """All groups, in no order."""
    members: dict[str, list[str]] = {}
    for guid, member in tx.all("SELECT objectGUID, member FROM group_members ORDER BY objectGUID, member"):
        members.setdefault(str(guid), []).append(str(member))
    return [_group(row, tuple(members.get(str(row[0]), ()))) for row in tx.all(_SELECT)]


def get(tx: Tx, guid: str) -> Group | None:
    """By objectGUID."""
    return _one(tx, "objectGUID", guid)


def by_login(tx: Tx, folded: str) -> Group | None:
    """By sAMAccountName in the form in which it compares."""
    return _one(tx, "folded_login", folded)


def by_mail(tx: Tx, folded: str) -> Group | None:
    """By mail address in the form in which it compares."""
    return _one(tx, "folded_mail", folded)


def _one(tx: Tx, column: str, folded: str) -> Group | None:
    row = tx.one(f"{_SELECT} WHERE {column} = ?", folded)
    if row is None:
        return None
    found = tx.all("SELECT member FROM group_members WHERE objectGUID = ? ORDER BY member", row[0])
    return _group(row, tuple(str(one[0]) for one in found))


def insert(tx: WriteTx, group: Group, folded_login: str, folded_mail: str) -> None:
    """Keep a new group, without members."""
    tx.run(
        "INSERT INTO directory_groups (objectGUID, sAMAccountName, displayName, mail, msExchRecipientTypeDetails, "
        "folded_login, folded_mail) VALUES (?, ?, ?, ?, ?, ?, ?)",
        *(group.objectGUID, group.sAMAccountName, group.displayName, group.mail, group.msExchRecipientTypeDetails),
        *(folded_login, folded_mail),
    )


def add_member(tx: WriteTx, group: str, member: str) -> None:
    """Put ``member`` into ``group``, by objectGUIDs; nothing where it is in it."""
    tx.run("INSERT INTO group_members (objectGUID, member) VALUES (?, ?) ON CONFLICT DO NOTHING", group, member)


def remove_member(tx: WriteTx, group: str, member: str) -> int:
    """Take ``member`` out of ``group``; how many rows that were (0 or 1)."""
    return tx.run("DELETE FROM group_members WHERE objectGUID = ? AND member = ?", group, member)


def leave_all(tx: WriteTx, member: str) -> int:
    """Take ``member`` out of every group; out of how many."""
    return tx.run("DELETE FROM group_members WHERE member = ?", member)


def remove(tx: WriteTx, guid: str) -> None:
    """Forget a group, its members and what it is a member of."""
    leave_all(tx, guid)
    tx.run("DELETE FROM group_members WHERE objectGUID = ?", guid)
    tx.run("DELETE FROM directory_groups WHERE objectGUID = ?", guid)


def _group(row: Row, members: tuple[str, ...]) -> Group:
    guid, login, name, mail = map(str, row[:4])
    return Group(
        objectGUID=guid,
        sAMAccountName=login,
        displayName=name,
        mail=mail,
        msExchRecipientTypeDetails=cast(int, row[4]),
        member=members,
    )
