from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.exchange.im_list import Client
from tests.exchange.world import ALICE, BOB, World, run

DIRECTORY = '<m:ParentFolderId><t:DistinguishedFolderId Id="directory"/></m:ParentFolderId>'


def people(query: str = "", folder: str = DIRECTORY, offset: int = 0, limit: int = 100) -> str:
    view = f'<m:IndexedPageItemView MaxEntriesReturned="{limit}" Offset="{offset}" BasePoint="Beginning"/>'
    asked = f"<m:QueryString>{query}</m:QueryString>" if query else ""
    return f"<m:FindPeople>{view}{folder}{asked}</m:FindPeople>"


def contact(name: str, mail: str) -> str:
    return (
        '<m:CreateItem><m:SavedItemFolderId><t:DistinguishedFolderId Id="contacts"/></m:SavedItemFolderId><m:Items>'
        f"<t:Contact><t:DisplayName>{name}</t:DisplayName><t:EmailAddresses>"
        f"<t:Entry Key='EmailAddress1'>{mail}</t:Entry></t:EmailAddresses></t:Contact></m:Items></m:CreateItem>"
    )


def test_the_directory_is_searched_in_pages(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        answer = await world.ask(ALICE, people("bob"))
        assert answer.texts("//t:Persona/t:ImAddress") == ["bob@contoso.test"]
        assert answer.text("//t:Persona/t:EmailAddress/t:EmailAddress") == "bob@contoso.test"
        assert answer.text("//m:TotalNumberOfPeopleInView") == "1"
        assert (await world.ask(ALICE, people("zzz"))).text("//m:TotalNumberOfPeopleInView") == "0"
        whole = (await world.ask(ALICE, people())).texts("//t:Persona/t:DisplayName")
        paged = [
            name
            for offset in range(0, len(whole), 2)
            for name in (await world.ask(ALICE, people(offset=offset, limit=2))).texts("//t:Persona/t:DisplayName")
        ]
        assert paged == whole and len(whole) == 5
        world.people.everyone[1] = replace(world.people.everyone[1], msExchHideFromAddressLists=True)
        assert "Bob" in whole and "Bob" not in (await world.ask(ALICE, people())).texts("//t:Persona/t:DisplayName")
        assert (await world.ask(ALICE, people("bob"))).text("//m:TotalNumberOfPeopleInView") == "0"

    run(story, tmp_path)


def test_contacts_are_searched_where_asked_and_before_the_directory(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await world.ask(ALICE, contact("Bobby Fischer", "bobby@chess.test"))
        everywhere = await world.ask(ALICE, people("bob", folder=""))
        assert everywhere.texts("//t:Persona/t:DisplayName") == ["Bobby Fischer", "Bob"]
        contacts = '<m:ParentFolderId><t:DistinguishedFolderId Id="contacts"/></m:ParentFolderId>'
        assert (await world.ask(ALICE, people("fischer", contacts))).texts("//t:Persona/t:DisplayName") == [
            "Bobby Fischer"
        ]
        await Client(world, ALICE).add("carol@contoso.test")
        quick = '<m:ParentFolderId><t:DistinguishedFolderId Id="quickcontacts"/></m:ParentFolderId>'
        assert (await world.ask(ALICE, people("", quick))).texts("//t:Persona/t:ImAddress") == ["carol@contoso.test"]
        of_bob = quick.replace(
            "/></m",
            "><t:Mailbox><t:EmailAddress>bob@contoso.test</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId></m",
        )
        assert (await world.ask(ALICE, people("", of_bob))).codes == ["ErrorAccessDenied"]
        assert (await world.ask(ALICE, people(offset=-1))).codes == ["ErrorInvalidIndexedPagingParameters"]

    run(story, tmp_path)


def test_a_persona_that_was_found_is_got(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await world.ask(ALICE, contact("Bobby Fischer", "bobby@chess.test"))
        found = await world.ask(ALICE, people("bob", folder=""))
        for persona, name in zip(found.all("//t:PersonaId"), ["Bobby Fischer", "Bob"], strict=True):
            get = f'<m:GetPersona><m:PersonaId Id="{persona.get("Id")}"/></m:GetPersona>'
            assert (await world.ask(ALICE, get)).text("//m:Persona/t:DisplayName") == name
        contact_id = found.all("//t:PersonaId")[0].get("Id")
        get = f'<m:GetPersona><m:PersonaId Id="{contact_id}"/></m:GetPersona>'
        assert (await world.ask(BOB, get)).codes == ["ErrorAccessDenied"]
        by_mail = "<m:GetPersona><m:EmailAddress><t:EmailAddress>{}</t:EmailAddress></m:EmailAddress></m:GetPersona>"
        assert (await world.ask(ALICE, by_mail.format("BOB@contoso.test"))).text("//m:Persona/t:DisplayName") == "Bob"
        assert (await world.ask(ALICE, by_mail.format("no@contoso.test"))).codes == ["ErrorItemNotFound"]
        wrong = '<m:GetPersona><m:PersonaId Id="nonsense"/></m:GetPersona>'
        assert (await world.ask(ALICE, wrong)).codes == ["ErrorInvalidIdMalformed"]

    run(story, tmp_path)


RICH = (
    '<m:CreateItem><m:SavedItemFolderId><t:DistinguishedFolderId Id="contacts"/></m:SavedItemFolderId><m:Items>'
    "<t:Contact><t:FileAs>Rich, A</t:FileAs><t:DisplayName>Rich A</t:DisplayName><t:GivenName>A</t:GivenName>"
    "<t:Nickname>Ri</t:Nickname><t:EmailAddresses><t:Entry Key='EmailAddress1'>r1@x.test</t:Entry>"
    "<t:Entry Key='EmailAddress2'>r2@x.test</t:Entry></t:EmailAddresses><t:PhysicalAddresses><t:Entry Key='Home'>"
    "<t:City>Umeå</t:City></t:Entry></t:PhysicalAddresses><t:PhoneNumbers><t:Entry Key='HomePhone'>+46 1</t:Entry>"
    "<t:Entry Key='MobilePhone'>+46 2</t:Entry></t:PhoneNumbers><t:Birthday>1999-01-02T00:00:00Z</t:Birthday>"
    "<t:Profession>Smith</t:Profession></t:Contact></m:Items></m:CreateItem>"
)


def test_a_shape_says_what_of_a_persona_is_told(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await world.ask(ALICE, RICH)

        def shaped(base: str, *uris: str) -> str:
            fields = "".join(f'<t:FieldURI FieldURI="{uri}"/>' for uri in uris)
            more = f"<t:AdditionalProperties>{fields}</t:AdditionalProperties>" if fields else ""
            shape = f"<m:PersonaShape><t:BaseShape>{base}</t:BaseShape>{more}</m:PersonaShape>"
            return people("rich", folder="").replace("<m:FindPeople>", f"<m:FindPeople>{shape}")

        bare = await world.ask(ALICE, shaped("IdOnly", "persona:HomeCity", "persona:IsFavorite"))
        assert [child.tag.rpartition("}")[2] for child in bare.one("//t:Persona")] == ["PersonaId", "HomeCity"]
        whole = await world.ask(ALICE, shaped("AllProperties"))
        assert whole.texts("//t:HomePhones//t:Number") == ["+46 1"]
        assert whole.texts("//t:MobilePhones//t:Number") == ["+46 2"]
        assert whole.texts("//t:EmailAddresses//t:EmailAddress") == ["r1@x.test", "r2@x.test"]
        assert whole.texts("//t:Emails2//t:EmailAddress") == ["r2@x.test"]
        assert whole.texts("//t:HomeAddresses//t:City") == ["Umeå"]
        assert whole.texts("//t:Nicknames//t:Value") == ["Ri"] == whole.texts("//t:Persona/t:Nickname")
        assert whole.texts("//t:Birthdays//t:Value") == ["1999-01-02T00:00:00Z"]
        assert (await world.ask(ALICE, shaped("IdOnly", "item:Subject"))).codes == ["ErrorInvalidPropertyRequest"]
        persona = whole.one("//t:PersonaId").get("Id")
        one = await world.ask(ALICE, f'<m:GetPersona><m:PersonaId Id="{persona}"/></m:GetPersona>')
        assert one.texts("//t:Professions//t:Value") == ["Smith"]

    run(story, tmp_path)
