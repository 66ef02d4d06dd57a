"""Lync autodiscovery in both forms, with and without a ticket."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from samband.wire.http import Connection, HttpResponse
from samband.wire.xml.reading import Element, parse
from tests.lync.web.website import BASE, PLACES, WebSite, at, field_of
from tests.trust.fakes import person
from tests.wire.web_auth.ticket_client import Ticket, ticket_request

XML = "application/vnd.microsoft.rtc.autodiscover+xml;v=1"
ROOT = "/AutoDiscover/AutoDiscoverService.svc/Root"
HERE = f"{BASE}/Autodiscover/AutodiscoverService.svc/root"
PLAIN = Connection("10.0.0.1:999")


def document(answer: HttpResponse) -> Element:
    assert answer.status == 200
    assert field_of(answer, "Content-Type").startswith("application/vnd.microsoft.rtc.autodiscover+xml")
    return parse(answer.content)


def links(element: Element) -> dict[str, str]:
    return {link.get("token", ""): link.get("href", "") for link in element.iter("Link")}


def json_links(answer: HttpResponse) -> dict[str, Any]:
    assert answer.status == 200
    assert field_of(answer, "Content-Type") == "application/json"
    return {name: link["href"] for name, link in json.loads(answer.content)["_links"].items()}


async def ticket(site: WebSite, name: str = "alice") -> str:
    asked = ticket_request(f"{HERE}/user", f"sip:{name}@contoso.test")
    answer = await site.ask("/WebTicket/WebTicketService.svc", asked, login=(name, f"pw-{name}"))
    return Ticket(answer.content).header()


def test_root_in_xml(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        for url, seen in (
            ("https://lyncdiscoverinternal.contoso.test/?sipuri=alice@contoso.test", "Internal"),
            ("https://lyncdiscover.contoso.test/?sipuri=sip:alice@CONTOSO.test", "External"),
            (f"{ROOT}?sipuri=alice@contoso.test", "Internal"),
        ):
            root = document(await site.ask(url, Accept=XML))
            assert root.get("AccessLocation") == seen
            assert [str(child.tag) for child in root] == ["Root"]
            found = links(root)
            assert set(found) == {"User", "Domain", "Self"}
            assert found["User"].startswith(f"{HERE}/user?sipuri=")

    at(tmp_path, story)


def test_root_over_plain_http_is_only_the_way_to_https(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        url = "http://lyncdiscover.contoso.test/?sipuri=a@contoso.test&x=<y>"
        found = links(document(await site.ask(url, connection=PLAIN, Accept=XML)))
        assert found == {"Redirect": f"{HERE}?sipuri=a@contoso.test&x=<y>"}
        assert set(json_links(await site.ask(url, connection=PLAIN))) == {"redirect"}

    at(tmp_path, story)


def test_root_in_json(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        for accept in ("", "application/json", "*/*", "text/html,application/xml"):
            found = json_links(await site.ask("https://lyncdiscover.contoso.test/", Accept=accept))
            assert found == {"self": HERE, "user": f"{HERE}/oauth/user?originalDomain=contoso.test"}
        found = json_links(await site.ask(f"{ROOT}?originalDomain=Example.test"))
        assert found["user"].endswith("originalDomain=example.test")
        site.build("basic", bearer=False)
        assert set(json_links(await site.ask(ROOT))) == {"self"}
        assert (await site.ask(f"{ROOT}/oauth/user")).status == 404

    at(tmp_path, story)


def test_domains_of_others(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        for query in ("sipuri=a@evil.test", "sipuri=a@contoso.test.evil.test", "originalDomain=evil.test"):
            assert (await site.ask(f"{ROOT}?{query}", Accept=XML)).status == 404
        assert (await site.ask(ROOT, b"x")).status == 405

    at(tmp_path, story)


def test_user_needs_a_ticket(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        for value in ("", "opaque=AAAA", "x"):
            answer = await site.ask(f"{ROOT}/user", Accept=XML, X_MS_WebTicket=value)
            assert answer.status == 401
            assert field_of(answer, "X-MS-WebTicketURL") == PLACES.ticket_service
            assert field_of(answer, "WWW-Authenticate") == ""

    at(tmp_path, story)


def test_user_with_a_ticket(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        value = await ticket(site)
        root = document(await site.ask(f"{ROOT}/user", Accept=XML, X_MS_WebTicket=value))
        (user,) = root
        assert user.tag == "User"
        places = {str(child.tag): (child.get("fqdn"), child.get("port")) for child in user if child.tag != "Link"}
        assert set(places) == {
            "SipServerInternalAccess",
            "SipClientInternalAccess",
            "SipServerExternalAccess",
            "SipClientExternalAccess",
        }
        assert set(places.values()) == {("lync.contoso.test", "5061")}
        assert links(root)["Self"] == f"{HERE}/user"
        assert json_links(await site.ask(f"{ROOT}/user", X_MS_WebTicket=value)) == {"self": f"{HERE}/user"}
        site.people.put(person("alice", msRTCSIP_UserEnabled=False))
        assert (await site.ask(f"{ROOT}/user", Accept=XML, X_MS_WebTicket=value)).status == 404
        site.people.put(person("alice", enabled=False))
        assert (await site.ask(f"{ROOT}/user", Accept=XML, X_MS_WebTicket=value)).status == 401

    at(tmp_path, story)


def test_domain(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        root = document(await site.ask(f"{ROOT}/domain", Accept=XML))
        assert [str(child.tag) for child in root] == ["Domain"]
        assert root[0][0].get("fqdn") == "lync.contoso.test"
        assert set(json_links(await site.ask(f"{ROOT}/domain"))) == {"self"}

    at(tmp_path, story)


def test_user_by_bearer_token(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        answer = await site.ask(f"{ROOT}/oauth/user")
        assert answer.status == 401
        assert field_of(answer, "WWW-Authenticate").startswith("Bearer ")
        answer = await site.ask(f"{ROOT}/oauth/user", Authorization="Bearer good")
        assert json_links(answer) == {"self": f"{HERE}/oauth/user"}
        assert (await site.ask(f"{ROOT}/oauth/user", Authorization="Bearer bad")).status == 401

    at(tmp_path, story)
