"""Proving to another server who asks: by Basic, a bearer token, or NTLM over the one connection there is."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Protocol

from samband.trust.ntlm.initiator import NtlmInitiator
from samband.trust.ntlm.messages import Malformed
from samband.wire.http import Headers, HttpResponse

Fields = list[tuple[str, str]]


class SignInRefused(Exception):
    """The other server does not take the name and the password, or none of the ways to prove them."""


class SignIn(Protocol):
    """One way to prove who asks."""

    def fields(self) -> Fields:
        """Header fields of every request."""
        ...

    def answer(self, refused: HttpResponse) -> Fields | None:
        """Header fields for one more try after a 401, None where there is no sense in one.

        A request that is not to be carried out yet goes without its body.
        """
        ...


class Basic:
    """Name and password in every request: only over TLS."""

    def __init__(self, login: str, password: str) -> None:
        proof = base64.b64encode(f"{login}:{password}".encode()).decode("ascii")
        self._fields = [("Authorization", f"Basic {proof}")]

    def fields(self) -> Fields:
        return self._fields

    def answer(self, refused: HttpResponse) -> Fields | None:
        return None


class Bearer:
    """A token that somebody else issued."""

    def __init__(self, token: str) -> None:
        self._fields = [("Authorization", f"Bearer {token}")]

    def fields(self) -> Fields:
        return self._fields

    def answer(self, refused: HttpResponse) -> Fields | None:
        return None


class Ntlm:
    """NTLM; the connection stays proven, so that there must be only one. A password in bytes is its NT hash."""

    def __init__(self, login: str, password: str | bytes, random: Callable[[int], bytes]) -> None:
        self._login = login
        self._password = password
        self._random = random
        self._open: NtlmInitiator | None = None
        self._scheme = "NTLM"

    def fields(self) -> Fields:
        return []

    def answer(self, refused: HttpResponse) -> Fields | None:
        offers = dict(_offers(Headers(refused.headers)))
        if self._open is None:
            self._scheme = next((name for name in ("NTLM", "Negotiate") if name.lower() in offers), "")
            if not self._scheme:
                return None
            self._open = NtlmInitiator(self._login, self._password, self._random)
            return self._said(self._open.negotiate())
        open_one, self._open = self._open, None
        try:
            token = base64.b64decode(offers.get(self._scheme.lower(), ""), validate=True)
            return self._said(open_one.authenticate(token))
        except (binascii.Error, Malformed):
            return None

    @property
    def begun(self) -> bool:
        """Whether the other server is to be asked for its challenge first."""
        return self._open is not None

    def _said(self, token: bytes) -> Fields:
        return [("Authorization", f"{self._scheme} {base64.b64encode(token).decode('ascii')}")]


def _offers(headers: Headers) -> list[tuple[str, str]]:
    found = []
    for value in headers.all("WWW-Authenticate"):
        scheme, _, rest = value.strip().partition(" ")
        found.append((scheme.lower(), rest.strip()))
    return found
