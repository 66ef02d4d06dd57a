"""People who added the owner: the list an owner is told, and their acknowledgement [MS-PRES]."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from samband.wire.presence.elements import children, read_root
from samband.wire.presence.names import SUBSCRIBERS
from samband.wire.xml.reading import Element, attribute, bad_attribute
from samband.wire.xml.text import escape_attribute
from samband.wire.xml.values import read_boolean, write_boolean


@dataclass(frozen=True, slots=True)
class SubscriberDocument:
    """One subscriber; ``user`` without scheme, ``type`` the kind of network they come from."""

    user: str
    display_name: str = ""
    acknowledged: bool = False
    type: str = ""


def write_subscribers(subscribers: Iterable[SubscriberDocument]) -> str:
    """The list as text."""
    return f'<subscribers xmlns="{SUBSCRIBERS}">{"".join(map(_write, subscribers))}</subscribers>'


def read_subscribers(root: Element) -> list[SubscriberDocument]:
    """The list. Raises ``SchemaViolation``."""
    return [_read(element) for element in children(root, "subscriber")]


def write_set_subscribers(subscribers: Iterable[SubscriberDocument]) -> str:
    """``application/msrtc-presence-setsubscriber+xml`` as text."""
    return f'<setSubscribers xmlns="{SUBSCRIBERS}">{"".join(map(_write, subscribers))}</setSubscribers>'


def read_set_subscribers(body: bytes) -> list[SubscriberDocument]:
    """Raises ``Malformed`` or ``SchemaViolation``."""
    return read_subscribers(read_root(body, "setSubscribers"))


def _write(one: SubscriberDocument) -> str:
    name = f' displayName="{escape_attribute(one.display_name)}"' if one.display_name else ""
    kind = f' type="{escape_attribute(one.type)}"' if one.type else ""
    return (
        f'<subscriber user="{escape_attribute(one.user)}"{name}'
        f' acknowledged="{write_boolean(one.acknowledged)}"{kind}/>'
    )


def _read(element: Element) -> SubscriberDocument:
    acknowledged = element.get("acknowledged", "false")
    try:
        known = read_boolean(acknowledged)
    except ValueError:
        raise bad_attribute("acknowledged", acknowledged) from None
    user = attribute(element, "user").strip().lower().removeprefix("sip:")
    return SubscriberDocument(user, element.get("displayName", ""), known, element.get("type", ""))
