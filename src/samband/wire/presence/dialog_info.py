"""``application/dialog-info+xml``: whom somebody is in a call with [RFC4235 4]."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from samband.wire.presence.names import DIALOG_INFO
from samband.wire.xml.text import element, escape_attribute


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogDocument:
    """One dialog of the entity; everything but ``id`` and ``state`` may be left unsaid."""

    id: str
    state: str
    """trying, proceeding, early, confirmed or terminated [RFC4235 4.1.2]."""
    event: str = ""
    """How it came to an end."""
    code: int = 0
    """The status that ended it."""
    direction: str = ""
    """initiator or recipient."""
    call_id: str = ""
    local_tag: str = ""
    remote_tag: str = ""
    local: str = ""
    """Addresses of the two."""
    remote: str = ""
    duration: int | None = None
    """Seconds since it began."""


def write_dialog_info(entity: str, version: int, full: bool, dialogs: Iterable[DialogDocument]) -> str:
    """The document as text; where it is not ``full`` it holds what changed [RFC4235 4.3]."""
    state = "full" if full else "partial"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><dialog-info xmlns="{DIALOG_INFO}" version="{version}"'
        f' state="{state}" entity="{escape_attribute(entity)}">{"".join(map(_dialog, dialogs))}</dialog-info>'
    )


def _dialog(one: DialogDocument) -> str:
    named = {
        "id": one.id,
        "call-id": one.call_id,
        "local-tag": one.local_tag,
        "remote-tag": one.remote_tag,
        "direction": one.direction,
    }
    attributes = "".join(f' {name}="{escape_attribute(value)}"' for name, value in named.items() if value)
    event = f' event="{one.event}"' if one.event else ""
    code = f' code="{one.code}"' if one.code else ""
    duration = "" if one.duration is None else f"<duration>{one.duration}</duration>"
    return (
        f"<dialog{attributes}><state{event}{code}>{one.state}</state>{duration}"
        f"{_party('local', one.local)}{_party('remote', one.remote)}</dialog>"
    )


def _party(name: str, address: str) -> str:
    return f"<{name}>{element('identity', address)}</{name}>" if address else ""
