"""A site's settings: what one ``samband.toml`` may say, with types, defaults and what is allowed."""

from __future__ import annotations

import re
import zoneinfo
from typing import Literal

from samband.deployment.network_settings import Dns, Hosts, Listen, Mail, Media, SipWebSocket
from samband.deployment.policies import (
    ClientPolicy,
    ConferencingPolicy,
    PasswordPolicy,
    Registrar,
    ServerToServer,
    ThrottlingPolicy,
    UserServices,
)
from samband.deployment.setting_forms import Name, Section, SettingError
from samband.model.folder_names import LANGUAGES, primary

_NETBIOS = re.compile(r"^[A-Z0-9][A-Z0-9-]{0,14}$")


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
