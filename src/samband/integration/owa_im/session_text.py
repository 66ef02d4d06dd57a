"""What stands in IM sessions beside what people say: their descriptions, their previews, and why one failed."""

from __future__ import annotations

import base64

from samband.wire.sip.address import parse_params

GONE = frozenset({404, 408, 480, 481})
"""Statuses that say that the other end is there no more."""
_PREVIEW = 200


def description(local: tuple[str, int]) -> bytes:
    """The session description of IM over SIP: nothing but text."""
    host, port = local
    kind = "IP6" if ":" in host else "IP4"
    head = f"v=0\r\no=- 0 0 IN {kind} {host}\r\ns=session\r\nc=IN {kind} {host}\r\nt=0 0\r\n"
    return f"{head}m=message {port} sip null\r\na=accept-types:text/plain\r\n".encode()


def why_not(status: int, name: str) -> str:
    """Why nothing reached ``name``, for the user."""
    if status in GONE:
        return f"{name} is offline or cannot be reached."
    if status in (486, 600, 603):
        return f"{name} does not want to talk now."
    return f"The message could not be sent ({status})."


def preview(value: str) -> str:
    """The text that an invitation carries in ``ms-body`` of ``ms-text-format``; empty where it has none."""
    body = parse_params(value.partition(";")[2]).get("ms-body", "")
    try:
        return base64.b64decode(body, validate=True).decode("utf-8", "replace")[:_PREVIEW]
    except ValueError:
        return ""
