from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from samband.exchange.ews.photo_endpoint import PHOTO_PATH, UPLOAD_PATH, PhotoEndpoint, PhotoUploadEndpoint
from samband.model.caller import Caller
from samband.model.people import Person
from samband.model.photos import PHOTO_SIZES, Photo
from samband.store import photos as photo_rows
from samband.store.api import Blobs, Tx
from samband.wire.http import Headers, HttpRequest, HttpResponse
from tests.exchange.photographs import drawn, edges
from tests.exchange.world import ALICE, BOB, PARTNER, Door, World, envelope, run


def wish(address: str, size: str = "HR648x648") -> str:
    return f"<m:GetUserPhoto><m:Email>{address}</m:Email><m:SizeRequested>{size}</m:SizeRequested></m:GetUserPhoto>"


async def put(world: World, who: Person, address: str, content: bytes) -> str:
    """The ResponseCode of a SetUserPhoto. Its answer has the shape that clients read, not that of the schema."""
    body = base64.b64encode(content).decode()
    request = f"<m:SetUserPhoto><m:Email>{address}</m:Email><m:Content>{body}</m:Content></m:SetUserPhoto>"
    response = await world.send(who, envelope(request))
    return response.content.decode().partition("<m:ResponseCode>")[2].partition("<")[0]


async def look(world: World, address: str, size: str, *, tag: str = "", who: str = "bob") -> HttpResponse:
    """The plain form of the request."""
    door = Door({person.sAMAccountName: Caller(person, "basic") for person in world.people.everyone})
    headers = Headers([("X-Caller", who), *([("If-None-Match", tag)] if tag else [])])
    query = f"email={address}&size={size}"
    return await PhotoEndpoint(world.exchange, door)(HttpRequest("GET", "mail", PHOTO_PATH, query, headers=headers))


def header(response: HttpResponse, name: str) -> str:
    return Headers(response.headers).get(name)


def set_thumbnail(world: World, who: Person, thumbnail: bytes) -> None:
    world.people.everyone = [
        replace(one, thumbnailPhoto=thumbnail) if one.objectGUID == who.objectGUID else one
        for one in world.people.everyone
    ]


