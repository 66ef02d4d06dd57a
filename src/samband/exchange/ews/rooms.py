"""GetRoomLists and GetRooms."""

from __future__ import annotations

from samband.exchange.ews.call import Call, no_mailbox, refusal
from samband.model.failures import Failure
from samband.wire.ews.responses import write_single_refused
from samband.wire.ews.rooms import read_room_list, write_room_lists, write_rooms
from samband.wire.xml.reading import Element


async def get_room_lists(call: Call, element: Element) -> str:
    """The lists of rooms."""
    if call.caller.person is None:
        return write_single_refused("GetRoomLists", refusal(no_mailbox()))
    return write_room_lists((group.displayName, group.mail) for group in call.exchange.rooms.lists())


async def get_rooms(call: Call, element: Element) -> str:
    """The rooms of a list."""
    address = read_room_list(element)
    try:
        found = call.exchange.rooms.of_list(address)
    except Failure as failure:
        return write_single_refused("GetRooms", refusal(failure))
    return write_rooms((room.displayName, room.primary_smtp) for room in found)
