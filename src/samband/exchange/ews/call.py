"""One EWS request on its way to a handler, and how a handler answers.

A handler is ``async def handle(call: Call, element: Element) -> Answer``: it reads ``element`` with
``wire/ews/<family>.py``, asks ``call.exchange.<family>``, and returns the whole ``<m:XResponse>`` as text (or a stream
of envelopes). A ``Failure`` raised out of it becomes a SOAP fault; a failure of one input of a batch is put in its
place with ``refusal(failure)`` and ``wire.ews.responses.write_batch``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from samband.exchange.actions.exchange import Exchange
from samband.exchange.ews.push import Pusher
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.people import Person
from samband.wire.ews.responses import Refusal
from samband.wire.ews.versions import ServerBuild, ServerVersion
from samband.wire.http import HttpRequest
from samband.wire.xml.reading import Element
from samband.wire.xml.text import escape_attribute

Answer = str | AsyncIterator[bytes]
Handler = Callable[["Call", Element], Awaitable[Answer]]


@dataclass(slots=True)
class Call:
    """Who asks, in which schema version and time zone, and what answers.

    ``zone`` is what times without an offset are in; ``culture`` is the client's language tag, empty where unsaid.
    ``pusher`` sends notifications, where this site does; ``password_expires`` says when somebody's password does.
    ``reply_headers`` are added to the HTTP answer, ``reply_status`` is its status.
    """

    caller: Caller
    version: ServerVersion
    exchange: Exchange
    request: HttpRequest
    zone: tzinfo = UTC
    culture: str = ""
    build: ServerBuild = field(default_factory=ServerBuild)
    pusher: Pusher | None = None
    password_expires: Callable[[str], datetime | None] = lambda guid: None
    reply_headers: list[tuple[str, str]] = field(default_factory=list)
    reply_status: int = 200

    @property
    def person(self) -> Person:
        """The person the request acts as. Fails for an application that acts as itself."""
        if self.caller.person is None:
            raise no_mailbox()
        return self.caller.person

    @property
    def mailbox(self) -> str:
        """The guid of that person's mailbox. Fails where there is none."""
        guid = self.person.msExchMailboxGuid
        if not guid:
            raise no_mailbox()
        return guid


def no_mailbox() -> Failure:
    """What a request gets that needs the caller's own mailbox, from a caller without one."""
    return Failure(
        "ErrorMissingEmailAddress",
        "When making a request as an account that does not have a mailbox, you must specify the mailbox primary SMTP "
        "address for any distinguished folder Ids.",
    )


@dataclass(frozen=True, slots=True)
class Operation:
    """How one request element is answered, and since which schema version it exists."""

    handle: Handler
    since: ServerVersion = ServerVersion.Exchange2007


def refusal(failure: Failure) -> Refusal:
    """A verb's failure as a message of a batch. A fatal one goes on as what it is: a fault of the whole request.

    ``failure.path`` is a FieldURI, or the written XML of another kind of property path.
    """
    if failure.fatal:
        raise failure
    return Refusal(failure.code, failure.text, failure.details, path_xml(failure.path))


def path_xml(path: object) -> str:
    """The property path a failure names, as XML."""
    if not path:
        return ""
    written = str(path)
    return written if written.startswith("<") else f'<t:FieldURI FieldURI="{escape_attribute(written)}"/>'
