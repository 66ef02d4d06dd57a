"""Plain clients are told where their owner is signed in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from samband.wire.presence.names import REG_INFO, REG_INFO_TYPE
from samband.wire.presence.reginfo import ContactDocument, write_reginfo
from samband.wire.sip.message import SipMessage, SipRequest, SipResponse
from tests.lync.sip.presence_world import PlainEndpoint, PresenceWorld, play
from tests.lync.sip.sides import Client

ONE = "0e324752-e1ab-56eb-8f4a-267c85a97459"


class Watcher(PlainEndpoint):
    """Alice's client, which has subscribed to where she is signed in."""

    def __init__(self, world: PresenceWorld) -> None:
        super().__init__(world, "alice")
        self.world.gate.unsigned.add("alice")
        request = self.request("SUBSCRIBE", self.aor, Event="reg", Accept=REG_INFO_TYPE)
        self.send(request.put("Contact", f"<{self.contact}>"))
        answer, notify = self.inbox()
        assert isinstance(answer, SipResponse)
        assert answer.status == 200
        self.first = self.read(notify)

    def read(self, notify: SipMessage) -> tuple[int, str, list[dict[str, str]]]:
        """Version, state of the registration, and its contacts."""
        assert isinstance(notify, SipRequest)
        assert notify.get("Content-Type") == REG_INFO_TYPE
        self.answer(notify, 200)
        root = etree.fromstring(notify.body)
        assert (root.tag, root.get("state")) == (f"{{{REG_INFO}}}reginfo", "full")
        (registration,) = root
        assert registration.get("aor") == self.aor
        contacts = []
        for one in registration:
            found = {str(name): str(value) for name, value in one.attrib.items()}
            contacts.append(
                found | {etree.QName(inner).localname: inner.get("uri") or inner.text or "" for inner in one}
            )
        return int(root.get("version") or 0), registration.get("state") or "", contacts

    def told(self) -> tuple[int, str, list[dict[str, str]]]:
        return self.read(self.take())


def phone(world: PresenceWorld, **how: Any) -> Client:
    client = world.client("alice")
    client.register(**how)
    assert client.take_response().status == 200
    return client


def test_coming_and_going(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        watcher = Watcher(world)
        version, state, (own,) = watcher.first
        assert (state, own["uri"], own["state"], own["event"]) == ("active", watcher.contact, "active", "registered")
        other = phone(world, expires="600", instance=ONE)
        later, state, (_own, second) = watcher.told()
        assert later > version
        assert (second["uri"], second["expires"], second["callid"]) == (other.contact, "600", f"reg-{other.peer[1]}")
        assert second["pub-gruu"] == f"sip:alice@contoso.test;gr=urn:uuid:{ONE}"
        other.hang_up()
        last, state, (_own, gone) = watcher.told()
        assert last > later
        assert (state, gone["id"], gone["state"], gone["event"]) == ("active", second["id"], "terminated", "expired")
        third = phone(world)
        watcher.told()
        third.register(expires="0", cseq=2)
        assert watcher.told()[2][1]["event"] == "unregistered"
        world.signed_in("bob")
        assert watcher.inbox() == [], "others are none of hers"

    play(tmp_path, scene)


def test_who_may_ask(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        bob = PlainEndpoint(world, "bob")
        alice = "sip:alice@contoso.test"
        assert bob.subscribe("reg", alice).response.status == 403
        assert bob.subscribe("reg", Accept="application/pidf+xml").response.status == 406
        assert len(world.doors.subscriptions) == 0

    play(tmp_path, scene)


def test_nobody_is_told_after_the_end(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        watcher = Watcher(world)
        watcher.hang_up()
        phone(world)
        assert watcher.inbox() == []
        assert len(world.doors.subscriptions) == 0

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("contacts", "state"),
    [
        ([], "init"),
        ([ContactDocument(id="1", uri="sip:a", event="expired", active=False)], "terminated"),
        ([ContactDocument(id='"', uri="sip:a?b=<&>", event="registered", call_id='"&<')], "active"),
    ],
)
def test_documents(contacts: list[ContactDocument], state: str) -> None:
    root = etree.fromstring(write_reginfo("sip:a@b", 1, contacts).encode())
    assert root[0].get("state") == state
    assert [one[0].text for one in root[0]] == [one.uri for one in contacts]
