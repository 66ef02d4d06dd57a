"""SMTP listeners, spoken to by Python's own client."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvloop

from samband.net import smtp_server
from samband.net.smtp_server import SmtpServer
from samband.net.tls import client_context, server_context
from tests.net.certificates import self_signed

Kept = list[tuple[str, str, str, tuple[str, ...], str, bytes]]


async def serving(story: Callable[[int], object], tls: ssl.SSLContext | None = None) -> Kept:
    kept: Kept = []

    def recipient(address: str, so_far: int) -> str:
        return "250 ok" if address.endswith("@here.test") and so_far < 2 else "550 5.1.1 no"

    async def message(*what: object) -> str:
        kept.append(what)  # type: ignore[arg-type]
        return "250 2.0.0 kept"

    server = SmtpServer("mail.here.test", recipient, message, 10_000, tls)
    port = await server.listen("127.0.0.1", 0)
    try:
        await asyncio.wait_for(asyncio.to_thread(story, port), 20)
    finally:
        await server.close()
    return kept


def play(work: Awaitable[Kept]) -> Kept:
    async def inner() -> Kept:
        return await work

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(inner())


def test_a_message_comes_in_whole() -> None:
    def story(port: int) -> None:
        with smtplib.SMTP("127.0.0.1", port, local_hostname="client.test", timeout=10) as client:
            refused = client.sendmail("a@b.test", ["x@here.test", "x@there.test"], "Subject: x\n\n.dot\nend\n")
            assert list(refused) == ["x@there.test"]
            assert client.verify("x@here.test")[0] == 252

    ((peer, helo, sender, people, protocol, content),) = play(serving(story))
    assert (peer, helo, sender, people, protocol) == ("127.0.0.1", "client.test", "a@b.test", ("x@here.test",), "ESMTP")
    assert content == b"Subject: x\r\n\r\n.dot\r\nend\r\n"


def test_a_conversation_goes_on_under_tls(tmp_path: Path) -> None:
    chain, key = self_signed(tmp_path, "127.0.0.1")

    def story(port: int) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
            client.starttls(context=client_context(chain))
            client.sendmail("a@b.test", ["x@here.test"], "Subject: x\n\nend\n")

    (kept,) = play(serving(story, server_context(chain, key)))
    assert kept[4] == "ESMTPS"


def test_too_large_is_refused_before_and_after() -> None:
    def story(port: int) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
            client.ehlo()
            assert client.esmtp_features["size"] == "10000"
            assert client.docmd("MAIL", "FROM:<a@b.test> SIZE=20000")[0] == 552
            client.mail("a@b.test")
            client.rcpt("x@here.test")
            assert client.data(b"x\r\n" * 5000)[0] == 552

    assert play(serving(story)) == []


def test_too_many_conversations_are_turned_away() -> None:
    before = smtp_server.MAX_CONNECTIONS
    smtp_server.MAX_CONNECTIONS = 1

    def story(port: int) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as first:
            assert first.noop()[0] == 250
            with socket.create_connection(("127.0.0.1", port), timeout=10) as second:
                assert second.recv(100).startswith(b"421 ")

    try:
        play(serving(story))
    finally:
        smtp_server.MAX_CONNECTIONS = before
