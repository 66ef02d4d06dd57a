"""GetDelegate, AddDelegate, UpdateDelegate and RemoveDelegate."""

from __future__ import annotations

from samband.exchange.actions.delegates import DelegateChange, DelegateList, DelegateView, UserRef
from samband.exchange.ews.call import Call, refusal
from samband.model.delegates import DeliverMeetingRequests
from samband.model.failures import Failure
from samband.wire.ews.delegates import (
    GivenDelegate,
    GivenUser,
    WrittenDelegate,
    read_delegates,
    read_get_delegate,
    read_remove_delegate,
    write_delegates,
    write_removed,
)
from samband.wire.ews.responses import Refusal, write_single, write_single_refused
from samband.wire.xml.reading import Element


async def get_delegate(call: Call, element: Element) -> str:
    """The delegates of a mailbox, or those of the users asked about who are."""
    address, users, permissions = read_get_delegate(element)
    try:
        found = await call.exchange.delegates.get(call.caller, address, [_user(one) for one in users])
    except Failure as failure:
        return write_single_refused("GetDelegate", refusal(failure))
    return write_single("GetDelegate", write_delegates(_written(found, permissions), found.deliver.value))


async def add_delegate(call: Call, element: Element) -> str:
    """Make people delegates of a mailbox."""
    address, users, deliver = read_delegates(element, wanted=True)
    try:
        found = await call.exchange.delegates.add(call.caller, address, list(map(_change, users)), _deliver(deliver))
    except Failure as failure:
        return write_single_refused("AddDelegate", refusal(failure))
    return write_single("AddDelegate", write_delegates(_written(found, True)))


async def update_delegate(call: Call, element: Element) -> str:
    """Change what delegates may do, and who gets messages about meetings."""
    address, users, deliver = read_delegates(element, wanted=False)
    try:
        found = await call.exchange.delegates.update(call.caller, address, list(map(_change, users)), _deliver(deliver))
    except Failure as failure:
        return write_single_refused("UpdateDelegate", refusal(failure))
    return write_single("UpdateDelegate", write_delegates(_written(found, True)))


async def remove_delegate(call: Call, element: Element) -> str:
    """Make people delegates no more."""
    address, users = read_remove_delegate(element)
    try:
        gone = await call.exchange.delegates.remove(call.caller, address, [_user(one) for one in users])
    except Failure as failure:
        return write_single_refused("RemoveDelegate", refusal(failure))
    return write_single("RemoveDelegate", write_removed(None if one is None else refusal(one) for one in gone))


def _user(given: GivenUser) -> UserRef:
    return UserRef(given.sid, given.address)


def _change(given: GivenDelegate) -> DelegateChange:
    return DelegateChange(
        user=_user(given.user),
        levels={folder.lower(): level for folder, level in given.levels.items()},
        receive_copies=given.receive_copies,
        view_private_items=given.view_private_items,
    )


def _deliver(said: str | None) -> DeliverMeetingRequests | None:
    return None if said is None else DeliverMeetingRequests(said)


def _written(found: DelegateList, permissions: bool) -> list[WrittenDelegate | Refusal]:
    return [refusal(one) if isinstance(one, Failure) else _view(one, permissions) for one in found.delegates]


def _view(one: DelegateView, permissions: bool) -> WrittenDelegate:
    return WrittenDelegate(
        sid=one.person.objectSid,
        address=one.person.primary_smtp,
        display_name=one.person.displayName,
        levels={name.title(): level for name, level in one.levels.items()} if permissions else None,
        receive_copies=one.delegate.receive_copies,
        view_private_items=one.delegate.view_private_items,
    )
