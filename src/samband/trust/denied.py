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

    def as_value(self) -> Denied:
        """The same refusal, to be handed on rather than raised.

        An exception that was raised holds on to every frame it passed, and where one of those holds on to it in turn,
        all of it stays until somebody looks for garbage: for refusals, which strangers cause, that is too much.
        """
        return Denied(self.reason, account=self.account, code=self.code, category=self.category)
