"""SMTP listeners, spoken to by Python's own client."""

from __future__ import annotations

import asyncio
import base64
import smtplib
import socket
import ssl
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import uvloop

from samband.net import smtp_server
from samband.net.smtp_server import SmtpServer
from samband.net.tls import client_context, server_context
from samband.wire.smtp import Addressed, Envelope
from tests.net.certificates import self_signed

OTHER = ("127.0.0.9", 0)
Kept = list[tuple[Envelope, bytes]]


class Listener:
    """Knows one person, and mailboxes at here.test."""

    reports = True

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    async def sign_in(self, login: str, password: str, peer: str) -> str:
        return "235 2.7.0 yes" if (login, password) == ("jürgen", "pw") else "535 5.7.8 no"

    def sender(self, address: str) -> str:
        return "550 5.7.1 no" if address == "evil@b.test" else "250 ok"

    def recipient(self, address: str, so_far: int) -> str:
        return "250 ok" if address.endswith("@here.test") and so_far < 2 else "550 5.1.1 no"

    async def message(self, envelope: Envelope, content: bytes) -> str:
        self._kept.append((envelope, content))
        return "250 2.0.0 kept"


async def serving(
    story: Callable[[int], object],
    tls: ssl.SSLContext | None = None,
    *,
    submission: bool = False,
    implicit: bool = False,
) -> Kept:
    kept: Kept = []
    server = SmtpServer("mail.here.test", lambda: Listener(kept), 10_000, tls, submission=submission)
    port = await server.listen("127.0.0.1", 0, implicit=implicit)
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

    ((envelope, content),) = play(serving(story))
    assert envelope == Envelope("127.0.0.1", "client.test", "a@b.test", (Addressed("x@here.test"),), "ESMTP")
    assert content == b"Subject: x\r\n\r\n.dot\r\nend\r\n"


def test_a_conversation_goes_on_under_tls(tmp_path: Path) -> None:
    chain, key = self_signed(tmp_path, "127.0.0.1")

    def story(port: int) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
            client.starttls(context=client_context(chain))
            client.sendmail("a@b.test", ["x@here.test"], "Subject: x\n\nend\n")

    (kept,) = play(serving(story, server_context(chain, key)))
    assert kept[0].protocol == "ESMTPS"


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


def admitted(port: int) -> smtplib.SMTP:
    """A conversation, once the server has seen the end of the one before."""
    for _ in range(500):
        try:
            return smtplib.SMTP("127.0.0.1", port, timeout=10)
        except smtplib.SMTPConnectError:
            time.sleep(0.02)
    raise AssertionError("there is never room")


@pytest.mark.parametrize("bound", ["MAX_CONNECTIONS", "MAX_FROM_ONE"])
def test_too_many_conversations_are_turned_away(bound: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp_server, bound, 1)

    def story(port: int) -> None:
        for _ in range(2):  # there is room again for who comes after the first
            with admitted(port) as first:
                assert first.noop()[0] == 250
                with socket.create_connection(("127.0.0.1", port), timeout=10) as second:
                    assert second.recv(100).startswith(b"421 ")

    play(serving(story))


def test_one_address_leaves_room_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp_server, "MAX_FROM_ONE", 1)

    def story(port: int) -> None:
        with smtplib.SMTP("127.0.0.1", port) as first, smtplib.SMTP("127.0.0.1", port, source_address=OTHER) as second:
            assert (first.noop()[0], second.noop()[0]) == (250, 250)

    play(serving(story))


