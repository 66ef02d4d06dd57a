"""The token service: passwords and NTLM become tokens; guesses, bad forms and grants that there are not are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from samband.wire.http import Connection, HttpResponse
from samband.wire.web_auth.oauth_token import PASSWORD, WINDOWS
from tests.lync.web.test_discovery_door import ROOT, json_links
from tests.lync.web.website import BASE, WebSite, at, field_of

HERE = "/WebTicket/oauthtoken"
FORM = "application/x-www-form-urlencoded;charset='utf-8'"


async def ask(site: WebSite, body: bytes = b"", **fields: str) -> HttpResponse:
    form = urlencode(fields).encode()
    return await site.ask(HERE, body or form, Content_Type=FORM)


def sign_in(name: str = "alice", password: str = "") -> dict[str, str]:
    return {"grant_type": PASSWORD, "username": f"{name}@contoso.test", "password": password or f"pw-{name}"}


def of(answer: HttpResponse) -> Any:
    assert field_of(answer, "Cache-Control") == "no-store"
    return json.loads(answer.content)


def test_a_password_becomes_a_token(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        challenged = await site.ask(f"{ROOT}/oauth/user")
        offers = [value for name, value in challenged.headers if name == "WWW-Authenticate"]
        assert [offer.partition(" ")[0] for offer in offers] == ["Bearer", "MsRtcOAuth"]
        assert offers[1] == f'MsRtcOAuth href="{BASE}{HERE}",grant_type="{WINDOWS},{PASSWORD}"'
        answer = await ask(site, **sign_in())
        assert answer.status == 200
        found = of(answer)
        assert found["token_type"] == "Bearer"
        assert found["expires_in"] == 8 * 3600
        assert found["ms_rtc_identityscope"] == "local"
        token = found["access_token"]
        assert token.startswith("cwt=")
        user = f"{ROOT}/oauth/user"
        assert "self" in json_links(await site.ask(user, Authorization=f"Bearer {token}"))
        assert (await site.ask(user, Authorization=f"Bearer {token}x")).status == 401
        await site.passwords.set("guid-alice", "another")
        assert (await site.ask(user, Authorization=f"Bearer {token}")).status == 401

    at(tmp_path, story)


REFUSED: list[tuple[bytes, str, int]] = [
    (urlencode(sign_in("alice", "wrong")).encode(), "invalid_grant", 28020),
    (urlencode(sign_in("nobody")).encode(), "invalid_grant", 28020),
    (urlencode(sign_in("carol")).encode(), "invalid_grant", 28020),
    (b"grant_type=password", "invalid_grant", 28020),
    (b"grant_type=urn:microsoft.rtc:passive", "unsupported_grant_type", 28029),
    (b"grant_type=urn:microsoft.rtc:anonmeeting&password=X", "unsupported_grant_type", 28029),
    (b"grant_type=", "invalid_request", 28020),
    (b"x", "invalid_request", 28020),
    (b"grant_type=password&grant_type=password", "invalid_request", 28020),
    (b"grant_type=password&username=%ff", "invalid_request", 28020),
    (b"&".join(b"f%d=1" % number for number in range(50)), "invalid_request", 28020),
    (b"a" * 20_000, "invalid_request", 28020),
]


def test_what_is_refused(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        for body, error, number in REFUSED:
            answer = await ask(site, body)
            assert (answer.status, of(answer)) == (400, {"error": error}), body[:80]
            assert field_of(answer, "X-Ms-diagnostics").startswith(f'{number};source="lync.contoso.test";reason="')

    at(tmp_path, story)


def test_other_methods_and_bodies(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        assert (await site.ask(HERE)).status == 405
        answer = await site.ask(HERE, b"{}", Content_Type="application/json")
        assert (answer.status, of(answer)) == (400, {"error": "invalid_request"})
        clear = Connection("10.0.0.1:1")
        answer = await site.ask(HERE, urlencode(sign_in()).encode(), Content_Type=FORM, connection=clear)
        assert (answer.status, of(answer)) == (400, {"error": "invalid_request"})
        assert "HTTPS" in field_of(answer, "X-Ms-diagnostics")

    at(tmp_path, story)


def test_a_connection_must_be_proved_for_the_grant_of_windows(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        answer = await ask(site, grant_type=WINDOWS)
        assert answer.status == 401
        assert field_of(answer, "WWW-Authenticate") == "NTLM"

    at(tmp_path, story)


def test_guesses_are_slowed_down(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        before = site.clock()
        for number in range(12):
            assert (await ask(site, **sign_in("alice", f"guess {number}"))).status == 400
        assert site.clock() > before
        other = Connection("10.0.0.2:1", tls=True)
        form = urlencode(sign_in("bob")).encode()
        assert (await site.ask(HERE, form, Content_Type=FORM, connection=other)).status == 200

    at(tmp_path, story)
