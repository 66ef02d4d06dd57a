"""Who got in with a password that is good no more is told so and sent out, whatever protocol let them in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from samband.lync.actions.registration import Claim
from samband.lync.sip.admission import Admitted
from samband.lync.sip.flow import Flow
from samband.lync.sip.lync_side import LyncSide
from samband.lync.sip.places import Places, Way
from samband.lync.sip.revocation import Revocation
from samband.model.changes import PasswordChanged, ProofsRevoked
from samband.wire.sip.message import SipRequest
from samband.wire.sip.stream import StreamReader
from tests.lync.sip.guarded import ALICE_DEVICE, BOB_DEVICE, Site
from tests.lync.sip.lync_client import HOST, LyncClient
from tests.lync.sip.test_security_digest import PlainClient

REVOKED = ProofsRevoked(scope="directory", guid="guid-alice", seq=2)


class House:
    """A side whose guard is the real one; what it writes to a connection is kept."""

    def __init__(self) -> None:
        self.site = Site()
        self.guard = self.site.guard()
        places = Places(HOST, frozenset({"contoso.test"}), frozenset({HOST}))
        self.side = LyncSide(
            directory=self.site.people,  # type: ignore[arg-type]
            guard=self.guard,
            places=places,
            now=self.site.clock,
            token=iter("token" + str(number) for number in range(1000)).__next__,
        )
        self.revocation = Revocation(self.side, self.guard)
        self.written: list[bytes] = []
        self.closed: list[str] = []

    def flow(self, name: str) -> Flow:
        def close() -> None:
            self.closed.append(name)

        return self.side.open("tls", ("127.0.0.1", 50000), ("127.0.0.1", 5061), self.written.append, close).flow

    def register(self, verdict: object, flow: Flow, **claim: object) -> None:
        """What the registrar does with a REGISTER that was let in."""
        assert isinstance(verdict, Admitted)
        assert verdict.person is not None
        self.side.registrar.register(
            Claim(
                address=verdict.person.sip.lower(),
                person=verdict.person,
                contact=f"sip:{verdict.person.sAMAccountName}@127.0.0.1:50000",
                way=Way(flow, verdict.association),
                connection=flow.connection,
                seconds=None,
                call_id="c",
                cseq=1,
                epid=str(flow.connection),
                supported=frozenset({"msrtc-event-categories"}),
            )
        )


SIGN_IN: dict[str, Callable[[LyncClient], object]] = {
    "NTLM": lambda client: client.sign_in_by_ntlm("CONTOSO", "alice", "pw-alice"),
    "TLS-DSK": lambda client: client.sign_in_by_tls_dsk(ALICE_DEVICE),
}


@pytest.mark.parametrize("protocol", SIGN_IN)
@pytest.mark.parametrize("news_lost", [False, True])
def test_an_association_ends_with_the_password(protocol: str, news_lost: bool) -> None:
    async def run() -> None:
        house = House()
        flow = house.flow("alice's")
        client = LyncClient(house.guard, flow, protocol)
        house.register(await SIGN_IN[protocol](client), flow)  # type: ignore[misc]
        house.revocation.hear([PasswordChanged(scope="directory", guid="guid-alice", seq=1)])
        assert (house.written, house.closed) == ([], [])
        house.revocation.hear([] if news_lost else [REVOKED])
        (notify,) = StreamReader().feed(b"".join(house.written))
        assert isinstance(notify, SipRequest)
        assert notify.body == b"deregistered;event=deactivated"
        assert "sign in again" in (notify.get("ms-diagnostics-public") or "")
        assert f'{protocol} rspauth="' in (notify.get("Authentication-Info") or "")
        assert house.closed == ["alice's"]
        assert not flow.associations
        assert house.side.registrar.endpoints("alice@contoso.test") == []
        assert house.guard.known() == []

    asyncio.run(run())


def test_what_digest_proved_ends_with_the_password() -> None:
    async def run() -> None:
        house = House()
        flow = house.flow("alice's")
        one = PlainClient(house.guard, flow)
        house.register(await one.sign_in(), flow)
        assert isinstance(await one.ask(one.request("MESSAGE")), Admitted)
        house.revocation.hear([REVOKED])
        assert house.closed == ["alice's"]
        assert not isinstance(await one.ask(one.request("MESSAGE")), Admitted)

    asyncio.run(run())


def test_others_stay_also_on_the_same_connection() -> None:
    async def run() -> None:
        house = House()
        flow = house.flow("shared")
        alice = LyncClient(house.guard, flow, "TLS-DSK")
        house.register(await alice.sign_in_by_tls_dsk(ALICE_DEVICE), flow)
        bob = LyncClient(house.guard, flow, "TLS-DSK", address="bob@contoso.test")
        house.register(await bob.sign_in_by_tls_dsk(BOB_DEVICE), flow)
        house.revocation.hear([REVOKED])
        assert house.closed == []
        assert [one.person.sAMAccountName for one in house.side.registrar.endpoints("bob@contoso.test")] == ["bob"]
        assert house.guard.known() == ["guid-bob"]
        flow.lost()
        assert house.guard.known() == []

    asyncio.run(run())
