"""Online meetings by UCWA: with a web ticket and with a server-to-server token; join pages; discovery."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from samband.lync.actions.conferences import MOST
from samband.lync.web.discovery import Discovery
from samband.model.conferences import AccessLevel, Terms
from samband.wire.conference.join_page import read_address
from samband.wire.http import Headers, HttpRequest
from samband.wire.ucwa.resources import ECHOED
from tests.lync.ucwa.world import APPLICATIONS, NEW, WebClient, World
from tests.lync.ucwa.world import play as play_world
from tests.lync.web.website import HOST, PLACES, WebSite


class Ucwa(WebClient):
    """Alice, by a token of another server."""

    def __init__(self, made: World) -> None:
        super().__init__(made, "alice")
        self.authorization = "Bearer good"
        self.site = made.site
        self.conferences = made.conferences
        self.pages = made.pages

    async def page(self, path: str, host: str = "meet.contoso.test") -> str:
        answer = await self.pages(HttpRequest("GET", host, path))
        assert answer.status == 200
        return answer.content.decode()


def play(folder: Path, story: Callable[[Ucwa], Awaitable[None]]) -> None:
    async def run(made: World) -> None:
        await story(Ucwa(made))

    play_world(folder, run)


MINE = "onlineMeetings/myOnlineMeetings"


def test_the_life_of_a_meeting(tmp_path: Path) -> None:
    async def story(site: Ucwa) -> None:
        application = await site.begin()
        overview = application["_embedded"]["onlineMeetings"]["_links"]
        assert overview["myOnlineMeetings"]["href"] == f"{site.root}/{MINE}"
        body = {"subject": "party", "attendees": ["sip:bob@contoso.test"], "accessLevel": "Invited"}
        answer = await site.send("POST", f"{site.root}/{MINE}", body)
        made = json.loads(answer.content)
        etag, here = made["etag"], made["_links"]["self"]["href"]
        assert ("ETag", f'"{etag}"') in answer.headers
        assert made["onlineMeetingUri"] == f"sip:alice@contoso.test;gruu;opaque=app:conf:focus:id:{here[-8:]}"
        assert made["joinUrl"] == f"https://meet.contoso.test/alice/{here[-8:]}"
        assert made["attendees"] == ["sip:bob@contoso.test"]
        assert (made["rel"], made["accessLevel"], made["leaders"]) == ("myOnlineMeeting", "Invited", [])
        kept = await site.conferences.get(site.site.people.found["guid-alice"], here[-8:])
        assert kept.terms == Terms(subject="party", access=AccessLevel.INVITED, attendees=("bob@contoso.test",))
        assert (await site.ask("GET", MINE))["_embedded"]["myOnlineMeeting"] == [made]
        assert await site.ask("GET", here) == made
        changed = await site.ask("PUT", here, {**made, "subject": "wake"}, If_Match=f'"{etag}"')
        assert (changed["subject"], changed["expirationTime"]) == ("wake", made["expirationTime"])
        assert changed["etag"] != etag
        await site.ask("PUT", here, {**made, "subject": "late"}, 412, If_Match=f'"{etag}"')
        await site.ask("PUT", here, changed, 412, If_Match='"other"')
        await site.ask("PUT", here, changed, 428)
        unread = {name: value for name, value in changed.items() if name != ECHOED}
        await site.ask("PUT", here, unread, 428, If_Match=changed["etag"])
        await site.ask("DELETE", here, status=204)
        assert (await site.ask("DELETE", here, status=404))["code"] == "NotFound"
        assert (await site.ask("GET", MINE))["_embedded"]["myOnlineMeeting"] == []

    play(tmp_path, story)


FIXED = ["defaultValues", "eligibleValues", "policies", "customInvitation"]


@pytest.mark.parametrize("name", FIXED)
def test_what_nobody_changes(tmp_path: Path, name: str) -> None:
    async def story(site: Ucwa) -> None:
        await site.begin()
        found = await site.ask("GET", f"onlineMeetings/{name}")
        assert found["_links"]["self"]["href"] == f"{site.root}/onlineMeetings/{name}"
        overview = await site.ask("GET", "onlineMeetings")
        assert found["_links"]["self"] == overview["_links"][found["rel"]]
        assert (await site.ask("PUT", f"onlineMeetings/{name}", {}, 405))["code"] == "MethodNotAllowed"

    play(tmp_path, story)


REFUSED: list[tuple[str, str, Any, int, str]] = [
    ("POST", APPLICATIONS, {}, 400, "ParameterValidationFailure"),
    ("POST", APPLICATIONS, b"{", 400, "DeserializationFailure"),
    ("POST", APPLICATIONS, b"{" + b" " * 70_000, 413, ""),
    ("PUT", APPLICATIONS, None, 405, ""),
    ("GET", APPLICATIONS + "/99", None, 404, "ApplicationNotFound"),
    ("GET", "/ucwa/else", None, 404, ""),
    ("GET", "nothing", None, 404, ""),
    ("GET", "onlineMeetings/else", None, 404, ""),
    ("GET", "onlineMeetings/a/b/c", None, 404, ""),
    ("GET", MINE + "/NOSUCH", None, 404, ""),
    ("DELETE", MINE, None, 405, ""),
    ("POST", MINE + "/X", {}, 405, ""),
    ("POST", MINE, {"accessLevel": "x"}, 400, "ParameterValidationFailure"),
    ("POST", MINE, {"expirationTime": "2099-01-01T00:00:00Z"}, 400, "ParameterValidationFailure"),
    ("POST", MINE, {"subject": "x" * 5000}, 400, "ParameterValidationFailure"),
]


def test_what_is_refused(tmp_path: Path) -> None:
    async def story(site: Ucwa) -> None:
        await site.begin()
        for method, path, body, status, subcode in REFUSED:
            found = await site.ask(method, path, body, status)
            assert found.get("subcode", "") == subcode, (method, path, found)
        await site.ask("POST", MINE, b"x", 415, Content_Type="text/plain")
        await site.ask("GET", MINE, None, 406, Accept="text/html")

    play(tmp_path, story)


def test_who_may_ask(tmp_path: Path) -> None:
    async def story(site: Ucwa) -> None:
        await site.begin()
        for value in ("", "Bearer bad", "Bearer", "Basic YWxpY2U6cHctYWxpY2U="):
            refused = await site.send("GET", site.root, Authorization=value)
            assert refused.status == 401
            names = {name for name, _ in refused.headers}
            assert {"WWW-Authenticate", "X-MS-WebTicketURL"} <= names
        assert (await site.send("GET", site.root, Authorization="", X_MS_WebTicket="opaque=x")).status == 401
        tickets = {name: ticket(site.site, name) for name in ("bob", "carol")}
        other = await site.send("GET", site.root, Authorization="", X_MS_WebTicket=tickets["bob"])
        assert (other.status, json.loads(other.content)["subcode"]) == (404, "ApplicationNotFound")
        carol = await site.send("POST", APPLICATIONS, NEW, Authorization="", X_MS_WebTicket=tickets["carol"])
        assert carol.status == 403
        bob = await site.send("POST", "/ucwa/v1/applications", NEW, Authorization="", X_MS_WebTicket=tickets["bob"])
        assert bob.status == 201
        root = json.loads(bob.content)["_links"]["self"]["href"]
        assert root.startswith("/ucwa/v1/applications/")
        own = await site.send("POST", f"{root}/{MINE}", {}, Authorization="", X_MS_WebTicket=tickets["bob"])
        assert json.loads(own.content)["organizerUri"] == "sip:bob@contoso.test"
        assert (await site.ask("GET", MINE))["_embedded"]["myOnlineMeeting"] == []

    play(tmp_path, story)


def ticket(site: WebSite, name: str) -> str:
    issued = site.tickets.issue(site.people.found[f"guid-{name}"], f"https://{HOST}/ucwa", bytes(32))
    return "opaque=" + base64.b64encode(issued.assertion.encode()).decode()


def test_applications_come_and_go(tmp_path: Path) -> None:
    async def story(site: Ucwa) -> None:
        first = await site.begin()
        assert (await site.begin())["_links"] == first["_links"]
        for number in range(19):
            await site.ask("POST", APPLICATIONS, {**NEW, "EndpointId": f"x{number}"}, 201)
        full = await site.ask("POST", APPLICATIONS, {**NEW, "EndpointId": "more"}, 409)
        assert full["subcode"] == "TooManyApplications"
        await site.ask("DELETE", site.root, status=204)
        await site.ask("GET", site.root, status=404)
        await site.begin()
        site.site.clock.now += timedelta(hours=2).total_seconds()
        await site.ask("GET", site.root, status=404)

    play(tmp_path, story)


def test_the_page_of_a_meeting(tmp_path: Path) -> None:
    async def story(site: Ucwa) -> None:
        await site.begin()
        made = await site.ask("POST", MINE, {"subject": "Tea & <cake>"})
        path = made["joinUrl"].removeprefix("https://meet.contoso.test")
        for host, at in (("meet.contoso.test", path), (HOST, f"/meet{path}"), (HOST, f"/meet/contoso.test{path}")):
            page = await site.page(at, host)
            assert read_address(page).removeprefix("conf:").partition("?")[0] == made["onlineMeetingUri"]
            assert "Tea &amp; &lt;cake&gt;" in page
        missing = await site.page("/alice/NOSUCH")
        assert "cannot be found" in missing
        assert missing == await site.page("/nobody/NOSUCH") == await site.page("/")
        site.site.clock.now += timedelta(hours=9).total_seconds()
        expired = await site.page(path)
        assert "has expired" in expired
        assert "Tea" not in expired
        site.site.clock.now += timedelta(days=15).total_seconds()
        await site.begin()
        await site.ask("POST", MINE, {"subject": "another"})
        assert await site.page(path) == missing
        assert (await site.pages(HttpRequest("POST", HOST, path))).status == 405

    play(tmp_path, story)


def test_an_organizer_has_so_many_meetings(tmp_path: Path) -> None:
    async def story(site: Ucwa) -> None:
        await site.begin()
        alice = site.site.people.found["guid-alice"]
        for _ in range(MOST):
            await site.conferences.add(alice, Terms())
        assert (await site.ask("POST", MINE, {}, 409))["subcode"] == "TooManyOnlineMeetings"
        site.site.clock.now += timedelta(hours=9).total_seconds()
        await site.begin()
        await site.ask("POST", MINE, {})

    play(tmp_path, story)


def test_discovery_leads_to_it(tmp_path: Path) -> None:
    async def story(site: Ucwa) -> None:
        discovery = Discovery(
            replace(PLACES, ucwa=f"https://{HOST}/ucwa"), site.site.tickets, site.site.authenticator("bearer")
        )
        own = ticket(site.site, "bob")
        bearer, with_ticket = Headers([("Authorization", "Bearer good")]), Headers([("X-MS-WebTicket", own)])
        found = await discovery.oauth_user(HttpRequest("GET", HOST, "/", headers=bearer))
        assert json.loads(found.content)["_links"]["applications"]["href"] == f"https://{HOST}{APPLICATIONS}"
        found = await discovery.user(HttpRequest("GET", HOST, "/", headers=with_ticket))
        assert json.loads(found.content)["_links"]["applications"]["href"] == f"https://{HOST}/ucwa/v1/applications"
        accept = ("Accept", "application/vnd.microsoft.rtc.autodiscover+xml;v=1")
        found = await discovery.user(HttpRequest("GET", HOST, "/", headers=Headers([*with_ticket, accept])))
        assert f'<Link token="Ucwa" href="https://{HOST}/ucwa/v1/applications"/>' in found.content.decode()

    play(tmp_path, story)
