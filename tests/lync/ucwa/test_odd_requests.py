"""Every address that UCWA names, asked with every method and with bodies that nobody should send.

Whatever comes is answered in UCWA's own form: a resource, or an error with code and sentence; never a bug's.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from samband.wire.http import HttpResponse
from samband.wire.ucwa.errors import STATUS
from samband.wire.ucwa.xml_form import NAMESPACE
from tests import ucwa_support
from tests.lync.media_server import FakeServer
from tests.lync.ucwa import walk
from tests.lync.ucwa.past_conversations import PastConversations
from tests.lync.ucwa.test_guests import admitted
from tests.lync.ucwa.test_meetings_joined import meeting
from tests.lync.ucwa.test_messaging import connected
from tests.lync.ucwa.world import APPLICATIONS, WebClient, World, play

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "OPTIONS", "BREW")
JSON, XML, FORM = "application/json", "application/xml", "application/x-www-form-urlencoded"
NAMES = (
    *("accessLevel", "anonymousDisplayName", "attendees", "audio", "audioPreference", "availability", "contactUri"),
    *(
        "description",
        "displayName",
        "duration",
        "expirationTime",
        "groupId",
        "importance",
        "inactiveTimeout",
        "leaders",
    ),
    *("location", "mail", "message", "name", "onlineMeetingUri", "operationId", "passcode", "phoneNumber", "rank"),
    *("relationshipLevel", "sdp", "sessionContext", "signInAs", "smtpAddress", "subject", "supportedMessageFormats"),
    *("supportedModalities", "threadId", "to", "type", "uris", "video", "etag", "UserAgent", "EndpointId", "Culture"),
)
"""Properties that some request has."""
VALUES: tuple[Any, ...] = (
    *(None, True, 0, -1, 10**30, 1.5, "", " ", "x" * 5000, "\ud800", "\0", "é\u2028\U0001f600", "sip:", "@", "a@b@c"),
    *("/Date(99999999999999999)/", "9999-12-31T23:59:59+14:00", "0001-01-01T00:00:00-14:00", "data:text/plain,%FF%00"),
    *([], [None], ["\ud800"], [[[]]], ["sip:nobody@contoso.test"] * 300, {}, {"href": []}, {"message": {"href": 7}}),
)


def bodies() -> Iterator[tuple[str, bytes]]:
    """Type and body."""
    for value in VALUES:
        yield JSON, json.dumps(dict.fromkeys(NAMES, value) | {"_links": value}).encode()
    yield (
        JSON,
        json.dumps({"_links": {"message": {"href": "data:text/html;base64,!!!"}}, "to": "bob@contoso.test"}).encode(),
    )
    for text in ("", " ", "{}", "[]", "null", "7", '"x"', '{"a":', '{"a":1,"a":2}', '{"a":NaN}', "\ufeff{}"):
        yield JSON, text.encode()
    yield JSON, b"[" * 20_000
    for depth in (300, 900, 990, 2000):
        yield JSON, b'{"to":' + b"[" * depth + b'"\\u00e4"' + b"]" * depth + b"}"
    yield JSON, b'{"a":' * 20_000
    yield JSON, b"\xff\xfe{}"
    yield JSON, b'{"subject":"' + b"x" * 300_000 + b'"}'
    for inner in (
        *(
            "",
            '<property name="to">\u00e4</property>',
            "<property/>",
            '<propertyList name="uris"><item/><x/></propertyList>',
        ),
        *('<link rel="message"/>', "<resource/>", "<odd/>", '<property name="duration">&#x10FFFF;</property>'),
    ):
        yield XML, f'<input xmlns="{NAMESPACE}">{inner}</input>'.encode()
    yield XML, b'<!DOCTYPE a [<!ENTITY b "c">]><input xmlns="x">&b;</input>'
    yield XML, b"<a>" * 5000
    yield XML, b"<input"
    yield XML, b"{}"
    yield "application/vnd.microsoft.com.ucwa+xml", b"\xff"
    for kind in (FORM, "multipart/form-data", "multipart/batching", "multipart/batching; boundary=x", "text/plain"):
        yield kind, b"to=sip%3Abob%40contoso.test&subject=x"
    for line in (
        "",
        "GET",
        "GET /x",
        "GET http://[ HTTP/1.1",
        f"GET {APPLICATIONS} HTTP/1.1",
        "POST /%ED%A0%80 HTTP/1.1",
    ):
        part = f"--x\r\nContent-Type: application/http\r\n\r\n{line}\r\n\r\n{{\r\n--x--"
        yield "multipart/batching; boundary=x", part.encode()
    yield "text/html; charset=klingon", b"<b>x</b>"
    yield "text/plain", b"\xff\xff"
    yield "", b"\0" * 100
    yield f"{JSON}; charset=utf-16", "{}".encode("utf-16")


GOOD = {
    "to": "sip:bob@contoso.test",
    "uris": ["sip:bob@contoso.test"],
    "duration": 11,
    "displayName": "x",
    "subject": "x",
    "contactUri": "sip:bob@contoso.test",
    "groupId": "2",
    "onlineMeetingUri": "adhoc",
    "availability": "Busy",
    "message": "x",
    "location": "x",
    "operationId": "x",
    "importance": "Normal",
    "threadId": "x",
    "sessionContext": "x",
    "attendees": ["sip:bob@contoso.test"],
    "expirationTime": "2099-01-01T00:00:00Z",
    "smtpAddress": "crew@contoso.test",
    "accessLevel": "Everyone",
    "passcode": "x",
    "sdp": "x",
    "audio": True,
    "video": False,
}
"""What many requests say, so that one odd thing among it is looked at."""
ODD_ENDS = (
    *("/", "//", "/.", "/..", "/%00", "/x", "/x/y/z", "/ä", "/\ud800", "/" + "x" * 3000, "/" + "/x" * 500, "/'\"<>"),
    *(
        "?",
        "?ack=x",
        "?query=" + "x" * 3000,
        "?limit=-1&skip=9999999999999999999999",
        "?%FF=%FF&&&===",
        "?to=@&uris=7",
        "?query=%00",
    ),
)


ENDS = ("terminate", "eject", "reject", "decline", "cancel", "stop")


def check(answer: HttpResponse, what: str) -> None:
    """It is of UCWA: an answer, or its own error."""
    kind = dict(answer.headers).get("Content-Type", "").partition(";")[0]
    if answer.status < 400:
        assert answer.status in (200, 201, 204, 304), what
        return
    assert answer.status in STATUS.values() or answer.status == 401, (what, answer.status, answer.content)
    assert answer.status != 500, (what, answer.content)
    if answer.status == 401:
        return
    if kind == JSON:
        found = json.loads(answer.content)
        code, sentence = found["code"], found["message"]
    else:
        root = etree.fromstring(answer.content)
        code, sentence = (root.findtext(f"{{{NAMESPACE}}}{name}") for name in ("code", "message"))
    assert STATUS[code] == answer.status and sentence, (what, answer.content)


async def ask(client: WebClient, method: str, where: str, body: bytes = b"", kind: str = "", **fields: str) -> None:
    # As it would come: an address is decoded before it is here, and may have been anything.
    answer = await client.send(method, where, body, Content_Type=kind, **fields)
    check(answer, f"{method} {where[:200]} {kind} {body[:80]!r} {fields}")


def within(addresses: Iterable[str], client: WebClient) -> list[str]:
    """Those below somebody's application, the latest of each shape, and what ends another one after that; reading
    events takes its time."""
    own = [one for one in addresses if one.startswith(f"{client.root}/") and "/events" not in one]
    shapes: dict[str, str] = {}
    for one in own:
        words = one.removeprefix(client.root).partition("?")[0].split("/")
        shapes["/".join(word if word.isascii() and word.isalpha() else "*" for word in words)] = one
    return sorted([client.root, *shapes.values()], key=lambda one: one.rpartition("/")[2] in ENDS)


async def methods_and_bodies(client: WebClient, addresses: list[str]) -> None:
    odd = list(bodies())
    for where in addresses:
        for value in VALUES:
            await changed(client, where, value)
        for method in METHODS:
            await ask(client, method, where)
        for kind, body in odd:
            await ask(client, "POST", where, body, kind)
            await ask(client, "PUT", where, body, kind, If_Match="x" if len(body) % 2 else "")


async def one_odd_property(client: WebClient, addresses: list[str]) -> None:
    for where in addresses:
        reads = (await client.send("POST", where, b"{")).status == 400
        if reads and (await client.send("POST", where, GOOD)).status in (200, 201, 204):
            for name, value in itertools.product(GOOD, VALUES[::2]):
                await ask(client, "POST", where, json.dumps({**GOOD, name: value}).encode(), JSON)


async def changed(client: WebClient, where: str, value: object) -> None:
    """Change what can be changed as somebody who has read it."""
    for name in NAMES:
        found = await client.send("GET", where)
        known = json.loads(found.content) if dict(found.headers).get("Content-Type", "").startswith(JSON) else {}
        if "etag" not in known:
            return
        if name in known or name == "passcode":
            body = json.dumps({**known, name: value}).encode()
            await ask(client, "PUT", where, body, JSON, If_Match=f'"{known["etag"]}"')


async def addresses_and_headers(client: WebClient, addresses: list[str]) -> None:
    for where, end in itertools.product(addresses, ODD_ENDS):
        for method in ("GET", "POST", "DELETE"):
            # What leads back to a resource that is there would take it away.
            if method != "DELETE" or (end not in ("/", "//", "?") and not end.startswith("?")):
                await ask(client, method, where.partition("?")[0] + end)
    for where in addresses:
        for accept in (
            XML,
            "text/html",
            "*/*;q=",
            "application/json;q=x,*/*",
            ",;,;=",
            "image/png",
            "multipart/batching",
        ):
            await ask(client, "GET", where, Accept=accept)
        for version in ("2", "x", "99999999999999999999", "1.0.0", "-1"):
            await ask(client, "GET", where, X_MS_RequiresMinResourceVersion=version)
        for tag in ("*", '"x"', "W/", ",,,", "\xff"):
            await ask(client, "GET", where, If_None_Match=tag)
            await ask(client, "PUT", where, b"{}", JSON, If_Match=tag)


async def not_there(client: WebClient, addresses: list[str]) -> None:
    """What the reference has and this server has not is not there, wherever somebody looks for it."""
    parents = ("", "/me", "/people", "/communication", *(one.removeprefix(client.root) for one in addresses))
    for parent, name in itertools.product(
        sorted({one for one in parents if one.count("/") < 4}), ucwa_support.LEFT_OUT
    ):
        where = f"{client.root}{parent.partition('?')[0]}/{name}"
        for method in ("GET", "POST"):
            answer = await client.send(method, where)
            check(answer, where)
            assert answer.status >= 400, (method, where, answer.status)


Part = Callable[[WebClient, list[str]], Awaitable[None]]


@pytest.mark.parametrize("part", [methods_and_bodies, one_odd_property, addresses_and_headers, not_there])
def test_odd_requests_of_a_member(tmp_path: Path, part: Part) -> None:
    server, past = FakeServer(), PastConversations()

    async def story(world: World) -> None:
        seen, alice, bob = await walk.tour(world, server, past)
        await connected(alice, bob)
        await alice.read("communication")
        addresses = within(seen.addresses, alice)
        assert len(addresses) > 60, addresses
        await part(alice, addresses)
        for where in reversed(addresses):
            await ask(alice, "DELETE", where)
        assert (await alice.send("GET", alice.root)).status == 404, "the application was the last of them"

    play(tmp_path, story, server, past)


def test_odd_requests_of_a_guest(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = WebClient(world, "alice")
        await alice.available()
        guest = WebClient(world, "Ann", token=await admitted(world, await meeting(alice)))
        seen = walk.Seen(world)
        await guest.begin()
        await guest.ask("GET", guest.root)
        addresses = [
            *within(seen.addresses, guest),
            *(f"{guest.root}/{word}" for word in ("people", "photos", "policies")),
        ]
        for part in (methods_and_bodies, addresses_and_headers, not_there):
            await part(guest, addresses)

    play(tmp_path, story)


def test_odd_requests_for_applications(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = WebClient(world, "alice")
        places = [
            APPLICATIONS,
            f"{APPLICATIONS}/x",
            f"{APPLICATIONS}/x/me",
            "/ucwa",
            "/ucwa/v1",
            "/ucwa/v2/applications",
        ]
        await methods_and_bodies(alice, places)
        await addresses_and_headers(alice, places)
        for authorization in ("", "Bearer", "Bearer x", "Bearer cwt=", "Basic eA==", "\0", "Bearer " + "x" * 9000):
            alice.authorization = authorization
            for place in places:
                await ask(alice, "GET", place)

    play(tmp_path, story)
