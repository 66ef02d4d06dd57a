"""Subscribe, GetEvents, GetStreamingEvents and Unsubscribe, read and written [MS-OXWSNTIF]."""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from samband.wire.ews.folder_ids import GivenFolder, read_folders
from samband.wire.ews.ids import IdKind, write_change_key, write_id
from samband.wire.ews.names import DECLARED, M, T
from samband.wire.ews.responses import Refusal, refused_attributes, refused_content
from samband.wire.soap.envelope import read_envelope, write_envelope
from samband.wire.xml.reading import (
    Element,
    at_most,
    bad_attribute,
    bad_element,
    missing,
    one_of,
    parse,
    required,
)
from samband.wire.xml.text import escape
from samband.wire.xml.values import read_boolean, read_integer, write_instant

KINDS = frozenset(
    {
        "CopiedEvent",
        "CreatedEvent",
        "DeletedEvent",
        "ModifiedEvent",
        "MovedEvent",
        "NewMailEvent",
        "FreeBusyChangedEvent",
    }
)
MAX_SUBSCRIPTIONS = 5000
"""How many subscriptions one stream may tell of."""
_REQUESTS = ("StreamingSubscriptionRequest", "PullSubscriptionRequest", "PushSubscriptionRequest")
_MARK = struct.Struct(">BQI")
_VERSION = 1


class GivenMark(NamedTuple):
    """A watermark: the number of a write and a place within it."""

    seq: int
    place: int


@dataclass(frozen=True, slots=True)
class SubscribeRequest:
    """Subscribe. ``way`` is ``Streaming``, ``Pull`` or ``Push``; ``folders`` None: all of the mailbox.

    ``watermark`` is None where none was given or it is none of ours, which ``bad_watermark`` tells apart.
    ``url`` and ``frequency`` (minutes) say where and how often a push subscription tells that nothing happened.
    """

    way: str
    folders: tuple[GivenFolder, ...] | None
    all_folders: bool
    kinds: frozenset[str]
    minutes: int | None = None
    watermark: GivenMark | None = None
    bad_watermark: bool = False
    url: str = ""
    frequency: int = 0


def read_subscribe(request: Element) -> SubscribeRequest:
    """The request. Raises ``SchemaViolation``."""
    for name in _REQUESTS:
        given = request.find(M + name)
        if given is not None:
            return _read_subscribe(given, name.removesuffix("SubscriptionRequest"))
    raise missing(request, M + _REQUESTS[0])


def _read_subscribe(given: Element, way: str) -> SubscribeRequest:
    types = required(given, T + "EventTypes")
    if len(types) == 0:
        raise missing(types, T + "EventType")
    watermark = given.find(T + "Watermark")
    mark = read_mark(watermark.text or "") if watermark is not None else None
    return SubscribeRequest(
        way=way,
        folders=tuple(read_folders(given, T + "FolderIds")) if given.find(T + "FolderIds") is not None else None,
        all_folders=_all_folders(given),
        kinds=frozenset(one_of(kind, KINDS) for kind in types),
        minutes=_whole(required(given, T + "Timeout"), 1, 1440) if way == "Pull" else None,
        watermark=mark,
        bad_watermark=watermark is not None and mark is None,
        url=(required(given, T + "URL").text or "").strip() if way == "Push" else "",
        frequency=_whole(required(given, T + "StatusFrequency"), 1, 1440) if way == "Push" else 0,
    )


def _all_folders(given: Element) -> bool:
    text = given.get("SubscribeToAllFolders", "false")
    try:
        return read_boolean(text)
    except ValueError:
        raise bad_attribute("SubscribeToAllFolders", text) from None


def _whole(element: Element, lowest: int, highest: int) -> int:
    try:
        value = read_integer(element.text or "")
    except ValueError:
        raise bad_element(element) from None
    if not lowest <= value <= highest:
        raise bad_element(element)
    return value


def read_get_events(request: Element) -> tuple[str, GivenMark | None]:
    """The subscription and the watermark of GetEvents; None for a watermark that is none of ours."""
    return read_subscription_id(request), read_mark(required(request, M + "Watermark").text or "")


def read_subscription_id(request: Element) -> str:
    """The required ``m:SubscriptionId``."""
    element = required(request, M + "SubscriptionId")
    if not (element.text or "").strip():
        raise bad_element(element)
    return (element.text or "").strip()


def read_get_streaming_events(request: Element) -> tuple[list[str], int]:
    """The subscriptions and the minutes of GetStreamingEvents. Raises ``SchemaViolation``."""
    container = required(request, M + "SubscriptionIds")
    if len(container) == 0:
        raise missing(container, T + "SubscriptionId")
    at_most(container, MAX_SUBSCRIPTIONS)
    ids = [(one.text or "").strip() for one in container]
    return ids, _whole(required(request, M + "ConnectionTimeout"), 1, 30)


def write_mark(seq: int, place: int) -> str:
    """A place as a watermark."""
    return base64.b64encode(_MARK.pack(_VERSION, seq, place)).decode("ascii")


def read_mark(text: str) -> GivenMark | None:
    """The place in a watermark, None where it is none of ours."""
    try:
        raw = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        return None
    if len(raw) != _MARK.size or raw[0] != _VERSION:
        return None
    _, seq, place = _MARK.unpack(raw)
    return GivenMark(seq, place) if 0 < seq < 2**63 else None


def looks_like_subscription(text: str) -> bool:
    """Whether a text could be a subscription's identifier at all."""
    return len(text) == 32 and all(char in "0123456789abcdef" for char in text)


