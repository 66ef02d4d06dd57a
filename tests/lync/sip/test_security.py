"""The guard towards Lync clients: sign-in, signatures both ways, refusals, renewal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from samband.lync.sip.admission import Admitted, Verdict
from samband.lync.sip.flow import Flow
from samband.lync.sip.handshakes import MOST_READY, MOST_UNREADY
from samband.lync.sip.security import Guard
from samband.wire.sip import ms_auth
from samband.wire.sip.credentials import read_credentials
from samband.wire.sip.message import SipRequest, SipResponse, respond
from tests.lync.sip.guarded import ALICE_DEVICE, BOB_DEVICE, STS, Site
from tests.lync.sip.lync_client import HOST, LyncClient, challenge_of, challenges, new_flow
from tests.trust.fakes import person
from tests.trust.sip.captured_messages import captured_messages

SignIn = Callable[[LyncClient], Awaitable[Verdict]]

SIGN_IN: dict[str, SignIn] = {
    "NTLM": lambda client: client.sign_in_by_ntlm("CONTOSO", "alice", "pw-alice"),
    "TLS-DSK": lambda client: client.sign_in_by_tls_dsk(ALICE_DEVICE),
}
BOTH = pytest.mark.parametrize("protocol", SIGN_IN)


async def signed_in(
    site: Site, protocol: str, *, guard: Guard | None = None, flow: Flow | None = None, version: int = 4
) -> LyncClient:
    client = LyncClient(guard or site.guard(), flow or new_flow(), protocol, version=version)
    verdict = await SIGN_IN[protocol](client)
    assert isinstance(verdict, Admitted), verdict
    assert verdict.person == site.people.by_guid("guid-alice")
    assert verdict.association is not None
    return client


def refused(verdict: Verdict, status: int) -> SipResponse:
    assert isinstance(verdict, SipResponse), verdict
    assert verdict.status == status
    return verdict


def test_first_register_gets_every_offer_as_lync_clients_read_them() -> None:
    async def run() -> None:
        client = LyncClient(Site().guard(), new_flow(), "NTLM")
        answer = refused(await client.ask(client.request()), 401)
        offers = answer.all("WWW-Authenticate")
        assert [read_credentials(offer).scheme for offer in offers] == ["NTLM", "TLS-DSK", "Digest", "Digest"]
        assert offers[0] == 'NTLM realm="SIP Communications Service", targetname="lync.contoso.test", version=4'
        assert offers[1] == (
            f'TLS-DSK realm="SIP Communications Service", targetname="lync.contoso.test", version=4, sts-uri="{STS}"'
        )
        assert answer.get("Date") == "Thu, 01 Jan 2026 00:16:40 GMT"
        assert not client.is_signed(answer)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("field", "value", "lync"),
    [
        ("Supported", "gruu-10, adhoclist, msrtc-event-categories, com.microsoft.msrtc.presence", True),
        ("Supported", "ms-benotify", True),
        ("ms-keep-alive", "UAC;hop-hop=yes", True),
        ("Authorization", 'NTLM realm="another"', True),
        ("Supported", "path, outbound, gruu", False),
        ("User-Agent", "ms-", False),
    ],
)
def test_who_looks_like_a_lync_client(field: str, value: str, lync: bool) -> None:
    async def run() -> None:
        client = LyncClient(Site().guard(), new_flow(), "NTLM")
        request = client.request("MESSAGE").drop("Supported").put(field, value)
        answer = refused(await client.ask(request), 401 if lync else 407)
        assert ("NTLM" in {one.scheme for one in challenges(answer)}) == lync
        over_udp = LyncClient(client.guard, new_flow("udp"), "NTLM")
        assert {one.scheme for one in challenges(refused(await over_udp.ask(request), 407))} == {"Digest"}

    asyncio.run(run())


def test_only_what_is_switched_on_is_offered_and_taken() -> None:
    async def run() -> None:
        guard = Site().guard("TLS-DSK", digest=False)
        client = LyncClient(guard, new_flow(), "NTLM")
        answer = refused(await client.ask(client.request()), 401)
        assert [one.scheme for one in challenges(answer)] == ["TLS-DSK"]
        begin = client.request().put("Authorization", client.authorization(gssapi=b""))
        assert [one.scheme for one in challenges(refused(await client.ask(begin), 401))] == ["TLS-DSK"]
        assert not client.flow.associations

    asyncio.run(run())


@BOTH
def test_sign_in_and_everything_after_it_is_signed_both_ways(protocol: str) -> None:
    async def run() -> None:
        site = Site()
        client = await signed_in(site, protocol)
        for method in ("SUBSCRIBE", "SERVICE", "INVITE", "ACK", "MESSAGE", "BYE", "REGISTER"):
            request = client.signed(client.request(method, Expires="0"))
            verdict = await client.ask(request)
            assert isinstance(verdict, Admitted)
            for status in (100, 200, 404, 488, 500):
                response = respond(request, status, tag="t")
                client.guard.seal(response, verdict.association)
                assert client.is_signed(response)
        notify = SipRequest("BENOTIFY", "sip:alice@127.0.0.1:50000", client.request("BENOTIFY").headers.copy())
        client.guard.seal(notify, client.guard.association(client.flow))
        assert client.is_signed(notify)
        assert [read_credentials(notify.get("Authentication-Info") or "").get("snum")] == ["36"]

    asyncio.run(run())


@pytest.mark.parametrize(("protocol", "version"), [("NTLM", 2), ("NTLM", 3), ("TLS-DSK", 2), ("TLS-DSK", 3)])
def test_older_versions(protocol: str, version: int) -> None:
    async def run() -> None:
        client = await signed_in(Site(), protocol, version=version)
        verdict = await client.ask(client.signed(client.request("SUBSCRIBE")))
        assert isinstance(verdict, Admitted)
        assert verdict.association is not None
        assert verdict.association.version == version
        response = SipResponse(200, "OK", client.request("SUBSCRIBE").headers)
        client.guard.seal(response, verdict.association)
        assert client.is_signed(response)
        client.version = 4 if version == 2 else 2
        refused(await client.ask(client.signed(client.request("SUBSCRIBE"))), 401)

    asyncio.run(run())


def test_version_4_must_sign_the_message_that_ends_the_handshake() -> None:
    async def run() -> None:
        client = LyncClient(Site().guard(), new_flow(), "NTLM", version=3)
        verdict = await SIGN_IN["NTLM"](client)
        assert isinstance(verdict, Admitted)

        liar = LyncClient(client.guard, new_flow(), "NTLM")
        liar.signed = lambda message, gssapi=None, number="": message.put(  # type: ignore[method-assign,assignment,return-value,misc]
            "Authorization", liar.authorization(("cnum", "1"), ("crand", "a"), ("response", "00"), gssapi=gssapi)
        )
        answer = refused(await SIGN_IN["NTLM"](liar), 401)
        assert "Final handshake failed" in (answer.get("ms-diagnostics") or "")
        assert not liar.flow.associations

    asyncio.run(run())


@BOTH
def test_wrong_signatures_are_challenged_and_repetitions_dropped(protocol: str) -> None:
    async def run() -> None:
        client = await signed_in(Site(), protocol)
        good = client.signed(client.request("MESSAGE"))
        changed = good.copy().put("CSeq", "99 MESSAGE")
        answer = refused(await client.ask(changed), 401)
        assert [one.scheme for one in challenges(answer)] == ["NTLM", "TLS-DSK", "Digest", "Digest"]
        assert isinstance(await client.ask(good), Admitted), "a wrong copy must not use up the number"
        assert await client.ask(good) is None
        overtaken, overtaking = client.signed(client.request("BYE")), client.signed(client.request("BYE"))
        assert isinstance(await client.ask(overtaking), Admitted)
        assert isinstance(await client.ask(overtaken), Admitted)
        for number in ("0", "-1", "x", "1" * 11, "٣", "+9"):
            odd = client.signed(client.request("BYE"), number=number)
            verdict = await client.ask(odd)
            assert verdict is None or refused(verdict, 401)

    asyncio.run(run())


@BOTH
def test_every_part_of_the_string_counts(protocol: str) -> None:
    fields = {
        "From": '"A" <sip:alice@contoso.test>;tag=2',
        "To": "<sip:bob@contoso.test>",
        "Call-ID": "other",
        "CSeq": "7 INFO",
        "Expires": "60",
        "P-Asserted-Identity": "<sip:alice@contoso.test>",
        "P-Preferred-Identity": "<tel:+1>",
    }

    async def run() -> None:
        client = await signed_in(Site(), protocol)
        for name, value in fields.items():
            request = client.signed(client.request("MESSAGE")).put(name, value)
            refused(await client.ask(request), 401)
        assert isinstance(await client.ask(client.signed(client.request("MESSAGE"))), Admitted)

    asyncio.run(run())


def test_an_association_is_good_on_its_own_flow_only() -> None:
    async def run() -> None:
        site = Site()
        guard = site.guard()
        client = await signed_in(site, "NTLM", guard=guard)
        request = client.signed(client.request("MESSAGE"))
        client.flow = new_flow()
        refused(await client.ask(request), 401)

    asyncio.run(run())


def test_several_associations_on_one_flow() -> None:
    async def run() -> None:
        site = Site()
        guard, flow = site.guard(), new_flow()
        one = await signed_in(site, "NTLM", guard=guard, flow=flow)
        two = await signed_in(site, "TLS-DSK", guard=guard, flow=flow)
        bob = LyncClient(guard, flow, "TLS-DSK", "bob@contoso.test")
        assert isinstance(await bob.sign_in_by_tls_dsk(BOB_DEVICE), Admitted)
        assert len({one.opaque, two.opaque, bob.opaque}) == 3
        for client in (one, two, bob):
            assert isinstance(await client.ask(client.signed(client.request("BYE"))), Admitted)
        alice = site.people.found["guid-alice"]
        newest = guard.association(flow, alice)
        assert newest is not None
        assert newest.opaque == two.opaque
        newest = guard.association(flow)
        assert newest is not None
        assert newest.opaque == bob.opaque
        mixed = one.signed(one.request("BYE"))
        mixed.put("Authorization", (mixed.get("Authorization") or "").replace(one.opaque, two.opaque))
        refused(await one.ask(mixed), 401)

    asyncio.run(run())


@BOTH
def test_signing_in_anew_on_the_same_connection(protocol: str) -> None:
    async def run() -> None:
        site = Site()
        client = await signed_in(site, protocol)
        old = client.opaque
        client.opaque = ""
        refused(await client.ask(client.request()), 401)
        for _ in range(MOST_READY + 3):
            client.opaque = ""
            assert isinstance(await SIGN_IN[protocol](client), Admitted)
        assert client.opaque != old
        assert len(client.flow.associations) == MOST_READY
        assert isinstance(await client.ask(client.signed(client.request("BYE"))), Admitted)

    asyncio.run(run())


@BOTH
def test_an_association_expires(protocol: str) -> None:
    async def run() -> None:
        site = Site()
        client = await signed_in(site, protocol)
        site.clock.now += 8 * 3600 - 1
        assert isinstance(await client.ask(client.signed(client.request("BYE"))), Admitted)
        site.clock.now += 1
        refused(await client.ask(client.signed(client.request("BYE"))), 401)
        assert client.guard.association(client.flow) is None
        client.opaque = ""
        assert isinstance(await SIGN_IN[protocol](client), Admitted)

    asyncio.run(run())


def test_tls_dsk_expires_with_its_certificate() -> None:
    async def run() -> None:
        site = Site()
        site.lifetime = type(site.lifetime)(hours=1)
        client = await signed_in(site, "TLS-DSK")
        site.clock.now += 3600
        refused(await client.ask(client.signed(client.request("BYE"))), 401)

    asyncio.run(run())


@BOTH
def test_nobody_speaks_for_another(protocol: str) -> None:
    async def run() -> None:
        site = Site()
        client = await signed_in(site, protocol)
        client.address = "bob@contoso.test"
        answer = refused(await client.ask(client.signed(client.request("MESSAGE"))), 403)
        reason = "Credentials provided are not authorized to act as specified from URI"
        assert answer.get("ms-diagnostics") == f'4004;reason="{reason}";source="{HOST}"'
        assert client.is_signed(answer)
        for spelling in ("Alice@Contoso.TEST", "%61lice@contoso.test"):
            client.address = spelling
            assert isinstance(await client.ask(client.signed(client.request("MESSAGE"))), Admitted)
        for odd in ("alice", "alice@contoso.test.evil.test", "", "alice@contoso.test@x"):
            client.address = odd
            refused(await client.ask(client.signed(client.request("MESSAGE"))), 403)

    asyncio.run(run())


@BOTH
@pytest.mark.parametrize("change", [{"enabled": False}, {"msRTCSIP_UserEnabled": False}, None])
def test_who_is_switched_off_gets_no_further(protocol: str, change: dict[str, object] | None) -> None:
    async def run() -> None:
        site = Site()
        client = await signed_in(site, protocol)
        if change is None:
            del site.people.found["guid-alice"]
        else:
            site.people.put(person("alice", **change))
        answer = refused(await client.ask(client.signed(client.request("MESSAGE"))), 403)
        assert 'reason="User is disabled for SIP"' in (answer.get("ms-diagnostics") or "")
        assert client.is_signed(answer)

    asyncio.run(run())


def test_wrong_password_is_refused_and_slowed_down() -> None:
    async def run() -> None:
        site = Site()
        guard = site.guard()
        for attempt in range(12):
            client = LyncClient(guard, new_flow(), "NTLM")
            answer = refused(await client.sign_in_by_ntlm("CONTOSO", "alice", f"wrong{attempt}"), 401)
            assert answer.get("ms-diagnostics") == '1000;reason="Final handshake failed";source="lync.contoso.test"'
            assert not client.flow.associations
        assert sum(site.clock.slept) > 10
        stranger = LyncClient(guard, new_flow(), "NTLM")
        refused(await stranger.sign_in_by_ntlm("CONTOSO", "nobody", "x"), 401)

    asyncio.run(run())


def test_right_passwords_are_not_counted_as_guesses() -> None:
    async def run() -> None:
        site = Site()
        guard = site.guard()
        for _ in range(30):
            await signed_in(site, "NTLM", guard=guard)
        assert site.clock.slept == []

    asyncio.run(run())


def test_unknown_certificate_is_refused() -> None:
    async def run() -> None:
        site = Site()
        site.certificates.clear()
        client = LyncClient(site.guard(), new_flow(), "TLS-DSK")
        answer = refused(await client.sign_in_by_tls_dsk(ALICE_DEVICE), 401)
        assert "Final handshake failed" in (answer.get("ms-diagnostics") or "")
        assert not client.flow.associations

    asyncio.run(run())


def test_handshakes_under_way_are_few() -> None:
    async def run() -> None:
        client = LyncClient(Site().guard(), new_flow(), "NTLM")
        for _ in range(50):
            client.opaque = ""
            await client.step(b"")
        assert len(client.flow.associations) == MOST_UNREADY

    asyncio.run(run())


def test_tokens_for_no_handshake() -> None:
    async def run() -> None:
        client = await signed_in(Site(), "TLS-DSK")
        for opaque in (client.opaque, "FFFFFFFF"):
            client.opaque = opaque
            again = client.request().put("Authorization", client.authorization(gssapi=b"\x16\x03\x01"))
            refused(await client.ask(again), 401)
        client.protocol = "NTLM"
        refused(await client.ask(client.request().put("Authorization", client.authorization(gssapi=b"x"))), 401)

    asyncio.run(run())


def test_one_step_at_a_time() -> None:
    """A second token while the first is being looked at is refused: two threads never touch one handshake."""

    async def run() -> None:
        site = Site()
        client = LyncClient(site.guard(), new_flow(), "NTLM")
        await client.step(b"")
        association = next(iter(client.flow.associations.values()))
        association.busy = True
        again = client.request().put("Authorization", client.authorization(gssapi=b"x"))
        refused(await client.ask(again), 401)
        assert association.opaque in client.flow.associations

    asyncio.run(run())


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ('NTLM realm="SIP Communications Service", targetname="lync.contoso.test", gssapi-data="%%%"', 400),
        ('NTLM realm="SIP Communications Service", targetname="lync.contoso.test", gssapi-data="", version=1', 400),
        ('NTLM realm="SIP Communications Service", targetname="lync.contoso.test", opaque="x', 400),
        ('NTLM realm="SIP Communications Service", targetname="other.contoso.test", gssapi-data=""', 401),
        ('NTLM realm="other", targetname="lync.contoso.test", gssapi-data=""', 401),
        ('Kerberos realm="SIP Communications Service", targetname="sip/lync.contoso.test", gssapi-data="YQ=="', 401),
        ("Bearer abc", 401),
        ("", 401),
    ],
)
def test_credentials_that_are_none(authorization: str, status: int) -> None:
    async def run() -> None:
        client = LyncClient(Site().guard(), new_flow(), "NTLM")
        refused(await client.ask(client.request().put("Authorization", authorization)), status)

    asyncio.run(run())


def test_signed_requests_may_come_as_proxy_authorization() -> None:
    async def run() -> None:
        client = await signed_in(Site(), "NTLM")
        request = client.signed(client.request("MESSAGE"))
        request.headers["Proxy-Authorization"] = request.headers.pop("Authorization")
        assert isinstance(await client.ask(request), Admitted)

    asyncio.run(run())


@BOTH
def test_responses_of_a_client_that_signs(protocol: str) -> None:
    async def run() -> None:
        client = await signed_in(Site(), protocol)
        guard, flow = client.guard, client.flow
        asked = client.request("INVITE")
        ok = respond(asked, 200, tag="b")
        assert not guard.hear(ok, flow)
        assert guard.hear(respond(asked, 180, tag="b"), flow)
        signed = client.signed(ok.copy())
        assert not guard.hear(SipResponse(486, "", signed.headers), flow), "the status is signed too"
        assert guard.hear(signed, flow)
        assert not guard.hear(signed, flow)
        assert not guard.hear(ok.copy().put("Authorization", 'NTLM a="'), flow)
        assert not guard.hear(ok.copy().put("Authorization", client.authorization()), flow)
        assert guard.hear(ok, new_flow()), "a plain client signs nothing"

    asyncio.run(run())


def test_unsigned_ack() -> None:
    async def run() -> None:
        client = await signed_in(Site(), "NTLM")
        assert await client.ask(client.request("ACK")) is None
        plain = LyncClient(client.guard, new_flow(), "NTLM")
        assert await plain.ask(plain.request("ACK")) == Admitted(None, None)

    asyncio.run(run())


def test_nothing_is_sealed_without_a_ready_association() -> None:
    async def run() -> None:
        client = LyncClient(Site().guard(), new_flow(), "NTLM")
        await client.step(b"")
        response = respond(client.request(), 200, tag="t")
        client.guard.seal(response, None)
        client.guard.seal(response, next(iter(client.flow.associations.values())))
        assert response.get("Authentication-Info") is None

    asyncio.run(run())


def test_a_connection_that_is_gone_gets_no_answer() -> None:
    async def run() -> None:
        client = LyncClient(Site().guard(), new_flow(), "NTLM")
        verdict = client.guard.inspect(
            client.request().put("Authorization", client.authorization(gssapi=b"")), client.flow
        )
        client.flow.lost()
        assert not isinstance(verdict, Admitted | SipResponse)
        assert verdict is not None
        assert await verdict is None

    asyncio.run(run())


def test_recorded_register_begins_a_handshake_here() -> None:
    """The bytes of a real client's first two REGISTERs meet this guard."""

    async def run() -> None:
        site, flow = Site(), new_flow()
        guard = site.guard()
        register = next(one.message for one in captured_messages() if one.from_client)
        assert isinstance(register, SipRequest)
        plain = register.copy().drop("Authorization")
        first = guard.inspect(plain, flow)
        assert isinstance(first, SipResponse)
        begin = plain.copy().put(
            "Authorization",
            'NTLM qop="auth", realm="SIP Communications Service", targetname="lync.contoso.test", '
            'gssapi-data="", version=4',
        )
        second = guard.inspect(begin, flow)
        assert not isinstance(second, Admitted | SipResponse)
        assert second is not None
        answer = refused(await second, 401)
        assert ms_auth.read_token(challenge_of(answer, "NTLM").get("gssapi-data")).startswith(b"NTLMSSP\0\x02")
        assert challenge_of(answer, "NTLM").get("targetname") == HOST

    asyncio.run(run())


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_authorization_is_answered(data: st.DataObject) -> None:
    """Hostile values give a protocol answer, never an exception."""
    name = st.sampled_from(["realm", "targetname", "opaque", "gssapi-data", "cnum", "crand", "response", "version"])
    value = st.one_of(
        st.sampled_from(["SIP Communications Service", HOST, "", "4", "AAAA", "TlRMTVNTUAADAAAA"]), st.text(max_size=20)
    )
    params = data.draw(st.lists(st.tuples(name, value), max_size=8))
    scheme = data.draw(st.sampled_from(["NTLM", "TLS-DSK", "Digest", "Basic"]))
    quoted = ", ".join(f'{key}="{text}"' for key, text in params)

    async def run() -> None:
        client = LyncClient(Site().guard(), new_flow(), "NTLM")
        request = client.request().put("Authorization", f"{scheme} {quoted}")
        assert isinstance(await client.ask(request), SipResponse)

    asyncio.run(run())


