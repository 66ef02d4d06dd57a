"""The site's own name server, asked and changed over real sockets."""

from __future__ import annotations

import asyncio
import base64
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import dns.message
import dns.query
import dns.rcode
import dns.update
import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.net import dns_client, ports
from samband.net.dns_client import Change, DnsClient, DnsRefusal, TsigKey, update
from samband.net.dns_server import DnsServer
from samband.net.dns_zone import Zones
from samband.wire.dns import Outcome

KEY = TsigKey("samband", "hmac-sha256", base64.b64encode(b"k" * 32).decode())
A = Change("lyncdiscover.contoso.test", "A", 60, "192.0.2.1")
SRV = Change("_sip._tls.contoso.test", "SRV", 60, "0 0 5061 sip.contoso.test")
ALIAS = Change("www.contoso.test", "CNAME", 60, "lyncdiscover.contoso.test")


@asynccontextmanager
async def server(folder: Path) -> AsyncIterator[str]:
    port = ports.take("127.0.0.1", 0)
    served = DnsServer(Zones(folder, ["contoso.test"]), KEY)
    await served.listen("127.0.0.1", port)
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await served.close()


def run(folder: Path, work: Callable[[str], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with server(folder) as at:
            await work(at)

    asyncio.run(whole())


def test_what_was_published_is_found_and_outlives_the_server(tmp_path: Path) -> None:
    async def publish(at: str) -> None:
        assert await update(at, KEY, [A, SRV, ALIAS]) == ["contoso.test"]

    async def ask(at: str) -> None:
        client = DnsClient(at)
        assert await client.addresses("LyncDiscover.contoso.test") == ("192.0.2.1",)
        assert (await client.lookup("_sip._tls.contoso.test", "SRV")).values == ("0 0 5061 sip.contoso.test",)
        assert await client.addresses("www.contoso.test") == ("192.0.2.1",)
        assert (await client.lookup("nobody.contoso.test", "A")).outcome is Outcome.NO_NAME
        assert (await client.lookup("_tls.contoso.test", "A")).outcome is Outcome.NO_DATA
        assert (await client.lookup("lyncdiscover.contoso.test", "SRV")).outcome is Outcome.NO_DATA
        assert (await client.lookup("elsewhere.test", "A")).outcome is Outcome.NO_ANSWER

    run(tmp_path, publish)
    run(tmp_path, ask)


def test_a_record_replaces_its_like_and_goes_alone(tmp_path: Path) -> None:
    async def work(at: str) -> None:
        client = DnsClient(at)
        other = Change(A.owner, "A", 60, "192.0.2.9")
        await update(at, KEY, [A])
        await update(at, KEY, [other])
        assert await client.addresses(A.owner) == ("192.0.2.9",)
        await update(at, KEY, [Change(A.owner, "A", 60, A.value, there=False)])
        assert await client.addresses(A.owner) == ("192.0.2.9",)
        await update(at, KEY, [Change(A.owner, "A", 60, other.value, there=False)])
        assert (await client.lookup(A.owner, "A")).outcome is Outcome.NO_NAME

    run(tmp_path, work)


WRONG = [
    (None, "REFUSED"),
    (TsigKey("samband", "hmac-sha256", base64.b64encode(b"x" * 32).decode()), "key"),
    (TsigKey("stranger", "hmac-sha256", KEY.secret), "key"),
    (TsigKey("samband", "hmac-sha256", "not base64!"), "base64"),
]


@pytest.mark.parametrize(("key", "why"), WRONG)
def test_an_update_without_the_key_changes_nothing(tmp_path: Path, key: TsigKey | None, why: str) -> None:
    async def work(at: str) -> None:
        with pytest.raises(DnsRefusal) as refused:
            await update(at, key, [A])
        assert why in str(refused.value) or "NOTAUTH" in str(refused.value)
        assert KEY.secret not in str(refused.value)
        assert await DnsClient(at).addresses(A.owner) == ()

    run(tmp_path, work)


def test_a_name_of_no_zone_here_is_refused(tmp_path: Path) -> None:
    async def work(at: str) -> None:
        with pytest.raises(DnsRefusal, match="no zone for"):
            await update(at, KEY, [Change("a.elsewhere.test", "A", 60, "192.0.2.1")])

    run(tmp_path, work)


def test_prerequisites_are_heeded(tmp_path: Path) -> None:
    zones = Zones(tmp_path, ["contoso.test"])

    def ask(condition: Callable[[dns.update.UpdateMessage], None]) -> dns.rcode.Rcode:
        message = dns.update.UpdateMessage("contoso.test")
        condition(message)
        message.add("a.contoso.test.", 60, "A", "192.0.2.1")
        return zones.update(dns.message.from_wire(message.to_wire()))  # type: ignore[arg-type]

    assert ask(lambda m: m.present("a.contoso.test.")) == dns.rcode.NXDOMAIN
    assert ask(lambda m: m.present("a.contoso.test.", "A")) == dns.rcode.NXRRSET
    assert ask(lambda m: m.absent("a.contoso.test.")) == dns.rcode.NOERROR
    assert ask(lambda m: m.absent("a.contoso.test.")) == dns.rcode.YXDOMAIN
    assert ask(lambda m: m.absent("a.contoso.test.", "A")) == dns.rcode.YXRRSET
    assert ask(lambda m: m.present("a.contoso.test.", "A", "192.0.2.1")) == dns.rcode.NOERROR
    assert ask(lambda m: m.present("a.contoso.test.", "A", "192.0.2.2")) == dns.rcode.NXRRSET
    assert ask(lambda m: m.add("a.other.test.", 60, "A", "192.0.2.1")) == dns.rcode.NOTZONE


def test_a_long_answer_comes_over_tcp(tmp_path: Path) -> None:
    async def work(at: str) -> None:
        many = dns.update.UpdateMessage("contoso.test")
        host, _, port = at.partition(":")
        for number in range(120):
            many.add("many.contoso.test.", 60, "A", f"192.0.2.{number}")
        name, algorithm = (dns.name.from_text(text) for text in (KEY.name, KEY.algorithm))
        many.use_tsig(dns.tsig.Key(name, KEY.secret, algorithm))
        await asyncio.to_thread(dns.query.tcp, many, host, port=int(port), timeout=5)
        assert len((await DnsClient(at).lookup("many.contoso.test", "A")).values) == 120

    run(tmp_path, work)


def test_nobody_answering_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns_client, "PATIENCE", 1.0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        server = f"127.0.0.1:{silent.getsockname()[1]}"
        refused = asyncio.run(DnsClient(server).lookup("a.contoso.test", "A"))
    assert refused.outcome is Outcome.NO_ANSWER
    assert refused.why == f"{server} said nothing within 1 seconds"


@given(st.binary(max_size=200))
def test_any_bytes_are_answered_or_ignored(wire: bytes) -> None:
    async def work() -> bytes | None:
        return await DnsServer(_NONE, KEY).respond(wire, 1232)

    answer = asyncio.run(work())
    assert answer is None or answer[:2] == wire[:2]


_NONE = Zones(Path("/nonexistent"), ["contoso.test"])
