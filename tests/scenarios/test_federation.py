"""Two organisations: their people see each other and write to each other, and nobody else gets in."""

from __future__ import annotations

import itertools
import re
import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from samband.trust.certificates import SiteCertificates
from samband.wire.sip.message import SipResponse
from samband.wire.sip.stream import StreamReader
from tests.clients.outlook import Outlook
from tests.clients.purple_process import PurpleProcess, missing_packages
from tests.clients.test_conferences import sees
from tests.clients.test_presence import shown
from tests.clients.waiting import until
from tests.scenarios.two_organisations import CONTOSO, FABRIKAM, Organisation, Two, two_organisations

pytestmark = pytest.mark.skipif(bool(missing_packages()), reason=missing_packages() or "never")

ALICE, BOB, CAROL = f"alice@{CONTOSO}", f"bob@{FABRIKAM}", f"carol@{FABRIKAM}"
ACKNOWLEDGED = re.compile(rf"SIP/2\.0 200 [^\n]*\n(?=(?:[^\n]+\n)*?From: [^\n]*{BOB})(?:[^\n]+\n)*?CSeq: \d+ MESSAGE")
"""The answer to a message of Bob's, in a log without carriage returns."""


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    with two_organisations(tmp_path_factory.mktemp("federation")) as both:
        yield both


@pytest.fixture
def alice(two: Two) -> Iterator[PurpleProcess]:
    with two.contoso.client("alice") as client:
        yield client


@pytest.fixture
def bob(two: Two) -> Iterator[PurpleProcess]:
    with two.fabrikam.client("bob") as client:
        yield client


def watch(client: PurpleProcess, who: str) -> None:
    """Have somebody on the contact list, once: a list outlives its client."""
    if not client.buddy(who):
        client.do("add", who=who)


def test_presence_goes_both_ways(alice: PurpleProcess, bob: PurpleProcess) -> None:
    watch(alice, BOB)
    watch(bob, ALICE)
    shown(alice, BOB, status="available")
    shown(bob, ALICE, status="available")
    bob.do("status", status="busy", note="")
    shown(alice, BOB, status="busy")
    alice.do("status", status="away", note="")
    shown(bob, ALICE, status="away")
    bob.do("quit")
    bob.wait("ended")
    shown(alice, BOB, online=False)


def test_a_conversation(alice: PurpleProcess, bob: PurpleProcess) -> None:
    alice.do("im", to=BOB, text="hello <b>bob</b> äö")
    assert bob.wait("im", who=ALICE)["text"] == "hello bob äö"
    bob.do("im", to=ALICE, text="hi alice")
    alice.wait("im", who=BOB, text="hi alice")
    alice.do("typing", to=BOB)
    bob.wait("typing", who=ALICE, typing=True)
    # Of what is not acknowledged when a session ends sipe says that it was not delivered.
    until(lambda: ACKNOWLEDGED.search(bob.log.replace("\r", "")), "the answer to Bob's message")
    alice.do("close-im", to=BOB)
    until(lambda: "BYE sip:" in bob.log, "the end of the dialog")
    bob.do("im", to=ALICE, text="one more")
    alice.wait("im", who=BOB, text="one more")
    assert not [event for client in (alice, bob) for event in client.events if event["event"] == "im-notice"]


def test_a_conference(alice: PurpleProcess, bob: PurpleProcess) -> None:
    alice.do("conf-new", who=BOB)
    first, second = alice.wait("chat-joined")["chat"], bob.wait("chat-joined")["chat"]
    for client in (alice, bob):
        sees(client, ALICE, BOB)
    alice.do("chat", chat=first, text="hello <b>all</b> äö")
    bob.wait("chat", who=ALICE, text="hello all äö")
    bob.do("chat", chat=second, text="hello from abroad")
    alice.wait("chat", who=BOB, text="hello from abroad")
    bob.do("chat-leave", chat=second)
    alice.wait("chat-member-left", who=BOB)
    sees(alice, ALICE)


def meeting(two: Two, **how: object) -> dict[str, Any]:
    """One that Alice has scheduled."""
    site = two.contoso
    outlook = Outlook((site.address, site.ports["https"]), site.ca_file, site.folder, "alice")
    made: dict[str, Any] = outlook.ask("POST", outlook.meetings, {"subject": "Plans", **how})
    return made


