"""Looking for people by SIP: asked of the domain, answered to whoever is signed in."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from samband.wire.presence.directory_search import DirectorySearch
from samband.wire.sip.message import SipResponse
from tests.lync.sip.presence_world import LyncEndpoint, PresenceWorld, play
from tests.wire.presence.plain_requests import write_directory_search

SOAP = "application/SOAP+xml"
DOMAIN = "sip:contoso.test"


async def ask(client: LyncEndpoint, body: str, uri: str = DOMAIN) -> SipResponse:
    client.service(SOAP, body, uri)
    assert isinstance(client.world, PresenceWorld)
    await client.world.settle()
    return client.take_response()


def rows(answer: SipResponse) -> list[dict[str, str]]:
    return [
        {str(name).rpartition("}")[2]: str(value) for name, value in row.attrib.items()}
        for row in etree.fromstring(answer.body).iter("{*}row")
    ]


def test_people_are_found(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice = world.lync("alice")
        answer = await ask(alice, write_directory_search(DirectorySearch((("displayName", "bo"),), 10)))
        assert (answer.status, answer.get("Content-Type")) == (200, SOAP)
        (bob,) = rows(answer)
        assert (bob["uri"], bob["displayName"]) == ("sip:bob@contoso.test", "Bob")
        address = DirectorySearch((("msRTCSIP-PrimaryUserAddress", "sip:bob@contoso.test"),), 1)
        assert len(rows(await ask(alice, write_directory_search(address)))) == 1
        everybody = await ask(
            alice, write_directory_search(DirectorySearch((("msRTCSIP-PrimaryUserAddress", "sip:"),), 1))
        )
        assert b"moreAvailable>false" in everybody.body, "a query that names nothing but the scheme finds nobody"
        some = await ask(alice, write_directory_search(DirectorySearch((("mailNickname", "a"),), 0)))
        assert rows(some) == []
        assert b"moreAvailable>true" in some.body

    play(tmp_path, scene)


def test_refusals(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice = world.lync("alice")
        search = write_directory_search(DirectorySearch((("mail", "bo"),), 10))
        assert (await ask(alice, search.replace("directorySearch", "addGroup"))).status == 501
        assert (await ask(alice, search.replace("maxResults", "most"))).status == 400
        assert (await ask(alice, "<a")).status == 400
        assert (await ask(alice, search, "sip:bob@contoso.test")).status == 405

    play(tmp_path, scene)
