"""Settings of what a site listens on, what it is called, and which other servers it goes to."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Literal

from msgspec import Meta

from samband.deployment.setting_forms import Name, Port, Section, SettingError

_PLACE = re.compile(r"(?:\[(?P<literal>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9.-]+))(?::(?P<port>[0-9]{1,5}))?", re.ASCII)
_SERVER = re.compile(r"^([0-9.]+(:[0-9]{1,5})?|[0-9A-Fa-f:]*:[0-9A-Fa-f:]*|\[[0-9A-Fa-f:]+\](:[0-9]{1,5})?)$")
_ORIGIN = re.compile(r"^https?://[A-Za-z0-9.\[\]:-]+$")
_HTTP = re.compile(r"https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?", re.ASCII)
_TURN = re.compile(
    r"turns?:(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?(\?transport=(udp|tcp))?",
    re.ASCII,
)

Listener = Literal[
    "https",
    "http",
    "smtp",
    "submission",
    "submissions",
    "sip_tls",
    "sip_tcp",
    "sip_udp",
    "sip_servers",
    "sip_federation",
    "dns",
]


class Listen(Section, frozen=True, kw_only=True):
    """Where the site listens. Anything but loopback is said aloud at start."""

    address: str = "127.0.0.1"
    https: Port = 443
    http: Port | Literal["off"] = 80
    smtp: Port | Literal["off"] = 25
    submission: Port | Literal["off"] = 587
    submissions: Port | Literal["off"] = 465
    sip_tls: Port = 5061
    sip_tcp: Port | Literal["off"] = 5060
    sip_udp: Port | Literal["off"] = 5060
    sip_servers: Port | Literal["off"] = "off"
    """Trusted applications come here, by mutual TLS, and nobody else does. Off: no instant messaging in OWA."""
    sip_federation: Port | Literal["off"] = "off"
    """The access edge: other organisations' servers come here, by mutual TLS, and nobody else does."""
    dns: Port | Literal["off"] = "off"
    """A name server for the site's own domains, where no other holds them: a lab, the demo."""

    def __post_init__(self) -> None:
        try:
            ipaddress.ip_address(self.address)
        except ValueError:
            raise SettingError("listen.address", self.address, "an IP address such as 127.0.0.1") from None
        taken: dict[int, str] = {}
        for name in self.__struct_fields__:
            port = getattr(self, name)
            if name in ("address", "sip_udp") or not isinstance(port, int) or port == 0:
                continue
            if port in taken:
                raise SettingError(f"listen.{name}", port, f"listen.{taken[port]} has this port already")
            taken[port] = name

    def port(self, listener: Listener) -> int | None:
        """The port of ``listener``, None where it is off."""
        value: int | str = getattr(self, listener)
        return value if isinstance(value, int) else None


class Hosts(Section, frozen=True, kw_only=True):
    """The names clients use; they stand in the certificates. Empty: made from ``organisation.domain``."""

    mail: Name | Literal[""] = ""
    autodiscover: Name | Literal[""] = ""
    lync: Name | Literal[""] = ""
    lyncdiscover: Name | Literal[""] = ""
    lyncdiscoverinternal: Name | Literal[""] = ""
    meet: Name | Literal[""] = ""

    def complete(self, domain: str) -> Hosts:
        """The same with every empty name made from ``domain``."""
        names = {field: getattr(self, field) or f"{field}.{domain}" for field in self.__struct_fields__}
        return Hosts(**names)


