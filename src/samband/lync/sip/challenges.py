"""The answers that keep a request out: challenges and refusals [RFC3261 22; MS-SIPAE 3.3.5.2]."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Final

from samband.lync.sip.diagnostics import NOT_OWN, REJECTED, Diagnosis, diagnose
from samband.lync.sip.flow import Flow
from samband.model.people import Person
from samband.trust.denied import Denied
from samband.trust.expiry import Expired
from samband.trust.sip.association import SecurityAssociation
from samband.trust.sip.digest import DigestVerifier
from samband.wire.sip import ms_auth
from samband.wire.sip.address import uri_in
from samband.wire.sip.message import SipRequest, SipResponse, respond
from samband.wire.sip.uri import aor_of

log = logging.getLogger(__name__)

HANDSHAKE_FAILED: Final = (1000, "Final handshake failed")
_PROXIED = frozenset(
    {"INVITE", "ACK", "BYE", "CANCEL", "INFO", "MESSAGE", "NOTIFY", "OPTIONS", "PRACK", "REFER", "UPDATE"}
)
"""What the server passes on: a plain client is challenged for these as by a proxy."""
_LYNC_TOKENS = ("ms-", "msrtc-", "com.microsoft.")
"""How option tags begin that only Lync clients and their kin support."""
_SECOND = timedelta(seconds=1)


class Challenges:
    """Offers every protocol that is switched on.

    ``offers`` are the values of WWW-Authenticate by signing protocol, ``digest`` challenges plain clients. ``host`` is
    the server's name, ``clock`` gives aware time, ``token`` fresh words for tags.
    """

    def __init__(
        self,
        offers: Mapping[str, str],
        digest: DigestVerifier | None,
        host: str,
        clock: Callable[[], datetime],
        token: Callable[[], str],
    ) -> None:
        self._offers = dict(offers)
        self._digest = digest
        self._host = host
        self._clock = clock
        self._token = token
        self._date = ""
        self._dated_from = self._dated_until = datetime.min.replace(tzinfo=UTC)

    def challenge(
        self, request: SipRequest, flow: Flow, *, stale: bool = False, diagnosis: Diagnosis | None = None
    ) -> SipResponse:
        """401 with one field a protocol, or 407 to a plain client that wants something passed on.

        Plain clients are offered Digest alone: many give up on the whole answer when one field names a scheme that
        they do not know.
        """
        digests = []
        if self._digest is not None:
            digests = self._digest.challenges(bound(flow), stale=stale)
        if digests and not (flow.reliable and self._may_sign(request, flow)):
            proxied = request.method in _PROXIED
            field = "Proxy-Authenticate" if proxied else "WWW-Authenticate"
            return self._answer(request, 407 if proxied else 401, field, digests, diagnosis)
        return self._answer(request, 401, "WWW-Authenticate", [*self._offers.values(), *digests], diagnosis)

    def next_token(
        self, request: SipRequest, association: SecurityAssociation, target: str, token: bytes
    ) -> SipResponse:
        """401 with the next token of a handshake."""
        value = ms_auth.handshake(
            association.protocol, ms_auth.REALM, target, association.opaque, token, association.version
        )
        return self._answer(request, 401, "WWW-Authenticate", [value], None)

    def forbid(self, request: SipRequest, diagnosis: Diagnosis) -> SipResponse:
        """403 with its reason."""
        return diagnose(respond(request, 403, tag=self._token()), diagnosis, self._host)

    def misnamed(self, request: SipRequest, person: Person | None, address: str) -> SipResponse | None:
        """The refusal of what is sent by nobody with an ``address``, or under another one."""
        if person is not None and person.enabled and address:
            if sender(request) == address:
                return None
            diagnosis = NOT_OWN
        else:
            diagnosis = REJECTED
        log.info("forbade a SIP %s of %.100r", request.method, person.userPrincipalName if person else "")
        return self.forbid(request, diagnosis)

    def refused(self, request: SipRequest, flow: Flow, denied: Denied) -> SipResponse:
        """A challenge to somebody whose proof does not hold."""
        log.info("refused SIP sign-in of %.100r from %s: %s", denied.account, flow.peer[0], denied.reason)
        # Why is told only to who has shown that they know the password.
        code, sentence = HANDSHAKE_FAILED
        told = f"{sentence}: {denied.reason}" if isinstance(denied, Expired) else sentence
        return self.challenge(request, flow, diagnosis=(code, told))

    def later(self, request: SipRequest, seconds: int) -> SipResponse:
        """503 with when to come again."""
        return respond(request, 503, tag=self._token()).put("Retry-After", str(seconds))

    def malformed(self, request: SipRequest) -> SipResponse:
        """400 to credentials that cannot be read."""
        return respond(request, 400, "Malformed credentials", tag=self._token())

    def _may_sign(self, request: SipRequest, flow: Flow) -> bool:
        """Whether the sender looks like a Lync client, by what it brought before or says it supports."""
        headers = request.headers
        if flow.associations or "ms-keep-alive" in headers:
            return True
        if "Authorization" in headers:
            for value in headers["Authorization"]:
                if value.partition(" ")[0] in self._offers:
                    return True
        return "Supported" in headers and any(map(_is_lync, request.tokens("Supported")))

    def _answer(
        self, request: SipRequest, status: int, field: str, values: list[str], diagnosis: Diagnosis | None
    ) -> SipResponse:
        response = respond(request, status, tag=self._token())
        response.headers["Date"] = [self._dated()]
        response.headers[field] = values
        return response if diagnosis is None else diagnose(response, diagnosis, self._host)

    def _dated(self) -> str:
        """The time of now as a Date field has it; it is the same for a second."""
        now = self._clock()
        if not self._dated_from <= now < self._dated_until:
            self._dated_from = now.replace(microsecond=0)
            self._dated_until = self._dated_from + _SECOND
            self._date = format_datetime(self._dated_from, usegmt=True)
        return self._date


def _is_lync(token: str) -> bool:
    return token.startswith(_LYNC_TOKENS)


def bound(flow: Flow) -> str:
    """What a Digest nonce is good for: one connection, or one UDP peer."""
    return str(flow.connection) if flow.reliable else f"{flow.peer[0]}:{flow.peer[1]}"


def sender(request: SipRequest) -> str:
    """``user@domain`` of From, lower case."""
    values = request.headers.get("From")
    return aor_of(uri_in(values[0])) if values else ""
