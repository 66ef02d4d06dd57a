"""A client that speaks XML alone, in conversation with one that speaks JSON."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus
from xml.sax.saxutils import quoteattr

from lxml import etree

from samband.wire.http import HttpResponse
from tests.lync.ucwa.test_messaging import say, text_of
from tests.lync.ucwa.world import APPLICATIONS, WebClient, World, play

XML = "application/xml"
UCWA_XML = "application/vnd.microsoft.com.ucwa+xml"
SPACE = "{http://schemas.microsoft.com/rtc/2012/03/ucwa}"


def written(links: dict[str, str], **properties: str | list[str]) -> bytes:
    inside = [f"<link rel={quoteattr(rel)} href={quoteattr(href)}/>" for rel, href in links.items()]
    for name, value in properties.items():
        if isinstance(value, str):
            inside.append(f'<property name="{name}">{value}</property>')
        else:
            items = "".join(f"<item>{one}</item>" for one in value)
            inside.append(f'<propertyList name="{name}">{items}</propertyList>')
    return f'<input xmlns="{SPACE[1:-1]}">{"".join(inside)}</input>'.encode()


class XmlClient(WebClient):
    """Walks links of XML resources; ``seen`` are events that were not looked at yet."""

    seen: list[Any]

    async def xml(self, method: str, path: str, body: bytes = b"", status: int = 200, accept: str = XML) -> Any:
        answer: HttpResponse = await self.send(method, path, body, Content_Type=XML, Accept=accept)
        assert answer.status == status, (answer.status, answer.content)
        if not answer.content:
            return None
        assert dict(answer.headers)["Content-Type"] == f"{accept}; charset=utf-8"
        return etree.fromstring(answer.content)

    async def event(self, kind: str, rel: str) -> Any:
        for _ in range(30):
            while self.seen:
                found = self.seen.pop(0)
                if (found.tag, found.get("rel")) == (SPACE + kind, rel):
                    return found
            answer = await self.xml("GET", self.next, accept=UCWA_XML)
            self.next = href(answer, "next")
            self.seen = [event for sender in answer.iter(f"{SPACE}sender") for event in sender]
        raise AssertionError(f"{rel} {kind} was not told")


def href(found: Any, rel: str) -> str:
    (link,) = (one for one in found.iter(f"{SPACE}link") if one.get("rel") == rel)
    return str(link.get("href"))


def embedded(found: Any, rel: str) -> Any:
    return next(one for one in found.iter(f"{SPACE}resource") if one.get("rel") == rel)


def value(found: Any, name: str) -> Any:
    return next(one.text for one in found.iter(f"{SPACE}property") if one.get("name") == name)


def test_from_the_application_to_the_last_word(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        bob = WebClient(world, "bob")
        await bob.available()
        alice = XmlClient(world, "alice")
        alice.seen = []
        made = written({}, UserAgent="XML", EndpointId="x", Culture="en-US")
        application = await alice.xml("POST", APPLICATIONS, made, 201)
        assert value(application, "culture") == "en-US"
        alice.next = href(application, "events")
        here = href(embedded(application, "me"), "makeMeAvailable")
        wish = written({}, signInAs="Busy", supportedModalities=["Messaging"], supportedMessageFormats=["Plain"])
        await alice.xml("POST", here, wish, 204)
        await alice.event("added", "presence")
        me = await alice.xml("GET", embedded(application, "me").get("href"))
        presence = await alice.xml("GET", href(me, "presence"))
        assert (presence.tag, value(presence, "availability")) == (f"{SPACE}resource", "Busy")
        await alice.xml("POST", f"{href(me, 'note')}?Message=At+lunch", status=204)
        assert value(await alice.xml("GET", href(me, "note")), "message") == "At lunch"
        communication = await alice.xml("GET", embedded(application, "communication").get("href"))
        text = "data:text/plain;base64," + base64.b64encode(b"tea & <cake>?").decode()
        invite = written({"message": text}, to="sip:bob@contoso.test", operationId="op", subject="tea")
        await alice.xml("POST", href(communication, "startMessaging"), invite, 201)
        invitation = await bob.until("messagingInvitation", "started")
        shown = invitation["_embedded"]["messagingInvitation"]
        assert "tea+%26+%3Ccake%3E" in shown["_links"]["message"]["href"]
        await bob.ask("POST", shown["_links"]["accept"]["href"], status=204)
        there = (await bob.until("messaging", "updated", state="Connected"))["_embedded"]["messaging"]
        completed = await alice.event("completed", "messagingInvitation")
        assert completed.get("status") == "Success"
        assert value(completed, "operationId") == "op"
        messaging = await alice.event("updated", "messaging")
        await say(bob, there, "with <pleasure>")
        message = await alice.event("completed", "message")
        assert unquote_plus(href(message, "plainMessage").partition(",")[2]) == "with <pleasure>"
        answer = await alice.send(
            "POST", f"{href(messaging, 'sendMessage')}?operationId=m", b"good", Content_Type="text/plain"
        )
        assert answer.status == 201
        assert text_of(await bob.until("message", "completed", direction="Incoming")) == "good"

    play(tmp_path, story)


def test_refusals(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = XmlClient(world, "alice")
        found = await alice.xml("POST", APPLICATIONS, written({}, UserAgent="XML", Culture="en-US"), 400)
        assert found.tag == f"{SPACE}reason"
        assert [one.text for one in found][:2] == ["BadRequest", "ParameterValidationFailure"]
        assert value(found, "EndpointId") == "missing"
        found = await alice.xml("POST", APPLICATIONS, b"<input", 400)
        assert found.findtext(f"{SPACE}subcode") == "DeserializationFailure"
        answer = await alice.send("POST", APPLICATIONS, b"x", Content_Type="text/csv")
        assert answer.status == 415
        answer = await alice.send("GET", APPLICATIONS, Accept="text/html")
        assert (answer.status, dict(answer.headers)["Content-Type"]) == (406, "application/json; charset=utf-8")

    play(tmp_path, story)
