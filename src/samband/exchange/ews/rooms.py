"""GetRoomLists and GetRooms. The directory has no lists of rooms, and clients are told so."""

from __future__ import annotations

from samband.exchange.ews.call import Call, no_mailbox, refusal
from samband.model.failures import Failure
from samband.wire.ews.names import M, T
from samband.wire.ews.responses import write_single, write_single_refused
from samband.wire.xml.reading import Element, required

_UNKNOWN = Failure("ErrorNameResolutionNoResults", "No results were found.")


async def get_room_lists(call: Call, element: Element) -> str:
    """The lists of rooms: none."""
    if call.caller.person is None:
        return write_single_refused("GetRoomLists", refusal(no_mailbox()))
    return write_single("GetRoomLists", "<m:RoomLists/>")


async def get_rooms(call: Call, element: Element) -> str:
    """The rooms of a list: no list is found."""
    required(required(element, M + "RoomList"), T + "EmailAddress")
    return write_single_refused("GetRooms", refusal(_UNKNOWN))