def test_an_uploaded_photo_is_there_in_every_size_for_everybody(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert await put(world, ALICE, ALICE.mail, drawn(900, 700)) == "NoError"
        for size in PHOTO_SIZES:
            answer = await world.ask(BOB, wish("ALICE@contoso.test", f"HR{size}x{size}"))
            assert answer.text("//m:HasChanged") == "true"
            assert edges(base64.b64decode(answer.text("//m:PictureData"))) == (size, size)
            plain = await look(world, "alice@contoso.test", f"HR{size}x{size}")
            assert plain.status == 200 and header(plain, "Content-Type") == "image/jpeg"
            assert plain.content == base64.b64decode(answer.text("//m:PictureData"))
        largest = await world.ask(BOB, wish(ALICE.mail, "HR1920xN"))
        assert edges(base64.b64decode(largest.text("//m:PictureData"))) == (648, 648)
        assert edges((await look(world, ALICE.mail, "HUGE")).content) == (648, 648)
        assert edges((await look(world, ALICE.mail, "")).content) == (648, 648)

    run(story, tmp_path)


def test_a_size_that_is_not_there_gives_the_largest_there_is(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert await put(world, ALICE, ALICE.mail, drawn(100, 100)) == "NoError"
        answer = await world.ask(BOB, wish(ALICE.mail, "HR240x240"))
        assert edges(base64.b64decode(answer.text("//m:PictureData"))) == (96, 96)

    run(story, tmp_path)


@pytest.mark.parametrize("address", ["alice@contoso.test", "SMTP:alice@contoso.test", "sip:Alice@im.contoso.test"])
def test_people_are_found_by_mail_and_by_sip_address(address: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        proxies = ("SMTP:alice@contoso.test", "sip:alice@im.contoso.test")
        alice = replace(ALICE, proxyAddresses=proxies)
        world.people.everyone = [alice if one is ALICE else one for one in world.people.everyone]
        assert await put(world, ALICE, address, drawn(200, 200)) == "NoError"
        assert (await look(world, address.replace(":", "%3A").replace("@", "%40"), "HR96x96")).status == 200

    run(story, tmp_path)


def test_the_directory_comes_first_for_the_smallest_and_last_for_the_others(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        thumbnail = drawn(40, 60, colour=(30, 200, 30))
        set_thumbnail(world, ALICE, thumbnail)
        for size in ("HR48x48", "HR648x648"):
            assert (await look(world, ALICE.mail, size)).content == thumbnail
        await put(world, ALICE, ALICE.mail, drawn(300, 300))
        assert (await look(world, ALICE.mail, "HR48x48")).content == thumbnail
        assert edges((await look(world, ALICE.mail, "HR648x648")).content) == (240, 240)
        set_thumbnail(world, ALICE, b"")
        assert edges((await look(world, ALICE.mail, "HR48x48")).content) == (48, 48)

    run(story, tmp_path)


def test_what_a_client_has_is_not_sent_again(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await put(world, ALICE, ALICE.mail, drawn(300, 300))
        first = await look(world, ALICE.mail, "HR240x240")
        tag = header(first, "ETag")
        assert tag.startswith('"') and header(first, "Expires") == "Mon, 23 Nov 2026 10:00:00 GMT"
        for named in (tag, f'"other", W/{tag}', "*"):
            again = await look(world, ALICE.mail, "HR240x240", tag=named)
            assert (again.status, again.content, header(again, "ETag")) == (304, b"", tag)
        soap = await world.ask(BOB, wish(ALICE.mail, "HR240x240"), headers=[("If-None-Match", tag)])
        assert soap.text("//m:HasChanged") == "false" and soap.text("//m:PictureData") == ""
        assert Headers(soap.headers).get("ETag") == tag
        await put(world, ALICE, ALICE.mail, drawn(300, 300, colour=(10, 200, 10)))
        changed = await look(world, ALICE.mail, "HR240x240", tag=tag)
        assert changed.status == 200 and header(changed, "ETag") != tag

    run(story, tmp_path)


def test_no_photo_and_nobody_are_404(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for address in (ALICE.mail, "stranger@contoso.test", ""):
            assert (await look(world, address, "HR48x48")).status == 404
        answer = await world.ask(BOB, wish(ALICE.mail), status=404)
        assert answer.codes == ["ErrorItemNotFound"] and answer.text("//m:HasChanged") == "false"
        assert (await look(world, ALICE.mail, "HR48x48", who="stranger")).status == 401
        await put(world, ALICE, ALICE.mail, drawn(100, 100))
        assert (await look(world, ALICE.mail, "HR48x48")).status == 200, "that there was none is not remembered"

    run(story, tmp_path)


def test_a_photo_is_read_from_the_store_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[str] = []
    read = photo_rows.get

    def counted(tx: Tx, blobs: Blobs, mailbox: str, size: int) -> Photo | None:
        reads.append(mailbox)
        return read(tx, blobs, mailbox, size)

    monkeypatch.setattr(photo_rows, "get", counted)

    async def story(world: World) -> None:
        await put(world, ALICE, ALICE.mail, drawn(100, 100))
        for _ in range(5):
            assert (await look(world, ALICE.mail, "HR96x96")).status == 200
            assert (await look(world, BOB.mail, "HR96x96")).status == 404
        assert len(reads) == 2

    run(story, tmp_path)


def test_only_the_owner_sets_a_photo_and_only_a_picture(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert await put(world, BOB, ALICE.mail, drawn(100, 100)) == "ErrorAccessDenied"
        assert await put(world, ALICE, "stranger@contoso.test", drawn(100, 100)) == "ErrorNonExistentMailbox"
        assert await put(world, ALICE, ALICE.mail, b"text") == "ErrorInvalidPhotoSize"
        broken = "<m:SetUserPhoto><m:Email>alice@contoso.test</m:Email><m:Content>%%%</m:Content></m:SetUserPhoto>"
        assert (await world.ask(ALICE, broken, status=500)).codes == ["ErrorSchemaValidation"]
        assert (await world.ask(ALICE, wish(ALICE.mail, "HR1x1"), status=500)).codes == ["ErrorSchemaValidation"]
        assert (await world.ask(PARTNER, wish(ALICE.mail), status=404)).codes == ["ErrorItemNotFound"]

    run(story, tmp_path)


async def send(
    world: World, method: str, body: bytes = b"", kind: str = "image/png", who: str = "alice", to: str = "alice"
) -> HttpResponse:
    """The plain form of an upload."""
    door = Door({person.sAMAccountName: Caller(person, "basic") for person in world.people.everyone})
    headers = Headers([("X-Caller", who), ("Content-Type", kind)])
    query = f"email={to}@contoso.test"
    return await PhotoUploadEndpoint(world.exchange, door)(
        HttpRequest(method, "mail", UPLOAD_PATH, query, headers=headers, body=body)
    )


def test_a_page_uploads_and_removes_a_photo(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for method, edge in (("PUT", 700), ("POST", 240)):
            assert (await send(world, method, drawn(edge, edge))).status == 204
            assert edges((await look(world, "alice@contoso.test", "HR648x648")).content) == (min(edge, 648),) * 2
        assert (await send(world, "DELETE")).status == 204
        assert (await look(world, "alice@contoso.test", "HR648x648")).status == 404

    run(story, tmp_path)


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"method": "PUT", "body": b"no picture"}, 400, "ErrorInvalidPhotoSize"),
        ({"method": "PUT", "body": b""}, 400, "ErrorInvalidPhotoSize"),
        ({"method": "POST", "kind": "application/x-www-form-urlencoded"}, 415, "ErrorInvalidPhotoSize"),
        ({"method": "POST", "kind": ""}, 415, "ErrorInvalidPhotoSize"),
        ({"method": "PUT", "body": b"x", "who": "bob"}, 403, "ErrorAccessDenied"),
        ({"method": "DELETE", "who": "bob"}, 403, "ErrorAccessDenied"),
        ({"method": "PUT", "body": b"x", "to": "nobody"}, 404, "ErrorNonExistentMailbox"),
    ],
)
def test_uploads_are_refused_with_a_reason(wrong: dict[str, Any], status: int, code: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        answer = await send(world, **wrong)
        problem = json.loads(answer.content)
        assert (answer.status, problem["status"], problem["title"]) == (status, status, code)
        assert (await send(world, "GET")).status == 405

    run(story, tmp_path)