def test_a_person_who_moves_keeps_nothing() -> None:
    async def run() -> None:
        site = Site()
        client = await signed_in(site, "NTLM")
        alice = site.people.found["guid-alice"]
        site.people.put(replace(alice, msRTCSIP_PrimaryUserAddress="sip:alicia@contoso.test"))
        refused(await client.ask(client.signed(client.request("MESSAGE"))), 403)
        client.address = "alicia@contoso.test"
        assert isinstance(await client.ask(client.signed(client.request("MESSAGE"))), Admitted)

    asyncio.run(run())


def test_who_knows_a_password_that_is_too_old_is_told_so() -> None:
    async def run() -> None:
        site = Site()
        site.old.add("guid-alice")
        guard = site.guard()
        client = LyncClient(guard, new_flow(), "NTLM")
        answer = refused(await client.sign_in_by_ntlm("CONTOSO", "alice", "pw-alice"), 401)
        assert "Final handshake failed: the password has expired" in (answer.get("ms-diagnostics") or "")
        assert not client.flow.associations
        other = LyncClient(guard, new_flow(), "NTLM")
        answer = refused(await other.sign_in_by_ntlm("CONTOSO", "alice", "wrong"), 401)
        assert "expired" not in (answer.get("ms-diagnostics") or "")
        site.old.clear()
        await signed_in(site, "NTLM", guard=guard)

    asyncio.run(run())
