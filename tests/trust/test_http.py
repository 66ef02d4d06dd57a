"""The HTTP authenticator: what each scheme lets in, and the answers that refuse."""

import asyncio
import base64
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import spnego

from samband.model.caller import Caller
from samband.store.api import StoreUnavailable
from samband.trust import passwords as passwords_module
from samband.trust.denied import Denied
from samband.trust.expiry import Expired, Expiry
from samband.trust.forms import Wanted
from samband.trust.http import SCHEMES, HttpAuthenticator
from samband.trust.ntlm.acceptor import NtlmAcceptor, TargetNames
from samband.trust.passwords import Passwords
from samband.trust.smtp import SmtpSignIn
from samband.wire.http import Connection, Headers, HttpRequest, HttpResponse
from tests.trust.fakes import CHEAP, Clock, News, People, person, store

NAMES = TargetNames("CONTOSO", "MAIL", "contoso.test", "mail.contoso.test")
MAXIMUM_AGE = timedelta(days=42)
LYNC = "00000004-0000-0ff1-ce00-000000000000"
BEARER = 'Bearer client_id="00000002-0000-0ff1-ce00-000000000000", trusted_issuers="", error="invalid_token"'


class OneToken:
    def challenge(self) -> str:
        return BEARER

    def validate(self, token: str, host: str) -> Caller | Denied:
        if (token, host) == ("good", "mail.contoso.test"):
            return Caller(None, "bearer", application=LYNC)
        return Denied('the "token" is bad', code=2000008, category="invalid_grant")


@dataclass
class Door:
    passwords: Passwords
    people: People
    clock: Clock

    def __post_init__(self) -> None:
        self.http = self.other(*SCHEMES)

    async def ask(
        self, authorization: str = "", connection: Connection | None = None, **headers: str
    ) -> Caller | HttpResponse:
        fields = [(name.replace("_", "-"), value) for name, value in headers.items()]
        if authorization:
            fields.append(("AUTHORIZATION", authorization))
        return await self.http.authenticate(
            HttpRequest(
                "POST",
                "mail.contoso.test",
                "/EWS/Exchange.asmx",
                headers=Headers(fields),
                connection=connection or Connection("10.0.0.1:999"),
            )
        )

    def other(self, *schemes: str) -> HttpAuthenticator:
        return HttpAuthenticator(
            self.passwords,
            self.people,
            schemes=schemes,
            realm="other",
            acceptor=self.acceptor,
            oauth=OneToken(),
            sleep=self.clock.sleep,
        )

    def acceptor(self) -> NtlmAcceptor:
        return NtlmAcceptor(
            NAMES,
            self.passwords.credential,
            random=secrets.token_bytes,
            clock=self.clock.time,
            check_age=self.passwords.check_age,
        )


@asynccontextmanager
async def door(folder: Path) -> AsyncIterator[Door]:
    news, people, clock = News(), People(), Clock()
    people.put(person("alice"), person("bob"))
    async with store(folder, news) as opened:
        found = Passwords(
            opened,
            news,
            people,
            Wanted(ntlm=True),
            clock=clock,
            random=secrets.token_bytes,
            sleep=clock.sleep,
            hasher=CHEAP,
            expiry=Expiry(MAXIMUM_AGE, clock.time),
        )
        await found.load()
        await found.set("guid-alice", "pässword: €1")
        yield Door(found, people, clock)
        found.close()


def at(folder: Path, story: Callable[[Door], Awaitable[None]]) -> None:
    async def run() -> None:
        async with door(folder) as made:
            await story(made)

    asyncio.run(run())


def basic(login: str, password: str, charset: str = "utf-8") -> str:
    return "Basic " + base64.b64encode(f"{login}:{password}".encode(charset)).decode()


def refused(answer: Caller | HttpResponse) -> list[str]:
    """The challenges of an answer that must be a 401."""
    assert isinstance(answer, HttpResponse)
    assert answer.status == 401
    return [value for name, value in answer.headers if name == "WWW-Authenticate"]


EVERY = [BEARER, "Negotiate", "NTLM", 'Basic realm="other"']


def test_a_stranger_is_told_every_scheme_in_order(tmp_path: Path) -> None:
    async def story(made: Door) -> None:
        assert refused(await made.ask()) == EVERY
        answer = await made.other("basic").authenticate(HttpRequest("GET", "h", "/"))
        assert refused(answer) == ['Basic realm="other"']

    at(tmp_path, story)


