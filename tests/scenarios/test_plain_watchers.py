"""Plain clients over UDP: one publishes under entity tags, another watches a list, and who is watched hears of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from samband.wire.presence.pidf import PidfDocument, write_pidf
from tests.clients.presence_site import PresenceSite, serving_presence
from tests.scenarios.kept_site import DOMAIN
from tests.scenarios.test_udp_restart import Phone
from tests.wire.presence.plain_requests import write_resource_lists

ALICE, BOB, CAROL = (f"sip:{name}@{DOMAIN}" for name in ("alice", "bob", "carol"))
PIDF = "Content-Type: application/pidf+xml"
LIST = (
    "Supported: eventlist",
    "Require: recipient-list-subscribe",
    "Accept: application/pidf+xml, application/rlmi+xml, multipart/related",
    "Content-Type: application/resource-lists+xml",
    "Content-Disposition: recipient-list",
)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[PresenceSite]:
    with serving_presence(tmp_path) as serving:
        yield serving


def field(message: str, name: str) -> str:
    found = re.search(rf"^{name}: ([^\r]*)", message, re.MULTILINE)
    assert found is not None, message
    return found[1]


def published(*activities: str, note: str = "") -> str:
    return write_pidf(PidfDocument(entity=BOB, open=True, activities=activities, note=note)).decode()


def notified(phone: Phone) -> str:
    """The next notification that is new: a slow machine lets the server repeat one before it was answered."""
    while (message := phone.hear()) in phone.heard:
        pass
    phone.heard.append(message)
    assert message.startswith("NOTIFY "), message
    return message


def until(phone: Phone, *words: str) -> str:
    """The first notification with all of these words."""
    while True:
        message = notified(phone)
        if all(word in message for word in words):
            return message


def test_a_list_of_people_is_watched(site: PresenceSite) -> None:
    alice, bob = Phone(site.udp, "alice"), Phone(site.udp, "bob")
    watch = (f"Contact: <sip:alice@{alice.place}>", "Event: presence", "Expires: 600")
    assert bob.ask("REGISTER", f"sip:{DOMAIN}", "", f"Contact: <sip:bob@{bob.place}>", "Expires: 600") == 200
    own = (f"Contact: <sip:bob@{bob.place}>", "Event: presence.winfo", "Expires: 600")
    assert bob.ask("SUBSCRIBE", BOB, "", *own) == 200
    first = notified(bob)
    assert 'version="0" state="full"' in first
    assert "<watcher " not in first
    publish = ("PUBLISH", BOB, published("on-the-phone", note="on the line"), "Event: presence", PIDF, "Expires: 600")
    tag = field(bob.answer(*publish), "SIP-ETag")
    answer = alice.answer("SUBSCRIBE", ALICE, write_resource_lists([BOB, CAROL]), *watch, *LIST)
    assert answer.startswith("SIP/2.0 200 ")
    assert field(answer, "Require") == "eventlist"
    whole = notified(alice)
    assert field(whole, "Content-Type").startswith("multipart/related;")
    for words in ('fullState="true"', f'uri="{BOB}"', f'uri="{CAROL}"', "rpid:on-the-phone", "on the line", "closed"):
        assert words in whole
    assert f">{ALICE}</watcher>" in until(bob, 'status="active" event="subscribe"')
    changed = ("PUBLISH", BOB, published("away"), "Event: presence", PIDF, f"SIP-If-Match: {tag}")
    newer = field(bob.answer(*changed), "SIP-ETag")
    assert newer != tag
    assert f'uri="{CAROL}"' not in until(alice, 'fullState="false"', f'uri="{BOB}"', "rpid:away")
    assert bob.ask(*changed) == 412
    again = ("PUBLISH", BOB, "", "Event: presence", f"SIP-If-Match: {newer}")
    newest = field(bob.answer(*again, "Expires: 300"), "SIP-ETag")
    assert bob.ask("PUBLISH", BOB, "", "Event: presence", f"SIP-If-Match: {newest}", "Expires: 0") == 200
    assert "rpid:away" not in until(alice, f'uri="{BOB}"', "<basic>open</basic>")
    server = field(answer, "To").partition(";tag=")[2]
    assert alice.ask("SUBSCRIBE", ALICE, "", *watch[:2], "Expires: 0", tag=server) == 200
    assert f">{ALICE}</watcher>" in until(bob, 'status="terminated" event="timeout"')


def test_one_look_is_enough(site: PresenceSite) -> None:
    alice, bob = Phone(site.udp, "alice"), Phone(site.udp, "bob")
    assert bob.ask("REGISTER", f"sip:{DOMAIN}", "", f"Contact: <sip:bob@{bob.place}>", "Expires: 600") == 200
    look = (f"Contact: <sip:alice@{alice.place}>", "Event: presence", "Accept: application/pidf+xml", "Expires: 0")
    answer = alice.answer("SUBSCRIBE", BOB, "", *look)
    assert field(answer, "Expires") == "0"
    message = notified(alice)
    assert field(message, "Subscription-State").startswith("terminated")
    assert "<basic>open</basic>" in message
