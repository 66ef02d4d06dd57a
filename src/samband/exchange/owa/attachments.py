"""Files in the web client: hung on drafts and taken off them, shown with a message, kept by who reads it."""

from __future__ import annotations

import asyncio
import html
import re
from typing import Any
from urllib.parse import urlsplit

import msgspec

from samband.exchange.actions.attachments import AttachmentRef, Content, unpacked
from samband.exchange.ical import calendar_text
from samband.exchange.messages import mime_of
from samband.exchange.owa.call import ALWAYS, Call, Handlers, Number, answer, done
from samband.exchange.owa.file_names import disposition, file_name
from samband.exchange.owa.html import PICTURES, POLICY, harmless
from samband.exchange.owa.items import draft_of, item_of
from samband.model.failures import Failure
from samband.model.item_requests import DraftAttachment, ItemRef
from samband.model.item_values import BodyKind
from samband.model.items import Attachment, Item, ItemKind
from samband.wire.http import HttpResponse

MAX_FILES = 25 * 1024 * 1024
"""Bytes of all files of a message: in base64 it is still one that mail servers take."""
MAX_PICTURES = 10 * 1024 * 1024
"""Bytes of pictures that are shown inside a message."""
_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,60}/[A-Za-z0-9!#$&^_.+-]{1,100}")
_UNKNOWN = "application/octet-stream"
_CIDS = re.compile(r"cid:([^\"'>\s)]+)", re.IGNORECASE)


class Taken(msgspec.Struct, forbid_unknown_fields=True):
    """A file that is to be taken off a draft."""

    draft: Number
    id: Number


def files_of(item: Item) -> list[dict[str, Any]]:
    """What hangs on an item and is not shown inside its text."""
    inside = _referenced(item)
    return [_file(one) for one in item.attachments if not (one.is_inline and _is_picture(one, inside))]


def _file(one: Attachment) -> dict[str, Any]:
    path = one.reference.path if one.reference is not None else ""
    return {
        "id": one.id,
        "name": file_name(one.name) + _ENDINGS.get(one.kind, ".eml") if one.kind is not None else file_name(one.name),
        "size": one.size,
        "type": one.content_type,
        "link": path if urlsplit(path).scheme in ("http", "https") else "",
    }


_ENDINGS = {ItemKind.CALENDAR_ITEM: ".ics"}


def _is_picture(one: Attachment, inside: frozenset[str]) -> bool:
    return one.kind is None and one.content_type.lower() in PICTURES and _cid(one) in inside


def _cid(one: Attachment) -> str:
    return one.content_id.strip("<> ")


def _referenced(item: Item) -> frozenset[str]:
    """The Content-IDs that the text shows pictures by."""
    body = item.properties.body
    if body is None or body.kind is not BodyKind.HTML:
        return frozenset()
    return frozenset(html.unescape(one) for one in _CIDS.findall(body.content))


async def attach(call: Call) -> HttpResponse:
    """Hang the file in the body on a draft, as the query names it."""
    name, content = file_name(call.word("name")), call.request.body
    item = await draft_of(call, call.number("draft"))
    if sum(one.size for one in item.attachments) + len(content) > MAX_FILES:
        size = f"{MAX_FILES // 1024 // 1024} MB"
        text = f"{name} is too large: all files of a message together may have {size}."
        raise Failure("ErrorAttachmentSizeLimitExceeded", text)
    kind = call.request.headers.get("Content-Type").partition(";")[0].strip()
    head = Attachment(id=0, name=name, content_type=kind if _TYPE.fullmatch(kind) else _UNKNOWN)
    ref = ItemRef(call.mailbox, item.id)
    _, (made,) = await call.exchange.attachments.create(call.caller, ref, [DraftAttachment(head, content)])
    return answer(_file(made), 201)


async def detach(call: Call) -> HttpResponse:
    """Take a file off a draft."""
    wish = call.read(Taken)
    item = await draft_of(call, wish.draft)
    if all(one.id != wish.id for one in item.attachments):
        raise Failure("ErrorItemNotFound", "This file is not attached any more.")
    await call.exchange.attachments.delete(call.caller, AttachmentRef(call.mailbox, wish.id))
    return done()


async def download(call: Call) -> HttpResponse:
    """What hangs on a message, to be kept and not to be shown."""
    ref = AttachmentRef(call.mailbox, call.number("id"))
    found = await call.exchange.attachments.get(call.caller, ref)
    name = _file(found.attachment)["name"]
    headers = [
        ("Content-Type", _UNKNOWN),
        ("Content-Disposition", disposition(name)),
        ("Content-Security-Policy", "sandbox; default-src 'none'"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Cache-Control", "private, no-cache"),
    ]
    return HttpResponse(200, [*headers, *ALWAYS], await asyncio.to_thread(_content, found))


def _content(found: Content) -> bytes:
    if found.item is None:
        return found.data
    if found.item.kind is ItemKind.CALENDAR_ITEM:
        return calendar_text(found.item, {}).encode()
    return mime_of(found.item, found.files, found.mime, unpacked)


async def body(call: Call) -> HttpResponse:
    """The text of a message, made harmless, for a frame of its own, with the pictures that stand in it."""
    item = await item_of(call, call.number("id"))
    inside = _referenced(item)
    pictures: dict[str, tuple[str, bytes]] = {}
    held = 0
    for one in item.attachments:
        if _is_picture(one, inside):
            held += one.size
            if held <= MAX_PICTURES:
                found = await call.exchange.attachments.get(call.caller, AttachmentRef(call.mailbox, one.id))
                pictures[_cid(one)] = (one.content_type.lower(), found.data)
    shown = await asyncio.to_thread(harmless, item.properties.body, pictures)
    headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Security-Policy", POLICY)]
    return HttpResponse(200, [*headers, ("Cache-Control", "no-store"), *ALWAYS], shown.encode())


HANDLERS: Handlers = {
    ("GET", "body"): body,
    ("GET", "attachment"): download,
    ("POST", "attach"): attach,
    ("POST", "detach"): detach,
}
