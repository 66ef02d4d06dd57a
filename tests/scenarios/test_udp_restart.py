"""A phone that speaks UDP knows nothing of its server's death: the next one calls it, and goes on telling it."""

from __future__ import annotations

import itertools
import re
import socket
import threading
from pathlib import Path

import pytest

from samband.cli.main import main
from tests.scenarios.digest import digest_proof
from tests.scenarios.kept_site import ADDRESS, DOMAIN, KeptSite
from tests.wire.presence.plain_requests import write_resource_lists

_counter = itertools.count(1)


class Phone:
    """A plain client of one person, by UDP."""

    def __init__(self, port: int, name: str, password: str = "") -> None:
        """``port``: of the server; the password is ``pw-NAME`` where none is given."""
        self.name = name
        self.password = password or f"pw-{name}"
        self.socket = socket.socket(type=socket.SOCK_DGRAM)
        self.socket.bind((ADDRESS, 0))
        self.socket.settimeout(60)
        self.socket.connect((ADDRESS, port))
        self.heard: list[str] = []
        self.tag = self.call = ""
        self.place = "{}:{}".format(*self.socket.getsockname())

    def ask(self, method: str, uri: str, body: str = "", *fields: str, tag: str = "") -> int:
        """The final status of a request."""
        return int(self.answer(method, uri, body, *fields, tag=tag).split(" ", 2)[1])

    def answer(self, method: str, uri: str, body: str = "", *fields: str, tag: str = "", call: str = "") -> str:
        """The final answer to a request, proven where it must be; ``tag`` and ``call`` name a dialog."""
        self.tag, self.call = tag, call or f"{self.name}-{method}"
        answer = self._ask(method, uri, body, fields)
        if answer.startswith(("SIP/2.0 401", "SIP/2.0 407")):
            proof = digest_proof(answer, self.name, self.password, method, uri)
            header = "Authorization" if " 401 " in answer else "Proxy-Authorization"
            answer = self._ask(method, uri, body, (*fields, f"{header}: {proof}"))
        return answer

    def hear(self) -> str:
        """The next request that comes, answered with 200."""
        while True:
            message = self.socket.recv(65536).decode()
            if not message.startswith("SIP/2.0 "):
                fields = re.findall(r"^(?:Via|From|To|Call-ID|CSeq): [^\r]*", message, re.MULTILINE)
                answer = ["SIP/2.0 200 OK", *(f"{one};tag=p" if one[:3] == "To:" else one for one in fields)]
                self.socket.send("\r\n".join([*answer, "Content-Length: 0", "", ""]).encode())
                return message

    def _ask(self, method: str, uri: str, body: str, fields: tuple[str, ...]) -> str:
        number = next(_counter)
        to = f"sip:{self.name}@{DOMAIN}" if method == "REGISTER" else uri
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.place};branch=z9hG4bK-{self.name}-{number};rport",
            f"From: <sip:{self.name}@{DOMAIN}>;tag=1",
            f"To: <{to}>" + (f";tag={self.tag}" if self.tag else ""),
            f"Call-ID: {self.call}",
            f"CSeq: {number} {method}",
            "Max-Forwards: 70",
            *fields,
            f"Content-Length: {len(body)}",
        ]
        self.socket.send("\r\n".join([*lines, "", body]).encode())
        while True:
            message = self.socket.recv(65536).decode()
            if message.startswith("SIP/2.0 ") and f"CSeq: {number} {method}" in message and " 100 " not in message[:16]:
                return message


def test_a_phone_is_reached_by_the_next_server(tmp_path: Path) -> None:
    with KeptSite(tmp_path / "site") as site:
        for name in ("alice", "bob"):
            site.add_person(name, f"pw-{name}")
        site.start()
        alice, bob = Phone(site.ports["sip_udp"], "alice"), Phone(site.ports["sip_udp"], "bob")
        contact = f"Contact: <sip:alice@{alice.place}>"
        assert alice.ask("REGISTER", f"sip:{DOMAIN}", "", contact, "Expires: 3600") == 200
        site.kill()
        site.start()
        said: list[int] = []
        message = ("MESSAGE", f"sip:alice@{DOMAIN}", "are you there?", "Content-Type: text/plain")
        talking = threading.Thread(target=lambda: said.append(bob.ask(*message)))
        talking.start()
        assert alice.hear().endswith("are you there?")
        talking.join()
        assert said == [200]
        assert "Traceback" not in site.log


WATCH = ("Event: presence", "Accept: application/pidf+xml", "Expires: 3600")


