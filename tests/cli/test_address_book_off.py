"""A site whose policy has no address book for clients: nothing of it is served, and a check says so."""

from __future__ import annotations

import asyncio
import json
import signal
import ssl
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from samband.cli.init import write_site
from samband.cli.main import main
from samband.deployment.network_settings import Listen
from samband.net import tls
from samband.net.http_client import SocketClient
from samband.net.tls_look import is_open
from tests.clients.waiting import until
from tests.scenarios.kept_site import LISTENERS, free_ports

HOST = "lync.tailspin.test"
PATHS = ("/abs/handler", "/GroupExpansion/service.svc", "/GroupExpansion/service.svc/mex", "/WebTicket/oauthtoken")


async def statuses(port: int, context: ssl.SSLContext) -> list[int]:
    client = SocketClient(context, {HOST: "127.0.0.1"})
    try:
        return [(await client.send("GET", f"https://{HOST}:{port}{path}")).status for path in PATHS]
    finally:
        await client.close()


def test_a_site_without_an_address_book(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, ports = tmp_path / "site", free_ports(listeners=[*LISTENERS, "dns"])
    write_site(folder, "Tailspin", "tailspin.test", msgspec.convert(ports, Listen))
    settings = folder / "samband.toml"
    text = settings.read_text()
    assert '# address_book_availability = "WebSearchOnly"' in text
    changed = text.replace('# address_book_availability = "WebSearchOnly"', 'address_book_availability = "off"')
    settings.write_text(changed)
    process = subprocess.Popen([sys.executable, "-m", "samband.cli.main", "serve", str(folder)])
    try:
        until(lambda: asyncio.run(is_open("127.0.0.1", ports["https"], 1.0)), "the site", 60)
        assert main(["dns", "publish", str(folder)]) == 0
        context = tls.client_context(folder / "keys/ca.crt")
        assert asyncio.run(statuses(ports["https"], context)) == [404, 404, 404, 405]
        capsys.readouterr()
        main(["check", str(folder), "--json"])
        findings = json.loads(capsys.readouterr().out)["findings"]
        (found,) = [one for one in findings if one["name"] == "addressbook.not-published"]
        assert found["weight"] == "warning"
        assert "address_book_availability" in found["remedy"]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
