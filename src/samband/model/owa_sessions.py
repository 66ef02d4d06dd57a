"""Somebody who is signed in to the web client, as it is kept."""

from __future__ import annotations

import msgspec


class OwaSession(msgspec.Struct, frozen=True):
    """One browser. ``key``: hex of the SHA-256 of the word in its cookie, which is kept nowhere.

    ``mark`` is that of the password it began with. ``began`` and ``used`` are seconds since 1970.
    """

    key: str
    guid: str
    mark: bytes
    began: int
    used: int
