"""Instant messaging in the web client: contacts with presence, conversations, one's own presence."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from samband.exchange.owa.call import Call, Handlers, answer, done
from samband.exchange.owa.instant_messaging import InstantMessaging
from samband.model.failures import Failure
from samband.model.im_client import CHOICES, ImStatus, ImView, ListInMailbox, NoInstantMessaging
from samband.model.item_requests import ItemRef
from samband.wire.http import HttpResponse

MAX_TEXT = 8000
"""Characters of one message."""
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,253}")


class Message(msgspec.Struct, forbid_unknown_fields=True):
    """A message to somebody."""

    to: str
    text: str


class Typing(msgspec.Struct, forbid_unknown_fields=True):
    """Whether the user is typing to somebody."""

    to: str
    typing: bool


class Talk(msgspec.Struct, forbid_unknown_fields=True):
    """What becomes of a conversation."""

    to: str
    do: Literal["accept", "end"]


class Choice(msgspec.Struct, forbid_unknown_fields=True):
    """What the user wants to be."""

    presence: str


class Contact(msgspec.Struct, forbid_unknown_fields=True):
    """Somebody who comes on the contact list, or leaves it."""

    address: str
    do: Literal["add", "remove"]
    name: str = ""


def _service(call: Call) -> InstantMessaging:
    if call.im is None:
        raise NoInstantMessaging("this site has no Lync side", status=ImStatus.OFF)
    return call.im


def _address(text: str) -> str:
    address = text.strip().removeprefix("sip:").lower()
    if not _ADDRESS.fullmatch(address):
        raise Failure("ErrorInvalidRequest", "This is no address such as bob@contoso.com.")
    return address


async def view(call: Call) -> HttpResponse:
    """Everything as it stands."""
    return answer(call.im.view(call.person) if call.im is not None else ImView(status=ImStatus.OFF))


async def say(call: Call) -> HttpResponse:
    """Write to somebody; what becomes of it comes as an event."""
    message = call.read(Message)
    if not message.text.strip() or len(message.text) > MAX_TEXT:
        raise Failure("ErrorInvalidRequest", f"A message has 1 to {MAX_TEXT} characters.")
    _service(call).say(call.person, _address(message.to), message.text)
    return done()


async def typing(call: Call) -> HttpResponse:
    """Tell the other one that the user is typing."""
    wish = call.read(Typing)
    _service(call).typing(call.person, _address(wish.to), wish.typing)
    return done()


async def talk(call: Call) -> HttpResponse:
    """Accept or end a conversation."""
    wish = call.read(Talk)
    service, address = _service(call), _address(wish.to)
    (service.accept if wish.do == "accept" else service.end)(call.person, address)
    return done()


async def choose(call: Call) -> HttpResponse:
    """Change one's own presence."""
    wish = call.read(Choice)
    if wish.presence not in CHOICES:
        raise Failure("ErrorInvalidRequest", f"presence is one of {', '.join(CHOICES)}.")
    await _service(call).choose(call.person, wish.presence)
    return done()


async def contact(call: Call) -> HttpResponse:
    """Change the contact list: by Lync where it keeps it, else in the mailbox, which Lync then reads."""
    wish = call.read(Contact)
    service, address = _service(call), _address(wish.address)
    try:
        if wish.do == "add":
            await service.add_contact(call.person, address, wish.name)
        else:
            await service.remove_contact(call.person, address)
    except ListInMailbox:
        await _in_mailbox(call, address, wish)
    return done()


async def _in_mailbox(call: Call, address: str, wish: Contact) -> None:
    lists = call.exchange.im_lists
    if wish.do == "add":
        await lists.add_new_contact(call.caller, address, wish.name, None)
        return
    found = (await lists.get(call.caller)).by_address(address)
    if found is not None:
        await lists.remove_contact(call.caller, ItemRef(call.mailbox, found.id))


HANDLERS: Handlers = {
    ("GET", "im"): view,
    ("POST", "im/message"): say,
    ("POST", "im/typing"): typing,
    ("POST", "im/talk"): talk,
    ("POST", "im/presence"): choose,
    ("POST", "im/contact"): contact,
}
