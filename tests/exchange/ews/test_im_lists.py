from __future__ import annotations

from pathlib import Path

import pytest

from samband.exchange.actions.settings import ExchangeSettings
from samband.wire.ews.ids import IdKind, write_id
from tests.exchange.im_list import NOBODY, OTHERS, Client, seen
from tests.exchange.world import ALICE, BOB, PARTNER, World, run

AS_ALICE = (
    "<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>alice@contoso.test</t:PrimarySmtpAddress>"
    "</t:ConnectingSID></t:ExchangeImpersonation>"
)


def test_a_new_list_has_its_three_groups_and_they_stay_the_same(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        client = Client(world, ALICE)
        answer = await client.ask("GetImItemList")
        assert seen(answer).groups == NOBODY
        kinds = ["Favorites", "OtherContacts", "Tagged"]
        assert answer.texts("//t:GroupType") == [f"IPM.DistList.MOC.{kind}" for kind in kinds]
        assert (await client.list()).group_ids == seen(answer).group_ids

    run(story, tmp_path)


def test_people_are_added_grouped_moved_and_removed(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        client = Client(world, ALICE)
        friends, work = await client.group("Friends"), await client.group("Work")
        bob = await client.add("bob@contoso.test", friends)
        assert await client.add("sip:BOB@contoso.test", work) == bob, "the same address is the same contact"
        await client.add("stranger@elsewhere.test")
        found = await client.list()
        assert found.used == {
            "Friends": ["bob@contoso.test"],
            "Work": ["bob@contoso.test"],
            OTHERS: ["stranger@elsewhere.test"],
        }
        assert found.names == {"bob@contoso.test": "Bob", "stranger@elsewhere.test": "stranger@elsewhere.test"}
        stranger = found.contacts["stranger@elsewhere.test"]
        assert await client.code("AddImContactToGroup", ContactId=stranger, GroupId=work) == "NoError"
        others = found.group_ids[OTHERS]
        assert await client.code("RemoveImContactFromGroup", ContactId=stranger, GroupId=others) == "NoError"
        assert await client.code("RemoveImContactFromGroup", ContactId=bob, GroupId=friends) == "NoError"
        assert (await client.list()).used == {"Work": ["bob@contoso.test", "stranger@elsewhere.test"]}
        assert await client.code("RemoveImContactFromGroup", ContactId=bob, GroupId=work) == "NoError"
        found = await client.list()
        assert found.used == {"Work": ["stranger@elsewhere.test"]} and list(found.contacts) == [
            "stranger@elsewhere.test"
        ]
        assert await client.code("RemoveContactFromImList", ContactId=stranger) == "NoError"
        assert await client.code("RemoveContactFromImList", ContactId=stranger) == "ErrorItemNotFound"
        assert (await client.list()).contacts == {}

    run(story, tmp_path)


def test_groups_are_renamed_and_removed_without_losing_anybody(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        client = Client(world, ALICE)
        friends, work = await client.group("Friends"), await client.group("Work")
        await client.add("bob@contoso.test", friends)
        carol = await client.add("carol@contoso.test", friends)
        await client.ask("AddImContactToGroup", ContactId=carol, GroupId=work)
        assert await client.code("SetImGroup", GroupId=friends, NewDisplayName="Vänner & co") == "NoError"
        assert await client.code("SetImGroup", GroupId=friends, NewDisplayName="WORK") == (
            "ErrorImGroupDisplayNameAlreadyExists"
        )
        assert await client.code("AddImGroup", DisplayName="work") == "ErrorImGroupDisplayNameAlreadyExists"
        assert (await client.list()).used == {
            "Vänner & co": ["bob@contoso.test", "carol@contoso.test"],
            "Work": ["carol@contoso.test"],
        }
        assert await client.code("RemoveImGroup", GroupId=friends) == "NoError"
        found = await client.list()
        assert found.used == {OTHERS: ["bob@contoso.test"], "Work": ["carol@contoso.test"]}
        bob, others = found.contacts["bob@contoso.test"], found.group_ids[OTHERS]
        assert await client.code("RemoveImContactFromGroup", ContactId=bob, GroupId=others) == "NoError"
        assert list((await client.list()).contacts) == ["carol@contoso.test"]
        for group in (others, found.group_ids["Favorites"]):
            assert await client.code("RemoveImGroup", GroupId=group) == "ErrorInvalidImGroupId"
            assert await client.code("SetImGroup", GroupId=group, NewDisplayName="Mine") == "ErrorInvalidImGroupId"

    run(story, tmp_path)


def test_distribution_groups_and_telephone_numbers(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        client = Client(world, ALICE)
        answer = await client.ask("AddDistributionGroupToImList", SmtpAddress="all@contoso.test", DisplayName="All")
        group = answer.one("//m:ImGroup/t:ExchangeStoreId").get("Id") or ""
        whole = await client.ask("GetImItemList")
        assert whole.text("//t:ImGroup[t:DisplayName='All']/t:SmtpAddress") == "all@contoso.test"
        assert whole.text("//t:ImGroup[t:DisplayName='All']/t:GroupType") == "IPM.DistList.MOC.DG"
        for address in ("bob@contoso.test", "nonsense"):
            code = await client.code("AddDistributionGroupToImList", SmtpAddress=address, DisplayName="X")
            assert code == "ErrorInvalidImDistributionGroupSmtpAddress"
        assert await client.code("AddNewImContactToGroup", ImAddress="x@y.test", GroupId=group) == (
            "ErrorInvalidImGroupId"
        )
        assert list((await client.list()).contacts) == [], "what fails leaves nothing behind"
        assert await client.code("RemoveImGroup", GroupId=group) == "ErrorInvalidImGroupId"
        assert await client.code("RemoveDistributionGroupFromImList", GroupId=group) == "NoError"
        added = await client.ask(
            "AddNewTelUriContactToGroup",
            TelUriAddress="tel:5625550100",
            ImContactSipUriAddress="sip:5625550100@contoso.test;user=phone",
            ImTelephoneNumber="(562) 555-0100",
        )
        assert added.text("//m:Persona/t:DisplayName") == "(562) 555-0100"
        assert added.text("//m:Persona/t:PhoneNumber/t:Number") == "(562) 555-0100"
        assert (await client.list()).used == {OTHERS: ["5625550100@contoso.test;user=phone"]}

    run(story, tmp_path)


def test_some_items_are_asked_for_by_name(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        client = Client(world, ALICE)
        friends = await client.group("Friends")
        bob = await client.add("bob@contoso.test", friends)
        await client.add("carol@contoso.test", friends)
        gone = write_id(IdKind.ITEM, ALICE.msExchMailboxGuid, 4711)
        contacts = f'<m:ContactIds><t:ItemId Id="{bob}" ChangeKey="old"/><t:ItemId Id="{gone}"/></m:ContactIds>'
        groups = f'<m:GroupIds><t:ItemId Id="{friends}"/></m:GroupIds>'
        answer = await world.ask(ALICE, f"<m:GetImItems>{contacts}</m:GetImItems>")
        assert answer.texts("//t:Persona/t:ImAddress") == ["bob@contoso.test"] and answer.all("//t:ImGroup") == []
        answer = await world.ask(ALICE, f"<m:GetImItems>{contacts}{groups}</m:GetImItems>")
        assert answer.texts("//t:ImGroup/t:DisplayName") == ["Friends"]
        assert len(answer.all("//t:MemberCorrelationKey/t:ItemId")) == 2
        wrong = '<m:ContactIds><t:ItemId Id="nonsense"/></m:ContactIds>'
        assert (await world.ask(ALICE, f"<m:GetImItems>{wrong}</m:GetImItems>")).codes == ["ErrorInvalidIdMalformed"]

    run(story, tmp_path)


@pytest.mark.parametrize(
    ("operation", "code"),
    [("AddImContactToGroup", "ErrorInvalidImContactId"), ("RemoveImContactFromGroup", "ErrorInvalidImContactId")],
)
def test_identifiers_that_name_nothing(operation: str, code: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        client = Client(world, ALICE)
        friends, bob = await client.group("Friends"), await client.add("bob@contoso.test")
        for nobody in (
            write_id(IdKind.ITEM, ALICE.msExchMailboxGuid, 4711),
            write_id(IdKind.ITEM, BOB.msExchMailboxGuid, 1),
        ):
            assert await client.code(operation, ContactId=nobody, GroupId=friends) == code
            assert await client.code(operation, ContactId=bob, GroupId=nobody) == "ErrorInvalidImGroupId"
            assert await client.code("RemoveImGroup", GroupId=nobody) == "ErrorInvalidImGroupId"
        assert await client.code(operation, ContactId="nonsense", GroupId=friends) == "ErrorInvalidIdMalformed"
        assert await client.code("RemoveImContactFromGroup", ContactId=bob, GroupId=friends) == (
            "ErrorUnableToRemoveImContactFromGroup"
        )

    run(story, tmp_path)


def test_a_list_has_bounds(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        client = Client(world, ALICE)
        await client.group("One")
        assert await client.code("AddImGroup", DisplayName="Two") == "ErrorImGroupLimitReached"
        await client.add("a@x.test")
        await client.add("b@x.test")
        assert await client.code("AddNewImContactToGroup", ImAddress="c@x.test") == "ErrorImContactLimitReached"
        assert await client.code("AddNewImContactToGroup", ImAddress="A@x.test") == "NoError"

    run(story, tmp_path, ExchangeSettings(im_contacts=2, im_groups=1))


def test_the_list_is_items_that_any_client_sees_and_hears_of(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        client = Client(world, ALICE)
        friends = await client.group("Friends")
        folders = "".join(f'<t:DistinguishedFolderId Id="{name}"/>' for name in ("quickcontacts", "imcontactlist"))
        events = "".join(f"<t:EventType>{name}Event</t:EventType>" for name in ("Created", "Modified", "Deleted"))
        subscribed = await world.ask(
            ALICE,
            f"<m:Subscribe><m:PullSubscriptionRequest><t:FolderIds>{folders}</t:FolderIds><t:EventTypes>{events}"
            "</t:EventTypes><t:Timeout>10</t:Timeout></m:PullSubscriptionRequest></m:Subscribe>",
        )
        subscription, watermark = subscribed.text("//m:SubscriptionId"), subscribed.text("//m:Watermark")
        bob = await client.add("bob@contoso.test", friends)
        heard = await world.ask(
            ALICE,
            f"<m:GetEvents><m:SubscriptionId>{subscription}</m:SubscriptionId><m:Watermark>{watermark}</m:Watermark>"
            "</m:GetEvents>",
        )
        assert [one.get("Id") for one in heard.all("//t:CreatedEvent/t:ItemId")] == [bob]
        assert [one.get("Id") for one in heard.all("//t:ModifiedEvent/t:ItemId")] == [friends]
        got = await world.ask(
            ALICE,
            "<m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape><m:ItemIds>"
            f'<t:ItemId Id="{bob}"/><t:ItemId Id="{friends}"/></m:ItemIds></m:GetItem>',
        )
        assert got.codes == ["NoError", "NoError"]
        assert got.texts("//t:ItemClass") == ["IPM.Contact", "IPM.DistList.MOC.UserGroup"]
        assert got.text("//t:ImAddresses/t:Entry[@Key='ImAddress1']") == "bob@contoso.test"
        await world.ask(
            ALICE, f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds><t:ItemId Id="{bob}"/></m:ItemIds></m:DeleteItem>'
        )
        assert (await client.list()).groups["Friends"] == []

    run(story, tmp_path)


def test_a_server_acts_for_a_person_and_not_by_itself(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        server = Client(world, PARTNER, AS_ALICE)
        await server.add("bob@contoso.test")
        assert await server.code("SetImListMigrationCompleted", ImListMigrationCompleted="true") == "NoError"
        assert list((await Client(world, ALICE).list()).contacts) == ["bob@contoso.test"]
        assert (await Client(world, BOB).list()).contacts == {}
        assert await Client(world, PARTNER).code("GetImItemList") == "ErrorMissingEmailAddress"
        for text in ("false", "1"):
            assert await server.code("SetImListMigrationCompleted", ImListMigrationCompleted=text) == "NoError"
        answer = await world.ask(
            ALICE,
            "<m:SetImListMigrationCompleted><m:ImListMigrationCompleted>ja</m:ImListMigrationCompleted>"
            "</m:SetImListMigrationCompleted>",
            status=500,
        )
        assert answer.codes == ["ErrorSchemaValidation"]

    run(story, tmp_path)
