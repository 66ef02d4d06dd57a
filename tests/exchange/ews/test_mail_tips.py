from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from samband.exchange.ews.endpoint import EwsEndpoint
from samband.model.caller import Caller
from samband.model.oof import OofSettings, OofState
from tests.exchange.world import ALICE, BOB, PARTNER, Answer, Door, World, run


def mailbox(address: str, element: str = "t:Mailbox") -> str:
    return f"<{element}><t:EmailAddress>{address}</t:EmailAddress><t:RoutingType>SMTP</t:RoutingType></{element}>"


async def tips(world: World, *addresses: str, asked: str = "All", sender: str = "alice@contoso.test") -> Answer:
    recipients = "".join(mailbox(one) for one in addresses)
    wanted = f"<m:MailTipsRequested>{asked}</m:MailTipsRequested>" if asked else ""
    return await world.ask(
        ALICE,
        f"<m:GetMailTips>{mailbox(sender, 'm:SendingAs')}<m:Recipients>{recipients}</m:Recipients>{wanted}"
        "</m:GetMailTips>",
    )


def test_tips_say_who_is_away_and_who_is_nobody(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        away = OofSettings(state=OofState.ENABLED, internal_reply="Back <soon>")
        await world.exchange.oof.set(Caller(BOB, "basic"), BOB.mail, away)
        answer = await tips(world, "bob@contoso.test", "carol@contoso.test", "x@contoso.test", "x@elsewhere.test")
        assert answer.codes == ["NoError"] * 5
        assert answer.texts("//t:OutOfOffice/t:ReplyBody/t:Message") == ["Back <soon>", ""]
        assert answer.texts("//t:InvalidRecipient") == ["false", "false", "true", "false"]
        assert answer.texts("//t:RecipientAddress/t:Name") == ["Bob", "Carol"]
        some = await tips(world, "bob@contoso.test", asked="InvalidRecipient")
        assert not some.all("//t:OutOfOffice") and some.texts("//t:InvalidRecipient") == ["false"]
        assert (await tips(world)).codes == ["NoError"]
        assert (await tips(world, "")).texts("//t:InvalidRecipient") == ["true"]
        unsaid = await tips(world, "bob@contoso.test", asked="")
        assert unsaid.all("//t:OutOfOffice") and unsaid.texts("//t:InvalidRecipient") == ["false"]

    run(story, tmp_path)


def test_tips_are_for_who_sends(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert (await tips(world, sender="bob@contoso.test")).codes == ["ErrorSendAsDenied"]

    run(story, tmp_path)


def test_the_configuration_of_tips(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        asked = "<m:RequestedConfiguration>{}</m:RequestedConfiguration></m:GetServiceConfiguration>"
        names = ("MailTips", "ProtectionRules")
        both = "".join(f"<m:ConfigurationName>{one}</m:ConfigurationName>" for one in names)
        acting = mailbox("alice@contoso.test", "m:ActingAs")
        answer = await world.ask(ALICE, f"<m:GetServiceConfiguration>{acting}{asked.format(both)}")
        assert answer.codes == ["NoError"] * 3
        assert [one.get("Name") for one in answer.all("//m:MailTipsConfiguration//t:Domain")] == ["contoso.test"]
        answer = await world.ask(ALICE, f"<m:GetServiceConfiguration>{asked.format(both)}")
        assert answer.codes == ["ErrorInvalidArgument"]

    run(story, tmp_path)


def test_there_are_no_lists_of_rooms(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert (await world.ask(ALICE, "<m:GetRoomLists/>")).codes == ["NoError"]
        rooms = f"<m:GetRooms>{mailbox('rooms@contoso.test', 'm:RoomList')}</m:GetRooms>"
        assert (await world.ask(ALICE, rooms)).codes == ["ErrorNameResolutionNoResults"]
        assert (await world.ask(PARTNER, "<m:GetRoomLists/>")).codes == ["ErrorMissingEmailAddress"]

    run(story, tmp_path)


def test_when_a_password_expires(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        request = (
            "<m:GetPasswordExpirationDate><m:MailboxSmtpAddress>{}</m:MailboxSmtpAddress></m:GetPasswordExpirationDate>"
        )
        answer = await world.ask(ALICE, request.format("alice@contoso.test"))
        assert answer.codes == ["NoError"] and answer.text("//m:PasswordExpirationDate") == "9999-12-31T23:59:59Z"
        assert (await world.ask(ALICE, request.format("bob@contoso.test"))).codes == ["ErrorAccessDenied"]
        assert (await world.ask(ALICE, request.format("x@contoso.test"))).codes == ["ErrorNonExistentMailbox"]
        until = {ALICE.objectGUID: datetime(2027, 1, 2, 3, 4, tzinfo=UTC)}
        door = Door({"alice": Caller(ALICE, "basic")})
        world.endpoint = EwsEndpoint(world.exchange, door, password_expires=until.get)
        answer = await world.ask(ALICE, request.format("alice@contoso.test"))
        assert answer.text("//m:PasswordExpirationDate") == "2027-01-02T03:04:00Z"

    run(story, tmp_path)


def test_nobody_searches_the_mailboxes_of_others(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        request = "<m:GetSearchableMailboxes><m:SearchFilter>a</m:SearchFilter></m:GetSearchableMailboxes>"
        assert (await world.ask(ALICE, request)).codes == ["ErrorAccessDenied"]

    run(story, tmp_path)


@pytest.mark.parametrize("asked", ["Weather", "All Weather"])
def test_a_tip_that_there_is_not(tmp_path: Path, asked: str) -> None:
    async def story(world: World) -> None:
        request = f"<m:GetMailTips>{mailbox('alice@contoso.test', 'm:SendingAs')}<m:Recipients/>"
        request += f"<m:MailTipsRequested>{asked}</m:MailTipsRequested></m:GetMailTips>"
        assert (await world.ask(ALICE, request, status=500)).codes == ["ErrorSchemaValidation"]

    run(story, tmp_path)
