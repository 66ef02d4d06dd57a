"""Items of another Exchange server as they are kept here."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from samband.exchange.actions.imports import Arrival
from samband.exchange.ews.drafts import draft_of
from samband.exchange.imports.ews_client import EwsClient
from samband.exchange.imports.source import Left
from samband.exchange.messages import IN_MIME
from samband.model import calendar_items
from samband.model.failures import Failure
from samband.model.item_requests import Draft, DraftAttachment
from samband.model.items import PROPERTIES, Attachment, CalendarProperties, ItemKind
from samband.model.occurrences import Series
from samband.model.recurrence import DeletedOccurrence
from samband.wire.ews.client import mailboxes
from samband.wire.ews.client.answers import Refused
from samband.wire.ews.client.items import ForeignItem, read_foreign, read_hanging
from samband.wire.ews.client.mailboxes import field
from samband.wire.ews.fields.errors import PropertyError
from samband.wire.ews.fields.reading import GivenItem
from samband.wire.ews.names import T
from samband.wire.xml.reading import Element, SchemaViolation, local_name, text
from samband.wire.xml.values import read_instant

_AT_A_TIME = 10
"""Attachments a request."""
_SAID = """
    item:ItemClass item:Categories item:DateTimeReceived item:DateTimeSent item:DateTimeCreated item:Importance
    item:ReminderDueBy item:ReminderIsSet item:ReminderMinutesBeforeStart item:IsDraft item:IsSubmitted item:IsFromMe
    item:IsAssociated item:LastModifiedName item:LastModifiedTime item:Culture item:Flag item:Subject
    message:IsRead message:BccRecipients message:ConversationIndex message:ConversationTopic
    message:IsResponseRequested message:ReceivedBy message:ReceivedRepresenting
"""
_MESSAGE = tuple(field(uri) for uri in _SAID.split())
_REST = tuple(field(uri) for uri in ("item:Flag", "item:Body"))
PATHS = {True: _MESSAGE, False: _REST}
"""What is asked for beyond the base shape: of messages that come as MIME, and of others."""
_NOT_HERE = frozenset({"associated_calendar_item", "has_attachments"})


class Reader:
    """Reads items, and fetches what hangs on them."""

    def __init__(self, client: EwsClient) -> None:
        self._client = client

    async def read(self, key: str, element: Element) -> list[Arrival | Left]:
        """An item with everything that belongs to it, and what of it is left behind."""
        left: list[Arrival | Left] = []
        label = f"{local_name(element)} {text(element.find(T + 'Subject'))[:60]!r}"
        try:
            foreign = read_foreign(element)
            draft = await self._draft(foreign, label, left)
            draft = _with_gone(draft, foreign)
            exceptions = await self._exceptions(foreign, label, left)
        except (SchemaViolation, PropertyError) as error:
            return [Left(label, str(error))]
        except Failure as failure:
            return [Left(label, failure.text)]
        return [Arrival(key=key, draft=draft, exceptions=exceptions), *left]

    async def _draft(self, foreign: ForeignItem, label: str, left: list[Arrival | Left]) -> Draft:
        left += [Left(f"{label}: {name}", "it does not read", False) for name in foreign.unread]
        given = _kept(foreign)
        if given.mime is not None:
            # What the message itself says it says better: names, encodings and the order of its parts.
            for name in IN_MIME & given.values.keys():
                del given.values[name]
        draft = draft_of(given, UTC)
        if given.mime is not None or not foreign.hanging:
            return draft
        files = await self._hanging(foreign.hanging, label, left)
        return msgspec.structs.replace(draft, attachments=files)

    async def _hanging(
        self, heads: tuple[Element, ...], label: str, left: list[Arrival | Left]
    ) -> tuple[DraftAttachment, ...]:
        identifiers = [one.get("Id", "") for head in heads for one in head.iterchildren(T + "AttachmentId")]
        found: list[DraftAttachment] = []
        for start in range(0, len(identifiers), _AT_A_TIME):
            part = identifiers[start : start + _AT_A_TIME]
            answer = await self._client.ask(mailboxes.attachments(part), "Exchange2013")
            for one in mailboxes.read_attachments(answer):
                try:
                    found.append(self._attachment(one))
                except (Refused, SchemaViolation, PropertyError, Failure) as error:
                    why = error.text if isinstance(error, Failure) else str(error)
                    left.append(Left(f"{label}: attachment", why, False))
        return tuple(found)

    @staticmethod
    def _attachment(found: Element | Refused) -> DraftAttachment:
        if isinstance(found, Refused):
            raise found
        given = read_hanging(found)
        head = msgspec.convert({"id": 0, "name": "", **given.head}, Attachment)
        if given.item is None:
            return DraftAttachment(head, given.content or b"")
        return DraftAttachment(head, item=draft_of(_kept(read_foreign(given.item)), UTC))

    async def _exceptions(
        self, foreign: ForeignItem, label: str, left: list[Arrival | Left]
    ) -> dict[datetime, CalendarProperties]:
        found: dict[datetime, CalendarProperties] = {}
        for start in range(0, len(foreign.changed), _AT_A_TIME):
            part = foreign.changed[start : start + _AT_A_TIME]
            body = mailboxes.items([identifier for identifier, _ in part], "AllProperties", _REST, False)
            answer = mailboxes.read_items(await self._client.ask(body, "Exchange2013"))
            for (_, original), one in zip(part, answer, strict=True):
                if isinstance(one, Refused):
                    left.append(Left(f"{label}: the occurrence of {original}", str(one), False))
                    continue
                properties = draft_of(_kept(read_foreign(one)), UTC).properties
                assert isinstance(properties, CalendarProperties)
                found[_instant(original)] = properties
        return found


def _kept(foreign: ForeignItem) -> GivenItem:
    """What of an item is kept and not computed here, or named otherwise."""
    given = foreign.given
    fields = frozenset(PROPERTIES[ItemKind(given.kind)].__struct_fields__) - _NOT_HERE
    for name in given.values.keys() - fields:
        del given.values[name]
    return given


def _instant(written: str) -> datetime:
    try:
        return read_instant(written, UTC)
    except ValueError:
        raise SchemaViolation("an occurrence without its time") from None


def _with_gone(draft: Draft, foreign: ForeignItem) -> Draft:
    """A series without the occurrences that are deleted."""
    properties = draft.properties
    if draft.kind is not ItemKind.CALENDAR_ITEM or not foreign.gone:
        return draft
    assert isinstance(properties, CalendarProperties)
    series = _series(properties)
    gone: dict[int, Any] = {}
    for written in foreign.gone:
        start = _instant(written)
        ordinal = series.ordinal(start)
        if ordinal is not None:
            gone[ordinal] = DeletedOccurrence(ordinal, start)
    deleted = tuple(gone[ordinal] for ordinal in sorted(gone))
    return msgspec.structs.replace(draft, properties=msgspec.structs.replace(properties, deleted_occurrences=deleted))


def _series(properties: CalendarProperties) -> Series:
    return calendar_items.series_of_item(calendar_items.arranged(properties))
