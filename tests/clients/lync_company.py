"""A site with one way to sign in, its people at real Lync clients that were told an address and a password."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from tests.clients.kdc import Kdc, serving_realm
from tests.clients.names import Names
from tests.clients.purple_process import Account, PurpleProcess
from tests.clients.waiting import until
from tests.scenarios.ews_session import EwsSession
from tests.scenarios.kept_site import DOMAIN, KeptSite

LYNC = f"lync.{DOMAIN}"
PEOPLE = ("alice", "bob", "carol")
PORTS = {"https": 443, "http": 80, "sip_tls": 5061}
"""On an address of its own a site may have the ports that clients look for; it listens on no others."""
_SILENT = ("smtp", "submission", "submissions", "sip_tcp", "sip_udp", "sip_servers")
_DISCOVERY = (f"lyncdiscover.{DOMAIN}", f"lyncdiscoverinternal.{DOMAIN}")
_HOSTS = (LYNC, f"mail.{DOMAIN}", f"autodiscover.{DOMAIN}", f"meet.{DOMAIN}")
_ANSWERS = {"signed-on", "connection-error"}
_SERVICES = {f"_sipinternaltls._tcp.{DOMAIN}": (LYNC, PORTS["sip_tls"])}


@dataclass
class Company:
    """Alice, bob and carol have mailboxes and may sign in with ``pw-alice``, ``pw-bob`` and ``pw-carol``."""

    site: KeptSite
    open: ExitStack
    clients: dict[str, PurpleProcess] = field(default_factory=dict)

    def at(self, name: str) -> PurpleProcess:
        """Where somebody works all day. Alice's finds its server by Lync discovery, the others' by SRV."""
        if name not in self.clients or self.clients[name].ended:
            self.clients[name] = self.open.enter_context(self.client(name, by_records=name != "alice"))
            ready(self.clients[name])
        client = self.clients[name]
        if refused(client):
            enter(client)
        until(lambda: online(client), f"{name} is signed in", 90)
        return client

    def client(self, name: str, *, machine: str = "", by_records: bool = True) -> PurpleProcess:
        """pidgin-sipe of one person, on a ``machine`` of its own; it knows an address and a password."""
        account = Account(
            user=f"{name}@{DOMAIN}",
            password=f"pw-{name}",
            ca_file=self.site.ca_file,
            reconnect=1,
            authentication="auto",
        )
        hosts = _HOSTS if by_records else (*_HOSTS, *_DISCOVERY)
        names = Names(dict.fromkeys(hosts, self.site.address), _SERVICES if by_records else {}, machine)
        return PurpleProcess(account, names)

    def meet(self, name: str, guest: str, subject: str, place: str) -> None:
        """Put a meeting with somebody else that goes on now into a calendar."""
        now = datetime.now(UTC).replace(microsecond=0)
        begin, end = (f"{now + timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%SZ}" for minutes in (-10, 50))
        with self._mailbox(name) as mailbox:
            mailbox.ask(
                '<m:CreateItem SendMeetingInvitations="SendToNone"><m:Items><t:CalendarItem>'
                f"<t:Subject>{subject}</t:Subject><t:Start>{begin}</t:Start><t:End>{end}</t:End>"
                f"<t:LegacyFreeBusyStatus>Busy</t:LegacyFreeBusyStatus><t:Location>{place}</t:Location>"
                f"<t:RequiredAttendees><t:Attendee><t:Mailbox><t:EmailAddress>{guest}@{DOMAIN}</t:EmailAddress>"
                "</t:Mailbox></t:Attendee></t:RequiredAttendees></t:CalendarItem></m:Items></m:CreateItem>"
            )

    def _mailbox(self, name: str) -> EwsSession:
        return EwsSession((self.site.address, PORTS["https"]), self.site.ca_file, name, f"pw-{name}")


def founded(folder: Path, address: str) -> KeptSite:
    """The site of a company, not yet served."""
    site = KeptSite(folder, address=address, ports=PORTS)
    settings = site.folder / "samband.toml"
    settings.write_text(
        re.sub(rf"^({'|'.join(_SILENT)}) = \d+", r'\1 = "off"', settings.read_text(), flags=re.MULTILINE)
    )
    for name in PEOPLE:
        site.add_person(name, f"pw-{name}")
    return site


@contextmanager
def serving_company(site: KeptSite, folder: Path, scheme: str) -> Iterator[Company]:
    """A company like ``site`` in which people sign in by ``scheme`` alone, as long as the context lasts."""
    with ExitStack() as stack:
        own = stack.enter_context(site.copied(folder / "site"))
        realm = None
        if scheme == "kerberos":
            (folder / "kdc").mkdir()
            realm = stack.enter_context(serving_realm(folder / "kdc", DOMAIN.upper()))
            stack.enter_context(mock.patch.dict(os.environ, realm.environment))
            for name in PEOPLE:
                realm.add_person(name, f"pw-{name}")
        _offer(own, scheme, realm)
        own.start()
        yield Company(own, stack.enter_context(ExitStack()))


def _offer(site: KeptSite, scheme: str, realm: Kdc | None) -> None:
    settings = site.folder / "samband.toml"
    text = settings.read_text()
    changes = {'sip = ["tls-dsk", "ntlm", "digest"]': f'sip = ["{scheme}"]'}
    if realm is not None:
        changes |= {
            'http = ["ntlm", "basic"]': 'http = ["negotiate", "basic"]',
            "# kerberos_keytab": "kerberos_keytab",
        }
        services = [f"HTTP/{name}.{DOMAIN}" for name in ("mail", "autodiscover", "lync", "lyncdiscover")]
        realm.add_services(site.folder / "keys" / "krb5.keytab", *services, f"sip/{LYNC}")
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    settings.write_text(text)


def online(client: PurpleProcess) -> bool:
    """Whether somebody is signed in now."""
    told = [one["event"] for one in client.events if one["event"] in ("signed-on", "signed-off")]
    return told[-1:] == ["signed-on"]


def refused(client: PurpleProcess) -> bool:
    """Whether somebody's client gave up to sign in: it does not try again by itself what the server has refused."""
    told = [one for one in client.events if one["event"] in _ANSWERS]
    return bool(told) and bool(told[-1].get("fatal"))


def enter(client: PurpleProcess) -> None:
    """Sign in, in as many tries as it takes until the server has heard that somebody may."""

    def tried() -> bool:
        since = client.mark()
        client.do("sign-on")
        until(lambda: _ANSWERS & {one["event"] for one in client.events[since:]}, "an answer to the sign-in", 60)
        return online(client)

    until(tried, f"{client.account.user} is let in", 60)


def ready(client: PurpleProcess, since: int = 0) -> None:
    """Wait until somebody is signed in and has a contact list."""
    client.wait("signed-on", since=since, timeout=60)
    until(lambda: "contactList" in client.log and "msrtc-category-publish" in client.log, "the contact list", 60)


def shown(client: PurpleProcess, who: str, tooltip: dict[str, str | None] | None = None, **wanted: Any) -> None:
    """Wait until the contact list shows ``wanted`` of somebody, and lines of a ``tooltip`` (None: no such line)."""

    def look() -> bool:
        found = client.buddy(who)
        lines = found.get("tooltip", {})
        return (
            bool(found)
            and wanted.items() <= found.items()
            and all(lines.get(k) == v for k, v in (tooltip or {}).items())
        )

    try:
        until(look, f"{who} {wanted} {tooltip}", 60)
    except AssertionError as error:
        raise AssertionError(f"{error}: {client.account.user} sees {client.buddy(who)}") from None
