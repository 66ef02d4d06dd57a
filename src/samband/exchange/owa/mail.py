"""Mail in the web client: folders, lists and what is looked for, one message, moving, deleting, invitations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from samband.exchange.actions.find import Load, Span
from samband.exchange.actions.queries import Order, Query
from samband.exchange.owa.attachments import files_of
from samband.exchange.owa.call import Call, Handlers, Number, answer, done
from samband.exchange.owa.items import item_of
from samband.exchange.restricted import query_of
from samband.model.failures import Failure
from samband.model.folders import Folder, FolderById, FolderKind, NamedFolder
from samband.model.item_requests import (
    ConflictResolution,
    DeleteType,
    Edit,
    EditAction,
    ItemRef,
)
from samband.model.item_values import BodyKind, EmailAddress, ResponseType
from samband.model.items import (
    Item,
    MeetingMessageProperties,
)
from samband.wire.ews.fields.errors import PropertyError
from samband.wire.ews.query_strings import read_query_string
from samband.wire.http import HttpResponse

MOST = 200
"""Messages in one page of a list."""
_FIRST = ("inbox", "drafts", "sentitems", "deleteditems", "junkemail")
_HIDDEN = frozenset({"outbox", "syncissues", "conflicts", "localfailures", "serverfailures", "conversationhistory"})
_MOST_CONFLICTS = 5
_ANSWERED = frozenset({ResponseType.ACCEPT, ResponseType.TENTATIVE, ResponseType.DECLINE})
_NEVER = datetime.min.replace(tzinfo=UTC)
_NEWEST = Order(lambda item: [item.properties.date_time_received], "received", True)


class Who(msgspec.Struct):
    """A correspondent."""

    name: str
    address: str


class Marked(msgspec.Struct, forbid_unknown_fields=True):
    """A message that is to be read, or unread."""

    id: Number
    read: bool


class Named(msgspec.Struct, forbid_unknown_fields=True):
    """A message."""

    id: Number


class Moved(msgspec.Struct, forbid_unknown_fields=True):
    """A message that is to be in another folder."""

    id: Number
    folder: Number


async def folders(call: Call) -> HttpResponse:
    """The folders that hold mail, the usual ones first, others with their depth."""
    found = await _folders(call)
    shown = [one for one in found if _holds_mail(one)]
    parents = {one.id: one.parent for one in found}
    return answer([_folder(one, parents) for one in sorted(shown, key=_place)])


async def _folders(call: Call) -> Sequence[Folder]:
    (found,) = await call.exchange.folders.find(
        call.caller, [NamedFolder("msgfolderroot")], deep=True, test=lambda _: True
    )
    if isinstance(found, Failure):
        raise found
    return found


def _holds_mail(folder: Folder) -> bool:
    mail = folder.kind is FolderKind.FOLDER and folder.folder_class.lower() in ("", "ipf.note")
    return mail and folder.role not in _HIDDEN


def _place(folder: Folder) -> int:
    return _FIRST.index(folder.role) if folder.role in _FIRST else len(_FIRST)


def _folder(folder: Folder, parents: dict[int, int]) -> dict[str, Any]:
    depth, parent = 0, folder.parent
    while parent in parents and depth < 8:
        depth, parent = depth + 1, parents[parent]
    return {
        "id": folder.id,
        "name": folder.name,
        "role": folder.role,
        "unread": folder.unread,
        "total": folder.total,
        "depth": depth,
    }


async def messages(call: Call) -> HttpResponse:
    """A page of a folder, the newest first."""
    start, count = call.number("start", 0), call.number("count", 50, MOST)
    ref = FolderById(call.mailbox, call.number("folder"))
    (found,) = await call.exchange.find.items(
        call.caller, [ref], Query(orders=(_NEWEST,)), lambda _total, _seek: Span(start, count), Load()
    )
    if isinstance(found, Failure):
        raise found
    return answer({"total": found.total, "messages": [_row(one) for one in found.items if isinstance(one, Item)]})


async def search(call: Call) -> HttpResponse:
    """What of all mail the words find, the newest first: a query string as Outlook takes it (``from:bob budget``)."""
    count = call.number("count", 50, MOST)
    try:
        wanted = read_query_string(call.word("q"), UTC, call.exchange.clock())
    except PropertyError as error:
        raise Failure(error.code, error.text) from None
    names = {one.id: one.name for one in await _folders(call) if _holds_mail(one)}
    refs = [FolderById(call.mailbox, one) for one in names]
    query = query_of(wanted)._replace(orders=(_NEWEST,))
    pages = await call.exchange.find.items(call.caller, refs, query, lambda _total, _seek: Span(0, count), Load())
    found = [page for page in pages if not isinstance(page, Failure)]
    rows = [{**_row(one), "folder": names[one.folder]} for page in found for one in page.items if isinstance(one, Item)]
    rows.sort(key=lambda row: row["received"] or _NEVER, reverse=True)
    return answer({"total": sum(page.total for page in found), "messages": rows[:count]})


def _row(item: Item) -> dict[str, Any]:
    own = item.properties
    sender = getattr(own, "from_", None) or getattr(own, "sender", None)
    return {
        "id": item.id,
        "kind": item.kind.value,
        "subject": own.subject,
        "from": _who(sender),
        "to": own.display_to,
        "received": own.date_time_received or own.date_time_created,
        "read": bool(getattr(own, "is_read", True)),
        "draft": own.is_draft,
        "important": own.importance.value == "High",
        "attachments": own.has_attachments,
        "preview": own.preview,
    }


def _who(one: EmailAddress | None) -> Who | None:
    return None if one is None else Who(one.name or one.address, one.address)


async def message(call: Call) -> HttpResponse:
    """One message, without its body."""
    item = await item_of(call, call.number("id"))
    own = item.properties
    # The blind ones are the sender's own affair, and theirs only while they write.
    lists = ("to", "cc", "bcc") if own.is_draft else ("to", "cc")
    people = {name: [_who(one) for one in getattr(own, f"{name}_recipients", ())] for name in lists}
    meeting = await _meeting(call, item) if isinstance(own, MeetingMessageProperties) else None
    text = own.body_as(BodyKind.TEXT)
    formatted = own.body is not None and own.body.kind is BodyKind.HTML
    whole = {"meeting": meeting, "files": files_of(item), "text": text.content if text else "", "formatted": formatted}
    return answer({**_row(item), **people, **whole})


async def _meeting(call: Call, item: Item) -> dict[str, Any]:
    """What a message about a meeting says of it, and what stands at the same time in the calendar."""
    own = item.properties
    assert isinstance(own, MeetingMessageProperties)
    beside = (await call.exchange.calendar.beside(item)).conflicting or ()
    return {
        "start": own.start,
        "end": own.end,
        "allDay": getattr(own, "is_all_day_event", False),
        "location": own.location,
        "join": getattr(own, "join_online_meeting_url", ""),
        "answered": getattr(own, "my_response_type", ResponseType.UNKNOWN) in _ANSWERED,
        "outOfDate": own.is_out_of_date,
        "conflicts": [one.properties.subject for one in beside[:_MOST_CONFLICTS]],
    }


async def mark(call: Call) -> HttpResponse:
    """Mark a message as read or unread."""
    wish = call.read(Marked)
    edits = [Edit(EditAction.SET, "is_read", wish.read, path="message:IsRead")]
    ref = ItemRef(call.mailbox, wish.id)
    await call.exchange.mail.update(call.caller, ref, edits, ConflictResolution.ALWAYS_OVERWRITE)
    return done()


async def move(call: Call) -> HttpResponse:
    """Put a message into another folder; it has another number there."""
    wish = call.read(Moved)
    place = await call.exchange.folders.visit(call.caller, FolderById(call.mailbox, wish.folder))
    moved = await call.exchange.items.move(call.caller, ItemRef(call.mailbox, wish.id), place)
    return answer({"id": moved.id})


async def delete(call: Call) -> HttpResponse:
    """Delete a message: to Deleted Items, and from there to where it can be recovered from."""
    ref = ItemRef(call.mailbox, call.read(Named).id)
    (found,) = await call.exchange.items.get(call.caller, [ref], heavy=False, attachments=False)
    if isinstance(found, Failure):
        raise found
    bin_ = (await call.exchange.folders.ensure(call.mailbox))["deleteditems"]
    how = DeleteType.SOFT if found.item.folder == bin_ else DeleteType.MOVE_TO_DELETED
    await call.exchange.deletions.delete(call.caller, ref, how)
    return done()


HANDLERS: Handlers = {
    ("GET", "folders"): folders,
    ("GET", "messages"): messages,
    ("GET", "search"): search,
    ("GET", "message"): message,
    ("POST", "mark"): mark,
    ("POST", "move"): move,
    ("POST", "delete"): delete,
}
