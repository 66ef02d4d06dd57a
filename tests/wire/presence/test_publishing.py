"""What clients ask to publish and to change, and how they are refused; both ways."""

from __future__ import annotations

import pytest

from samband.wire.presence.containers import (
    ContainerDocument,
    MemberDocument,
    MembersChange,
    read_containers,
    read_set_members,
    write_containers,
    write_set_members,
)
from samband.wire.presence.elements import read_root
from samband.wire.presence.fault import WRONG_DELTA, StaleOperation, read_fault, write_fault
from samband.wire.presence.publish import PublicationDocument, PublishDocument, read_publish, write_publish
from samband.wire.presence.state import read_state
from samband.wire.presence.subscribers import (
    SubscriberDocument,
    read_set_subscribers,
    read_subscribers,
    write_set_subscribers,
    write_subscribers,
)
from samband.wire.xml.reading import Malformed, SchemaViolation

ALICE = "sip:alice@contoso.test"
SIGN_ON = (
    b'<publish xmlns="http://schemas.microsoft.com/2006/09/sip/rich-presence">'
    b'<publications uri="sip:alice@contoso.test">'
    b'<publication categoryName="state" instance="985345201" container="2" version="0" expireType="endpoint">'
    b'<state xmlns="http://schemas.microsoft.com/2006/09/sip/state" manual="false"'
    b' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="machineState">'
    b"<availability>3500</availability><endpointLocation/></state></publication>"
    b'<publication categoryName="note" instance="0" container="200" version="3" expireType="static" expires="0"/>'
    b"</publications></publish>"
)


def test_a_client_signs_on() -> None:
    found = read_publish(SIGN_ON)
    assert found.uri == ALICE
    machine, note = found.publications
    assert (machine.category, machine.instance, machine.container, machine.version) == ("state", 985345201, 2, 0)
    assert (machine.expire_type, machine.expires) == ("endpoint", None)
    assert machine.element is not None
    assert read_state(machine.element).availability == 3500
    assert machine.content.startswith('<state xmlns="http://schemas.microsoft.com/2006/09/sip/state"')
    assert note == PublicationDocument(
        category="note", instance=0, container=200, version=3, expire_type="static", expires=0
    )


PUBLICATIONS = (
    PublicationDocument(category="note", instance=0, container=200, version=2, content='<note xmlns="n">a</note>'),
    PublicationDocument(category="state", instance=9, container=2, expire_type="time", expires=60),
)


def test_publish_both_ways() -> None:
    document = PublishDocument(ALICE, PUBLICATIONS)
    assert read_publish(write_publish(ALICE, PUBLICATIONS).encode()) == document


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"<publish>",
        b"<publish/>",
        b"<publish><publications/></publish>",
        SIGN_ON.replace(b'instance="985345201"', b""),
        SIGN_ON.replace(b'instance="985345201"', b'instance="4294967296"'),
        SIGN_ON.replace(b'container="2"', b'container="-2"'),
        SIGN_ON.replace(b'container="2"', b'container="40000"'),
        SIGN_ON.replace(b'version="3"', b'version="x"'),
        SIGN_ON.replace(b'expireType="static"', b'expireType="never"'),
        SIGN_ON.replace(b'expires="0"', b'expires="99999999999"'),
        SIGN_ON.replace(b'categoryName="note"', b'categoryName=""'),
        b"<!DOCTYPE publish [<!ENTITY a 'b'>]>" + SIGN_ON,
    ],
)
def test_broken_publications(broken: bytes) -> None:
    with pytest.raises((Malformed, SchemaViolation)):
        read_publish(broken)


@pytest.mark.parametrize("stale", [[], [StaleOperation(1, 0, 3), StaleOperation(4, 2, 2)]])
def test_fault(stale: list[StaleOperation]) -> None:
    assert read_fault(write_fault(WRONG_DELTA, stale).encode()) == (WRONG_DELTA, stale)


def test_fault_as_clients_read_it() -> None:
    assert write_fault(WRONG_DELTA, [StaleOperation(1, 0, 3)]) == (
        "<Fault><Faultcode>Client.BadCall.WrongDelta</Faultcode><details>"
        '<operation index="1" version="0" curVersion="3"/></details></Fault>'
    )


BOXES = [
    ContainerDocument(0, 0),
    ContainerDocument(200, 4, (MemberDocument("sameEnterprise"), MemberDocument("user", "b&b@x.test"))),
]


def test_containers() -> None:
    text = write_containers(BOXES)
    assert '<container id="200" version="4"><member type="sameEnterprise"/>' in text
    assert read_containers(read_root(text.encode(), "containers")) == BOXES


CHANGES = [
    MembersChange(
        32000, 1, ((True, MemberDocument("user", "bob@contoso.test")), (False, MemberDocument("domain", "x.test")))
    ),
    MembersChange(200, 0, ((True, MemberDocument("sameEnterprise")),)),
]


def test_set_members() -> None:
    assert read_set_members(write_set_members(CHANGES).encode()) == CHANGES


def test_set_members_as_a_client_writes_it() -> None:
    body = (
        b'<setContainerMembers xmlns="http://schemas.microsoft.com/2006/09/sip/container-management">'
        b'<container id="32000" version="1"><member action="add" type="user" value="SIP:Bob@contoso.test"/>'
        b'<member action="remove" type="domain" value="x.test"/></container>'
        b'<container id="200" version="0"><member action="add" type="sameEnterprise"/></container>'
        b"</setContainerMembers>"
    )
    assert read_set_members(body) == CHANGES


@pytest.mark.parametrize(
    "member", ['action="keep" type="federated"', 'action="add" type="friends"', 'action="add" type="user"', ""]
)
def test_broken_members(member: str) -> None:
    body = f'<setContainerMembers><container id="1" version="0"><member {member}/></container></setContainerMembers>'
    with pytest.raises(SchemaViolation):
        read_set_members(body.encode())


SUBSCRIBERS = [
    SubscriberDocument("bob@contoso.test", 'Bob "B"', False, "sameEnterprise"),
    SubscriberDocument("carol@x.test", acknowledged=True),
]


def test_subscribers() -> None:
    assert read_subscribers(read_root(write_subscribers(SUBSCRIBERS).encode(), "subscribers")) == SUBSCRIBERS
    assert read_set_subscribers(write_set_subscribers(SUBSCRIBERS).encode()) == SUBSCRIBERS


def test_broken_subscribers() -> None:
    for broken in ("<setSubscribers><subscriber/></setSubscribers>", "<subscribers/>", "x"):
        with pytest.raises((Malformed, SchemaViolation)):
            read_set_subscribers(broken.encode())
    with pytest.raises(SchemaViolation):
        read_set_subscribers(b'<setSubscribers><subscriber user="a" acknowledged="maybe"/></setSubscribers>')
