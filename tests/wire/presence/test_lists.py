"""Documents about many people: batches, resource lists, parts, roaming data, contacts; both ways."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.wire.presence import contact_operations as operations
from samband.wire.presence.acl import Ace, read_acl, write_acl
from samband.wire.presence.batch import BatchAction, BatchDocument, ResourceDocument, read_batch, write_batch
from samband.wire.presence.categories import CategoryDocument
from samband.wire.presence.containers import ContainerDocument, MemberDocument
from samband.wire.presence.multipart import Part, content_type, read_multipart, write_multipart
from samband.wire.presence.provisioning import (
    ProvisionGroup,
    read_group_names,
    read_provisioning,
    write_group_names,
    write_provisioning,
)
from samband.wire.presence.resource_lists import DEEPEST, read_resource_lists
from samband.wire.presence.rlmi import ListedResource, ResourceList, read_list, write_list
from samband.wire.presence.roaming_contacts import (
    ContactDeltaDocument,
    ContactDocument,
    ContactListDocument,
    GroupDocument,
    read_contact_delta,
    read_contact_list,
    write_contact_delta,
    write_contact_list,
)
from samband.wire.presence.roaming_self import (
    RoamingData,
    read_roaming_data,
    read_roaming_list,
    write_roaming_data,
    write_roaming_list,
)
from samband.wire.presence.subscribers import SubscriberDocument
from samband.wire.presence.watcher_info import WatcherDocument, read_watcher_info, write_watcher_info
from samband.wire.xml.reading import Malformed, SchemaViolation
from tests.wire.presence.plain_requests import write_resource_lists

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ALICE = "sip:alice@contoso.test"

BATCH = (
    b'<batchSub xmlns="http://schemas.microsoft.com/2006/01/sip/batch-subscribe"'
    b' uri="sip:alice@contoso.test" name="">\n'
    b'<action name="subscribe" id="63792024">\n<adhocList>\n<resource uri="sip:bob@contoso.test"/>\n'
    b'<resource uri="sip:carol@contoso.test"><context/></resource>\n</adhocList>\n'
    b'<categoryList xmlns="http://schemas.microsoft.com/2006/09/sip/categorylist">\n<category name="note"/>\n'
    b'<category name="state"/>\n</categoryList>\n</action>\n</batchSub>'
)
BATCH_DOCUMENT = BatchDocument(
    ALICE,
    (
        BatchAction(
            "subscribe",
            "63792024",
            (ResourceDocument("sip:bob@contoso.test"), ResourceDocument("sip:carol@contoso.test", True)),
            ("note", "state"),
        ),
    ),
)


def test_batch() -> None:
    assert read_batch(BATCH) == BATCH_DOCUMENT
    assert read_batch(write_batch(ALICE, BATCH_DOCUMENT.actions).encode()) == BATCH_DOCUMENT


@pytest.mark.parametrize(
    "broken",
    [b"", b"<batchSub/>", BATCH.replace(b'"subscribe"', b'"watch"'), BATCH.replace(b"resource uri", b"resource x")],
)
def test_broken_batches(broken: bytes) -> None:
    with pytest.raises((Malformed, SchemaViolation)):
        read_batch(broken)


def test_resource_list() -> None:
    people = (
        ListedResource("sip:bob@contoso.test", "bob@contoso.test"),
        ListedResource("sip:nobody@contoso.test", state="terminated", reason="noresource"),
    )
    text = write_list(ALICE, 3, False, people)
    assert text == (
        f'<list xmlns="urn:ietf:params:xml:ns:rlmi" uri="{ALICE}" version="3" fullState="false">'
        '<resource uri="sip:bob@contoso.test"><instance id="0" state="active" cid="bob@contoso.test"/></resource>'
        '<resource uri="sip:nobody@contoso.test"><instance id="0" state="terminated" reason="noresource"/></resource>'
        "</list>"
    )
    assert read_list(text.encode()) == ResourceList(ALICE, 3, False, people)


PARTS = st.lists(
    st.builds(Part, st.text("ab@.", min_size=1, max_size=9), st.just("a/b"), st.binary(max_size=30)), max_size=4
)


@given(PARTS)
def test_multipart(parts: list[Part]) -> None:
    body = write_multipart("F00D", parts)
    kept = [Part(part.cid, part.content_type, part.body + b"\r\n") for part in parts]
    assert [Part(p.cid, p.content_type, p.body + b"\r\n") for p in read_multipart(content_type("F00D"), body)] == kept


def test_every_part_ends_with_an_empty_line() -> None:
    body = write_multipart("F00D", [Part("a", "t/x", b"<a/>"), Part("b", "t/x", b"<b/>")])
    assert body.count(b">\r\n\r\n--F00D") == 2
    assert body.startswith(b"--F00D\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <a>\r\n")


@pytest.mark.parametrize("broken", [b"", b"--F00D\r\n\r\nx", b"--F00D\r\nx\r\n--F00D--"])
def test_broken_multipart(broken: bytes) -> None:
    with pytest.raises(Malformed):
        read_multipart(content_type("F00D"), broken)
    with pytest.raises(Malformed):
        read_multipart("multipart/related", broken)


ROAMING = [
    RoamingData(uri=""),
    RoamingData(uri=ALICE, categories=(CategoryDocument(name="note"),)),
    RoamingData(
        uri=ALICE,
        categories=(CategoryDocument(name="state", instance=1, container=2, version=1, published=NOON),),
        containers=(ContainerDocument(200, 1, (MemberDocument("sameEnterprise"),)),),
        subscribers=(SubscriberDocument("bob@contoso.test", "Bob", True, "federated"),),
    ),
]


@pytest.mark.parametrize("data", ROAMING)
def test_roaming_data(data: RoamingData) -> None:
    assert read_roaming_data(write_roaming_data(data).encode()) == data


def test_roaming_list() -> None:
    kinds = {"categories", "containers"}
    assert read_roaming_list(write_roaming_list(sorted(kinds)).encode()) == kinds
    assert len(read_roaming_list(b"")) == 4
    with pytest.raises(SchemaViolation):
        read_roaming_list(b"<roamingList><roaming/></roamingList>")


BOB = ContactDocument(
    address="bob@contoso.test",
    name="Bob & B",
    groups=(1, 2),
    subscribed=False,
    external_uri="u",
    extension='<e xmlns="urn:e"/>',
)


def test_contact_list() -> None:
    document = ContactListDocument(
        delta=7, groups=(GroupDocument(1, "~"), GroupDocument(2, "<Lab>", "x")), contacts=(BOB,)
    )
    text = write_contact_list(document)
    assert '<contact uri="bob@contoso.test" name="Bob &amp; B" groups="1 2" subscribed="false"' in text
    assert read_contact_list(text.encode()) == document


def test_contact_delta() -> None:
    document = ContactDeltaDocument(
        previous=7,
        delta=8,
        added_groups=(GroupDocument(3, "New"),),
        modified_groups=(GroupDocument(2, "Lab"),),
        added_contacts=(BOB,),
        modified_contacts=(ContactDocument(address="carol@x.test", groups=(1,)),),
        deleted_groups=(4,),
        deleted_contacts=("dave@x.test",),
    )
    text = write_contact_delta(document)
    assert '<addedContact uri="sip:bob@contoso.test"' in text
    assert '<deletedContact uri="sip:dave@x.test"/>' in text
    assert read_contact_delta(text.encode()) == document


OPERATIONS: list[tuple[str, operations.Operation]] = [
    ("addGroup", operations.AddGroup(delta=1, name="New & G", external_uri="u")),
    ("modifyGroup", operations.ModifyGroup(delta=2, number=2, name="Renamed")),
    ("deleteGroup", operations.DeleteGroup(delta=3, number=2)),
    (
        "setContact",
        operations.SetContact(delta=4, address="carol@x.test", name="Carol", groups=(2, 3)),
    ),
    ("setContact", operations.SetContact(delta=4, address="carol@x.test", subscribed=False)),
    ("deleteContact", operations.DeleteContact(delta=5, address="carol@x.test")),
]


@pytest.mark.parametrize(("name", "operation"), OPERATIONS)
def test_operations(name: str, operation: operations.Operation) -> None:
    assert operations.read_operation(operations.write_operation(operation).encode()) == (name, operation)


def test_an_extension_is_kept() -> None:
    change = operations.SetContact(delta=4, address="carol@x.test", extension='<e xmlns="urn:e">1</e>')
    _, read = operations.read_operation(operations.write_operation(change).encode())
    assert isinstance(read, operations.SetContact)
    assert read.extension.startswith('<e xmlns="urn:e"')


def test_operation_as_a_client_writes_it() -> None:
    body = (
        b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"'
        b' xmlns:m="http://schemas.microsoft.com/winrtc/2002/11/sip"><s:Body><m:setContact>'
        b"<m:displayName>Carol Clark</m:displayName><m:groups>2</m:groups><m:subscribed>true</m:subscribed>"
        b"<m:URI>sip:Carol@contoso.test</m:URI><m:externalURI /><m:deltaNum>2</m:deltaNum></m:setContact></s:Body>"
        b"</s:Envelope>"
    )
    assert operations.read_operation(body) == (
        "setContact",
        operations.SetContact(delta=2, address="carol@contoso.test", name="Carol Clark", groups=(2,)),
    )
    assert operations.read_operation(body.replace(b"setContact", b"directorySearch")) == ("directorySearch", None)


@pytest.mark.parametrize(
    "inside",
    [
        "",
        "<m:addGroup><m:name>a</m:name></m:addGroup>",
        "<m:addGroup><m:deltaNum>1</m:deltaNum></m:addGroup>",
        "<m:deleteGroup><m:groupID>x</m:groupID><m:deltaNum>1</m:deltaNum></m:deleteGroup>",
        "<m:deleteContact><m:deltaNum>1</m:deltaNum></m:deleteContact>",
        "<m:setContact><m:URI>a</m:URI><m:subscribed>x</m:subscribed><m:deltaNum>1</m:deltaNum></m:setContact>",
        "<m:deleteContact><m:URI>a</m:URI><m:deltaNum>-1</m:deltaNum></m:deleteContact>",
    ],
)
def test_broken_operations(inside: str) -> None:
    body = f'<s:Envelope xmlns:s="s" xmlns:m="m"><s:Body>{inside}</s:Body></s:Envelope>'
    with pytest.raises((Malformed, SchemaViolation)):
        operations.read_operation(body.encode())


def test_answers() -> None:
    assert operations.write_group_added(2, 5).endswith(
        "<m:addGroup><m:groupID>2</m:groupID><m:deltaNum>5</m:deltaNum></m:addGroup></SOAP-ENV:Body></SOAP-ENV:Envelope>"
    )
    assert "<faultstring>a &lt; b</faultstring>" in operations.write_soap_fault("Client.X", "a < b")


GROUPS = [
    ProvisionGroup("ServerConfiguration", (("focusFactoryUri", "sip:a@x.test;gruu"), ("organization", "A & B"))),
    ProvisionGroup("persistentChatConfiguration", (), (("EnablePersistentChat", "false"),)),
    ProvisionGroup("meetingPolicy"),
]


def test_provisioning() -> None:
    assert read_provisioning(write_provisioning(GROUPS).encode()) == GROUPS
    assert read_group_names(write_group_names(["a", "b"]).encode()) == ("a", "b")
    assert read_group_names(b" ") == ()
    with pytest.raises(SchemaViolation):
        read_group_names(b"<provisioningGroupList><provisioningGroup/></provisioningGroupList>")


def test_acl() -> None:
    entries = [Ace("ALL", "", "AA"), Ace("USER", "sip:bob@contoso.test", "BA")]
    assert read_acl(write_acl(3, entries).encode()) == (3, entries)


def test_watcher_info() -> None:
    watchers = [WatcherDocument("sip:bob@contoso.test", "w1", display_name="Bob")]
    assert read_watcher_info(write_watcher_info(ALICE, 2, True, watchers).encode()) == (2, True, watchers)
    assert read_watcher_info(write_watcher_info(ALICE, 0, False, []).encode()) == (0, False, [])


def test_resource_lists_within_each_other() -> None:
    text = write_resource_lists(["sip:a@x?b=1&c", "sip:a@x?b=1&c", 'sip:"q"@x'])
    assert read_resource_lists(text.encode()) == ["sip:a@x?b=1&c", 'sip:"q"@x']
    inner = '<list name="more"><entry uri="sip:b@x"><display-name>B</display-name></entry><external anchor="z"/></list>'
    text = f'<resource-lists><list><entry-ref ref="r"/><entry uri="sip:a@x"/>{inner}</list></resource-lists>'
    assert read_resource_lists(text.encode()) == ["sip:a@x", "sip:b@x"]
    deep = "<list>" * (DEEPEST + 1) + '<entry uri="sip:b@x"/>' + "</list>" * (DEEPEST + 1)
    assert read_resource_lists(f"<resource-lists>{deep}</resource-lists>".encode()) == []
    for broken in (b"<list/>", b"<resource-lists><list><entry/></list></resource-lists>"):
        with pytest.raises(SchemaViolation):
            read_resource_lists(broken)
