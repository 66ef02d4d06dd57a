"""The calling side, as the other one sees it."""

from pathlib import Path

import pytest

from samband.model.caller import Caller
from samband.trust.denied import Denied
from samband.trust.oauth.names import LYNC
from samband.wire.http import HttpResponse
from samband.wire.jose import token
from samband.wire.jose.challenge import Challenge
from tests.trust.fakes import person
from tests.trust.oauth.world import HOST, REALM, World, inside

URL = f"https://{HOST}:8443/EWS/Exchange.asmx"


def offer(made: World, **changed: str) -> None:
    challenge = changed.get("challenge") or made.exchange.challenge()
    headers = [("www-authenticate", "Negotiate"), ("WWW-Authenticate", challenge)]
    made.net.answers[URL] = HttpResponse(401, headers)


async def authorized(made: World, name: str = "") -> str:
    scheme, _, text = (await made.client.authorization_for(URL, person(name) if name else None)).partition(" ")
    assert scheme == "Bearer"
    return text


def test_what_the_client_makes_the_server_takes(tmp_path: Path) -> None:
    async def story(made: World) -> None:
        await made.trust_lync()
        offer(made)
        for_alice = made.judge(await authorized(made, "alice"))
        assert isinstance(for_alice, Caller)
        assert for_alice.person == made.people.by_guid("guid-alice")
        itself = made.judge(await authorized(made))
        assert isinstance(itself, Caller)
        assert itself.person is None
        assert made.net.asked == [URL]

    inside(tmp_path, story)


def test_a_token_says_what_is_known_of_the_user(tmp_path: Path) -> None:
    async def story(made: World) -> None:
        await made.trust_lync()
        offer(made)
        outer = token.read(await authorized(made, "alice"))
        assert outer.header == {"typ": "JWT", "alg": "none"}
        assert outer.claim("aud") == f"00000002-0000-0ff1-ce00-000000000000/{HOST}@{REALM}"
        user = {name: outer.claim(name) for name in ("nameid", "nii", "upn", "smtp", "sip")}
        assert user == {
            "nameid": "alice@contoso.test",
            "nii": "urn:office:idp:activedirectory",
            "upn": "alice@contoso.test",
            "smtp": "alice@contoso.test",
            "sip": "alice@contoso.test",
        }
        inner = token.read(outer.claim("actortoken"))
        assert inner.header == {"typ": "JWT", "alg": "RS256", "x5t": made.keys.x5t}
        assert inner.claim("trustedfordelegation") == "true"
        nobody = person("carol", mail="", msRTCSIP_UserEnabled=False)
        bare = (await made.client.authorization_for(URL, nobody)).partition(" ")[2]
        assert not {"smtp", "sip"} & token.read(bare).claims.keys()

    inside(tmp_path, story)


def test_tokens_are_kept_until_shortly_before_they_expire(tmp_path: Path) -> None:
    async def story(made: World) -> None:
        await made.trust_lync()
        offer(made)
        first, bob = await authorized(made, "alice"), await authorized(made, "bob")
        assert first != bob
        made.clock.now += 49 * 60
        assert await authorized(made, "alice") == first
        made.clock.now += 60
        second = await authorized(made, "alice")
        assert second != first
        await made.keys.stage(made.clock.time())
        await made.keys.roll()
        assert (
            token.read(token.read(await authorized(made, "alice")).claim("actortoken")).header["x5t"] == made.keys.x5t
        )

    inside(tmp_path, story)


def test_a_server_is_asked_again_after_a_while_and_when_it_refused(tmp_path: Path) -> None:
    async def story(made: World) -> None:
        await made.trust_lync()
        offer(made)
        await authorized(made)
        await authorized(made)
        assert len(made.net.asked) == 1
        made.client.forget(URL)
        await authorized(made)
        assert len(made.net.asked) == 2
        made.clock.now += 3601
        await authorized(made)
        assert len(made.net.asked) == 3

    inside(tmp_path, story)


def test_a_server_that_does_not_trust_us_is_asked_each_time(tmp_path: Path) -> None:
    async def story(made: World) -> None:
        for _ in range(2):
            offer(made)
            with pytest.raises(Denied, match="no partner application"):
                await authorized(made, "alice")
        await made.trust_lync()
        offer(made)
        assert isinstance(made.judge(await authorized(made, "alice")), Caller)

    inside(tmp_path, story)


@pytest.mark.parametrize("issuer", [f"{LYNC}@*", f"{LYNC}@{REALM}"])
def test_issuers_that_mean_us_and_the_realm_a_server_names(tmp_path: Path, issuer: str) -> None:
    async def story(made: World) -> None:
        challenge = Challenge("app", ("00000001-0000-0000-c000-000000000000@*", issuer), "tenant").write()
        offer(made, challenge=challenge)
        assert token.read(await authorized(made)).claim("aud") == f"app/{HOST}@tenant"

    inside(tmp_path, story)


def test_servers_that_take_no_tokens(tmp_path: Path) -> None:
    async def story(made: World) -> None:
        for answer in (HttpResponse(200), HttpResponse(404), HttpResponse(401, [("WWW-Authenticate", "NTLM")])):
            made.net.answers[URL] = answer
            with pytest.raises(Denied, match="does not ask"):
                await authorized(made)
        offer(made, challenge=Challenge("app", (f"{LYNC}@other.test",)).write())
        with pytest.raises(Denied, match="no partner application"):
            await authorized(made)
        made.net.answers[URL] = TimeoutError()
        with pytest.raises(OSError):
            await authorized(made)

    inside(tmp_path, story)


@pytest.mark.parametrize(
    "url",
    ["", "http://mail.contoso.test/", "https://", "https://[x/", "ftp://h/", "https://u:p@h/", "mail.contoso.test"],
)
def test_addresses_that_get_no_token(tmp_path: Path, url: str) -> None:
    async def story(made: World) -> None:
        with pytest.raises(Denied, match="https"):
            await made.client.authorization_for(url, None)
        assert made.net.asked == []

    inside(tmp_path, story)
