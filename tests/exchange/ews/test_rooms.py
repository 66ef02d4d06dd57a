"""GetRoomLists and GetRooms, and rooms among the people that clients find."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from samband.directory.group_index import GroupIndex
from samband.model.groups import ROOM_LIST, Group
from samband.model.people import EQUIPMENT, ROOM
from tests.exchange.world import ALICE, BOB, World, person, run

AULA = replace(person("aula"), displayName="Aula", msExchRecipientDisplayType=ROOM)
ANNEX = replace(person("annex"), displayName="Annex", msExchRecipientDisplayType=ROOM)
BEAMER = replace(person("beamer"), displayName="Beamer", msExchRecipientDisplayType=EQUIPMENT)
HOUSE = Group(
    objectGUID="house", sAMAccountName="house", displayName="House 1", mail="house1@contoso.test",
    msExchRecipientTypeDetails=ROOM_LIST, member=(AULA.objectGUID, ANNEX.objectGUID, BEAMER.objectGUID, BOB.objectGUID),
)  # fmt: skip
STAFF = Group(objectGUID="s", sAMAccountName="s", displayName="Staff", mail="staff@contoso.test", member=("house",))


def rooms(address: str) -> str:
    return f"<m:GetRooms><m:RoomList><t:EmailAddress>{address}</t:EmailAddress></m:RoomList></m:GetRooms>"


def test_lists_and_their_rooms(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        none = await world.ask(ALICE, "<m:GetRoomLists/>")
        assert none.codes == ["NoError"] and not none.all("//t:Address")
        world.people.everyone += [AULA, ANNEX, BEAMER]
        world.people.groups = GroupIndex([HOUSE, STAFF])
        lists = await world.ask(ALICE, "<m:GetRoomLists/>")
        assert lists.texts("//t:Address/*") == ["House 1", "house1@contoso.test", "SMTP", "PublicDL"]
        found = await world.ask(ALICE, rooms("House1@contoso.test"))
        assert found.texts("//t:Room/t:Id/t:Name") == ["Annex", "Aula"]
        assert found.texts("//t:Room/t:Id/t:EmailAddress") == ["annex@contoso.test", "aula@contoso.test"]
        for unknown in ("staff@contoso.test", "nowhere@contoso.test", "alice@contoso.test"):
            answer = await world.ask(ALICE, rooms(unknown))
            assert answer.codes == ["ErrorNameResolutionNoResults"]

    run(story, tmp_path)


def test_rooms_are_found_by_name(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.people.everyone += [AULA, BEAMER]
        resolved = await world.ask(
            ALICE, "<m:ResolveNames ReturnFullContactData='true'><m:UnresolvedEntry>Aula</m:UnresolvedEntry>"
            "</m:ResolveNames>",
        )  # fmt: skip
        assert resolved.texts("//t:Mailbox/*") == ["Aula", "aula@contoso.test", "SMTP", "Mailbox"]
        found = await world.ask(
            ALICE, "<m:FindPeople><m:IndexedPageItemView MaxEntriesReturned='10' Offset='0' BasePoint='Beginning'/>"
            "<m:ParentFolderId><t:DistinguishedFolderId Id='directory'/></m:ParentFolderId></m:FindPeople>",
        )  # fmt: skip
        kinds = dict(zip(found.texts("//t:Persona/t:DisplayName"), found.texts("//t:PersonaType"), strict=True))
        assert kinds["Aula"] == "Room" and kinds["Alice"] == "Person"

    run(story, tmp_path)
