"""A recorded NTLM sign-in and session of pidgin-sipe: the signed messages of both sides, cut to what is signed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from samband.wire.sip.message import SipMessage
from samband.wire.sip.parsing import parse_head

PASSWORD = "pw-alice"


@dataclass(frozen=True)
class Captured:
    from_client: bool
    message: SipMessage


def captured_messages() -> list[Captured]:
    text = (Path(__file__).parent / "captured" / "ntlm-signed.txt").read_text()
    found = []
    for block in text.split("---- ")[1:]:
        side, _, rest = block.partition("\n")
        message, _ = parse_head(rest.strip().replace("\n", "\r\n").encode())
        found.append(Captured(side == "client", message))
    return found
