"""base64url [RFC4648 5]."""

from __future__ import annotations

import base64
import binascii


def encode(data: bytes) -> str:
    """Without padding, as token segments and thumbprints are written."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """The one canonical, unpadded form only. Raises ``ValueError``."""
    if "+" in text or "/" in text or "=" in text:
        raise ValueError("not base64url")
    try:
        data = base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise ValueError("not base64url") from None
    if encode(data) != text:
        raise ValueError("not base64url")
    return data


def normal(text: str) -> str:
    """A thumbprint as ``encode`` writes it, from either alphabet, padded or not."""
    return text.rstrip("=").replace("+", "-").replace("/", "_")
