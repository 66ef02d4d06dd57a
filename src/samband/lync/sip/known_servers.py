"""Known servers: peers whose certificate is that of a trusted application, and who speak for people without a proof.

What ``New-CsTrustedApplicationPool -TreatAsAuthenticated`` does: the certificate says which server it is, the list of
trusted applications says whether it is believed. Its requests are not challenged, and nothing to it is signed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from typing import Protocol

from samband.directory.api import Directory
from samband.lync.sip import diagnostics
from samband.lync.sip.flow import Flow
from samband.model.instant_messaging import TrustedApplication
from samband.model.people import Person
from samband.wire.sip.address import uri_in
from samband.wire.sip.message import SipRequest, SipResponse, respond
from samband.wire.sip.uri import aor_of

log = logging.getLogger(__name__)


class Trusted(Protocol):
    """The trusted applications as they are now."""

    def named(self, names: Collection[str]) -> TrustedApplication | None:
        """The application of a server whose certificate is for ``names``."""
        ...


class KnownServers:
    """Judges what comes from servers. ``host``: the name the server gives itself; ``token``: fresh words."""

    def __init__(self, trusted: Trusted, directory: Directory, host: str, token: Callable[[], str]) -> None:
        self._trusted = trusted
        self._directory = directory
        self._host = host
        self._token = token
        self._flows: set[Flow] = set()

    def sender(self, request: SipRequest, flow: Flow) -> Person | SipResponse:
        """For whom a server sends ``request``, or the refusal it gets: only servers have certificates with names."""
        if self._trusted.named(flow.names) is None:
            log.warning("refused the server %s, which is no trusted application", ", ".join(sorted(flow.names)))
            return self._refusal(request, diagnostics.NOT_TRUSTED)
        if flow not in self._flows:
            self._flows.add(flow)
            flow.on_lost(self._flows.discard)
        person = self._directory.by_sip(aor_of(uri_in(request.headers["From"][0])))
        if person is None:
            return self._refusal(request, diagnostics.USER_UNKNOWN)
        if not person.enabled:
            return self._refusal(request, diagnostics.REJECTED)
        return person

    def changed(self) -> None:
        """The list is another one: the connections of those no longer on it end, and with them what they registered."""
        for flow in [one for one in self._flows if self._trusted.named(one.names) is None]:
            log.warning("the server %s is a trusted application no more", ", ".join(sorted(flow.names)))
            flow.close()
            # What came in meanwhile is not waited for: nothing may be said for anybody any more.
            flow.lost()

    def _refusal(self, request: SipRequest, diagnosis: diagnostics.Diagnosis) -> SipResponse:
        return diagnostics.diagnose(respond(request, 403, tag=self._token()), diagnosis, self._host)
