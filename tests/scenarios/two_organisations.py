"""Two organisations on one machine, each a site of its own, with one name server between them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from samband.net import ports
from tests.clients.name_server import name_server
from tests.clients.names import Names
from tests.clients.purple_process import Account, PurpleProcess
from tests.clients.waiting import until
from tests.scenarios.kept_site import KeptSite

CONTOSO, FABRIKAM = "contoso.test", "fabrikam.test"
PASSWORD = "Pa55-word-of-theirs"


class Organisation(KeptSite):
    """One of them. Its access edge has an address of its own, as an edge server has."""

    def __init__(self, folder: Path, domain: str, address: str, resolver: int) -> None:
        super().__init__(folder, domain=domain, address=address)
        self.edge = ports.take(address, 0)
        settings = folder / "samband.toml"
        text = settings.read_text()
        text = re.sub(r"^sip_federation = \S+", f"sip_federation = {self.edge}", text, flags=re.MULTILINE)
        text = re.sub(r"^resolver = \S+", f'resolver = "127.0.0.1:{resolver}"', text, flags=re.MULTILINE)
        settings.write_text(text)

    def client(self, name: str, guest_of: Organisation | None = None) -> PurpleProcess:
        """pidgin-sipe of one of its people, signed in; it can open the meeting pages of ``guest_of``."""
        host = f"lync.{self.domain}"
        account = Account(
            user=f"{name}@{self.domain}",
            login=f"{name}@{self.domain}",
            password=PASSWORD,
            server=f"{host}:{self.ports['sip_tls']}",
            transport="tls",
            authentication="ntlm",
            ca_file=self.ca_file,
            other_authorities=() if guest_of is None else (guest_of.ca_file,),
        )
        pages = {} if guest_of is None else {f"meet.{guest_of.domain}": guest_of.address}
        client = PurpleProcess(account, Names({host: self.address, **pages}))
        client.wait("signed-on")
        until(lambda: "contactList" in client.log and "msrtc-category-publish" in client.log, "the contact list")
        return client

    def plain(self, name: str) -> PurpleProcess:
        """libpurple's SIMPLE client of one of its people, signed in."""
        account = Account(
            protocol="prpl-simple",
            user=f"{name}@{self.domain}",
            login=name,
            password=PASSWORD,
            server=f"{self.domain}:{self.ports['sip_tcp']}",
            transport="tcp",
        )
        client = PurpleProcess(account, Names({self.domain: self.address}))
        client.wait("signed-on")
        return client


@dataclass
class Two:
    """Both, serving; what the name server says may be changed."""

    contoso: Organisation
    fabrikam: Organisation
    hosts: dict[str, str] = field(default_factory=dict)
    srv: dict[str, dict[str, str | int]] = field(default_factory=dict)


@contextmanager
def two_organisations(folder: Path) -> Iterator[Two]:
    """Alice is at Contoso, Bob at Fabrikam; each allows the other and knows its authority."""
    hosts: dict[str, str] = {}
    srv: dict[str, dict[str, str | int]] = {}
    with ExitStack() as stack:
        port = stack.enter_context(name_server(hosts, srv))
        contoso = stack.enter_context(Organisation(folder / "contoso", CONTOSO, "127.0.0.1", port))
        fabrikam = stack.enter_context(Organisation(folder / "fabrikam", FABRIKAM, "127.0.0.2", port))
        for site, partner, people in ((contoso, fabrikam, ("alice",)), (fabrikam, contoso, ("bob",))):
            for name in people:
                site.add_person(name, PASSWORD)
            site.samband("federation allow", partner.domain, "--ca", str(partner.ca_file))
            hosts[f"sip.{site.domain}"] = site.address
            srv[f"_sipfederationtls._tcp.{site.domain}"] = {"target": f"sip.{site.domain}", "port": site.edge}
        contoso.start()
        fabrikam.start()
        yield Two(contoso, fabrikam, hosts, srv)
