"""REGISTER as clients see it: Lync's answer and the plain one."""

from __future__ import annotations

import pytest

from samband.lync.actions.registration import Limits
from samband.model.changes import PersonChanged
from samband.wire.sip.message import SipRequest
from tests.lync.sip.sides import World

UUID = "0e324752-e1ab-56eb-8f4a-267c85a97459"


def test_the_answer_lync_clients_need() -> None:
    world = World()
    alice = world.client("alice", "tls")
    alice.register(
        lync=True, epid="abb2cb12b77f", instance=UUID, contact="<sip:127.0.0.9:40001;transport=tls;ms-opaque=d3>"
    )
    answer = alice.take_response()
    assert answer.status == 200
    assert answer.get("ms-keep-alive") == "UAS; tcp=no; hop-hop=yes; end-end=no; timeout=300"
    assert answer.get("Expires") == "7200"
    assert answer.get("presence-state") == 'register-action="added"'
    assert answer.all("Supported") == ["adhoclist", "msrtc-event-categories"]
    assert " " not in (answer.get("Allow-Events") or "")
    assert answer.get("Server") == "RTC/5.0"
    (contact,) = answer.all("Contact")
    assert contact.startswith("<sip:127.0.0.9:40001;transport=tls;ms-opaque=d3>;expires=7200;")
    assert f'+sip.instance="<urn:uuid:{UUID}>"' in contact
    assert 'gruu="sip:alice@contoso.test;opaque=user:epid:UkcyDqvh61aPSiZ8hal0WQAA;gruu"' in contact
    assert answer.get("Authentication-Info") == "sealed"
    alice.register(
        lync=True,
        epid="abb2cb12b77f",
        instance=UUID,
        contact="<sip:127.0.0.9:40001;transport=tls;ms-opaque=d3>",
        cseq=2,
    )
    assert alice.take_response().get("presence-state") == 'register-action="refreshed"'


def test_the_plain_answer_lists_every_binding() -> None:
    world = World()
    one, two = world.client("alice"), world.client("alice")
    one.register(expires="600")
    one.inbox()
    two.register(contact=f"<{two.contact}>;expires=1200")
    answer = two.take_response()
    assert answer.all("Contact") == [f"<{one.contact}>;expires=600", f"<{two.contact}>;expires=1200"]
    query = one.request("REGISTER", "sip:contoso.test", to=f"<{one.aor}>", cseq=3)
    one.send(query)
    assert len(one.take_response().all("Contact")) == 2


@pytest.mark.parametrize(
    ("changes", "status", "number"),
    [
        ({"To": "<sip:bob@contoso.test>"}, 403, "4004"),
        ({"To": "<sip:nobody@contoso.test>"}, 404, "1003"),
        ({"Event": "presence"}, 489, "4055"),
        ({"Supported": "msrtc-event-categories"}, 421, "2057"),
        ({"Supported": "msrtc-event-categories, gruu-10"}, 400, "4010"),
        ({"Require": "nothing-known, gruu"}, 420, ""),
        ({"Expires": "59"}, 423, ""),
        ({"Contact": "*"}, 400, ""),
        ({"Contact": "<sip:open"}, 400, ""),
        ({"Contact": "<tel:1>"}, 400, ""),
        ({"To": "nothing"}, 400, ""),
    ],
)
def test_refusals(changes: dict[str, str], status: int, number: str) -> None:
    world = World()
    alice = world.client("alice")
    request = alice.request("REGISTER", "sip:contoso.test", to=f"<{alice.aor}>", Contact=f"<{alice.contact}>")
    for name, value in changes.items():
        request.put(name, value)
    alice.send(request)
    answer = alice.take_response()
    assert answer.status == status
    assert (answer.get("ms-diagnostics") or "").partition(";")[0] == number
    if status == 423:
        assert answer.get("Min-Expires") == "60"
    if status == 420:
        assert answer.get("Unsupported") == "nothing-known"
    assert len(world.side.registrar) == 0


def test_foreign_domain() -> None:
    world = World()
    alice = world.client("alice")
    alice.send(alice.request("REGISTER", "sip:elsewhere.test", to=f"<{alice.aor}>", Contact=f"<{alice.contact}>"))
    assert alice.take_response().status == 404


def test_signing_out() -> None:
    world = World()
    alice = world.signed_in("alice")
    alice.register(expires="0", cseq=2)
    assert alice.take_response().all("Contact") == []
    assert len(world.side.registrar) == 0
    alice.register(cseq=3)
    alice.inbox()
    alice.register(contact="*", expires="0", cseq=4)
    assert alice.take_response().status == 200
    assert len(world.side.registrar) == 0


def test_a_lync_client_signs_out_and_closes_at_once() -> None:
    world = World()
    alice = world.client("alice")
    alice.register(lync=True, epid="e", instance=UUID)
    alice.inbox()
    alice.register(lync=True, epid="e", instance=UUID, expires="0", cseq=2)
    answer = alice.take_response()
    assert (answer.status, answer.get("Expires")) == (200, "0")
    alice.hang_up()
    assert len(world.side.registrar) == 0


def test_a_lost_connection_signs_out() -> None:
    world = World()
    alice, other = world.signed_in("alice"), world.signed_in("alice")
    alice.hang_up()
    (left,) = world.side.registrar.endpoints("alice@contoso.test")
    assert left.contact == other.contact


def test_a_registration_expires() -> None:
    world = World()
    alice = world.client("alice")
    alice.register(expires="60")
    world.sleep(59)
    assert len(world.side.registrar) == 1
    world.sleep(2)
    assert len(world.side.registrar) == 0


def test_the_oldest_endpoint_is_told_that_it_made_room() -> None:
    world = World(Limits(endpoints=1))
    first, second = world.client("alice"), world.client("alice")
    first.register(lync=True, epid="e1", instance=UUID)
    first.inbox()
    second.register(lync=True, epid="e2", instance="1" + UUID[1:])
    notify = first.take_request()
    assert (notify.method, notify.uri, notify.get("Event")) == ("NOTIFY", first.contact, "registration-notify")
    assert (notify.get("Content-Type"), notify.body) == ("text/registration-event", b"deregistered;event=unregistered")
    assert (notify.get("ms-diagnostics-public") or "").startswith("4140;")
    assert notify.get("Authentication-Info") == "sealed"
    first.answer(notify, 200)


def test_who_is_disabled_is_signed_out() -> None:
    world = World()
    alice = world.client("alice")
    alice.register(lync=True, epid="e1", instance=UUID)
    alice.inbox()
    bob = world.signed_in("bob")
    change = PersonChanged(scope="directory", guid="guid-alice", seq=1)
    world.side.people_changed([change])
    assert alice.inbox() == []
    del world.directory.known["alice"]
    world.side.people_changed([change])
    notify = alice.take()
    assert isinstance(notify, SipRequest)
    assert notify.body == b"deregistered;event=rejected"
    assert world.side.registrar.endpoints("alice@contoso.test") == []
    assert len(world.side.registrar.endpoints("bob@contoso.test")) == 1
    assert bob.inbox() == []


def test_refusals_tell_users_why() -> None:
    """Clients show the reason of ``ms-diagnostics-public`` alone."""
    world = World()
    mallory = world.client("bob")
    mallory.send(mallory.request("REGISTER", "sip:contoso.test", to="<sip:alice@contoso.test>"))
    answer = mallory.take_response()
    assert answer.status == 403
    assert answer.get("ms-diagnostics-public") == answer.get("ms-diagnostics")
    assert "not authorized" in (answer.get("ms-diagnostics-public") or "")