def told(phone: Phone) -> tuple[str, str, int, bool]:
    """The next notification: Call-ID, the server's tag, its number, and whether the person is there."""
    while (message := phone.hear()) in phone.heard:
        pass  # a slow machine: the server has repeated it before it was answered
    assert message.startswith("NOTIFY "), message
    phone.heard.append(message)
    call_id, tag = re.search(r"^Call-ID: (\S+)", message, re.M), re.search(r"^From: .*;tag=([^;\s]+)", message, re.M)
    number = re.search(r"^CSeq: (\d+) NOTIFY", message, re.M)
    assert call_id is not None and tag is not None and number is not None, message
    return call_id[1], tag[1], int(number[1]), "<basic>open</basic>" in message


LIST = (
    "Supported: eventlist",
    "Require: recipient-list-subscribe",
    "Content-Type: application/resource-lists+xml",
    "Content-Disposition: recipient-list",
)


def version(message: str) -> int:
    """The number of a list of people, or of watchers."""
    found = re.search(r'<(?:rlmi:)?(?:list|watcherinfo)[^>]* version="(\d+)"', message)
    assert found is not None, message
    return int(found[1])


def newer(phone: Phone, word: str, than: int = -1) -> int:
    """The number of the next notification in which there is ``word`` and that is later than the one numbered so."""
    while True:
        message = phone.hear()
        if word in message and version(message) > than:
            return version(message)


class Lists:
    """Alice's list of people and a distribution group, in both of which there is bob, and bob's list of watchers, in
    which there is she."""

    def __init__(self, site: KeptSite) -> None:
        self.alice, self.bob = Phone(site.ports["sip_udp"], "alice"), Phone(site.ports["sip_udp"], "bob")
        self.watching = f">sip:alice@{DOMAIN}</watcher>"
        people, own = write_resource_lists([f"sip:bob@{DOMAIN}"]), ("Event: presence.winfo", "Expires: 3600")
        watch = ("Event: presence", "Expires: 3600", f"Contact: <sip:alice@{self.alice.place}>")
        assert self.alice.ask("SUBSCRIBE", f"sip:alice@{DOMAIN}", people, *watch, *LIST) == 200
        self.people = newer(self.alice, 'fullState="true"')
        contact = f"Contact: <sip:bob@{self.bob.place}>"
        assert self.bob.ask("SUBSCRIBE", f"sip:bob@{DOMAIN}", "", *own, contact) == 200
        self.watchers = newer(self.bob, self.watching)
        self.staff, self.member = Phone(site.ports["sip_udp"], "alice"), f'<resource uri="sip:bob@{DOMAIN}"'
        contact = f"Contact: <sip:alice@{self.staff.place}>"
        assert self.staff.ask("SUBSCRIBE", f"sip:staff@{DOMAIN}", "", *WATCH, contact, LIST[0]) == 200
        self.members = newer(self.staff, self.member)

    def go_on(self) -> None:
        """Wait until the next server has told of each."""
        self.people = newer(self.alice, 'fullState="true"', self.people)
        self.watchers = newer(self.bob, self.watching, self.watchers)
        self.members = newer(self.staff, self.member, self.members)


@pytest.mark.timeout(300)
def test_a_subscription_goes_on_with_the_next_server(tmp_path: Path) -> None:
    with KeptSite(tmp_path / "site") as site:
        for name in ("alice", "bob"):
            site.add_person(name, f"pw-{name}")
        # In this process, which is sooner done than in one of its own.
        assert main(["group", "add", str(site.folder), "staff"]) == 0
        assert main(["group", "member", str(site.folder), "staff", "--add", "bob"]) == 0
        site.start()
        alice, bob = Phone(site.ports["sip_udp"], "alice"), Phone(site.ports["sip_udp"], "bob")
        register = ("REGISTER", f"sip:{DOMAIN}", "", f"Contact: <sip:bob@{bob.place}>")
        assert bob.ask(*register, "Expires: 3600") == 200
        contact = f"Contact: <sip:alice@{alice.place}>"
        watch = ("SUBSCRIBE", f"sip:bob@{DOMAIN}", "", contact)
        assert alice.ask(*watch, *WATCH) == 200
        call_id, tag, number, there = told(alice)
        assert there
        lists = Lists(site)
        for _ in range(2):
            site.kill()
            site.start()
            lists.go_on()
            told_now = told(alice)
            assert (told_now[:2], told_now[3]) == ((call_id, tag), True)
            assert told_now[2] > number
            number = told_now[2]
        assert bob.ask(*register, "Expires: 0") == 200
        gone = told(alice)
        assert (gone[:2], gone[3]) == ((call_id, tag), False)
        assert gone[2] > number
        newer(lists.alice, "<basic>closed</basic>", lists.people)
        assert alice.ask(*watch, *WATCH, tag=tag) == 200
        assert told(alice)[:2] == (call_id, tag)
        assert alice.ask(*watch, *WATCH[:2], "Expires: 0", tag=tag) == 200
        told(alice)
        site.stop()
        site.start()
        assert alice.ask(*watch, *WATCH, tag=tag) == 481
        assert "Traceback" not in site.log
