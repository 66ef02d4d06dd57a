"""Sign-in at submission: the login and password of AUTH PLAIN or LOGIN."""

from __future__ import annotations

import logging

from samband.model.people import Person
from samband.trust.passwords import Busy, Passwords

_log = logging.getLogger(__name__)


class SmtpSignIn:
    """Says who has a login and password."""

    def __init__(self, passwords: Passwords) -> None:
        self._passwords = passwords

    async def check(self, login: str, password: str, peer: str) -> Person | None:
        """The person, None where there is none, who is slowed down as everywhere. Raises ``Busy`` where nobody can be
        checked now."""
        try:
            person = await self._passwords.check(login, password, peer)
        except Busy as problem:
            _log.warning("no sign-in of %.100r could be checked: %s", login, problem)
            raise Busy(str(problem)) from None
        if person is None:
            _log.info("refused sign-in of %.100r for submission from %s", login, peer)
        return person
