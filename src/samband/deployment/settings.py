"""A site's settings: what one ``samband.toml`` may say, with types, defaults and what is allowed."""

from __future__ import annotations

import ipaddress
import re
import zoneinfo
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from samband.model.folder_names import LANGUAGES, primary

Port = Annotated[int, Meta(ge=0, le=65535, description="a port from 0 to 65535 (0: a free one)")]
Name = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$",
        description="a domain or host name",
    ),
]
_PLACE = re.compile(r"(?:\[(?P<literal>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9.-]+))(?::(?P<port>[0-9]{1,5}))?", re.ASCII)
_SERVER = re.compile(r"^([0-9.]+(:[0-9]{1,5})?|[0-9A-Fa-f:]*:[0-9A-Fa-f:]*|\[[0-9A-Fa-f:]+\](:[0-9]{1,5})?)$")
_ORIGIN = re.compile(r"^https?://[A-Za-z0-9.\[\]:-]+$")
_HTTP = re.compile(r"https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?", re.ASCII)
_TURN = re.compile(
    r"turns?:(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?(\?transport=(udp|tcp))?",
    re.ASCII,
)
_NETBIOS = re.compile(r"^[A-Z0-9][A-Z0-9-]{0,14}$")


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


class SettingError(ValueError):
    """A wrong setting: its name, the value found, and what is allowed."""

    def __init__(self, name: str, value: object, allowed: str) -> None:
        super().__init__(f"{name} = {value!r} is not allowed: {allowed}")
        self.name = name


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One table of the file; a key it does not know is refused."""


class Organisation(Section, frozen=True, kw_only=True):
    """Who the site serves."""

    name: str
    domain: Name
    """The default SMTP, SIP and sign-in domain, and the realm of server-to-server OAuth."""
    smtp_domains: tuple[Name, ...] = ()
    """Further accepted domains; wildcards are refused, they break server-to-server sign-in."""
    sip_domains: tuple[Name, ...] = ()
    netbios: str = ""
    """The domain part of ``DOMAIN\\\\name``; empty: the first label of ``domain`` in upper case."""
    time_zone: str = "UTC"
    """IANA name of the zone that mailboxes start with."""
    language: str = "en"
    """Tag of the language that mailboxes start with: their default folders are named in it."""

    def __post_init__(self) -> None:
        if self.netbios and not _NETBIOS.match(self.netbios):
            raise SettingError("organisation.netbios", self.netbios, "up to 15 letters in upper case, digits, hyphens")
        if self.time_zone not in zoneinfo.available_timezones():
            raise SettingError("organisation.time_zone", self.time_zone, "an IANA time zone such as Europe/Stockholm")
        if primary(self.language) not in LANGUAGES:
            raise SettingError("organisation.language", self.language, f"one of {', '.join(LANGUAGES)}, or da-DK")

    @property
    def netbios_domain(self) -> str:
        return self.netbios or self.domain.split(".", 1)[0].upper()[:15]

    @property
    def accepted_domains(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name.lower() for name in (self.domain, *self.smtp_domains)))

    @property
    def all_sip_domains(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name.lower() for name in (self.domain, *self.sip_domains)))


class Roles(Section, frozen=True, kw_only=True):
    """Which systems this site runs."""

    exchange: bool = True
    lync: bool = True
    directory: Literal["embedded"] = "embedded"

    def __post_init__(self) -> None:
        if not self.exchange and not self.lync:
            raise SettingError("roles.exchange", False, "a site runs the mailbox side, or lync, or both")


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


class Storage(Section, frozen=True, kw_only=True):
    """Where things are kept. Paths are relative to the site's folder."""

    url: str = "sqlite:samband.db"
    """``sqlite:FILE`` or ``postgresql://USER@HOST/DATABASE``."""
    blobs: str = "blobs"

    def __post_init__(self) -> None:
        if not self.url.startswith(("sqlite:", "postgresql://")):
            shown = re.sub(r"(://[^:/@]*):.*@", r"\1:***@", self.url)
            raise SettingError("storage.url", shown, "sqlite:FILE or postgresql://USER@HOST/DATABASE")


class Trust(Section, frozen=True, kw_only=True):
    """Which proofs of identity are accepted."""

    http: tuple[Literal["negotiate", "ntlm", "basic"], ...] = ("ntlm", "basic")
    sip: tuple[Literal["tls-dsk", "kerberos", "ntlm", "digest"], ...] = ("tls-dsk", "ntlm", "digest")
    digest_algorithms: tuple[Literal["MD5", "SHA-256"], ...] = ("MD5",)
    """What plain SIP clients are offered. MD5 alone is what all of them take: many give up where SHA-256 is offered
    beside it, and those that know both have no way to say so before they are asked."""

    server_certificate: str = ""
    """A PEM file with the certificate that listeners show, those that lead to its authority, and its key. Empty: the
    site issues one itself."""

    kerberos_keytab: str = ""
    """A file with keys of ``sip/`` and ``HTTP/`` and the site's host names; empty: no Kerberos."""
    kerberos_realm: str = ""
    """Empty: ``organisation.domain`` in upper case."""

    def __post_init__(self) -> None:
        if "kerberos" in self.sip and not self.kerberos_keytab:
            raise SettingError("trust.kerberos_keytab", "", "a keytab; or take kerberos out of trust.sip")
        if "digest" in self.sip and not self.digest_algorithms:
            raise SettingError("trust.digest_algorithms", [], "MD5, SHA-256 or both; or take digest out of trust.sip")