@pytest.mark.parametrize("charset", ["utf-8", "cp1252"])
def test_basic(tmp_path: Path, charset: str) -> None:
    async def story(made: Door) -> None:
        for _ in range(2):
            caller = await made.ask(basic("CONTOSO\\alice", "pässword: €1", charset))
            assert caller == Caller(made.people.by_guid("guid-alice"), "basic")
        lower = basic("alice", "pässword: €1", charset).replace("Basic", "bASIC")
        assert isinstance(await made.ask(lower), Caller)

    at(tmp_path, story)


def test_wrong_words_are_401_each_time(tmp_path: Path) -> None:
    wrong = [
        basic("alice", "wrong"),
        basic("nobody", "wrong"),
        basic("", ""),
        "Basic",
        "Basic =",
        "Basic %%%",
        "Basic " + base64.b64encode(b"alice").decode(),
        "Basic " + "QUFB" * 40_000,
        "Digest username=alice",
        "Kerberos",
        "\x00",
    ]

    async def story(made: Door) -> None:
        for authorization in wrong * 2:
            assert refused(await made.ask(authorization)) == EVERY

    at(tmp_path, story)


def test_a_scheme_that_is_not_offered_lets_nobody_in(tmp_path: Path) -> None:
    async def story(made: Door) -> None:
        only = made.other("bearer")
        request = HttpRequest("GET", "h", "/", headers=Headers([("Authorization", basic("alice", "pässword: €1"))]))
        assert refused(await only.authenticate(request)) == [BEARER]

    at(tmp_path, story)


async def ntlm(made: Door, connection: Connection, password: str, scheme: str = "NTLM") -> Caller | HttpResponse:
    """A whole exchange as a client makes it; the last answer."""
    protocol = "ntlm" if scheme == "NTLM" else "negotiate"
    client = spnego.client("CONTOSO\\alice", password, hostname="mail.contoso.test", protocol=protocol)

    async def send(token: bytes | None) -> Caller | HttpResponse:
        assert token
        return await made.ask(f"{scheme} {base64.b64encode(token).decode()}", connection)

    [challenge] = refused(await send(client.step()))
    name, _, value = challenge.partition(" ")
    assert name == scheme
    return await send(client.step(base64.b64decode(value)))


@pytest.mark.parametrize("scheme", ["NTLM", "Negotiate"])
def test_ntlm_authenticates_its_connection_and_no_other(tmp_path: Path, scheme: str) -> None:
    async def story(made: Door) -> None:
        connection = Connection("10.0.0.1:999")
        alice = Caller(made.people.by_guid("guid-alice"), scheme.lower())
        assert await ntlm(made, connection, "pässword: €1", scheme) == alice
        for _ in range(3):
            assert await made.ask("", connection) == alice
        refused(await made.ask("", Connection("10.0.0.1:999")))
        refused(await made.ask(basic("alice", "wrong"), connection))

    at(tmp_path, story)


def test_ntlm_refuses_a_wrong_password_and_leaves_nothing(tmp_path: Path) -> None:
    async def story(made: Door) -> None:
        connection = Connection("10.0.0.1:999")
        assert refused(await ntlm(made, connection, "wrong")) == EVERY
        assert refused(await made.ask("", connection)) == EVERY
        assert connection.state == {}

    at(tmp_path, story)


def test_a_new_exchange_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    async def story(made: Door) -> None:
        connection = Connection("10.0.0.1:999")
        assert isinstance(await ntlm(made, connection, "pässword: €1"), Caller)
        assert refused(await ntlm(made, connection, "wrong")) == EVERY
        refused(await made.ask("", connection))

    at(tmp_path, story)


def test_an_authenticated_connection_ends_with_the_account_and_with_its_password(tmp_path: Path) -> None:
    async def story(made: Door) -> None:
        first, second = Connection("10.0.0.1:999"), Connection("10.0.0.1:998")
        for connection in (first, second):
            assert isinstance(await ntlm(made, connection, "pässword: €1"), Caller)
        made.people.put(person("alice", enabled=False))
        refused(await made.ask("", first))
        made.people.put(person("alice"))
        refused(await made.ask("", first))
        assert isinstance(await made.ask("", second), Caller)
        await made.passwords.set("guid-alice", "new")
        refused(await made.ask("", second))

    at(tmp_path, story)


def test_an_authenticated_connection_means_nothing_where_ntlm_is_not_offered(tmp_path: Path) -> None:
    async def story(made: Door) -> None:
        connection = Connection("10.0.0.1:999")
        assert isinstance(await ntlm(made, connection, "pässword: €1"), Caller)
        request = HttpRequest("GET", "h", "/", connection=connection)
        refused(await made.other("basic").authenticate(request))
        assert isinstance(await made.other("ntlm").authenticate(request), Caller)

    at(tmp_path, story)


