from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.exchange.world import ALICE, PARTNER, World, person, run


def ask(entry: str, full: str = "true", more: str = "") -> str:
    return (
        f'<m:ResolveNames ReturnFullContactData="{full}" {more}>'
        f"<m:UnresolvedEntry>{entry}</m:UnresolvedEntry></m:ResolveNames>"
    )


ALBERT = replace(
    person("albert"),
    givenName="Albert",
    sn="Åkesson",
    title="Head",
    department="Sales",
    company="Contoso",
    telephoneNumber="+46 8 1",
    mobile="+46 70 1",
    physicalDeliveryOfficeName="B2",
    thumbnailPhoto=b"jpeg",
    proxyAddresses=("smtp:al@contoso.test", "SMTP:albert@contoso.test", "sip:albert@contoso.test"),
)
CONTACT = (
    '<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId><t:DistinguishedFolderId Id="contacts"/>'
    "</m:SavedItemFolderId><m:Items><t:Contact><t:DisplayName>Alfred Nobel</t:DisplayName>"
    '<t:EmailAddresses><t:Entry Key="EmailAddress1">alfred@example.org</t:Entry></t:EmailAddresses>'
    "</t:Contact></m:Items></m:CreateItem>"
)


def test_one_none_and_several(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.people.everyone.append(ALBERT)
        one = await world.ask(ALICE, ask("carol", "false"))
        assert one.codes == ["NoError"]
        assert one.one("//m:ResolutionSet").get("TotalItemsInView") == "1"
        assert one.one("//m:ResolutionSet").get("IncludesLastItemInRange") == "true"
        assert one.texts("//t:Mailbox/*") == ["Carol", "carol@contoso.test", "SMTP", "Mailbox"]
        assert not one.all("//t:Contact")
        none = await world.ask(ALICE, ask("zacharias"))
        assert none.codes == ["ErrorNameResolutionNoResults"]
        assert none.one("//m:ResolveNamesResponseMessage").get("ResponseClass") == "Error"
        many = await world.ask(ALICE, ask("al"))
        assert many.codes == ["ErrorNameResolutionMultipleResults"]
        assert many.one("//m:ResolveNamesResponseMessage").get("ResponseClass") == "Warning"
        assert many.texts("//t:Mailbox/t:EmailAddress") == ["alice@contoso.test", "albert@contoso.test"]

    run(story, tmp_path)


def test_who_is_hidden_is_found_by_a_whole_address_alone(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.people.everyone.append(replace(ALBERT, msExchHideFromAddressLists=True))
        for entry in ("albert", "SMTP:albert@", "sip:alb"):
            assert (await world.ask(ALICE, ask(entry))).codes == ["ErrorNameResolutionNoResults"], entry
        assert (await world.ask(ALICE, ask("albert@contoso.test"))).codes == ["NoError"]

    run(story, tmp_path)


@pytest.mark.parametrize(
    "entry", ["albert@contoso.test", "smtp:al@contoso.test", "SMTP:albert@", "sip:albert@contoso.test", "sip:ALB"]
)
def test_by_address(entry: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.people.everyone.append(ALBERT)
        answer = await world.ask(ALICE, ask(entry, more='ContactDataShape="AllProperties"'))
        assert answer.codes == ["NoError"]
        card = answer.one("//t:Contact")
        said = {one.tag.rpartition("}")[2]: one.text for one in card if len(one) == 0}
        assert said == {
            "DisplayName": "Albert",
            "GivenName": "Albert",
            "CompanyName": "Contoso",
            "ContactSource": "ActiveDirectory",
            "Department": "Sales",
            "JobTitle": "Head",
            "OfficeLocation": "B2",
            "Surname": "Åkesson",
            "Alias": "albert",
            "Photo": "anBlZw==",
        }
        assert answer.texts("//t:EmailAddresses/t:Entry") == ["SMTP:albert@contoso.test", "smtp:al@contoso.test"]
        assert answer.texts("//t:ImAddresses/t:Entry") == ["sip:albert@contoso.test"]

    run(story, tmp_path)


@pytest.mark.parametrize("entry", [" ", ",", "-", "sip:"])
def test_names_that_are_none(entry: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert (await world.ask(ALICE, ask(entry))).codes == ["ErrorInvalidNameForNameResolution"]

    run(story, tmp_path)


def test_contacts_of_ones_own(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await world.ask(ALICE, CONTACT)
        for more, expected in (
            ('SearchScope="ActiveDirectory"', ["alice@contoso.test"]),
            ('SearchScope="Contacts"', ["alfred@example.org"]),
            ('SearchScope="ContactsActiveDirectory"', ["alfred@example.org", "alice@contoso.test"]),
            ("", ["alice@contoso.test", "alfred@example.org"]),
        ):
            answer = await world.ask(ALICE, ask("al", "false", more))
            assert answer.texts("//t:Mailbox/t:EmailAddress") == expected
        private = await world.ask(ALICE, ask("nobel", "false"))
        assert private.text("//t:Mailbox/t:MailboxType") == "Contact"
        assert private.all("//t:Mailbox/t:ItemId") and private.text("//t:ContactSource") == "Store"
        inside = '<m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds>'
        elsewhere = ask("nobel").replace("<m:Unresolved", inside + "<m:Unresolved")
        assert (await world.ask(ALICE, elsewhere)).codes == ["ErrorNameResolutionNoResults"]
        assert (await world.ask(PARTNER, ask("alice"))).codes == ["NoError"]

    run(story, tmp_path)


def test_an_empty_entry_breaks_the_schema(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert (await world.ask(ALICE, ask(""), status=500)).codes == ["ErrorSchemaValidation"]

    run(story, tmp_path)


def test_expanding_a_private_list(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        members = "".join(
            f'<t:Member Key="{n}"><t:Mailbox><t:Name>M{n}</t:Name><t:EmailAddress>m{n}@x.test</t:EmailAddress>'
            "</t:Mailbox></t:Member>"
            for n in (1, 2)
        )
        made = await world.ask(
            ALICE,
            '<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId><t:DistinguishedFolderId Id="contacts"/>'
            "</m:SavedItemFolderId><m:Items><t:DistributionList><t:DisplayName>Team</t:DisplayName>"
            f"<t:Members>{members}</t:Members></t:DistributionList></m:Items></m:CreateItem>",
        )
        identifier = made.one("//t:ItemId").get("Id")
        expand = f'<m:ExpandDL><m:Mailbox><t:ItemId Id="{identifier}"/></m:Mailbox></m:ExpandDL>'
        answer = await world.ask(ALICE, expand)
        assert answer.texts("//t:EmailAddress") == ["m1@x.test", "m2@x.test"]
        found = await world.ask(ALICE, ask("team", "false"))
        assert found.text("//t:MailboxType") == "PrivateDL"
        nobody = "<m:ExpandDL><m:Mailbox><t:EmailAddress>all@contoso.test</t:EmailAddress></m:Mailbox></m:ExpandDL>"
        assert (await world.ask(ALICE, nobody)).codes == ["ErrorNameResolutionNoResults"]

    run(story, tmp_path)
