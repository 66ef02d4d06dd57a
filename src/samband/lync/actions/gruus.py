"""Addresses of one endpoint alone for plain clients: a public one, and ones that do not tell whose [RFC5627]."""

from __future__ import annotations

import base64
import hmac
import itertools
import re
from collections.abc import Callable
from typing import Final

PREFIX: Final = "tgruu."
"""How the user part of a temporary one begins."""
_URN = re.compile(r"<?(urn:[a-z0-9][a-z0-9-]{0,31}:[a-z0-9.:_-]{1,200})>?", re.ASCII)
_NONCE, _NUMBER, _TAG = 6, 6, 8


def public_value(instance: str) -> str:
    """What ``gr`` is in the public address of an instance; empty where the instance is named by no plain URN."""
    found = _URN.fullmatch(instance.lower())
    return found[1] if found is not None else ""


class TemporaryGruus:
    """Makes as many addresses of an endpoint as are wanted, no two of which can be told to be the same one's.

    Nothing is kept of them: each holds the endpoint's number, which only ``key`` can read.
    """

    def __init__(self, key: bytes, random: Callable[[int], bytes]) -> None:
        self._key = key
        self._random = random
        self.numbers = itertools.count(1)
        """Numbers of endpoints; none is given twice."""

    def user(self, number: int) -> str:
        """The user part of one more address of the endpoint with this number."""
        nonce = self._random(_NONCE)
        hidden = _xor(number.to_bytes(_NUMBER, "big"), self._hash(b"n", nonce))
        token = nonce + hidden + self._hash(b"t", nonce + hidden)[:_TAG]
        return PREFIX + base64.b32encode(token).decode("ascii").rstrip("=").lower()

    def number(self, user: str) -> int | None:
        """The number of the endpoint that a user part stands for; None where this server did not make it."""
        text = user.lower().removeprefix(PREFIX).upper()
        try:
            token = base64.b32decode(text + "=" * (-len(text) % 8))
        except ValueError:
            return None
        nonce, hidden = token[:_NONCE], token[_NONCE : _NONCE + _NUMBER]
        if not hmac.compare_digest(token[_NONCE + _NUMBER :], self._hash(b"t", nonce + hidden)[:_TAG]):
            return None
        return int.from_bytes(_xor(hidden, self._hash(b"n", nonce)), "big")

    def _hash(self, use: bytes, data: bytes) -> bytes:
        return hmac.digest(self._key, use + data, "sha256")


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=False))
