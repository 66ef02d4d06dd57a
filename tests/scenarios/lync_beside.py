"""The Lync side of a site in a process of its own: another folder on the same database, keys and blobs."""

from __future__ import annotations

import re
from pathlib import Path

from tests.clients.running_demo import Demo
from tests.scenarios.kept_site import ADDRESS, DOMAIN, KeptSite, free_ports


class LyncBeside(KeptSite):
    """What ``first`` served of Lync; from now on that serves Exchange alone."""

    def __init__(self, first: KeptSite, folder: Path) -> None:
        self.folder = folder
        self.domain = first.domain
        self.address = first.address
        self.ports = free_ports(first.address)
        self._log = folder.with_name(f"{folder.name}.log")
        self._process = None
        folder.mkdir()
        (folder / "keys").symlink_to(first.folder / "keys")
        settings = first.folder / "samband.toml"
        text = settings.read_text()
        settings.write_text(re.sub(r"^lync = true.*$", "lync = false", text, flags=re.MULTILINE))
        autodiscover = f"https://autodiscover.{first.domain}:{first.ports['https']}/autodiscover/autodiscover.svc"
        changed = {
            "exchange": "false",
            "url": f'"sqlite:{first.folder / "samband.db"}"',
            "blobs": f'"{first.folder / "blobs"}"',
            "exchange_autodiscover_url": f'"{autodiscover}"',
        }
        for name, value in changed.items():
            text, count = re.subn(rf"^{name} = .*$", f"{name} = {value}", text, flags=re.MULTILINE)
            assert count == 1, name
        for name, port in self.ports.items():
            text = re.sub(rf"^{name} = \d+.*$", f"{name} = {port}", text, flags=re.MULTILINE)
        (folder / "samband.toml").write_text(text)


def as_demo(exchange: KeptSite, lync: KeptSite, *people: str) -> Demo:
    """What a demo says of itself, of a site in one process or in two; passwords are ``pw-`` and the name."""
    names = ("mail", "autodiscover", "lync", "lyncdiscover", "lyncdiscoverinternal", "meet", "sip", "sipinternal")
    table = {
        "folder": str(exchange.folder),
        "ca_file": str(exchange.ca_file),
        "ews_url": f"https://mail.{DOMAIN}:{exchange.ports['https']}/EWS/Exchange.asmx",
        "hosts": {f"{name}.{DOMAIN}": ADDRESS for name in names},
        "sip": {"tls": f"{ADDRESS}:{lync.ports['sip_tls']}", "tcp": f"{ADDRESS}:{lync.ports['sip_tcp']}"},
        "people": [
            {
                "upn": f"{name}@{DOMAIN}",
                "email": f"{name}@{DOMAIN}",
                "login": f"CONTOSO\\{name}",
                "password": f"pw-{name}",
            }
            for name in people
        ],
    }
    return Demo(table, None, exchange.folder)  # type: ignore[arg-type]
