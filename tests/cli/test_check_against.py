"""`samband check --against` a second site with faults planted in it: it finds these, and nothing else."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from samband.cli.init import write_site
from samband.cli.main import main
from samband.deployment.network_settings import Listen
from samband.net import dns_client, tls
from samband.net.dns_client import Change, DnsClient, TsigKey, update
from samband.net.tls_look import is_open
from samband.serve.check.listeners import Listener, look_at
from tests.clients.waiting import until
from tests.net.certificates import self_signed
from tests.scenarios.kept_site import LISTENERS, free_ports

DOMAIN = "fabrikam.test"


@dataclass
class Second:
    """A site that was set up apart: its folder, and where it listens."""

    folder: Path
    ports: dict[str, int]

    @property
    def resolver(self) -> str:
        return f"127.0.0.1:{self.ports['dns']}"

    def change(self, *changes: Change) -> None:
        """Change its records, as its administrator by hand."""
        key = TsigKey("samband", "hmac-sha256", (self.folder / "keys/tsig.key").read_text().strip())
        asyncio.run(update(self.resolver, key, changes))


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Second]:
    folder = tmp_path_factory.mktemp("second") / "site"
    site = Second(folder, free_ports(listeners=[*LISTENERS, "dns"]))
    write_site(folder, "Fabrikam", DOMAIN, msgspec.convert(site.ports, Listen))
    assert main(["partner", "add", str(folder), "lync"]) == 0
    assert main(["partner", "add", str(folder), "exchange"]) == 0
    process = subprocess.Popen([sys.executable, "-m", "samband.cli.main", "serve", str(folder)])
    try:
        until(
            lambda: asyncio.run(is_open("127.0.0.1", site.ports["dns"], 1.0)),
            "the second site, whose name server comes last",
        )
        assert main(["dns", "publish", str(folder)]) == 0
        yield site
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


Against = Callable[..., dict[str, Any]]


@pytest.fixture
def against(second: Second, capsys: pytest.CaptureFixture[str]) -> Against:
    def run(*words: str) -> dict[str, Any]:
        capsys.readouterr()
        where = ["--against", f"https://{DOMAIN}:{second.ports['https']}", "--resolver", second.resolver]
        trusted = ["--ca-file", str(second.folder / "keys/ca.crt")]
        status = main(["check", *where, *trusted, "--json", *words])
        survey: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert status == any(one["weight"] == "fault" for one in survey["findings"])
        return survey

    return run


def test_five_planted_faults_and_nothing_else(second: Second, against: Against, tmp_path: Path) -> None:
    assert against()["findings"] == []
    federation = f"_sipfederationtls._tcp.{DOMAIN}"
    right = Change(federation, "SRV", 300, f"0 0 {second.ports['sip_tls']} sip.{DOMAIN}")
    wrong = Change(federation, "SRV", 300, f"0 0 {second.ports['sip_tls']} sip.other.test")
    sip = f"_sip._tls.{DOMAIN}"
    signin = Change(sip, "SRV", 300, f"0 0 {second.ports['sip_tls']} sip.{DOMAIN}")
    gone = Change(sip, "SRV", 300, signin.value, there=False)
    owa = tmp_path / "owa.json"
    # As PowerShell writes a file: UTF-16, an enumeration as its number.
    owa.write_text(json.dumps({"Identity": "EX1\\owa", "InstantMessagingEnabled": True, "InstantMessagingType": 0}))
    domains = tmp_path / "domains.json"
    text = [{"DomainName": {"Domain": DOMAIN, "IncludeSubDomains": True}, "DomainType": "Authoritative"}]
    domains.write_text(json.dumps(text), "utf-16")
    second.change(wrong, gone)
    assert main(["partner", "remove", str(second.folder), "lync", "--on", "exchange"]) == 0
    try:
        # The running server hears of it a moment later.
        until(lambda: any(one["name"] == "partner.missing" for one in against()["findings"]), "what was planted")
        found = against("--exported", str(owa), str(domains))
    finally:
        second.change(right, signin)
        assert main(["partner", "add", str(second.folder), "lync"]) == 0
    assert {one["name"] for one in found["findings"]} == {
        "dns.sipfederationtls-srv",
        "dns.sip-srv",
        "partner.missing",
        "owa.no-instant-messaging",
        "oauth.wildcard-domain",
    }
    assert len(found["findings"]) == 5
    until(lambda: not against()["findings"], "the mended site")


def test_a_certificate_without_the_name(second: Second, against: Against) -> None:
    part = f"mail.{DOMAIN}"
    assert [one["name"] for one in against("--address", f"anna@{part}")["findings"]] == ["dns.autodiscover"]
    alias = Change(f"autodiscover.{part}", "A", 300, "127.0.0.1")
    second.change(alias)
    try:
        found = against("--address", f"anna@{part}")["findings"]
    finally:
        second.change(replace(alias, there=False))
    assert [one["name"] for one in found] == ["certificate.name"]
    assert (
        f"autodiscover.{part}:{second.ports['https']}: the certificate is for 127.0.0.1, autodiscover"
        in found[0]["cause"]
    )


def test_nobody_at_the_address(second: Second, against: Against) -> None:
    there = Change(f"autodiscover.{DOMAIN}", "A", 300, "127.0.0.1")
    second.change(replace(there, value="127.0.0.2"))
    try:
        found = against()["findings"]
    finally:
        second.change(there)
    assert {one["name"] for one in found} == {"autodiscover.not-found", "port.closed"}


def test_certificates_that_end_soon_or_have_ended(tmp_path: Path) -> None:
    chain, key = self_signed(tmp_path, "127.0.0.1")

    async def names_at(now: datetime) -> set[str]:
        server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0, ssl=tls.server_context(chain, key))
        async with server:
            listener = Listener("127.0.0.1", server.sockets[0].getsockname()[1], "HTTPS")
            return {one.name for one in await look_at([listener], DnsClient(), chain, now)}

    now = datetime.now(UTC)
    assert asyncio.run(names_at(now)) == {"certificate.expiring"}
    assert asyncio.run(names_at(now + timedelta(days=2))) == {"certificate.expired"}


def test_the_page_and_the_text(second: Second, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.html"
    where = ["--against", f"https://{DOMAIN}:{second.ports['https']}", "--resolver", second.resolver]
    assert main(["check", *where, "--html", str(page)]) == 1
    said = capsys.readouterr().out
    assert "Lync Server 2013 only by its records" in said and "certificate.untrusted" in said
    assert "certificate.untrusted" in page.read_text() and "no credentials were sent" in page.read_text()


def test_a_name_server_that_does_not_answer(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dns_client, "PATIENCE", 0.2)
    assert main(["check", "--against", DOMAIN, "--resolver", "127.0.0.1:9", "--json"]) == 1
    survey = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in survey["findings"]] == ["dns.no-answer"] and survey["sights"] == []


def test_words_that_make_no_sense(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    for words, told in (
        (["--against", "contoso.test", "--exported", str(broken)], "no JSON"),
        (["--against", "contoso.test:x"], "contoso.test:x"),
        (["--against", "contoso.test", "--resolver", "name.test"], "name.test"),
        (["--against", "contoso.test", "--address", "anna"], "a@contoso.com"),
        ([str(tmp_path), "--against", "contoso.test"], "either DIR or --against"),
        ([], "samband check DIR"),
        ([str(tmp_path), "--exported", str(broken)], "--exported goes with --against"),
    ):
        assert main(["check", *words]) == 1
        assert told in capsys.readouterr().err
