"""Documents of conferencing: each row is written and read back; clients' own are read as they came."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.wire.conference.addresses import ConferenceAddress, read_address
from samband.wire.conference.cccp import (
    AddConference,
    AddUser,
    C3pRequest,
    DeleteConference,
    DeleteUser,
    GetCapabilities,
    ModifyConferenceLock,
    ModifyUserRoles,
    Operation,
    SetLobbyAccess,
    read_request,
    write_request,
)
from samband.wire.conference.cccp_answers import (
    AnswerDocument,
    added_conference,
    added_user,
    capabilities,
    deleted_conference,
    failure,
    read_answer,
    success,
)
from samband.wire.conference.conference_info import (
    ConferenceDocument,
    DescriptionDocument,
    EndpointDocument,
    UserDocument,
    ViewDocument,
    read_conference,
    write_conference,
)
from samband.wire.conference.imdn import Undelivered, read_imdn, write_imdn
from samband.wire.conference.invitation import InvitationDocument, read_invitation, write_invitation
from samband.wire.conference.join_links import JoinLinks, conf_address
from samband.wire.xml.reading import Malformed, SchemaViolation

FOCUS = "sip:alice@contoso.test;gruu;opaque=app:conf:focus:id:AB12"
CHAT = "sip:alice@contoso.test;gruu;opaque=app:conf:chat:id:AB12"
BOB = "sip:bob@contoso.test"
HEAD = '<?xml version="1.0"?><request xmlns="urn:ietf:params:xml:ns:cccp" C3PVersion="1" to="t" from="f" requestId="7">'

OPERATIONS: dict[str, Operation] = {
    "getConferencingCapabilities": GetCapabilities(),
    "addConference": AddConference("AB12", "A & <B>", "2026-11-23T11:06:54Z", "openAuthenticated", ("chat",)),
    "deleteConference": DeleteConference(FOCUS),
    "addUser": AddUser(FOCUS, BOB, "attendee", "{GUID}"),
    "deleteUser": DeleteUser(FOCUS, BOB),
    "modifyUserRoles": ModifyUserRoles(FOCUS, BOB, "presenter"),
    "modifyConferenceLock": ModifyConferenceLock(FOCUS, True),
    "addUser to wait": AddUser(FOCUS, BOB, "attendee", "{1}", lobby=True),
    "setLobbyAccess": SetLobbyAccess(FOCUS, BOB, True),
    "setLobbyAccess to nobody": SetLobbyAccess(FOCUS, BOB, False),
}


def test_a_conference_is_named_by_its_id_alone() -> None:
    text = write_request("7", "sip:a@b", FOCUS, DeleteConference(id="AB12"))
    assert read_request(text.encode()).operation == DeleteConference(id="AB12")


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_request_comes_back(name: str) -> None:
    text = write_request("7", "sip:a@b", FOCUS, OPERATIONS[name])
    assert read_request(text.encode()) == C3pRequest("7", "sip:a@b", FOCUS, name.partition(" ")[0], OPERATIONS[name])


def test_what_pidgin_sipe_asks() -> None:
    made = (
        HEAD + '<addConference><ci:conference-info xmlns:ci="urn:ietf:params:xml:ns:conference-info" entity=""'
        ' xmlns:msci="http://schemas.microsoft.com/rtc/2005/08/confinfoextensions"><ci:conference-description>'
        "<ci:subject/><msci:conference-id>13E2</msci:conference-id><msci:expiry-time>2026-11-23T11:06:54Z"
        "</msci:expiry-time><msci:admission-policy>openAuthenticated</msci:admission-policy>"
        '</ci:conference-description><msci:conference-view><msci:entity-view entity="chat"/></msci:conference-view>'
        "</ci:conference-info></addConference></request>"
    )
    wanted = AddConference("13E2", "", "2026-11-23T11:06:54Z", "openAuthenticated", ("chat",))
    assert read_request(made.encode()).operation == wanted
    other = read_request((HEAD + "<renameConference/></request>").encode())
    assert (other.name, other.operation) == ("renameConference", None)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<request/>",
        HEAD + "</request>",
        HEAD + "<addUser/></request>",
        HEAD + "<deleteUser><userKeys/></deleteUser></request>",
        HEAD + '<modifyConferenceLock><conferenceKeys confEntity="x"/></modifyConferenceLock></request>',
        HEAD + '<modifyConferenceLock><conferenceKeys confEntity="x"/><locked>maybe</locked>'
        "</modifyConferenceLock></request>",
    ],
)
def test_broken_requests(body: str) -> None:
    with pytest.raises((Malformed, SchemaViolation)):
        read_request(body.encode())


REQUEST = C3pRequest("7", "sip:a@b", FOCUS, "addUser", None)
ANSWERS = [
    (success(REQUEST), AnswerDocument("7", "success", "addUser")),
    (failure(REQUEST, "unauthorized"), AnswerDocument("7", "failure", "addUser", reason="unauthorized")),
    (success(REQUEST, capabilities(["chat"])), AnswerDocument("7", "success", "addUser", kinds=("chat",))),
    (success(REQUEST, added_conference(FOCUS, 1)), AnswerDocument("7", "success", "addUser", conference=FOCUS)),
    (success(REQUEST, deleted_conference(FOCUS)), AnswerDocument("7", "success", "addUser", conference=FOCUS)),
    (
        success(REQUEST, added_user(FOCUS, BOB, "attendee")),
        AnswerDocument("7", "success", "addUser", conference=FOCUS, role="attendee"),
    ),
]


@pytest.mark.parametrize(("text", "document"), ANSWERS)
def test_an_answer_is_read_as_it_was_meant(text: str, document: AnswerDocument) -> None:
    assert read_answer(text.encode()) == document


DESCRIPTION = DescriptionDocument(
    "A & <B>", "sip:alice@contoso.test", "Alice", "AB12", "https://meet.contoso.test/alice/AB12", (("chat", CHAT),)
)
USERS = (
    UserDocument("sip:alice@contoso.test", "Alice", "presenter", (EndpointDocument("{1}", "focus"),)),
    UserDocument(BOB, "", "attendee", (EndpointDocument("{2}", "chat"), EndpointDocument("{2}", "focus"))),
)
DOCUMENTS = [
    ConferenceDocument(FOCUS, 3, True, DESCRIPTION, USERS, 2, ViewDocument(CHAT, "chat", False)),
    ConferenceDocument(FOCUS, 4, False, users=(UserDocument(BOB, deleted=True),), count=1),
    ConferenceDocument(FOCUS, 5, False, count=1, view=ViewDocument(CHAT, "chat", True)),
    ConferenceDocument(FOCUS, 6, False, DESCRIPTION),
]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_conference_comes_back(document: ConferenceDocument) -> None:
    assert read_conference(write_conference(document).encode()) == document


@pytest.mark.parametrize("invitation", [InvitationDocument(FOCUS, "S & T"), InvitationDocument(FOCUS, "", False)])
def test_an_invitation_comes_back(invitation: InvitationDocument) -> None:
    assert read_invitation(write_invitation(invitation).encode()) == invitation


@pytest.mark.parametrize("failed", [(), (Undelivered(BOB, 408), Undelivered("sip:c@d", 480))])
def test_a_report_comes_back(failed: tuple[Undelivered, ...]) -> None:
    assert read_imdn(write_imdn("m1", failed).encode()) == ("m1", failed)


ADDRESSES = {
    "sip:alice@contoso.test;gruu;opaque=app:conf:focusfactory": ConferenceAddress("alice@contoso.test", "focusfactory"),
    FOCUS: ConferenceAddress("alice@contoso.test", "focus", "AB12"),
    CHAT: ConferenceAddress("alice@contoso.test", "chat", "AB12"),
}


@pytest.mark.parametrize("text", ADDRESSES)
def test_an_address_comes_back(text: str) -> None:
    assert read_address(text) == ADDRESSES[text]
    assert str(ADDRESSES[text]) == text


@pytest.mark.parametrize("parameters", ["", ";transport=tcp"])
@pytest.mark.parametrize("organizer", ["alice@contoso.test", "a+b@contoso.test"])
def test_an_address_for_plain_clients_comes_back(organizer: str, parameters: str) -> None:
    address = ConferenceAddress(organizer, "focus", "Ab.1_2-3")
    assert read_address(address.plain + parameters) == address


@pytest.mark.parametrize(
    "text",
    [
        BOB,
        "sip:alice@contoso.test;opaque=app:conf:focus:id:AB12",
        "sip:alice@contoso.test;gruu;opaque=app:conf:audio-video:id:AB12",
        "sip:alice@contoso.test;gruu;opaque=app:conf:focus:id:",
        "sip:alice@contoso.test;gruu;opaque=app:conf:focus:id:" + "A" * 65,
        "sip:contoso.test;gruu;opaque=app:conf:focus:id:AB12",
        "tel:1;gruu;opaque=app:conf:focus:id:AB12",
        ";app:conf:",
        "sip:alice+meeting-@contoso.test",
        "sip:+meeting-AB12@contoso.test",
        "sip:alice@contoso.test;x=+meeting-AB12",
        "tel:+meeting-AB12",
        "+meeting-AB12",
    ],
)
def test_no_address_of_a_conference(text: str) -> None:
    assert read_address(text) is None


@given(st.text(max_size=80))
def test_any_text_may_be_asked_whether_it_is_an_address(text: str) -> None:
    read_address(f"sip:a@b;gruu;opaque=app:conf:{text}")
    read_address(f"sip:a+meeting-{text}")


LINKS = JoinLinks({"contoso.test": "https://meet.contoso.test:8443", "example.test": "https://meet.example.test"})


@pytest.mark.parametrize(
    ("host", "path", "found"),
    [
        ("meet.contoso.test", "/alice/AB12", ["alice@contoso.test", "alice@example.test"]),
        ("meet.example.test", "/alice/AB12", ["alice@example.test", "alice@contoso.test"]),
        ("lync.contoso.test", "/meet/Alice/AB12", ["alice@contoso.test", "alice@example.test"]),
        ("lync.contoso.test", "/meet/example.test/alice/AB12/", ["alice@example.test"]),
        ("meet.contoso.test", "/", []),
        ("meet.contoso.test", "/alice", []),
        ("meet.contoso.test", "/a/b/c/d", []),
    ],
)
def test_links_are_read(host: str, path: str, found: list[str]) -> None:
    assert [(one.organizer, one.id) for one in LINKS.read(host, path)] == [(name, "AB12") for name in found]


def test_links_are_written() -> None:
    assert LINKS.url("alice@contoso.test", "AB12") == "https://meet.contoso.test:8443/alice/AB12"
    assert LINKS.url("alice@elsewhere.test", "AB12") == ""
    assert conf_address(ADDRESSES[FOCUS]) == f"conf:{FOCUS}?required-media=chat"
