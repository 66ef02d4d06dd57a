"""GetRoomLists and GetRooms on the wire [MS-OXWSGTRM]."""

from __future__ import annotations

from collections.abc import Iterable

from samband.wire.ews.names import M, T
from samband.wire.ews.responses import write_single
from samband.wire.xml.reading import Element, required, text
from samband.wire.xml.text import element as leaf


def read_room_list(element: Element) -> str:
    """The address of the list that a GetRooms request names. Raises ``SchemaViolation``."""
    return text(required(required(element, M + "RoomList"), T + "EmailAddress")).strip()


def write_room_lists(lists: Iterable[tuple[str, str]]) -> str:
    """A whole GetRoomListsResponse: (name, address) of each list."""
    written = "".join(f"<t:Address>{_mailbox(name, address, 'PublicDL')}</t:Address>" for name, address in lists)
    return write_single("GetRoomLists", f"<m:RoomLists>{written}</m:RoomLists>")


def write_rooms(rooms: Iterable[tuple[str, str]]) -> str:
    """A whole GetRoomsResponse: (name, address) of each room."""
    written = "".join(f"<t:Room><t:Id>{_mailbox(name, address, 'Mailbox')}</t:Id></t:Room>" for name, address in rooms)
    return write_single("GetRooms", f"<m:Rooms>{written}</m:Rooms>")


def _mailbox(name: str, address: str, kind: str) -> str:
    said = leaf("t:Name", name) + leaf("t:EmailAddress", address)
    return f"{said}<t:RoutingType>SMTP</t:RoutingType><t:MailboxType>{kind}</t:MailboxType>"
