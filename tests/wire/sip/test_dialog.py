"""Dialogs from both sides."""

from __future__ import annotations

from samband.wire.sip import dialog
from samband.wire.sip.message import SipRequest, respond


def invite() -> SipRequest:
    return SipRequest(
        "INVITE",
        "sip:bob@contoso.test",
        {
            "Via": ["SIP/2.0/TCP h;branch=z9hG4bK1"],
            "From": ['"A; tag=no" <sip:alice@contoso.test>;epid=e1;tag=a1'],
            "To": ["<sip:bob@contoso.test>"],
            "Call-ID": ["c1"],
            "CSeq": ["5 INVITE"],
            "Contact": ["<sip:alice@host1>"],
            "Record-Route": ["<sip:p2;lr>, <sip:p1;lr>"],
        },
    )


def test_both_sides_see_one_dialog() -> None:
    request = invite()
    answer = respond(request, 200, tag="b1").put("Contact", "<sip:bob@host2>")
    answer.headers["Record-Route"] = request.headers["Record-Route"]
    callee, caller = dialog.answered(request, "b1"), dialog.established(request, answer)
    assert callee.key == ("c1", "b1", "a1")
    assert caller.key == ("c1", "a1", "b1")
    assert (callee.target, caller.target) == ("sip:alice@host1", "sip:bob@host2")
    assert callee.routes == ["<sip:p2;lr>", "<sip:p1;lr>"]
    assert caller.routes == ["<sip:p1;lr>", "<sip:p2;lr>"]
    assert callee.local == "<sip:bob@contoso.test>;tag=b1"

    bye = callee.request("BYE")
    assert (bye.uri, bye.get("To"), bye.get("CSeq")) == (
        "sip:alice@host1",
        '"A; tag=no" <sip:alice@contoso.test>;epid=e1;tag=a1',
        "1 BYE",
    )
    assert bye.all("Route") == callee.routes
    assert dialog.key_of(bye, local_is_to=True) == caller.key
    assert dialog.key_of(bye, local_is_to=False) == callee.key
    assert caller.accepts(bye)
    assert not caller.accepts(bye), "the same CSeq again"

    ack = caller.request("ACK")
    assert ack.cseq == (5, "ACK")
    info = caller.request("INFO", b"x")
    assert (info.cseq, info.body) == ((6, "INFO"), b"x")
    assert callee.accepts(info)


def test_a_target_is_refreshed() -> None:
    callee = dialog.answered(invite(), "b1")
    again = invite().put("CSeq", "6 INVITE").put("Contact", "<sip:alice@moved>")
    assert callee.accepts(again)
    assert callee.target == "sip:alice@moved"


def test_life() -> None:
    side = dialog.answered(invite(), "b1")
    events: list[dialog.Event] = ["provisional", "provisional", "success", "success", "bye", "bye"]
    assert [(side.on(event), side.state) for event in events] == [
        ((), "early"),
        ((), "early"),
        (("open",), "confirmed"),
        ((), "confirmed"),
        (("close",), "terminated"),
        ((), "terminated"),
    ]


def test_whatever_opens_closes_once() -> None:
    for (state, _), (after, effects) in dialog.TABLE.items():
        assert ("open" in effects) == (after == "confirmed" and state != "confirmed")
        assert ("close" in effects) == (state == "confirmed" and after == "terminated")
