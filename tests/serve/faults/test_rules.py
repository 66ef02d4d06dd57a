"""Which messages a fault strikes, and what no fault is."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from samband.serve.faults.http_faults import HttpFault
from samband.serve.faults.rules import Kept, Pending, Rule
from samband.serve.faults.sip_faults import AtOnce, SipFault
from samband.wire.sip.message import SipMessage, SipRequest, respond


def pending(*rules: Rule) -> Pending[Rule]:
    made: Pending[Rule] = Pending()
    made.live.extend(map(Kept, rules))
    return made


@pytest.mark.parametrize(
    ("rule", "struck"),
    [
        ({}, "x....."),
        ({"times": 3}, "xxx..."),
        ({"skip": 2, "times": 2}, "..xx.."),
        ({"skip": 6, "times": 2}, "......"),
    ],
)
def test_the_next_ones_are_struck(rule: dict[str, int], struck: str) -> None:
    faults = pending(Rule(**rule))
    found = [faults.next(lambda _: True) for _ in range(6)]
    assert "".join("x" if one else "." for one in found) == struck


def test_chance_is_the_same_every_time() -> None:
    def run(seed: int) -> list[bool]:
        faults = pending(Rule(chance=0.3, seed=seed, times=1000))
        return [faults.next(lambda _: True) is not None for _ in range(200)]

    assert run(1) == run(1)
    assert run(1) != run(2)
    assert 30 < sum(run(1)) < 90


def test_what_one_lets_pass_the_next_one_strikes(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    first, second = Rule(skip=1), Rule(delay=1.5)
    faults = pending(first, second)
    assert [faults.next(lambda _: True) for _ in range(3)] == [second, first, None]
    assert not faults.live
    assert caplog.messages == ['a fault strikes: {"delay":1.5}', 'a fault strikes: {"skip":1}']
    assert pending(first).next(lambda _: False) is None


def request(method: str = "REGISTER", sender: str = "alice", to: str = "alice", **fields: str) -> SipRequest:
    made = SipRequest(method, "sip:contoso.test")
    made.put("Via", "SIP/2.0/TCP 127.0.0.9:1;branch=z9hG4bK1").put("Call-ID", "c").put("CSeq", f"1 {method}")
    made.put("From", f'"A, B" <sip:{sender.title()}@Contoso.test>;tag=1').put("To", f"<sip:{to}@contoso.test>")
    for name, value in fields.items():
        made.put(name.replace("_", "-"), value)
    return made


def sip(**said: Any) -> SipFault:
    return msgspec.convert(said, SipFault)


@pytest.mark.parametrize(
    ("said", "arriving", "means"),
    [
        ({"method": "REGISTER"}, request(), True),
        ({"method": "*"}, request(), True),
        ({"method": "INVITE"}, request(), False),
        ({"method": "REGISTER", "at": "answer"}, request(), False),
        ({"method": "REGISTER", "from": "ALICE@contoso.test"}, request(), True),
        ({"method": "REGISTER", "from": "bob@contoso.test"}, request(), False),
        ({"method": "MESSAGE", "to": "bob@contoso.test"}, request("MESSAGE", to="bob"), True),
        ({"method": "MESSAGE", "to": "bob@contoso.test"}, request("MESSAGE", to="carol"), False),
        ({"method": "SUBSCRIBE", "event": "Presence"}, request("SUBSCRIBE", Event="presence;id=1"), True),
        ({"method": "SUBSCRIBE", "event": "presence"}, request("SUBSCRIBE", Event="reg"), False),
        ({"method": "SUBSCRIBE", "event": "presence"}, request("SUBSCRIBE"), False),
        ({"method": "*", "status": 500}, request("ACK"), False),
        ({"method": "ACK"}, request("ACK"), True),
    ],
)
def test_which_requests_are_meant(said: dict[str, Any], arriving: SipRequest, means: bool) -> None:
    fault = sip(**({"delay": 1.0} | said))
    assert fault.meets_arriving(arriving, reliable=True) is means


def test_a_connection_is_ended_only_where_there_is_one() -> None:
    fault = sip(method="*", close=True)
    assert fault.meets_arriving(request(), reliable=True)
    assert not fault.meets_arriving(request(), reliable=False)


@pytest.mark.parametrize(
    ("said", "leaving", "transport", "means"),
    [
        ({"at": "answer", "method": "REGISTER"}, respond(request(), 200), "udp", True),
        ({"at": "answer", "method": "INVITE"}, respond(request("INVITE"), 180), "tcp", False),
        ({"at": "answer", "method": "INVITE"}, respond(request(), 200), "tcp", False),
        ({"at": "answer", "method": "*", "answered": 401}, respond(request(), 401), "tcp", True),
        ({"at": "answer", "method": "*", "answered": 200}, respond(request(), 401), "tcp", False),
        ({"at": "answer", "method": "*", "from": "alice@contoso.test"}, respond(request(), 200), "tcp", True),
        ({"at": "delivery", "method": "NOTIFY", "event": "presence"}, request("NOTIFY", Event="presence"), "ws", True),
        ({"at": "delivery", "method": "NOTIFY"}, request("BENOTIFY"), "tls", False),
        ({"at": "delivery", "method": "*"}, respond(request(), 200), "tls", False),
        ({"at": "arrival", "method": "*"}, request("NOTIFY"), "tls", False),
        ({"at": "answer", "method": "*", "pieces": 1}, respond(request(), 200), "tls", True),
        ({"at": "answer", "method": "*", "pieces": 1}, respond(request(), 200), "wss", False),
        ({"at": "answer", "method": "*", "glued": True}, respond(request(), 200), "udp", False),
        ({"at": "answer", "method": "*", "broken": True}, respond(request(), 200), "udp", False),
        ({"at": "answer", "method": "*", "close": True}, respond(request(), 200), "udp", False),
        ({"at": "answer", "method": "*", "close": True}, respond(request(), 200), "ws", True),
        ({"at": "answer", "method": "*", "signature": "wrong"}, respond(request(), 200), "tls", False),
    ],
)
def test_which_messages_to_clients_are_meant(
    said: dict[str, Any], leaving: SipMessage, transport: str, means: bool
) -> None:
    fault = sip(**({"delay": 1.0} | said))
    assert fault.meets_leaving(leaving, transport) is means


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"method": "REGISTER"}, "nothing goes wrong"),
        ({"method": "register", "drop": True}, "method"),
        ({"method": "REGISTER", "at": "noon", "drop": True}, "at"),
        ({"method": "REGISTER", "status": 200}, "300 to 699"),
        ({"method": "REGISTER", "status": 700}, "status"),
        ({"method": "REGISTER", "drop": True, "times": 0}, "times"),
        ({"method": "REGISTER", "drop": True, "chance": 0}, "chance"),
        ({"method": "REGISTER", "drop": True, "struck": 1}, "struck"),
        ({"method": "REGISTER", "drop": True, "status": 503}, "`drop` does not go with `status`"),
        ({"method": "REGISTER", "drop": True, "retry_after": 3}, "`retry_after` goes with `status`"),
        ({"method": "REGISTER", "drop": True, "from": "alice"}, "from"),
        ({"method": "REGISTER", "drop": True, "from": "sip:alice@contoso.test"}, "from"),
        ({"method": "REGISTER", "status": 503, "stale": True}, "401 or 407"),
        ({"method": "REGISTER", "status": 503, "reason": "a\r\nb"}, "one line"),
        ({"method": "REGISTER", "status": 503, "fields": {"Warning": "a\nb"}}, "one line"),
        ({"method": "REGISTER", "status": 503, "fields": {"a b": "c"}}, "cannot set"),
        ({"method": "REGISTER", "status": 503, "fields": {"v": "c"}}, "cannot set"),
        ({"method": "REGISTER", "twice": True}, "it is for answer or delivery"),
        ({"method": "REGISTER", "at": "answer", "status": 503}, "it is for arrival"),
        ({"method": "NOTIFY", "at": "delivery", "answered": 200, "drop": True}, "it is for answer"),
        ({"method": "NOTIFY", "at": "delivery", "drop": True, "pieces": 1}, "does not go with `pieces`"),
        ({"method": "CANCEL", "status": 503}, "CANCEL cannot"),
        ({"method": "ACK", "status": 503}, "ACK cannot"),
    ],
)
def test_what_is_no_fault(said: dict[str, Any], why: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=why):
        sip(**said)


def test_as_it_was_said_it_is_told() -> None:
    said = {"method": "INVITE", "from": "alice@contoso.test", "status": 486, "fields": {"Warning": "x"}}
    assert Kept(sip(**said)).told() == {**said, "struck": 0}
    assert Kept(HttpFault(status=503)).told() == {"status": 503, "struck": 0}
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"now": "close", "who": "alice"}, AtOnce)
