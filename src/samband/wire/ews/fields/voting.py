"""What a message lets its recipients vote for, as Outlook keeps it in a stream of bytes [MS-OXOMSG 2.2.1.74]."""

from __future__ import annotations

import base64
import struct
from typing import Any, NamedTuple

from samband.wire.xml.text import escape

STREAM = "{00062008-0000-0000-c000-000000000046}:0x8520:Binary"
RESPONSE = "{00062008-0000-0000-c000-000000000046}:0x8524:String"

_VERSION, _VERSION_EXTRAS = b"\x02\x01", b"\x04\x01"
_VOTE = 4
_MOST = 100
_TAIL = struct.Struct("<IBIIIIII")
_PROMPTS = {1: "Send", 2: "VotingOption"}


class VoteOption(NamedTuple):
    """One answer; ``prompt`` says whether the answer is sent at once (Send) or shown first (VotingOption)."""

    name: str
    prompt: str


class _Stream:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def take(self, size: int) -> bytes:
        found = self._data[self._place : self._place + size]
        if len(found) != size:
            raise ValueError("the stream ends early")
        self._place += size
        return found

    def text(self, width: int) -> bytes:
        return self.take(self.take(1)[0] * width)


def read_options(data: bytes) -> list[VoteOption]:
    """What can be voted for. Raises ``ValueError`` where the stream is none."""
    stream = _Stream(data)
    if stream.take(2) != _VERSION:
        raise ValueError("not a stream of verbs")
    count = int.from_bytes(stream.take(4), "little")
    if count > _MOST:
        raise ValueError("too many verbs")
    verbs = [_verb(stream) for _ in range(count)]
    names = _names(stream, count)
    shown = [names[place] if names else option.name for place, (_, option) in enumerate(verbs)]
    return [VoteOption(name, option.prompt) for name, (kind, option) in zip(shown, verbs, strict=True) if kind == _VOTE]


def _verb(stream: _Stream) -> tuple[int, VoteOption]:
    kind = int.from_bytes(stream.take(4), "little")
    name = stream.text(1).decode("cp1252", "replace")
    for _ in range(3):
        stream.text(1)  # the message's class, a text of no use, the name again
    tail = _TAIL.unpack(stream.take(_TAIL.size))
    return kind, VoteOption(name, _PROMPTS.get(tail[4], "None"))


def _names(stream: _Stream, count: int) -> list[str]:
    """The names in Unicode, which come after all options; none where the stream has none."""
    try:
        if stream.take(2) != _VERSION_EXTRAS:
            return []
        found = []
        for _ in range(count):
            found.append(stream.text(2).decode("utf-16-le", "replace"))
            stream.text(2)
    except ValueError:
        return []
    return found


def voting_information(item: Any) -> str:
    """``<t:VotingInformation>``: what the message lets one vote for, and what was voted in it."""
    extended = item.properties.extended
    stream, response = extended.get(STREAM), extended.get(RESPONSE)
    try:
        options = read_options(base64.b64decode(stream)) if isinstance(stream, str) else []
    except ValueError:
        options = []
    if not options and not isinstance(response, str):
        return ""
    written = "".join(
        f"<t:VotingOptionData><t:DisplayName>{escape(one.name)}</t:DisplayName>"
        f"<t:SendPrompt>{one.prompt}</t:SendPrompt></t:VotingOptionData>"
        for one in options
    )
    choices = f"<t:UserOptions>{written}</t:UserOptions>" if written else ""
    said = f"<t:VotingResponse>{escape(response)}</t:VotingResponse>" if isinstance(response, str) else ""
    return f"<t:VotingInformation>{choices}{said}</t:VotingInformation>"
