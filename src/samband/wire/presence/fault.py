"""``application/msrtc-fault+xml``: why a SERVICE request was refused [MS-PRES]."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from samband.wire.presence.elements import child, child_text, children, number, read_root
from samband.wire.xml.text import element as write

WRONG_DELTA = "Client.BadCall.WrongDelta"


@dataclass(frozen=True, slots=True)
class StaleOperation:
    """One operation against an old version; ``index`` is its place in the request, from 1."""

    index: int
    version: int
    current: int


def write_fault(code: str, operations: Iterable[StaleOperation] = ()) -> str:
    """The fault as text."""
    details = "".join(
        f'<operation index="{one.index}" version="{one.version}" curVersion="{one.current}"/>' for one in operations
    )
    return f"<Fault>{write('Faultcode', code)}<details>{details}</details></Fault>"


def read_fault(body: bytes) -> tuple[str, list[StaleOperation]]:
    """The code and the operations at fault. Raises ``Malformed`` or ``SchemaViolation``."""
    root = read_root(body, "Fault")
    details = child(root, "details")
    found = [] if details is None else list(children(details, "operation"))
    stale = [
        StaleOperation(*(number(one, name, 0xFFFFFFFF) for name in ("index", "version", "curVersion"))) for one in found
    ]
    return child_text(root, "Faultcode") or "", stale