def test_a_meeting_is_joined_by_its_link_from_abroad(two: Two, alice: PurpleProcess) -> None:
    open_to_all = meeting(two, accessLevel="Everyone")
    with two.fabrikam.client("bob", guest_of=two.contoso) as bob:
        bob.do("conf-join", uri=open_to_all["joinUrl"])
        second = bob.wait("chat-joined")["chat"]
        alice.do("conf-join", uri=open_to_all["onlineMeetingUri"])
        first = alice.wait("chat-joined")["chat"]
        for client in (alice, bob):
            sees(client, ALICE, BOB)
        bob.do("chat", chat=second, text="hello from abroad")
        alice.wait("chat", who=BOB, text="hello from abroad")
        alice.do("chat", chat=first, text="welcome")
        bob.wait("chat", who=ALICE, text="welcome")
        bob.do("chat-leave", chat=second)
        alice.wait("chat-member-left", who=BOB)


@pytest.mark.parametrize(
    ("how", "gets_in"),
    [
        ({"accessLevel": "Invited", "attendees": [f"sip:{BOB}"]}, True),
        ({"accessLevel": "Invited"}, False),
        ({"accessLevel": "SameEnterprise"}, False),
    ],
)
def test_whom_a_link_lets_in(two: Two, how: dict[str, object], gets_in: bool) -> None:
    made = meeting(two, **how)
    with two.fabrikam.client("bob", guest_of=two.contoso) as bob:
        bob.do("conf-join", uri=made["joinUrl"])
        if gets_in:
            bob.wait("chat-joined")
        else:
            assert "by invitation" in str(bob.wait("notice", kind="error"))


def test_a_plain_client_and_a_lync_client(two: Two, alice: PurpleProcess) -> None:
    with two.fabrikam.plain("bob") as bob:
        bob.do("im", to=ALICE, text="hello from a plain client")
        alice.wait("im", who=BOB, text="hello from a plain client")
        alice.do("im", to=BOB, text="hello from Lync")
        bob.wait("im", who=ALICE, text="hello from Lync")
        watch(alice, BOB)
        shown(alice, BOB, status="available")
        bob.do("add", who=ALICE)
        until(lambda: bob.buddy(ALICE).get("online"), "Alice's presence")


# --- who is refused


class Edge:
    """A server that shows a certificate at Contoso's access edge and says what it likes."""

    def __init__(self, two: Two, own: Path | None) -> None:
        context = ssl.create_default_context(cafile=two.contoso.ca_file)
        if own is not None:
            context.load_cert_chain(own)
        raw = socket.create_connection((two.contoso.address, two.contoso.edge), 60)
        self._socket = context.wrap_socket(raw, server_hostname=f"sip.{CONTOSO}")
        self._framing = StreamReader()
        self._numbers = itertools.count(1)

    def __enter__(self) -> Edge:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def say(self, sender: str, more: str = "", method: str = "OPTIONS", to: str = ALICE) -> SipResponse:
        """The answer to a request. Raises ``OSError`` where the other side closes."""
        number = next(self._numbers)
        self._socket.sendall(
            f"{method} sip:{to} SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.9:5061;branch=z9hG4bK{number}\r\n"
            f"From: <sip:{sender}>;tag=1\r\nTo: <sip:{to}>\r\nCall-ID: {id(self)}-{number}\r\n"
            f"CSeq: 1 {method}\r\nMax-Forwards: 70\r\n{more}Content-Length: 0\r\n\r\n".encode()
        )
        while True:
            data = self._socket.recv(65536)
            if not data:
                raise ConnectionError("closed")
            for event in self._framing.feed(data):
                assert isinstance(event, SipResponse)
                return event


def diagnosis(answer: SipResponse) -> tuple[int, str]:
    """Its status and the number in ``ms-diagnostics``."""
    return answer.status, (answer.get("ms-diagnostics") or "").partition(";")[0]


def certificates(site: Organisation) -> SiteCertificates:
    """Those of a site, as its administrator has them."""
    return SiteCertificates(site.folder / "keys", site.domain, lambda: datetime.now(UTC))


