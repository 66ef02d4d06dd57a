"""Messages of a Janus WebRTC server over HTTP, and those of its VideoRoom plugin [Janus REST API; VideoRoom plugin]."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

PLUGIN = "janus.plugin.videoroom"
NO_SESSION, NO_HANDLE = 458, 459
"""Codes of errors: what was asked for has gone, as after a restart."""
MOST_EVENTS = 20
"""Most events that one answer brings."""

_KINDS = ("audio", "video")
_decoder = msgspec.json.Decoder()
_encoder = msgspec.json.Encoder()


class BadAnswer(ValueError):
    """What came is no message of Janus."""


class BadDescription(ValueError):
    """What somebody offers to send cannot be told apart."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the server. ``kind`` is its ``janus``: success, ack, event, webrtcup, hangup, ..."""

    kind: str
    transaction: str = ""
    sender: int = 0
    """The handle it is about; 0: none."""
    id: int = 0
    """Of what was created."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """What the plugin says."""
    sdp: str = ""
    code: int = 0
    """Of an error of the server or of the plugin; 0: none."""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Track:
    """One medium of an offer: its mid, ``audio`` or ``video``, and the feed it comes from."""

    mid: str
    kind: str
    feed: int


def write_request(
    kind: str,
    transaction: str,
    secret: str,
    *,
    body: Mapping[str, object] | None = None,
    jsep: tuple[str, str] | None = None,
) -> bytes:
    """A request; ``body`` is for the plugin, ``jsep`` is offer or answer and its description."""
    message: dict[str, object] = {"janus": kind, "transaction": transaction}
    if secret:
        message["apisecret"] = secret
    if kind == "attach":
        message["plugin"] = PLUGIN
    if body is not None:
        message["body"] = body
    if jsep is not None:
        message["jsep"] = {"type": jsep[0], "sdp": jsep[1]}
    return _encoder.encode(message)


def read_answer(body: bytes) -> Said:
    """The answer to a request. Raises ``BadAnswer``."""
    return _said(_json(body))


def read_events(body: bytes) -> list[Said]:
    """What a long poll brought: one message, or a list of them. Raises ``BadAnswer``."""
    found = _json(body)
    return [_said(one) for one in found] if isinstance(found, list) else [_said(found)]


def read_joined(said: Said) -> tuple[int, int]:
    """The numbers of who came in: the one others know, and the one for what they receive. Raises ``BadAnswer``."""
    found, private = _number(said.data.get("id")), _number(said.data.get("private_id"))
    if not found:
        raise BadAnswer("the number of a participant cannot be read")
    return found, private


def read_tracks(said: Said) -> list[Track]:
    """The media of an offer to a subscriber that come from somebody now. Raises ``BadAnswer``."""
    try:
        streams = said.data["streams"]
        live = [one for one in streams if "feed_id" in one and one.get("type") in ("audio", "video")]
        return [Track(str(one["mid"]), one["type"], int(one["feed_id"])) for one in live]
    except (KeyError, TypeError, ValueError):
        raise BadAnswer("the streams of an offer cannot be read") from None


def read_mids(sdp: str) -> dict[str, list[str]]:
    """The mids of all media of each kind (``audio``, ``video``) of a description [RFC8866; RFC5888 4].

    Read as the server reads it, that nothing passes by another name: lines end with LF, words are told apart by blanks
    of any kind, capitals count for nothing. Raises ``BadDescription``, also where a medium has no mid of its own.
    """
    found: dict[str, list[str]] = {}
    used: set[str] = set()
    kind = unnamed = ""
    for line in sdp.split("\n"):
        if line.startswith("m="):
            if unnamed:
                break
            word = next(iter(line[2:].lower().split()), "")
            kind = unnamed = word if word in _KINDS else ""
        elif kind and line[:6].lower() == "a=mid:":
            mid = line[6:].strip()
            if not mid or mid in used or not unnamed:
                raise BadDescription("a medium has no mid of its own")
            found.setdefault(kind, []).append(mid)
            used.add(mid)
            unnamed = ""
    if unnamed:
        raise BadDescription("a medium has no mid")
    return found


def _json(body: bytes) -> Any:
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, RecursionError):
        raise BadAnswer("the answer is not JSON") from None


def _said(message: Any) -> Said:
    if not isinstance(message, dict) or not isinstance(message.get("janus"), str):
        raise BadAnswer("the answer is no message of Janus")
    plugin = _part(_part(message, "plugindata"), "data")
    error = _part(message, "error")
    return Said(
        kind=message["janus"],
        transaction=str(message.get("transaction", "")),
        sender=_number(message.get("sender")),
        id=_number(_part(message, "data").get("id")),
        data=plugin,
        sdp=str(_part(message, "jsep").get("sdp", "")),
        code=_number(error.get("code")) or _number(plugin.get("error_code")),
        text=str(error.get("reason", "") or plugin.get("error", "")),
    )


def _part(message: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = message.get(name)
    return found if isinstance(found, dict) else {}


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
