"""A meeting made as Outlook Web App makes it, by UCWA with Exchange's own token, is joined by real Lync clients."""

from __future__ import annotations

import asyncio
import json
import ssl
import urllib.request
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest

from samband.deployment.site_file import read_site
from samband.ground import open_ground, utc_now
from samband.serve import administer
from samband.trust.oauth.issue import TokenIssuer
from samband.trust.oauth.names import EXCHANGE, LYNC, Audience, Principal
from samband.trust.oauth.people import exchange_view
from tests.clients.purple_process import Account, Names, PurpleProcess, missing_packages
from tests.clients.running_demo import Demo, names_of, running_demo
from tests.clients.waiting import until

pytestmark = pytest.mark.skipif(bool(missing_packages()), reason=missing_packages() or "never")

REALM = "contoso.test"


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running_demo("--ports", "free") as running, names_of(running):
        yield running


def exchange_token(demo: Demo, login: str) -> str:
    """What the Exchange side of the demo would show the Lync side in the name of a person."""

    async def make() -> str:
        folder = Path(demo.folder)
        async with open_ground(folder, read_site(folder)) as ground, administer(ground) as trusts:
            issuer = TokenIssuer(trusts["exchange"].keys, Principal(EXCHANGE, REALM), utc_now)
            person = ground.directory.by_login(login)
            assert person is not None
            claims = exchange_view(ground.directory).claims(person)
            return issuer.for_user(Audience(LYNC, f"lync.{REALM}", REALM), claims)

    return asyncio.run(make())


class Outlook:
    """Finds its way from discovery to a person's meetings."""

    def __init__(self, demo: Demo, login: str) -> None:
        self._context = ssl.create_default_context(cafile=demo.table["ca_file"])
        self._token = exchange_token(demo, login)
        self._base = demo.table["web_url"]
        root = self.ask("GET", f"{self._base}/Autodiscover/AutodiscoverService.svc/root")
        user = self.ask("GET", root["_links"]["user"]["href"])
        named = {"UserAgent": "OWA", "EndpointId": "one", "Culture": "en-US"}
        application = self.ask("POST", user["_links"]["applications"]["href"], named)
        self.meetings = application["_embedded"]["onlineMeetings"]["_links"]["myOnlineMeetings"]["href"]

    def ask(self, method: str, url: str, body: Any = None, **fields: str) -> Any:
        url = url if url.startswith("https:") else self._base + url
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json", **fields}
        data = None if body is None else json.dumps(body).encode()
        if data is not None:
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(url, data, headers, method=method)
        answer: HTTPResponse
        with urllib.request.urlopen(request, context=self._context, timeout=20) as answer:
            content = answer.read()
        return json.loads(content) if content else None


def lync(demo: Demo, name: str) -> PurpleProcess:
    person = demo.person(name)
    port = demo.table["sip"]["tls"].rpartition(":")[2]
    account = Account(
        user=person["sip"].removeprefix("sip:"),
        login=person["login"],
        password=person["password"],
        server=f"lync.{REALM}:{port}",
        transport="tls",
        authentication="ntlm",
        ca_file=Path(demo.table["ca_file"]),
    )
    client = PurpleProcess(account, Names(demo.table["hosts"]))
    client.wait("signed-on", timeout=30)
    return client


def members(client: PurpleProcess) -> list[str]:
    since = client.mark()
    client.do("chats")
    chats = client.wait("chats", since=since)["chats"]
    return [] if not chats else [name.partition("@")[0] for name in chats[0]["members"]]


def test_by_link_and_by_organizer(demo: Demo) -> None:
    outlook = Outlook(demo, "alice")
    meeting = outlook.ask("POST", outlook.meetings, {"subject": "Plans & Pläne", "leaders": ["sip:bob@contoso.test"]})
    with lync(demo, "bob") as bob, lync(demo, "carol") as carol:
        bob.do("conf-join", uri=meeting["joinUrl"])
        first = bob.wait("chat-joined")
        carol.do("conf-join", organizer="alice@contoso.test", meeting=meeting["onlineMeetingId"])
        second = carol.wait("chat-joined")
        for client in (bob, carol):
            until(lambda client=client: members(client) == ["bob", "carol"], "both are in")  # type: ignore[misc]
        assert "Plans &amp; Pläne" in bob.log
        bob.do("chat", chat=first["chat"], text="hello")
        carol.wait("chat", who="bob@contoso.test", text="hello")
        carol.do("chat", chat=second["chat"], text="hello too")
        bob.wait("chat", who="carol@contoso.test", text="hello too")
        here = meeting["_links"]["self"]["href"]
        outlook.ask("PUT", here, {**meeting, "subject": "Other plans"}, **{"If-Match": f'"{meeting["etag"]}"'})
        until(lambda: "<subject>Other plans</subject>" in carol.log, "carol hears of the new subject")
        outlook.ask("DELETE", here)
        until(lambda: "BYE sip:carol" in carol.log or "BYE sip:127" in carol.log, "the conference is over")
        carol.do("conf-join", uri=meeting["joinUrl"])
        carol.wait("notice", kind="error")


def test_who_is_not_invited(demo: Demo) -> None:
    outlook = Outlook(demo, "alice")
    invited = {"subject": "Few", "accessLevel": "Invited", "attendees": ["sip:dave@contoso.test"]}
    meeting = outlook.ask("POST", outlook.meetings, invited)
    with lync(demo, "erin") as erin, lync(demo, "dave") as dave:
        erin.do("conf-join", uri=meeting["joinUrl"])
        assert "Only who is invited gets in" in str(erin.wait("notice", kind="error"))
        dave.do("conf-join", uri=meeting["joinUrl"])
        dave.wait("chat-joined")