@pytest.mark.parametrize(
    "token", [b"", b"NTLMSSP\0", b"NTLMSSP\0\x03\0\0\0" + bytes(60), b"NTLMSSP\0\x02\0\0\0" + bytes(60), b"\x60\x80"]
)
def test_tokens_out_of_turn_are_refused(tmp_path: Path, token: bytes) -> None:
    async def story(made: Door) -> None:
        connection = Connection("10.0.0.1:999")
        for scheme in ("NTLM", "Negotiate"):
            answer = await made.ask(f"{scheme} {base64.b64encode(token).decode()}", connection)
            assert refused(answer) == EVERY
        refused(await made.ask("NTLM &&&", connection))

    at(tmp_path, story)


def test_ntlm_guesses_are_slowed(tmp_path: Path) -> None:
    async def story(made: Door) -> None:
        for _ in range(12):
            refused(await ntlm(made, Connection("10.6.6.6:1"), "wrong"))
        assert max(made.clock.slept) >= 4

    at(tmp_path, story)


def test_bearer(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def story(made: Door) -> None:
        assert await made.ask("Bearer good") == Caller(None, "bearer", application=LYNC)
        with caplog.at_level(logging.WARNING):
            for empty in ("Bearer", "Bearer "):
                assert refused(await made.ask(empty)) == EVERY
            assert not caplog.records
            answer = await made.ask("Bearer bad", client_request_id="{12-AB}")
        assert refused(answer) == EVERY
        assert isinstance(answer, HttpResponse)
        headers = dict(answer.headers)
        assert headers["x-ms-diagnostics"] == '2000008;reason="the \'token\' is bad";error_category="invalid_grant"'
        assert headers["request-id"] == "{12-AB}"
        assert "2000008" in caplog.text
        odd = await made.ask("Bearer bad", client_request_id="a\r\nb")
        assert isinstance(odd, HttpResponse)
        assert "request-id" not in dict(odd.headers)

    at(tmp_path, story)


def test_too_many_at_once_is_503(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords_module, "MOST_WAITING", 0)

    async def story(made: Door) -> None:
        answer = await made.ask(basic("alice", "x"))
        assert isinstance(answer, HttpResponse)
        assert answer.status == 503
        assert dict(answer.headers)["Retry-After"] == "1"

    at(tmp_path, story)


def test_a_store_that_is_away_is_503(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(made: Door) -> None:
        async def away(_: object) -> None:
            raise StoreUnavailable("the disk is full")

        monkeypatch.setattr(made.passwords._store, "read", away)
        answer = await made.ask(basic("alice", "x"))
        assert isinstance(answer, HttpResponse)
        assert answer.status == 503

    at(tmp_path, story)


def test_no_password_reaches_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def story(made: Door) -> None:
        with caplog.at_level(logging.DEBUG):
            await made.ask(basic("alice", "swordfish"))
            await ntlm(made, Connection("10.0.0.1:1"), "swordfish")
        assert "alice" in caplog.text
        assert "swordfish" not in caplog.text

    at(tmp_path, story)


def test_what_an_endpoint_cannot_offer(tmp_path: Path) -> None:
    async def story(made: Door) -> None:
        for schemes in (("ntlm",), ("negotiate",), ("bearer",), ("digest",)):
            with pytest.raises(ValueError):
                HttpAuthenticator(made.passwords, made.people, schemes=schemes, realm="x", sleep=made.clock.sleep)

    at(tmp_path, story)


def test_an_old_password_is_refused_and_who_knows_it_is_told_why(tmp_path: Path) -> None:
    async def story(made: Door) -> None:
        connection = Connection("10.0.0.1:999")
        right = basic("alice", "pässword: €1")
        assert isinstance(await made.ask(right), Caller)
        assert isinstance(await ntlm(made, connection, "pässword: €1"), Caller)
        expires = made.passwords.expires("guid-alice")
        assert expires is not None and timedelta() <= made.clock.time() + MAXIMUM_AGE - expires <= timedelta(minutes=1)
        made.clock.now += MAXIMUM_AGE.total_seconds()

        refused(await made.ask("", connection))
        for answer in (await made.ask(right), await ntlm(made, Connection("10.0.0.1:998"), "pässword: €1")):
            assert refused(answer) == EVERY
            assert isinstance(answer, HttpResponse) and answer.content == b"Unauthorized: the password has expired"
        wrong = await made.ask(basic("alice", "wrong"))
        assert isinstance(wrong, HttpResponse) and wrong.content == b"Unauthorized"
        with pytest.raises(Expired):
            await SmtpSignIn(made.passwords).check("alice", "pässword: €1", "10.0.0.1")

        await made.passwords.set("guid-alice", "another one")
        assert isinstance(await made.ask(basic("alice", "another one")), Caller)
        assert not made.passwords.expired("guid-alice")

    at(tmp_path, story)
