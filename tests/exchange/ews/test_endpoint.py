from __future__ import annotations

import re
from pathlib import Path

import pytest

from samband.store.api import StoreUnavailable
from samband.wire.http import HttpRequest
from tests.exchange.world import ALICE, BOB, PARTNER, T, World, envelope, run
from tests.schema import valid
from tests.wire.xml.test_reading import HOSTILE

GET_INBOX = (
    "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
    '<m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>'
)


NEW = '<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Message>{}</t:Message></m:Items></m:CreateItem>'


def impersonate(kind: str, name: str) -> str:
    who = f"<t:{kind}>{name}</t:{kind}>"
    return f"<t:ExchangeImpersonation><t:ConnectingSID>{who}</t:ConnectingSID></t:ExchangeImpersonation>"


def test_an_answer_says_what_the_server_is(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        answer = await world.ask(ALICE, GET_INBOX)
        info = answer.one("/s:Envelope/s:Header/t:ServerVersionInfo")
        assert (info.get("MajorVersion"), info.get("MinorVersion"), info.get("Version")) == ("15", "0", "V2_23")
        assert answer.codes == ["NoError"]
        assert ("Content-Type", "text/xml; charset=utf-8") in answer.headers

    run(story, tmp_path)


@pytest.mark.parametrize("version", ["", "Exchange2007_SP1", "Exchange2010_SP2", "Exchange2013_SP1", "Exchange2016"])
def test_any_known_version_is_answered_and_none(version: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert (await world.ask(ALICE, GET_INBOX, version=version)).codes == ["NoError"]

    run(story, tmp_path)


def test_an_unknown_version_is_a_fault(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        answer = await world.ask(ALICE, GET_INBOX, version="Exchange3000", status=500)
        assert answer.codes == ["ErrorInvalidServerVersion"]
        assert answer.text("//s:Fault/faultcode") == "a:ErrorInvalidServerVersion"
        assert answer.one("/s:Envelope/s:Header/t:ServerVersionInfo").get("MajorVersion") == "15"

    run(story, tmp_path)


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_xml_is_a_fault(body: bytes, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        response = await world.send(ALICE, body)
        assert response.status == 500
        root = valid(response.content)
        assert [code.text for code in root.iter("{*}ResponseCode")] == ["ErrorInvalidRequest"]
        assert re.fullmatch(r"The request is invalid: [^.]+\.", root.findtext(".//faultstring") or "")
        assert root.find(f"*/{T}ServerVersionInfo") is not None

    run(story, tmp_path)


@pytest.mark.parametrize(
    "body", ["<m:MakeCoffee/>", '<GetFolder xmlns="urn:other"/>', "<m:GetFolderResponse/>", "<t:GetFolder/>"]
)
def test_an_unknown_operation_is_a_fault(body: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        answer = await world.ask(ALICE, body, status=500)
        assert answer.codes == ["ErrorInvalidRequest"]
        named = re.match(r"<(?:\w+:)?(\w+)", body)
        assert named is not None
        assert answer.text("//s:Fault/faultstring").startswith(f"The request is invalid: no operation '{named[1]}' in ")
        info = answer.one("/s:Envelope/s:Header/t:ServerVersionInfo")
        assert info.get("MajorVersion") == "15"
        assert info.get("Version") is None, "exchangelib keeps the oldest version for which this is said"

    run(story, tmp_path)


def test_an_operation_in_another_namespace_is_told_which_one(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        answer = await world.ask(ALICE, "<GetFolder xmlns='urn:other'/>", status=500)
        assert "in the namespace 'urn:other', they are in" in answer.text("//s:Fault/faultstring")
        assert "exchange/services/2006/messages'" in answer.text("//s:Fault/faultstring")

    run(story, tmp_path)


@pytest.mark.parametrize(
    ("body", "violation"),
    [
        ("<m:GetFolder/>", "'FolderIds'"),
        (GET_INBOX.replace("inbox", "attic"), "'Id' attribute"),
        (GET_INBOX.replace("Default<", "Everything<"), "BaseShape"),
        (GET_INBOX.replace("DistinguishedFolderId", "ItemId"), "invalid child element 'ItemId'"),
        (NEW.format("<t:Subjekt>s</t:Subjekt>"), "invalid child element 'Subjekt'"),
        (NEW.format('<t:Body BodyType="Text">b</t:Body><t:Subject>s</t:Subject>'), "invalid child element 'Subject'"),
        (NEW.format("<t:Subject>s</t:Subject><t:Subject>s</t:Subject>"), "invalid child element 'Subject'"),
    ],
)
def test_a_request_against_the_schema_is_a_fault_that_names_the_element(
    body: str, violation: str, tmp_path: Path
) -> None:
    async def story(world: World) -> None:
        answer = await world.ask(ALICE, body, status=500)
        assert answer.codes == ["ErrorSchemaValidation"]
        assert violation in answer.text("//t:MessageXml/t:Violation")

    run(story, tmp_path)


def test_unknown_headers_do_not_matter(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        header = (
            '<x:Foo xmlns:x="urn:x"/><t:MailboxCulture>sv-SE</t:MailboxCulture>'
            "<t:DateTimePrecision>Seconds</t:DateTimePrecision>"
        )
        assert (await world.ask(ALICE, GET_INBOX, header=header)).codes == ["NoError"]

    run(story, tmp_path)


def test_a_partner_application_acts_for_people(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        mine = (await world.ask(ALICE, GET_INBOX)).one("//t:FolderId").get("Id")
        for kind, name in (
            ("SmtpAddress", "ALICE@contoso.test"),
            ("PrimarySmtpAddress", "alice@contoso.test"),
            ("PrincipalName", "alice@contoso.test"),
        ):
            answer = await world.ask(PARTNER, GET_INBOX, header=impersonate(kind, name))
            assert answer.one("//t:FolderId").get("Id") == mine

    run(story, tmp_path)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (impersonate("SmtpAddress", "ghost@contoso.test"), "ErrorNonExistentMailbox"),
        (impersonate("PrincipalName", "ghost@contoso.test"), "ErrorInvalidUserPrincipalName"),
        (impersonate("SID", "S-1-5-21-1"), "ErrorInvalidUserSid"),
        ("<t:ExchangeImpersonation/>", "ErrorSchemaValidation"),
        ("<t:ExchangeImpersonation><t:ConnectingSID/></t:ExchangeImpersonation>", "ErrorSchemaValidation"),
    ],
)
def test_an_application_that_names_nobody_is_refused(header: str, code: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert (await world.ask(PARTNER, GET_INBOX, header=header, status=500)).codes == [code]

    run(story, tmp_path)


def test_people_do_not_act_for_each_other(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        header = impersonate("SmtpAddress", "alice@contoso.test")
        answer = await world.ask(BOB, GET_INBOX, header=header, status=500)
        assert answer.codes == ["ErrorImpersonateUserDenied"]

    run(story, tmp_path)


def test_an_application_that_acts_as_itself_has_no_mailbox(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        answer = await world.ask(PARTNER, GET_INBOX)
        assert answer.codes == ["ErrorMissingEmailAddress"]

    run(story, tmp_path)


def test_strangers_are_refused_and_a_get_is_answered(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        refused = await world.endpoint(HttpRequest("POST", "mail.contoso.test", "/EWS/Exchange.asmx"))
        assert refused.status == 401
        assert (await world.send(ALICE, b"", method="GET")).status == 200
        assert (await world.send(ALICE, b"", method="PUT")).status == 405

    run(story, tmp_path)


def test_affinity_is_a_cookie_for_those_who_prefer_it(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        plain = await world.send(ALICE, envelope(GET_INBOX))
        assert not [name for name, _ in plain.headers if name == "Set-Cookie"]
        asked = await world.send(ALICE, envelope(GET_INBOX), [("X-PreferServerAffinity", "True")])
        assert dict(asked.headers)["Set-Cookie"].startswith("X-BackEndOverrideCookie=")

    run(story, tmp_path)


def test_a_handler_that_breaks_is_an_internal_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError("secret")

    async def story(world: World) -> None:
        monkeypatch.setattr(world.exchange.folders, "get", broken)
        answer = await world.ask(ALICE, GET_INBOX, status=500)
        assert answer.codes == ["ErrorInternalServerError"]
        assert b"secret" not in answer.raw

    run(story, tmp_path)


def test_a_store_that_takes_nothing_now_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def full(*_: object, **__: object) -> None:
        raise StoreUnavailable("the store failed: database or disk is full")

    async def story(world: World) -> None:
        monkeypatch.setattr(world.exchange.folders, "get", full)
        answer = await world.ask(ALICE, GET_INBOX, status=500)
        assert answer.codes == ["ErrorMailboxStoreUnavailable"]
        assert b"disk" not in answer.raw

    run(story, tmp_path)
    assert "disk is full" in caplog.text
    assert "Traceback" not in caplog.text