def write_subscribed(id_: str, watermark: str = "") -> str:
    """The content of Subscribe's message; a streaming subscription has no watermark."""
    mark = f"<m:Watermark>{watermark}</m:Watermark>" if watermark else ""
    return f"<m:SubscriptionId>{id_}</m:SubscriptionId>{mark}"


def write_pulled(id_: str, mailbox: str, previous: str, events: Sequence[Any], last: str, more: bool) -> str:
    """The content of GetEvents' message; without events a StatusEvent tells where to go on."""
    written = "".join([_event(event, mailbox, with_mark=True) for event in events])
    if not events:
        written = f"<t:StatusEvent><t:Watermark>{last}</t:Watermark></t:StatusEvent>"
    return (
        f"<m:Notification><t:SubscriptionId>{id_}</t:SubscriptionId>"
        f"<t:PreviousWatermark>{previous}</t:PreviousWatermark>"
        f"<t:MoreEvents>{'true' if more else 'false'}</t:MoreEvents>{written}</m:Notification>"
    )


def write_sent(content: str) -> bytes:
    """SendNotification, the request to a push subscriber; ``content`` as ``write_pulled`` gives it."""
    return _sent('ResponseClass="Success"', f"<m:ResponseCode>NoError</m:ResponseCode>{content}")


def write_sent_refusal(refusal: Refusal) -> bytes:
    """SendNotification that tells a push subscriber why it is told no more."""
    return _sent(refused_attributes(refusal), refused_content(refusal))


def _sent(attributes: str, content: str) -> bytes:
    name = "m:SendNotification"
    header = f'<t:RequestServerVersion {DECLARED} Version="Exchange2013"/>'
    return write_envelope(
        f"<{name} {DECLARED}><m:ResponseMessages><{name}ResponseMessage {attributes}>{content}"
        f"</{name}ResponseMessage></m:ResponseMessages></{name}>",
        header,
    )


def read_send_notification_result(answer: bytes) -> str:
    """What a subscriber says to a notification: ``OK`` or ``Unsubscribe``.

    Raises ``Malformed`` or ``SchemaViolation``.
    """
    result = read_envelope(parse(answer)).operation
    return one_of(required(result, M + "SubscriptionStatus"), frozenset({"OK", "Unsubscribe"}))


def write_notification(id_: str, mailbox: str, events: Iterable[Any]) -> str:
    """News of one subscription in a stream. Clients read it in the messages' namespace, whatever the schema says."""
    written = "".join([_event(event, mailbox, with_mark=False) for event in events])
    return f"<m:Notification><t:SubscriptionId>{id_}</t:SubscriptionId>{written}</m:Notification>"


def write_streamed(notifications: Iterable[str] = (), status: str = "") -> str:
    """One answer in a stream: news, or a status (``OK``, ``Closed``), or both."""
    written = "".join(notifications)
    news = f"<m:Notifications>{written}</m:Notifications>" if written else ""
    return _streamed('ResponseClass="Success"', f"<m:ResponseCode>NoError</m:ResponseCode>{news}{_status(status)}")


def write_streamed_refusal(refusal: Refusal, ids: Iterable[str]) -> str:
    """The last answer of a stream: why it ends, and the subscriptions at fault.

    Clients read their identifiers in the messages' namespace, whatever the schema says.
    """
    named = "".join([f"<m:SubscriptionId>{escape(id_)}</m:SubscriptionId>" for id_ in ids])
    wrong = f"<m:ErrorSubscriptionIds>{named}</m:ErrorSubscriptionIds>" if named else ""
    return _streamed(refused_attributes(refusal), f"{refused_content(refusal)}{wrong}{_status('Closed')}")


def _status(status: str) -> str:
    return f"<m:ConnectionStatus>{status}</m:ConnectionStatus>" if status else ""


def _streamed(attributes: str, content: str) -> str:
    name = "m:GetStreamingEventsResponse"
    return (
        f"<{name} {DECLARED}><m:ResponseMessages><{name}Message {attributes}>{content}</{name}Message>"
        f"</m:ResponseMessages></{name}>"
    )


def _event(event: Any, mailbox: str, *, with_mark: bool) -> str:
    """One event (the model's) as its element; ``mailbox`` is whose it is."""
    parts = [f"<t:{event.kind}>"]
    if with_mark:
        parts.append(f"<t:Watermark>{write_mark(*event.mark)}</t:Watermark>")
    parts.append(f"<t:TimeStamp>{write_instant(event.at)}</t:TimeStamp>")
    if event.folder:
        parts.append(_name("FolderId", IdKind.FOLDER, mailbox, event.folder, event.change_key))
    else:
        parts.append(_name("ItemId", IdKind.ITEM, mailbox, event.item, event.change_key))
    parts.append(_name("ParentFolderId", IdKind.FOLDER, mailbox, event.parent))
    if event.old_folder:
        parts.append(_name("OldFolderId", IdKind.FOLDER, mailbox, event.old_folder))
    elif event.old_item:
        parts.append(_name("OldItemId", IdKind.ITEM, mailbox, event.old_item))
    if event.old_parent:
        parts.append(_name("OldParentFolderId", IdKind.FOLDER, mailbox, event.old_parent))
    if event.unread is not None:
        parts.append(f"<t:UnreadCount>{event.unread}</t:UnreadCount>")
    parts.append(f"</t:{event.kind}>")
    return "".join(parts)


def _name(element: str, kind: IdKind, mailbox: str, row: int, change_key: int | None = None) -> str:
    key = "" if change_key is None else f' ChangeKey="{write_change_key(change_key)}"'
    return f'<t:{element} Id="{write_id(kind, mailbox, row)}"{key}/>'
