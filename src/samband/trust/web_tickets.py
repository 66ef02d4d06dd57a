"""Web tickets: proof of a sign-in over HTTP that other web services of the site take for eight hours [MS-OCAUTHWS].

A ticket is a SAML 1.1 assertion that only this site can write and read. Nothing is kept of it: the key its holder signs
with is inside, encrypted, so any server of the site with the same secret takes it, and none needs to be asked.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from samband.directory.api import Directory
from samband.model.caller import Caller
from samband.model.people import Person
from samband.trust.denied import Denied
from samband.trust.sip.tls_dsk.keys import p_hash
from samband.wire.http import HttpRequest
from samband.wire.web_auth.saml import Assertion, read_assertion, signed_info, write_signed
from samband.wire.xml.reading import Element, Malformed, parse

LIFETIME = timedelta(hours=8)
METHOD = "web-ticket"
HEADER = "X-MS-WebTicket"
_KEY = 32
_NONCE = 12
_LARGEST = 16_384


@dataclass(frozen=True, slots=True)
class IssuedTicket:
    """A new ticket as text, and what its holder needs to know to make the same key."""

    assertion: str
    created: datetime
    expires: datetime
    server_entropy: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class WebTicket:
    """A ticket that holds: whose it is, and the key its holder signs with."""

    id: str
    person: Person
    expires: datetime
    key: bytes = field(repr=False)


class WebTickets:
    """Issues and checks the tickets of one site.

    ``secret`` (32 bytes or more) is the site's own and outlives restarts; ``host`` names the issuer; ``services`` are
    the hosts tickets may be for. ``mark`` tells a person's (objectGUID) password from other ones: a ticket is good no
    longer than the password it was given for. ``clock`` gives aware time, ``random`` so many random bytes.
    """

    def __init__(
        self,
        secret: bytes,
        host: str,
        services: Collection[str],
        directory: Directory,
        clock: Callable[[], datetime],
        random: Callable[[int], bytes],
        mark: Callable[[str], bytes],
    ) -> None:
        if len(secret) < _KEY:
            raise ValueError("the secret of web tickets is too short")
        self._mac_key = hmac.digest(secret, b"web ticket signature", "sha256")
        self._wrapping = AESGCM(hmac.digest(secret, b"web ticket key", "sha256"))
        self._issuer = f"https://{host}/"
        self._services = frozenset(name.lower() for name in (host, *services))
        self._directory = directory
        self._clock = clock
        self._random = random
        self._mark = mark

    def issue(self, person: Person, audience: str, client_entropy: bytes) -> IssuedTicket:
        """A ticket for ``person`` at the service with the URL ``audience``.

        The key is P_SHA1 of both sides' entropy [WS-Trust1.3 4.4.3]. Raises ``Denied`` for a service of others.
        """
        if not self._is_service(audience):
            raise Denied("a ticket for a service that is not of this site", account=person.userPrincipalName)
        entropy = self._random(_KEY)
        key = p_hash("sha1", client_entropy, entropy, _KEY)
        created = self._clock().replace(microsecond=0)
        name = f"SamlSecurityToken-{uuid.UUID(bytes=self._random(16), version=4)}"
        nonce = self._random(_NONCE)
        assertion = Assertion(
            id=name,
            issuer=self._issuer,
            subject=person.objectGUID,
            audience=audience,
            created=created,
            expires=created + LIFETIME,
            wrapped_key=nonce + self._wrapping.encrypt(nonce, key, name.encode()),
        )
        text = write_signed(assertion, self._mac(assertion))
        return IssuedTicket(text, created, assertion.expires, entropy)

    def check(self, element: Element) -> WebTicket:
        """What a ticket says. Raises ``Denied`` where it is not ours, not of now, or its owner may not sign in."""
        try:
            assertion, signature = read_assertion(element)
        except Malformed:
            raise Denied("malformed web ticket") from None
        if not hmac.compare_digest(self._mac(assertion), signature):
            raise Denied("the web ticket was not issued here, or for another password")
        if not assertion.created - timedelta(minutes=5) <= self._clock() < assertion.expires:
            raise Denied("the web ticket has expired")
        if assertion.issuer != self._issuer or not self._is_service(assertion.audience):
            raise Denied("the web ticket is for another service")
        person = self._directory.by_guid(assertion.subject)
        if person is None or not person.enabled:
            raise Denied("the account is disabled")
        return WebTicket(assertion.id, person, assertion.expires, self._unwrap(assertion))

    def caller(self, request: HttpRequest) -> Caller:
        """Who sends a request with ``opaque=<base64 of the assertion>`` in its ticket header. Raises ``Denied``."""
        value = request.headers.get(HEADER)
        name, _, text = value.strip().partition("=")
        if name.strip().lower() != "opaque" or len(text) > _LARGEST:
            raise Denied("no web ticket")
        try:
            element = parse(base64.b64decode(text.strip().strip('"'), validate=True), _LARGEST)
        except (Malformed, binascii.Error, ValueError):
            raise Denied("malformed web ticket") from None
        return Caller(self.check(element).person, METHOD)

    def _is_service(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
        except ValueError:
            return False
        return parts.scheme == "https" and (parts.hostname or "") in self._services

    def _mac(self, assertion: Assertion) -> bytes:
        signed = signed_info(assertion).encode() + self._mark(assertion.subject)
        return hmac.digest(self._mac_key, signed, "sha256")

    def _unwrap(self, assertion: Assertion) -> bytes:
        nonce, sealed = assertion.wrapped_key[:_NONCE], assertion.wrapped_key[_NONCE:]
        try:
            return self._wrapping.decrypt(nonce, sealed, assertion.id.encode())
        except (InvalidTag, ValueError):
            raise Denied("malformed web ticket") from None
