"""New items: from what somebody said to what is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec

from samband.exchange.actions.foundation import Foundation
from samband.model import bodies, conversations
from samband.model.failures import Failure
from samband.model.item_requests import Draft, DraftAttachment
from samband.model.item_values import EmailAddress
from samband.model.items import (
    DEFAULT_CLASS,
    ItemProperties,
    MessageProperties,
    PostItemProperties,
)
from samband.model.people import Person
from samband.store.attachments import NewAttachment, pack

P = TypeVar("P", bound=ItemProperties)
M = TypeVar("M", bound=MessageProperties)

MAX_NESTING = 10
"""How deep items may hang on items that hang on items."""
_CULTURE = "en-US"


def address_of(person: Person) -> EmailAddress:
    """A person as a correspondent."""
    return EmailAddress(person.displayName, person.primary_smtp, "SMTP", "Mailbox")


class Maker:
    """Fills in what the server sets of new items."""

    def __init__(self, base: Foundation) -> None:
        self._clock: Callable[[], datetime] = base.clock
        self._entropy = base.entropy

    def now(self) -> datetime:
        """The present second. Whole seconds are what answers say, so they are what is kept."""
        return self._clock().replace(microsecond=0)

    def message_id(self, person: Person) -> str:
        """A new Internet message identifier. It begins with the time, so that indexes grow at their ends."""
        domain = person.primary_smtp.rpartition("@")[2] or "localhost"
        return f"<{int(self._clock().timestamp() * 1_000_000):x}.{self._entropy(16).hex()}@{domain}>"

    def postmaster(self, person: Person) -> EmailAddress:
        """Who reports to ``person``."""
        return EmailAddress("Postmaster", f"postmaster@{person.primary_smtp.rpartition('@')[2]}")

    def item_class(self, draft: Draft) -> str:
        """The class an item gets."""
        return draft.item_class or DEFAULT_CLASS[draft.kind]

    def made(self, properties: P, person: Person, now: datetime) -> P:
        """Any new item of ``person``'s."""
        return msgspec.structs.replace(
            properties,
            date_time_created=now,
            date_time_received=properties.date_time_received or now,
            date_time_sent=properties.date_time_sent or now,
            last_modified_name=person.displayName,
            last_modified_time=now,
            culture=properties.culture or _CULTURE,
            preview=bodies.preview(properties.body),
        )

    def written(self, properties: M, person: Person, now: datetime) -> M:
        """A new message that ``person`` writes: from them, with an identifier, in a conversation."""
        me = address_of(person)
        message = msgspec.structs.replace(
            self.made(properties, person, now),
            from_=properties.from_ or me,
            sender=properties.sender or me,
            internet_message_id=properties.internet_message_id or self.message_id(person),
        )
        return conversations.joined(message, now)

    def posted(self, properties: PostItemProperties, person: Person, now: datetime) -> PostItemProperties:
        """A new post of ``person``'s."""
        me = address_of(person)
        post = msgspec.structs.replace(
            self.made(properties, person, now),
            from_=properties.from_ or me,
            sender=properties.sender or me,
            posted_time=now,
            internet_message_id=properties.internet_message_id or self.message_id(person),
        )
        return conversations.joined(post, now)

    def incoming(self, draft: Draft, now: datetime) -> Draft:
        """A message from outside. Raises ``TypeError`` where the draft is none."""
        properties = draft.properties
        if not isinstance(properties, MessageProperties):
            raise TypeError("only messages come in")
        message = msgspec.structs.replace(
            properties,
            date_time_sent=properties.date_time_sent or now,
            culture=_CULTURE,
            preview=bodies.preview(properties.body),
            internet_message_id=properties.internet_message_id or f"<{self._entropy(16).hex()}@localhost>",
        )
        return msgspec.structs.replace(draft, properties=conversations.joined(message, now))


def attached(drafts: Sequence[DraftAttachment], now: datetime | None, depth: int = 0) -> tuple[NewAttachment, ...]:
    """Attachments as the store takes them; items among them are packed. Raises ``Failure``."""
    if depth > MAX_NESTING:
        raise Failure("ErrorAttachmentNestLevelLimitExceeded", "Attachments are nested too deeply.")
    found = []
    for draft in drafts:
        head = msgspec.structs.replace(draft.head, last_modified_time=now)
        if draft.item is None:
            found.append(NewAttachment(head, draft.content))
            continue
        inner = draft.item
        content = pack(
            inner.kind,
            inner.item_class or DEFAULT_CLASS[inner.kind],
            inner.properties,
            attached(inner.attachments, now, depth + 1),
            inner.mime,
        )
        name = head.name or inner.properties.subject
        found.append(NewAttachment(msgspec.structs.replace(head, name=name, kind=inner.kind), content))
    return tuple(found)