def test_wishes_for_reports_are_handed_on_and_checked() -> None:
    def story(port: int) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
            client.ehlo()
            assert "dsn" in client.esmtp_features and "auth" not in client.esmtp_features
            for wrong in ("RET=ALL", "ENVID=a+b", "ENVID=x ENVID=y", "FOO=1"):
                assert client.docmd("MAIL", f"FROM:<a@b.test> {wrong}")[0] in (501, 555), wrong
            assert client.docmd("MAIL", "FROM:<a@b.test> SIZE=20 ret=hdrs ENVID=Qq+2B1 BODY=8BITMIME")[0] == 250
            for wrong in ("NOTIFY=NEVER,SUCCESS", "NOTIFY=", "ORCPT=x@here.test", "NOTIFY=SOON"):
                assert client.docmd("RCPT", f"TO:<x@here.test> {wrong}")[0] == 501, wrong
            assert client.docmd("RCPT", "TO:<x@here.test> NOTIFY=success,FAILURE ORCPT=rfc822;X+40here.test")[0] == 250
            assert client.docmd("RCPT", "TO:<y@here.test>")[0] == 250
            assert client.data(b"Subject: x\r\n\r\n")[0] == 250
            client.sendmail("", ["x@here.test"], "Subject: y\n\n")

    (first, _), (second, _) = play(serving(story))
    assert (first.sender, first.ret, first.envelope_id) == ("a@b.test", "HDRS", "Qq+2B1")
    assert first.recipients == (
        Addressed("x@here.test", "SUCCESS,FAILURE", "rfc822;X+40here.test"),
        Addressed("y@here.test"),
    )
    assert (second.sender, second.ret, second.recipients) == ("", "", (Addressed("x@here.test"),))


@pytest.mark.parametrize("implicit", [False, True])
@pytest.mark.parametrize("method", ["PLAIN", "LOGIN"])
def test_who_submits_signs_in_under_tls(implicit: bool, method: str, tmp_path: Path) -> None:
    chain, key = self_signed(tmp_path, "127.0.0.1")
    context = client_context(chain)

    def opened(port: int) -> smtplib.SMTP:
        if implicit:
            return smtplib.SMTP_SSL("127.0.0.1", port, timeout=10, context=context)
        client = smtplib.SMTP("127.0.0.1", port, timeout=10)
        client.ehlo()
        assert "auth" not in client.esmtp_features
        assert client.docmd("AUTH", "PLAIN AGEAYg==")[0] == 538
        client.starttls(context=context)
        return client

    def story(port: int) -> None:
        with opened(port) as client:
            client.ehlo()
            assert client.esmtp_features["auth"].split() == ["LOGIN", "PLAIN"]
            assert client.docmd("MAIL", "FROM:<a@b.test>")[0] == 530
            for wrong in ("PLAIN ???", "PLAIN YQ==", "NTLM"):
                assert client.docmd("AUTH", wrong)[0] in (501, 504)
            assert _say(client, method, "jürgen", "pw")[0] == 235
            assert client.docmd("MAIL", "FROM:<evil@b.test>")[0] == 550
            client.sendmail("a@b.test", ["x@here.test"], "Subject: x\n\nend\n")

    ((envelope, _),) = play(serving(story, server_context(chain, key), submission=True, implicit=implicit))
    assert envelope.protocol == "ESMTPSA"


def _say(client: smtplib.SMTP, method: str, login: str, password: str) -> tuple[int, bytes]:
    """Sign in with words beyond ASCII, which smtplib's own methods do not take."""

    def coded(text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    if method == "PLAIN":
        return client.docmd("AUTH", f"PLAIN {coded(chr(0).join(('', login, password)))}")
    assert client.docmd("AUTH", "LOGIN")[0] == 334
    assert client.docmd(coded(login))[0] == 334
    return client.docmd(coded(password))


def test_guessers_are_sent_away(tmp_path: Path) -> None:
    chain, key = self_signed(tmp_path, "127.0.0.1")

    def story(port: int) -> None:
        with smtplib.SMTP_SSL("127.0.0.1", port, timeout=10, context=client_context(chain)) as client:
            client.ehlo()
            codes = [_say(client, "PLAIN", "jürgen", "no")[0] for _ in range(3)]
            assert codes == [535, 535, 421]
            client.close()

    play(serving(story, server_context(chain, key), submission=True, implicit=True))