class PasswordPolicy(Section, frozen=True, kw_only=True):
    """How long passwords are good."""

    maximum_age_days: Annotated[int, Meta(ge=0, le=9999, description="days from 0 (never) to 9999")] = 0
    """After so many days nobody signs in with a password until a new one was set; 0: passwords do not expire."""


class ServerToServer(Section, frozen=True, kw_only=True):
    """The Lync side's way to Exchange, as ``Set-CsOAuthConfiguration`` has it."""

    exchange_autodiscover_url: str = ""
    """``own`` (this site's), or ``https://autodiscover.DOMAIN/autodiscover/autodiscover.svc``; empty: the Lync side
    asks Exchange nothing."""

    def __post_init__(self) -> None:
        url = self.exchange_autodiscover_url
        if url not in ("", "own") and not url.startswith("https://"):
            allowed = "own, or an https address that ends in /autodiscover/autodiscover.svc"
            raise SettingError("oauth.exchange_autodiscover_url", self.exchange_autodiscover_url, allowed)


class UserServices(Section, frozen=True, kw_only=True):
    """The policy of the Lync side for its users, as ``Set-CsUserServicesPolicy`` has it."""

    ucs_allowed: bool = True
    """Whether contact lists move into mailboxes (unified contact store)."""
    server_conversation_history: bool = False
    """Whether the server writes what people say by IM into their mailboxes, and tells them what they missed."""
    ucs_delay: Annotated[int, Meta(ge=0, description="seconds, 0 or more")] = 600
    """How long after sign-in."""
    ucs_subscriptions: Literal["accepted", "refused"] = "accepted"
    """What a client gets that subscribes to a list which lives in its owner's mailbox: word of it and of every change
    of the list, or the refusal of Lync Server 2013 (488, 2165)."""


PhotoUsage = Literal["NoPhoto", "PhotosFromADOnly", "AllPhotos"]


class ClientPolicy(Section, frozen=True, kw_only=True):
    """What clients of the Lync side, and the side in their place, show of people, as ``Set-CsClientPolicy`` has it."""

    disable_calendar_presence: bool = False
    """Whether calendars stay out of presence; replies of people who are out of office do not."""
    disable_free_busy_info: bool = False
    disable_meeting_subject_and_location: bool = False
    display_photo: PhotoUsage = "AllPhotos"
    """``PhotosFromADOnly``: the directory's small ones and none from mailboxes."""
    max_photo_size_kb: Annotated[int, Meta(ge=0, le=100, description="kilobytes from 0 to 100")] = 30
    """Of the directory's photos."""
    maximum_number_of_contacts: Annotated[int, Meta(ge=0, le=1000, description="a number from 0 to 1000")] = 1000
    address_book_availability: Literal["WebSearchOnly", "off"] = "WebSearchOnly"
    """How clients search the address book: by a web query; ``off``: over SIP alone. Files of it are not made."""


class ConferencingPolicy(Section, frozen=True, kw_only=True):
    """What meetings may be, as ``Set-CsConferencingPolicy`` has it."""

    allow_anonymous_participants: bool = True
    """Whether people without an account may join by a meeting's link."""
    max_guests_a_meeting: Annotated[int, Meta(ge=1, le=250, description="a number from 1 to 250")] = 100
    max_guests: Annotated[int, Meta(ge=1, le=10_000, description="a number from 1 to 10000")] = 1000
    """In all meetings at one time."""


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


Limit = Annotated[int, Meta(ge=0, description="0 (no limit) or more")]


class ThrottlingPolicy(Section, frozen=True, kw_only=True):
    """How much of the mailbox side one caller may take, as ``Set-ThrottlingPolicy`` has it; 0 is no limit."""

    ews_max_concurrency: Limit = 27
    ews_hanging_connections: Limit = 10
    ews_max_subscriptions: Limit = 5000
    ews_max_burst: Limit = 300_000
    """Milliseconds."""
    ews_recharge_rate: Limit = 900_000
    """Milliseconds an hour; 0: time is not counted."""
    ews_cutoff_balance: Limit = 3_000_000
    """Milliseconds."""


UNTHROTTLED = ThrottlingPolicy(
    ews_max_concurrency=0,
    ews_hanging_connections=0,
    ews_max_subscriptions=0,
    ews_max_burst=0,
    ews_recharge_rate=0,
    ews_cutoff_balance=0,
)
"""Nobody is held back: for trying clients."""


class Registrar(Section, frozen=True, kw_only=True):
    """The communications side's sign-ins."""

    sign_ins_per_second: Limit = 200
    """Clients that come faster are told when to come again; 0: nobody is held back."""


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


class Log(Section, frozen=True, kw_only=True):
    """What is said on standard error while serving."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


class Site(Section, frozen=True, kw_only=True):
    """One site: the whole of ``samband.toml``."""

    organisation: Organisation
    roles: Roles = Roles()
    listen: Listen = Listen()
    hosts: Hosts = Hosts()
    storage: Storage = Storage()
    trust: Trust = Trust()
    passwords: PasswordPolicy = PasswordPolicy()
    oauth: ServerToServer = ServerToServer()
    user_services: UserServices = UserServices()
    client_policy: ClientPolicy = ClientPolicy()
    conferencing_policy: ConferencingPolicy = ConferencingPolicy()
    mail: Mail = Mail()
    media: Media = Media()
    dns: Dns = Dns()
    throttling: ThrottlingPolicy = ThrottlingPolicy()
    registrar: Registrar = Registrar()
    sip_websocket: SipWebSocket = SipWebSocket()
    log: Log = Log()

    @property
    def host_names(self) -> Hosts:
        return self.hosts.complete(self.organisation.domain)