def test_a_partner_speaks_for_its_own_people_alone(two: Two) -> None:
    with Edge(two, certificates(two.fabrikam).server("edge", [f"sip.{FABRIKAM}"])) as edge:
        assert diagnosis(edge.say(BOB)) == (480, "1007"), "let in; she is not signed in"
        assert diagnosis(edge.say(ALICE)) == (403, "4004")
        assert diagnosis(edge.say("mallory@northwind.test")) == (403, "1015")
        assert diagnosis(edge.say(BOB, f"P-Asserted-Identity: <sip:{ALICE}>\r\n")) == (403, "4004")
        assert diagnosis(edge.say(BOB, to="mallory@northwind.test")) == (404, "1005"), "nothing is relayed"
        assert diagnosis(edge.say(BOB, method="REGISTER")) == (403, "1027")
        assert diagnosis(edge.say(BOB, "Event: vnd-microsoft-roaming-contacts\r\n", "SUBSCRIBE")) == (403, "1027")
        assert edge.say(BOB, f"Via: SIP/2.0/TLS lync.{CONTOSO}:5061;branch=z9hG4bKx\r\n").status == 482


def test_a_certificate_for_another_name_is_not_believed(two: Two) -> None:
    names = [f"www.{FABRIKAM}", f"lync.{CONTOSO}", f"sip.{CONTOSO}"]
    with Edge(two, certificates(two.fabrikam).server("other", names)) as edge:
        assert diagnosis(edge.say(BOB)) == (403, "1010")
        assert diagnosis(edge.say(ALICE)) == (403, "4004"), "a name of ours, by their authority, is worth nothing"


def test_another_authority_gets_no_connection(two: Two, tmp_path: Path) -> None:
    forger = SiteCertificates(tmp_path, "Fabrikam", lambda: datetime.now(UTC)).server("edge", [f"sip.{FABRIKAM}"])
    for own in (forger, None):
        with pytest.raises(OSError, match=r"alert|closed|reset|unknown"), Edge(two, own) as edge:
            edge.say(BOB)


def test_somebody_who_is_not_federated_is_not_there(two: Two) -> None:
    two.contoso.samband("user set", "alice", "msRTCSIP-FederationEnabled=FALSE")
    try:
        with Edge(two, certificates(two.fabrikam).server("edge", [f"sip.{FABRIKAM}"])) as edge:
            until(lambda: diagnosis(edge.say(BOB)) == (404, "1003"), "the change")
    finally:
        two.contoso.samband("user set", "alice", "msRTCSIP-FederationEnabled=TRUE")


def test_a_blocked_domain_is_cut_off_at_once(two: Two, alice: PurpleProcess, bob: PurpleProcess) -> None:
    alice.do("im", to=BOB, text="before")
    bob.wait("im", text="before")
    watch(alice, BOB)
    shown(alice, BOB, status="available")
    with Edge(two, certificates(two.fabrikam).server("edge", [f"sip.{FABRIKAM}"])) as edge:
        assert edge.say(BOB).status != 403
        two.contoso.samband("federation block", FABRIKAM)
        with pytest.raises(OSError):
            until(lambda: edge.say(BOB) is None, "the end of the connection")
    bob.do("im", to=ALICE, text="is anybody there?")
    bob.wait("im-notice", who=ALICE, error=True)
    alice.do("im", to=CAROL, text="hello?")
    alice.wait("im-notice", who=CAROL, error=True)
    two.contoso.samband("federation allow", FABRIKAM, "--ca", str(two.fabrikam.ca_file))
    until(lambda: said(bob, alice, "after"), "the way back")
    bob.do("status", status="busy", note="")
    shown(alice, BOB, status="busy")


def said(one: PurpleProcess, other: PurpleProcess, text: str) -> bool:
    """Whether a message arrives: a partner that was lost rests a little before it is tried again."""
    one.do("im", to=ALICE, text=text)
    time.sleep(1)
    return any(event.get("text") == text for event in other.events)


def test_a_partner_that_names_a_server_of_another_domain(two: Two, alice: PurpleProcess) -> None:
    two.srv["_sipfederationtls._tcp.northwind.test"] = {"target": f"sip.{FABRIKAM}", "port": two.fabrikam.edge}
    two.contoso.samband("federation allow", "northwind.test")
    alice.do("im", to="mallory@northwind.test", text="hello?")
    alice.wait("im-notice", who="mallory@northwind.test", error=True)
    why = 'ms-diagnostics: 1009;reason="Conflicting SRV and host domains in DNS"'
    until(lambda: why in alice.log, "the reason in the client's log")
