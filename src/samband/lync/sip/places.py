"""What a SIP server is called and where it listens; how an endpoint is reached."""

from __future__ import annotations

from dataclasses import dataclass, field

from samband.lync.sip.flow import Flow
from samband.trust.sip.association import SecurityAssociation
from samband.wire.sip.uri import BadUri, SipUri, parse_uri


@dataclass(slots=True)
class Way:
    """How the server reaches an endpoint: over which flow, and signed by which association."""

    flow: Flow
    association: SecurityAssociation | None
    manner: object = None
    """How the endpoint's REGISTER was put, for its door to know when the same comes again."""
    contact: str = ""
    """Its Contact as it was written; empty where that is its address in brackets alone."""


@dataclass(slots=True)
class Places:
    """``domains`` are served here; ``host`` is the name the server gives itself, ``names`` all it is known by."""

    host: str
    domains: frozenset[str]
    names: frozenset[str] = frozenset()
    bound: set[tuple[str, int]] = field(default_factory=set)
    """Address and port of every listener."""

    def is_server(self, uri: SipUri) -> bool:
        """Whether ``uri`` names this server: one of its names, or the address and port of a listener."""
        named = uri.host == self.host or (uri.host in self.names and not _is_number(uri.host))
        return named or (uri.host, uri.port or _usual(uri)) in self.bound

    def is_domain(self, uri: SipUri) -> bool:
        """Whether ``uri`` is in a domain whose users are served here."""
        return uri.host in self.domains

    def is_own(self, text: str) -> bool:
        """Whether an address names this server or a domain of its, and nobody in it."""
        try:
            uri = parse_uri(text)
        except BadUri:
            return False
        return not uri.user and uri.scheme != "tel" and (self.is_domain(uri) or self.is_server(uri))


def _is_number(host: str) -> bool:
    """Whether a host is an IP address: clients may share it with the server, so its port must fit too."""
    return ":" in host or host.rpartition(".")[2].isdigit()


def _usual(uri: SipUri) -> int:
    if uri.transport == "ws":
        return 443 if uri.scheme == "sips" else 80
    return 5061 if uri.transport == "tls" or uri.scheme == "sips" else 5060
