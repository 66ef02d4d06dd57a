"""``application/reginfo+xml``: where somebody is signed in [RFC3680], with the addresses of RFC 5628."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from samband.wire.presence.names import GRUU_INFO, REG_INFO
from samband.wire.xml.text import element, escape_attribute


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDocument:
    """One binding: ``active``, or gone and told of once; ``event`` is what brought it there."""

    id: str
    uri: str
    event: str
    active: bool = True
    expires: int = 0
    """Seconds to go."""
    call_id: str = ""
    cseq: int = 0
    gruu: str = ""
    """The public one."""


def write_reginfo(resource: str, version: int, contacts: Iterable[ContactDocument]) -> str:
    """The whole state of ``resource`` as text."""
    listed = list(contacts)
    state = "active" if any(one.active for one in listed) else "terminated" if listed else "init"
    inside = "".join(map(_contact, listed))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><reginfo xmlns="{REG_INFO}" xmlns:gr="{GRUU_INFO}"'
        f' version="{version}" state="full"><registration aor="{escape_attribute(resource)}" id="r" state="{state}">'
        f"{inside}</registration></reginfo>"
    )


def _contact(one: ContactDocument) -> str:
    fields = f' expires="{one.expires}"' if one.active else ""
    if one.call_id:
        fields += f' callid="{escape_attribute(one.call_id)}" cseq="{one.cseq}"'
    gruu = f'<gr:pub-gruu uri="{escape_attribute(one.gruu)}"/>' if one.gruu and one.active else ""
    return (
        f'<contact id="{escape_attribute(one.id)}" state="{"active" if one.active else "terminated"}"'
        f' event="{one.event}"{fields}>{element("uri", one.uri)}{gruu}</contact>'
    )
