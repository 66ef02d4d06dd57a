"""Conversations with other mail servers over real sockets: TLS, what they can, and which server takes mail."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import dns.asyncresolver
import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
import uvloop

from samband.net.mail_exchangers import MailExchangers
from samband.net.smtp_client import Credentials, DirectMail, Encryption, Smarthost, Tls
from samband.net.tls import client_context, server_context, unchecked_client_context
from samband.wire.smtp import Addressed, Letter, Unreachable
from tests.mail_sink import Sink, sinking
from tests.net.certificates import self_signed

OWN = "mail.here.test"


def letter(*people: str, content: bytes = b"Subject: x\r\n\r\n.dot\nend\n") -> Letter:
    return Letter("a@here.test", [Addressed(one) for one in people], content)


def encryption(mode: Tls, authority: Path | None = None) -> Encryption:
    return Encryption(mode, client_context(authority), unchecked_client_context())


def play(story: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        await asyncio.wait_for(story(), 30)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(bounded())


async def hand_over(sink: Sink, how: Encryption, credentials: Credentials | None = None) -> None:
    session = await Smarthost(OWN, "127.0.0.1", sink.port, how, credentials).connect("there.test")
    replies = await session.send(letter("x@there.test"))
    assert [reply.code for reply in replies] == [250]
    await session.close()


def test_a_message_is_handed_over_as_it_is() -> None:
    async def story() -> None:
        async with sinking() as sink:
            sink.answers["no@there.test"] = "550 5.1.1 nobody"
            session = await Smarthost(OWN, "127.0.0.1", sink.port, encryption("opportunistic")).connect("there.test")
            replies = await session.send(letter("x@there.test", "no@there.test"))
            assert [str(reply) for reply in replies] == ["250 2.0.0 kept", "550 5.1.1 nobody"]
            assert [reply.code for reply in await session.send(letter("no@there.test"))] == [550]
            assert [reply.code for reply in await session.send(letter("y@there.test", "z@there.test"))] == [250, 250]
            await session.close()
        assert [got.recipients for got in sink.kept] == [("x@there.test",), ("y@there.test", "z@there.test")]
        assert sink.kept[0].content == b"Subject: x\r\n\r\n.dot\r\nend\r\n"

    play(story)


def test_addresses_and_bodies_beyond_ascii() -> None:
    async def story() -> None:
        async with sinking() as sink:
            session = await Smarthost(OWN, "127.0.0.1", sink.port, encryption("opportunistic")).connect("")
            content = "Subject: Grüße\r\n\r\nGrüße\r\n".encode()
            await session.send(letter("jürgen@there.test", content=content))
            await session.close()
        assert (sink.kept[0].recipients, sink.kept[0].content) == (("jürgen@there.test",), content)

    play(story)


@pytest.mark.parametrize(
    ("mode", "trusted", "offered", "outcome"),
    [
        ("opportunistic", False, True, True),
        ("opportunistic", False, False, False),
        ("required", True, True, True),
        ("required", False, True, "4.7.5"),
        ("required", True, False, "4.7.4"),
    ],
)
def test_tls(mode: Tls, trusted: bool, offered: bool, outcome: bool | str, tmp_path: Path) -> None:
    chain, key = self_signed(tmp_path, "127.0.0.1")
    how = encryption(mode, chain if trusted else None)

    async def story() -> None:
        async with sinking(server_context(chain, key) if offered else None) as sink:
            if isinstance(outcome, str):
                with pytest.raises(Unreachable, match=outcome) as refusal:
                    await hand_over(sink, how)
                assert not refusal.value.reply.is_permanent
            else:
                await hand_over(sink, how)
                assert sink.kept[0].tls is outcome

    play(story)


def test_credentials_never_go_in_the_clear() -> None:
    async def story() -> None:
        async with sinking() as sink:
            with pytest.raises(Unreachable, match=r"4\.7\.4"):
                await hand_over(sink, encryption("opportunistic"), Credentials("me", "secret"))

    play(story)
    assert "secret" not in repr(Credentials("me", "secret"))


def test_broken_tls_is_done_without_where_it_is_not_required(tmp_path: Path) -> None:
    """The other server says that it can TLS, and cannot."""

    async def story() -> None:
        broken = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        async with sinking(broken) as sink:
            await hand_over(sink, encryption("opportunistic"))
            assert [got.tls for got in sink.kept] == [False]

    play(story)


Zone = Mapping[tuple[str, str], list[str]]


class NameServer(asyncio.DatagramProtocol):
    """Answers from ``zone``: (name, type) -> records; a name it does not know at all does not exist."""

    def __init__(self, zone: Zone) -> None:
        self.zone = zone

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def datagram_received(self, data: bytes, peer: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        (question,) = query.question
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        name, kind = question.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(question.rdtype)
        if (name, kind) in self.zone:
            answer.answer.append(dns.rrset.from_text_list(question.name, 1, "IN", kind, self.zone[name, kind]))
        elif not any(known == name for known, _ in self.zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        if name == "broken.test":
            answer.set_rcode(dns.rcode.SERVFAIL)
        self.transport.sendto(answer.to_wire(), peer)


async def exchangers(zone: Zone) -> MailExchangers:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: NameServer(zone), local_addr=("127.0.0.1", 0))
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], transport.get_extra_info("sockname")[1]
    resolver.timeout = 2
    return MailExchangers(OWN, resolver)


ZONE = {
    ("a.test", "MX"): ["20 second.test.", "10 first.test.", "30 third.test."],
    ("first.test", "A"): ["127.0.0.9"],
    ("second.test", "A"): ["127.0.0.1"],
    ("third.test", "A"): ["127.0.0.3"],
    ("plain.test", "A"): ["127.0.0.1"],
    ("none.test", "MX"): ["0 ."],
    ("loop.test", "MX"): ["10 mail.here.test."],
    ("backup.test", "MX"): ["5 first.test.", "10 mail.here.test.", "20 third.test."],
    ("mail.here.test", "A"): ["127.0.0.1"],
    ("nowhere.test", "TXT"): ['"x"'],
    ("broken.test", "TXT"): ['"x"'],
    ("xn--grsse-kva3b.test", "A"): ["127.0.0.1"],
}


def test_servers_of_a_domain() -> None:
    async def story() -> None:
        asked = await exchangers(ZONE)
        assert [one.host for one in await asked.of("a.test")] == ["first.test", "second.test", "third.test"]
        assert [one.addresses for one in await asked.of("plain.test")] == [("127.0.0.1",)]
        assert [one.host for one in await asked.of("backup.test")] == ["first.test"]
        for domain, code, status in (
            ("none.test", 556, "5.1.10"),
            ("loop.test", 554, "5.4.6"),
            ("nowhere.test", 550, "5.1.2"),
            ("unknown.test", 550, "5.1.2"),
            ("x" * 64 + ".test", 550, "5.1.2"),
            ("broken.test", 451, "4.4.3"),
        ):
            with pytest.raises(Unreachable) as refusal:
                await asked.of(domain)
            assert (refusal.value.reply.code, refusal.value.reply.text.split()[0]) == (code, status), domain

    play(story)


def test_the_next_server_takes_over() -> None:
    """The first server of the domain does not answer."""

    async def story() -> None:
        async with sinking() as sink:
            client = DirectMail(OWN, await exchangers(ZONE), encryption("opportunistic"), sink.port)
            session = await client.connect("a.test")
            assert session.host == "second.test"
            assert [reply.code for reply in await session.send(letter("x@a.test"))] == [250]
            await session.close()

    play(story)
