"""Messages that a mailbox writes by itself, and whether it may."""

from __future__ import annotations

from datetime import datetime

import msgspec

from samband.exchange.actions.delivery import Incoming
from samband.exchange.actions.making import Maker
from samband.exchange.actions.routing import Letter
from samband.model import automatic, replies
from samband.model.item_requests import Draft, DraftAttachment, ResponseKind
from samband.model.item_values import EmailAddress
from samband.model.items import ItemKind, MessageProperties
from samband.model.people import Person


class AutomaticMail:
    """Writes it."""

    def __init__(self, maker: Maker) -> None:
        self._maker = maker

    def item_class(self, incoming: Incoming) -> str:
        """The class of a message that comes in."""
        return self._maker.item_class(incoming.draft)

    def may_answer(self, incoming: Incoming, what: str) -> bool:
        """Whether a message may be answered with ``what`` (``OOF``, ``AutoReply``)."""
        sent = incoming.draft.properties
        if not isinstance(sent, MessageProperties) or automatic.suppresses(sent, what):
            return False
        return automatic.may_answer(sent, self.item_class(incoming), incoming.sender, own(incoming))

    def answer(
        self,
        incoming: Incoming,
        wish: MessageProperties,
        item_class: str,
        now: datetime,
        files: tuple[DraftAttachment, ...] = (),
    ) -> Letter:
        """An answer to whom the message came from. Nobody answers that, and nothing reports on it."""
        to = author(incoming)
        start = replies.start(
            ResponseKind.REPLY,
            incoming.received,
            msgspec.structs.replace(wish, to_recipients=(to,)),
            new_body=False,
            me=(),
            at=now,
        )
        message = automatic.marked(start, ("Auto-Submitted", "auto-replied"), (automatic.SUPPRESS, "All"))
        return Letter((to,), self.draft(message, incoming.stop.person, now, files, item_class))

    def draft(
        self,
        message: MessageProperties,
        person: Person,
        now: datetime,
        files: tuple[DraftAttachment, ...] = (),
        item_class: str = "",
    ) -> Draft:
        """A message of ``person``'s, as it is sent."""
        written = self._maker.written(msgspec.structs.replace(message, date_time_sent=now), person, now)
        return Draft(kind=ItemKind.MESSAGE, item_class=item_class, properties=written, attachments=files)


def own(incoming: Incoming) -> frozenset[str]:
    """The addresses of the mailbox that a message comes into, in lower case."""
    return frozenset(address.lower() for address in incoming.stop.person.smtp_addresses)


def author(incoming: Incoming) -> EmailAddress:
    """Whom the envelope says a message is from, with the name that the message has for them."""
    message = incoming.received
    for one in (message.from_, message.sender):
        if one is not None and one.address.lower() == incoming.sender.lower():
            return one
    return EmailAddress("", incoming.sender)
