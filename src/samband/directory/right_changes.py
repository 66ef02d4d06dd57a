"""Giving and taking management rights."""

from __future__ import annotations

from collections.abc import Callable

from samband.directory import names
from samband.directory.rights import SCOPE, Rights
from samband.model.changes import RightsChanged
from samband.model.failures import Failure
from samband.model.rights import GrantedRight, Right
from samband.store import groups, partners, people
from samband.store import rights as rows
from samband.store.api import Store, Tx, WriteTx

_Change = Callable[[WriteTx, GrantedRight], bool]


class RightChanges:
    """The verbs over rights. Each is one write; ``rights`` knows of the change when a verb returns.

    A holder is named by a person's login, a group's name, or the name or identifier of a partner application; whose
    mailboxes are meant by a login or a group's name, empty for all. Raises ``Failure``: ``NoSuchRight``,
    ``NoSuchHolder``.
    """

    def __init__(self, store: Store, rights: Rights) -> None:
        self._store = store
        self._rights = rights

    async def give(self, right: str, holder: str, over: str = "") -> GrantedRight:
        """Give a right; nothing where it was given before. The right as kept."""
        return await self._change(right, holder, over, rows.give)

    async def take(self, right: str, holder: str, over: str = "") -> GrantedRight:
        """Take a right back. Raises ``Failure`` ``NoSuchRight`` also where ``holder`` has none of just this scope."""

        def take(tx: WriteTx, granted: GrantedRight) -> bool:
            if not rows.take(tx, granted):
                where = f"over the mailbox of {over}" if over else "over all mailboxes"
                raise Failure("NoSuchRight", f"{holder} was not given {granted.right} {where}")
            return True

        return await self._change(right, holder, over, take)

    async def named(self) -> list[tuple[str, GrantedRight, str]]:
        """(the name of the holder, the right, the name of whose mailboxes: empty for all), all of them."""

        def work(tx: Tx) -> list[tuple[str, GrantedRight, str]]:
            return [(_name(tx, one.holder), one, _name(tx, one.over)) for one in rows.everything(tx)]

        return await self._store.read(work)

    async def _change(self, right: str, holder: str, over: str, change: _Change) -> GrantedRight:
        what = _right(right)

        def work(tx: WriteTx) -> GrantedRight:
            granted = GrantedRight(what, _holder(tx, holder), _account(tx, over) if over else "")
            if change(tx, granted):
                tx.append(RightsChanged(scope=SCOPE))
            return granted

        granted = await self._store.write(work)
        await self._rights.load()
        return granted


def forget_rights(tx: WriteTx, guid: str) -> None:
    """Take back all that has to do with a person or group that goes."""
    if rows.forget(tx, guid):
        tx.append(RightsChanged(scope=SCOPE))


def _right(text: str) -> Right:
    wanted = text.replace(" ", "").casefold()
    for right in Right:
        if right.value.casefold() == wanted:
            return right
    raise Failure("NoSuchRight", f"there is no right {text}; there are {', '.join(Right)}")


def _holder(tx: Tx, name: str) -> str:
    try:
        return _account(tx, name)
    except Failure:
        application = partners.application(tx, name)
        if application:
            return application
        raise Failure("NoSuchHolder", f"there is no person, group or partner application {name}") from None


def _account(tx: Tx, name: str) -> str:
    for kind in names.login_names(name, frozenset()):
        if person := people.owner(tx, kind):
            return person.objectGUID
    if group := groups.by_login(tx, names.folded(name)):
        return group.objectGUID
    raise Failure("NoSuchHolder", f"there is no person or group {name}")


def _name(tx: Tx, identifier: str) -> str:
    if person := people.get(tx, identifier):
        return person.sAMAccountName
    group = groups.get(tx, identifier)
    return group.sAMAccountName if group is not None else identifier