class Mail(Section, frozen=True, kw_only=True):
    """Mail to other organisations, and how large a message may be."""

    outbound: Literal["off", "smarthost", "mx"] = "off"
    """``off``: refused to its sender at once; ``smarthost``: all to one server; ``mx``: to each domain's own."""
    smarthost: str = ""
    """``HOST`` or ``HOST:PORT``; an IPv6 address in brackets."""
    smarthost_user: str = ""
    smarthost_password_file: str = ""
    """A file with the password in its first line; empty: it is in the environment, SAMBAND_SMARTHOST_PASSWORD."""
    tls: Literal["opportunistic", "required", "implicit"] = "opportunistic"
    """STARTTLS where the other server offers it; or always, with a good certificate; or from the first byte."""
    connections: Annotated[int, Meta(ge=1, le=1000, description="a number from 1 to 1000")] = 10
    first_retry: Annotated[int, Meta(ge=1, le=86400, description="seconds, 1 to 86400")] = 60
    longest_retry: Annotated[int, Meta(ge=1, le=86400, description="seconds, 1 to 86400")] = 7200
    delay_notice: Annotated[int, Meta(ge=1, description="seconds, 1 or more")] = 4 * 3600
    expiry: Annotated[int, Meta(ge=1, description="seconds, 1 or more")] = 2 * 86400
    max_message: Annotated[int, Meta(ge=65536, le=1 << 30, description="bytes, 65536 to 1073741824")] = 35 << 20

    def __post_init__(self) -> None:
        if self.smarthost and self.smarthost_place is None:
            raise SettingError("mail.smarthost", self.smarthost, "HOST or HOST:PORT, such as mail.example.org:587")
        if self.outbound == "smarthost" and not self.smarthost:
            raise SettingError("mail.smarthost", "", "the server that takes all mail, where mail.outbound is smarthost")
        if self.outbound == "mx" and self.tls == "implicit":
            raise SettingError("mail.tls", self.tls, "opportunistic or required, where mail.outbound is mx")

    @property
    def smarthost_place(self) -> tuple[str, int] | None:
        """Host and port of the smarthost; None where there is none."""
        found = _PLACE.fullmatch(self.smarthost)
        if found is None or not 0 < int(found["port"] or 25) < 65536:
            return None
        usual = 465 if self.tls == "implicit" else 25
        return found["literal"] or found["host"], int(found["port"] or usual)


class Dns(Section, frozen=True, kw_only=True):
    """Where names are asked for and published (step 1)."""

    resolver: str = ""
    """``own`` (``listen.dns``), or ``ADDRESS[:PORT]`` of a server; empty: the machine's."""
    update_server: str = ""
    """``own``, or ``ADDRESS[:PORT]`` of the server that takes signed updates [RFC2136]; empty: none does."""
    address: str = ""
    """The address that published names lead to; empty: ``listen.address``."""
    ttl: Annotated[int, Meta(ge=0, le=604800, description="seconds, 0 to 604800")] = 3600
    tsig_name: str = "samband"
    tsig_algorithm: Literal["hmac-sha256", "hmac-sha384", "hmac-sha512"] = "hmac-sha256"
    tsig_secret_file: str = "keys/tsig.key"
    """Base64, in a file relative to the site's folder."""

    def __post_init__(self) -> None:
        for name, value in (("resolver", self.resolver), ("update_server", self.update_server)):
            if value not in ("", "own") and not _SERVER.match(value):
                raise SettingError(f"dns.{name}", value, "own, or ADDRESS or ADDRESS:PORT of a name server")
        try:
            ipaddress.ip_address(self.address or "127.0.0.1")
        except ValueError:
            raise SettingError("dns.address", self.address, "an IP address such as 192.0.2.10") from None


class Media(Section, frozen=True, kw_only=True):
    """Sound and pictures: who carries them in meetings, and who relays them. Files are relative to the site's folder,
    and what they hold is in their first line."""

    janus: str = ""
    """The address of a Janus server's interface; empty: meetings are held in writing."""
    janus_secret_file: str = ""
    """With its ``api_secret``; empty: it wants none."""
    janus_room_key_file: str = ""
    """With the ``admin_key`` of its VideoRoom plugin; empty: it has none."""
    turn: tuple[str, ...] = ()
    """``turn:HOST:PORT`` and ``turns:HOST:PORT``, each perhaps with ``?transport=udp`` or ``tcp``."""
    turn_secret_file: str = ""
    """With the ``static-auth-secret`` of these servers."""
    turn_lifetime: Annotated[int, Meta(ge=60, le=604800, description="seconds, 60 to 604800")] = 8 * 3600
    """How long credentials are good."""

    def __post_init__(self) -> None:
        if self.janus and not _HTTP.fullmatch(self.janus):
            raise SettingError("media.janus", self.janus, "an address such as http://127.0.0.1:8088/janus")
        for url in self.turn:
            if not _TURN.fullmatch(url):
                raise SettingError("media.turn", url, "addresses such as turn:turn.example.org:3478?transport=udp")
        if self.turn and not self.turn_secret_file:
            raise SettingError("media.turn_secret_file", "", "a file with the secret of the servers in media.turn")


class SipWebSocket(Section, frozen=True, kw_only=True):
    """SIP for web pages, at ``/sip`` of the HTTP listeners."""

    enabled: bool = True
    origins: tuple[str, ...] = ()
    """Origins of pages that may connect beside the site's own, such as ``https://phone.example.org``; ``*``: any."""

    def __post_init__(self) -> None:
        for origin in self.origins:
            if origin != "*" and not _ORIGIN.match(origin):
                allowed = "origins of pages such as https://phone.example.org, without a path; or *"
                raise SettingError("sip_websocket.origins", origin, allowed)
