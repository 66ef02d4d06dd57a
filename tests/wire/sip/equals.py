"""Functions in C beside their equals in Python: what each of them says to the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from samband.wire.sip import address, credentials, message, ms_auth, native, parsing, stream, via
from samband.wire.sip.dialog import Dialog, answered
from samband.wire.sip.message import SipRequest, SipResponse
from samband.wire.sip.stream import MAX_BODY, MAX_HEAD

MODULES = (address, credentials, message, ms_auth, parsing, stream, via)
"""Those that have functions in C."""

PAIRS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    pure.__name__: (pure, c) for pure, c in native.EQUALS
}
"""Name -> the function in Python, and the one in C; empty where C is not there."""

OF_TEXT = ("branch_in", "tag_in", "epid_in", "uri_in", "read_ordinary", "read_signature")


def same_answers(data: bytes) -> None:
    """Everything in C says of ``data`` and its parts what Python says of them. Raises ``AssertionError``."""
    if not PAIRS:
        return
    head, _, body = data.partition(b"\r\n\r\n")
    same_heads(data)
    same_heads(head, body)
    same_wholes(data, MAX_HEAD, MAX_BODY)
    same_wholes(data + data, len(head), len(body))
    for line in data.decode("utf-8", "surrogateescape").split("\r\n"):
        value = line.partition(":")[2].strip()
        same_texts(value)
        same_texts(value.partition(" ")[2])
        same_marks(value, value.partition(" ")[2].partition(";")[0].partition(":")[0], 5060)


def same_heads(head: bytes, body: bytes = b"") -> None:
    """Both read the same of a head, and write the same of that."""
    pure, in_c = PAIRS["read_head"]
    mine, theirs = pure(head), in_c(head)
    assert _shape(mine) == _shape(theirs), head
    if mine is not None:
        same_writing(repr(theirs[0]), theirs[0].headers, body)
        same_signed_messages(theirs[0])
        if isinstance(theirs[0], SipRequest):
            same_signed_requests(answered(theirs[0], "ours"))


def same_wholes(data: bytes, max_head: int, max_body: int) -> None:
    """Both take the same messages from the beginning of a stream."""
    pure, in_c = PAIRS["read_whole"]
    (mine, my_end), (theirs, their_end) = pure(data, max_head, max_body), in_c(data, max_head, max_body)
    assert my_end == their_end, data
    assert [_shape((one, None)) for one in mine] == [_shape((one, None)) for one in theirs], data


def same_texts(value: str) -> None:
    """All that read one field say the same of it."""
    for name in OF_TEXT:
        pure, in_c = PAIRS[name]
        mine, theirs = pure(value), in_c(value)
        assert mine == theirs, (name, value)
        if isinstance(mine, dict):
            assert list(mine) == list(theirs), value


def same_marks(via: str, host: str, port: int) -> None:
    """Both mark the same source."""
    pure, in_c = PAIRS["mark_source"]
    assert pure(via, (host, port)) == in_c(via, (host, port)), (via, host, port)


def same_signed_messages(found: object, *rest: object) -> None:
    """Both sign the same of a message; ``rest``: what else is signed."""
    pure, in_c = PAIRS["message_text"]
    for version in (2, 4):
        words = (version, "NTLM", "0A", "1", "h", *rest) if len(rest) < 5 else rest
        assert outcome(pure, found, *words) == outcome(in_c, found, *words), found


def same_signed_requests(dialog: Dialog | None, method: object = "NOTIFY", *rest: object) -> None:
    """The same of a request within a dialog."""
    pure, in_c = PAIRS["request_text"]
    for version in (2, 4):
        words = (method, version, "NTLM", "0A", "1", "h", *rest) if len(rest) < 5 else (method, *rest)
        assert outcome(pure, dialog, *words) == outcome(in_c, dialog, *words), dialog


def same_writing(start: object, headers: object, body: object) -> None:
    """Both write the same, or fail alike."""
    pure, in_c = PAIRS["write"]
    assert outcome(pure, start, headers, body) == outcome(in_c, start, headers, body), (start, headers, body)


def outcome(function: Callable[..., Any], *arguments: object) -> object:
    """What a call gives, or how it fails."""
    try:
        return function(*arguments)
    except Exception as error:
        return type(error), str(error)


def _shape(found: tuple[SipRequest | SipResponse, int | None] | None) -> object:
    """All that a message is, for comparison."""
    if found is None:
        return None
    made, length = found
    start = (made.method, made.uri) if isinstance(made, SipRequest) else (made.status, made.reason)
    return type(made), start, list(made.headers.items()), made.body, length, type(length)
