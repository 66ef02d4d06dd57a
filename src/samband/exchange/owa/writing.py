"""Writing mail in the web client: drafts, sending, answers, and whom somebody means by what they typed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Literal

import msgspec

from samband.exchange.actions.meeting_forwards import is_invitation
from samband.exchange.owa.call import Call, Handlers, Number, answer, done
from samband.exchange.owa.items import draft_of, item_of
from samband.model.failures import Failure
from samband.model.item_requests import (
    ConflictResolution,
    DeleteType,
    Disposition,
    Draft,
    DraftAttachment,
    Edit,
    EditAction,
    ItemRef,
    Response,
    ResponseKind,
)
from samband.model.item_values import Body, BodyKind, EmailAddress
from samband.model.items import Item, ItemKind, MessageProperties
from samband.model.people import Person
from samband.wire.http import HttpResponse

MAX_TYPED = 64 * 1024
"""Characters of a field of recipients."""
_PARTS = re.compile(r'(?:"[^"]*"|[^";,])+')
_NAMED = re.compile(r"([^<]*)<([^<>]+)>")
_ADDRESS = re.compile(r"[^\s@<>,;\"]{1,64}@[^\s@<>,;\"]{1,253}")
_ANSWERS = {"reply": ResponseKind.REPLY, "reply-all": ResponseKind.REPLY_ALL, "forward": ResponseKind.FORWARD}


class Letter(msgspec.Struct, forbid_unknown_fields=True):
    """What somebody writes. Recipients are as they were typed; ``answers`` names the message it is about.

    ``draft`` is what is kept of it already.
    """

    text: str
    to: str = ""
    cc: str = ""
    bcc: str = ""
    subject: str = ""
    kind: Literal["new", "reply", "reply-all", "forward"] = "new"
    answers: Number = 0
    draft: Number = 0

    @property
    def is_addressed(self) -> bool:
        """Whether anybody was named: else an answer goes to whom it answers."""
        return bool(f"{self.to}{self.cc}{self.bcc}".strip())


async def send(call: Call) -> HttpResponse:
    """Send a new message, an answer, or a message on to others; no draft of it is left."""
    letter = call.read(Letter)
    properties = _properties(call, letter, as_typed=False)
    if letter.kind == "forward" and is_invitation((await item_of(call, letter.answers)).properties):
        await _invite(call, letter, properties)
    elif letter.kind == "new" and not letter.draft:
        await _make(call, letter, properties, Disposition.SEND_AND_SAVE_COPY)
    elif letter.draft:
        await _send(call, letter, properties)
    else:
        (made,) = await _make(call, letter, properties, Disposition.SAVE_ONLY)
        try:
            await _send(call, msgspec.structs.replace(letter, draft=made.id), properties)
        except Failure:
            await _forget(call, made.id)
            raise
    return done()


async def _send(call: Call, letter: Letter, properties: MessageProperties) -> None:
    await _rewrite(call, letter, properties, Disposition.SEND_AND_SAVE_COPY)
    if letter.kind != "new":
        ref = ItemRef(call.mailbox, letter.answers)
        await call.exchange.mail.remember(call.caller, ref, _ANSWERS[letter.kind])


async def keep(call: Call) -> HttpResponse:
    """Keep what is written so far among the drafts, instead of what was kept of it before; its number now."""
    letter = call.read(Letter)
    properties = _properties(call, letter, as_typed=True)
    if letter.draft:
        kept = await _rewrite(call, letter, properties, Disposition.SAVE_ONLY)
        return answer({"id": letter.draft if kept is None else kept.id})
    (made,) = await _make(call, letter, properties, Disposition.SAVE_ONLY)
    return answer({"id": made.id})


def _properties(call: Call, letter: Letter, *, as_typed: bool) -> MessageProperties:
    return MessageProperties(
        subject=letter.subject,
        body=Body(BodyKind.TEXT, letter.text),
        to_recipients=recipients(call, letter.to, as_typed=as_typed),
        cc_recipients=recipients(call, letter.cc, as_typed=as_typed),
        bcc_recipients=recipients(call, letter.bcc, as_typed=as_typed),
        is_read=True,
    )


async def _make(
    call: Call,
    letter: Letter,
    properties: MessageProperties,
    disposition: Disposition,
    files: tuple[DraftAttachment, ...] = (),
) -> Sequence[Item]:
    draft = Draft(kind=ItemKind.MESSAGE, properties=properties, attachments=files)
    if letter.kind == "new":
        return await call.exchange.mail.create(call.caller, draft, None, disposition)
    return await call.exchange.mail.respond(call.caller, _response(call, letter, draft), None, disposition)


def _response(call: Call, letter: Letter, draft: Draft) -> Response:
    about = ItemRef(call.mailbox, letter.answers)
    kind = _ANSWERS[letter.kind]
    if kind is ResponseKind.REPLY_ALL and letter.is_addressed:
        # Whom the form does not name any more is not to come back as one of all.
        kind = ResponseKind.REPLY
    return Response(kind=kind, reference=about, draft=draft, new_body=True)


async def _rewrite(call: Call, letter: Letter, properties: MessageProperties, disposition: Disposition) -> Item | None:
    """Put what is written in the place of what the draft says; its attachments and all else of it stay."""
    if letter.kind != "new":
        # An answer quotes the original as it is, formatted or not: each time anew, from the original.
        draft = Draft(kind=ItemKind.MESSAGE, properties=properties)
        started = await call.exchange.mail.answer(call.caller, _response(call, letter, draft))
        properties = msgspec.structs.replace(properties, body=started.body, subject=started.subject)
        if not letter.is_addressed:
            people = {"to_recipients": started.to_recipients, "cc_recipients": started.cc_recipients}
            properties = msgspec.structs.replace(properties, **people)
    edits = [
        Edit(EditAction.SET, "subject", properties.subject, path="item:Subject"),
        Edit(EditAction.SET, "to_recipients", properties.to_recipients, path="message:ToRecipients"),
        Edit(EditAction.SET, "cc_recipients", properties.cc_recipients, path="message:CcRecipients"),
        Edit(EditAction.SET, "bcc_recipients", properties.bcc_recipients, path="message:BccRecipients"),
    ]
    before = (await draft_of(call, letter.draft)).properties.text_body
    if letter.kind != "new" or before is None or _bare(before.content) != _bare(letter.text):
        # A formatted text stays so until somebody changes it.
        edits.append(Edit(EditAction.SET, "body", properties.body, path="item:Body"))
    ref = ItemRef(call.mailbox, letter.draft)
    return await call.exchange.mail.update(call.caller, ref, edits, ConflictResolution.ALWAYS_OVERWRITE, disposition)


def _bare(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


async def _invite(call: Call, letter: Letter, properties: MessageProperties) -> None:
    """Send an invitation on: it is one to who gets it, with what was attached besides, and the draft of it goes."""
    if not letter.draft:
        await _make(call, letter, properties, Disposition.SEND_AND_SAVE_COPY)
        return
    draft, original = await draft_of(call, letter.draft), await item_of(call, letter.answers)
    theirs = {one.blob for one in original.attachments}
    held = await call.exchange.attachments.files(draft)
    files = tuple(DraftAttachment(head, content) for head, content in held if head.blob not in theirs)
    await _make(call, letter, properties, Disposition.SEND_AND_SAVE_COPY, files)
    await _forget(call, letter.draft)


async def _forget(call: Call, draft: int) -> None:
    """Take away a draft that the message sent stands for; it may be gone already."""
    with suppress(Failure):
        await call.exchange.deletions.delete(call.caller, ItemRef(call.mailbox, draft), DeleteType.HARD)


def recipients(call: Call, typed: str, *, as_typed: bool = False) -> tuple[EmailAddress, ...]:
    """Whom somebody means by what they typed: addresses, or names the directory knows. Raises ``Failure``.

    ``as_typed``: what is no address is kept as a name without one; it may be half of a name yet.
    """
    if len(typed) > MAX_TYPED:
        raise Failure("ErrorInvalidRecipients", "There are too many recipients.")
    parts = [part.strip() for part in _PARTS.findall(typed)]
    return tuple(_recipient(call, part, as_typed) for part in parts if part)


def understood(call: Call, typed: str) -> list[EmailAddress]:
    """Those of ``recipients`` who are somebody already, of what is being typed. Raises ``Failure``."""
    found: list[EmailAddress] = []
    for part in _PARTS.findall(typed[:MAX_TYPED]):
        with suppress(Failure):
            found += recipients(call, part)
    return found


def _recipient(call: Call, part: str, as_typed: bool) -> EmailAddress:
    named = _NAMED.fullmatch(part)
    name, word = (named[1].strip(' "'), named[2].strip()) if named else ("", part)
    if as_typed and not _ADDRESS.fullmatch(word):
        return EmailAddress(part, "")
    directory = call.exchange.directory
    known = directory.by_smtp(word) if "@" in word else _only(directory.search(word, 2))
    if known is not None and known.primary_smtp:
        return EmailAddress(known.displayName, known.primary_smtp)
    if not _ADDRESS.fullmatch(word):
        raise Failure("ErrorInvalidRecipients", f"{word!r} is no address, and no one person in the directory.")
    return EmailAddress(name, word)


def _only(people: Sequence[Person]) -> Person | None:
    return people[0] if len(people) == 1 else None


HANDLERS: Handlers = {("POST", "send"): send, ("POST", "draft"): keep}
