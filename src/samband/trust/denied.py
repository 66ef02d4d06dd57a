"""How trust says no."""

from __future__ import annotations


class Denied(Exception):
    """A proof of identity that does not hold.

    ``reason`` is a sentence for the log and for diagnostics headers: it holds no secret and does not tell an unknown
    account from a wrong password. ``account`` is the login that was claimed (empty where none could be read), for
    whoever counts failures. ``code`` and ``category`` are what ``x-ms-diagnostics`` carries beside the reason.
    """

    def __init__(self, reason: str, *, account: str = "", code: int = 0, category: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.account = account
        self.code = code
        self.category = category
