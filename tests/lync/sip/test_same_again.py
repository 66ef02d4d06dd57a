"""A REGISTER that says what the last one said is answered as if it were judged anew."""

from __future__ import annotations

from typing import Any

import pytest

from samband.lync.sip.inbound import Inbound
from samband.lync.sip.registrar import RegistrarDoor
from samband.wire.sip.message import SipResponse, respond
from tests.lync.sip.sides import Client, World

UUID = "0e324752-e1ab-56eb-8f4a-267c85a97459"
INSTANCE = f';+sip.instance="<urn:uuid:{UUID}>"'
PLAIN = {
    "uri": "sip:contoso.test",
    "To": "<sip:alice@contoso.test>",
    "From": "<sip:alice@contoso.test>;tag=1",
    "Contact": "<sip:a@h:1>",
    "Expires": "600",
    "Call-ID": "c1",
}
MOBILE = PLAIN | {"Contact": f"<sip:a@h:1>;reg-id=1{INSTANCE}", "Supported": "gruu, outbound", "User-Agent": "baresip"}
LYNC = PLAIN | {
    "From": "<sip:alice@contoso.test>;tag=1;epid=e",
    "Contact": f"<sip:a@h:1>{INSTANCE}",
    "Supported": "gruu-10, msrtc-event-categories",
    "Event": "registration",
}
OTHERS = {
    "uri": ["sip:lync.contoso.test", "sip:elsewhere.test", "sip:"],
    "To": ["Alice <sip:alice@contoso.test>", "<sip:bob@contoso.test>", "<sip:alice@contoso.test>;x=>", "nothing"],
    "From": [
        "<sip:alice@contoso.test>;tag=2",
        "<sip:alice@contoso.test>;tag=1;epid=f",
        '"A" <sip:alice@contoso.test>;tag=1',
    ],
    "Contact": [
        "<sip:a@h:2>",
        "<sip:a@h:1>;expires=70",
        "<sip:a@h:1>;expires=0",
        f"<sip:a@h:1>{INSTANCE}",
        "*",
        "<sip:a@h:1>,<sip:a@h:3>",
        "<sip:a@h:1> | <sip:a@h:3>",
        "",
    ],
    "Expires": ["601", "0", "60", "1", "99999", "soon", ""],
    "Supported": ["gruu", "gruu-10, msrtc-event-categories", "msrtc-event-categories", "outbound", ""],
    "Require": ["gruu", "unknown"],
    "Event": ["registration", "presence", ""],
    "User-Agent": ["Twinkle", ""],
    "Call-ID": ["c2"],
}
CHANGES = [{name: value} for name, values in OTHERS.items() for value in values]


def register(client: Client, fields: dict[str, str], cseq: int) -> None:
    request = client.request("REGISTER", fields["uri"], cseq=cseq)
    request.headers.update({name: value.split(" | ") for name, value in fields.items() if value and name != "uri"})
    client.send(request)


def state(world: World) -> list[Any]:
    found = world.side.registrar.endpoints("alice@contoso.test")
    said = [(one.contact, one.key, one.call_id, one.cseq, one.seconds, one.supported, one.agent) for one in found]
    return [said, [(one.expires_at, one.way.flow.connection, one.reg_id, one.number) for one in found]]


@pytest.mark.parametrize("base", [PLAIN, MOBILE, LYNC], ids=["plain", "mobile", "lync"])
@pytest.mark.parametrize("change", CHANGES, ids=str)
@pytest.mark.parametrize("line", [0, 1])
def test_as_if_judged_anew(base: dict[str, str], change: dict[str, str], line: int) -> None:
    """Two sides get the same requests; one of them recognises none."""
    worlds = World(), World()
    for world in worlds:
        world.side.registrar._gruus.user = lambda number: f"tgruu.{number}"  # type: ignore[method-assign]
    clients = [[world.client("alice") for _ in range(2)] for world in worlds]
    for fields, place, cseq in ((base, 0, 1), (base | change, line, 2), (base, 0, 3), (base, 0, 3)):
        register(clients[0][place], fields, cseq)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(RegistrarDoor, "_same", lambda *_: None)
            register(clients[1][place], fields, cseq)
        for world in worlds:
            world.clock.now += 1
        assert [one.raw for one in clients[0]] == [one.raw for one in clients[1]]
        assert state(worlds[0]) == state(worlds[1])


def test_what_is_recognised_is_not_judged_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    plain, lync = world.signed_in("alice"), world.signed_in("bob", "tls", lync=True, epid="e", instance=UUID)  # type: ignore[arg-type]
    monkeypatch.setattr(RegistrarDoor, "_serve", None)
    world.clock.now += 5
    for client, how in ((plain, {}), (lync, {"lync": True, "epid": "e", "instance": UUID})):
        client.register(cseq=2, **how)  # type: ignore[arg-type]
        assert client.take_response().status == 200
        (endpoint,) = world.side.registrar.endpoints(f"{client.name}@contoso.test")
        assert endpoint.expires_at == world.clock.now + 7200
        client.register(cseq=2, **how)  # type: ignore[arg-type]
        assert client.take_response().status == 500


def test_what_is_answered_at_once_needs_no_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    monkeypatch.setattr(world.side.transactions, "accept", None)
    alice = world.signed_in("alice")
    assert world.side.transactions.alive == world.side.transactions.owed == 0
    monkeypatch.setattr(RegistrarDoor, "_same", None)
    alice.register(cseq=2)
    assert alice.take_response().status == 500


def test_a_register_that_is_carried_elsewhere_has_one() -> None:
    world = World()
    carried: list[Inbound] = []

    def carry(inbound: Inbound) -> None:
        carried.append(inbound)
        inbound.reply(respond(inbound.request, 100))
        inbound.reply(respond(inbound.request, 404))
        inbound.reply(respond(inbound.request, 200))

    world.side.router.is_abroad = lambda _request: True
    world.side.router.carry = carry
    alice = world.client("alice")
    alice.register()
    assert [one.status for one in alice.inbox() if isinstance(one, SipResponse)] == [100, 404]
    assert carried[0].transaction is not None


def test_only_the_first_final_answer_counts() -> None:
    world = World()

    def handle(inbound: Inbound) -> None:
        for status in (100, 200, 500):
            inbound.reply(respond(inbound.request, status))
        assert not inbound.pending
        raise RuntimeError

    world.side.router.handlers["REGISTER", "*"] = world.side.router.at_once["REGISTER"] = handle
    alice = world.client("alice")
    alice.register()
    assert [one.status for one in alice.inbox() if isinstance(one, SipResponse)] == [100, 200]
