"""What a meeting has besides its time: neighbours in the calendar, its place in full, what an update changed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from samband.model.item_values import FreeBusy
from tests.exchange.ews.mail_requests import find, folder, ids
from tests.exchange.office import HOUR, NINE, Office, play
from tests.exchange.world import ALICE, BOB

ADDRESS = (
    "<t:EnhancedLocation><t:DisplayName>Barn</t:DisplayName><t:Annotation>by the gate</t:Annotation>"
    "<t:PostalAddress><t:Street>1 Road</t:Street><t:Latitude>59.5</t:Latitude></t:PostalAddress></t:EnhancedLocation>"
)


def get(item_id: str, *uris: str, base: str = "IdOnly") -> str:
    fields = "".join(f'<t:FieldURI FieldURI="{uri}"/>' for uri in uris)
    more = f"<t:AdditionalProperties>{fields}</t:AdditionalProperties>" if fields else ""
    return (
        f"<m:GetItem><m:ItemShape><t:BaseShape>{base}</t:BaseShape>{more}</m:ItemShape>"
        f"<m:ItemIds>{item_id}</m:ItemIds></m:GetItem>"
    )


def update(item_id: str, uri: str, value: str) -> str:
    return (
        '<m:UpdateItem ConflictResolution="AlwaysOverwrite" SendMeetingInvitationsOrCancellations="SendToNone">'
        f"<m:ItemChanges><t:ItemChange>{item_id}<t:Updates><t:SetItemField>"
        f'<t:FieldURI FieldURI="{uri}"/><t:CalendarItem>{value}</t:CalendarItem></t:SetItemField></t:Updates>'
        "</t:ItemChange></m:ItemChanges></m:UpdateItem>"
    )


def test_neighbours_in_the_calendar(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        world = office.world
        half = timedelta(minutes=30)
        await office.book(ALICE, subject="Overlaps", start=NINE + half, end=NINE + HOUR + half)
        await office.book(ALICE, subject="Before", start=NINE - HOUR, end=NINE)
        await office.book(ALICE, subject="After", start=NINE + HOUR, end=NINE + 2 * HOUR)
        free = FreeBusy.FREE
        await office.book(ALICE, subject="Free", start=NINE, end=NINE + HOUR, legacy_free_busy_status=free)
        await office.book(BOB, ALICE, subject="Asked")
        found = await find(world, ALICE, "calendar")
        asked = ids([item for item in found if item.findtext("{*}Subject") == "Asked"])[0]
        answer = await world.ask(ALICE, get(asked, base="AllProperties"))
        assert answer.texts("//t:ConflictingMeetings//t:Subject") == ["Overlaps"]
        assert answer.texts("//t:AdjacentMeetings//t:Subject") == ["Before", "After"]
        assert (answer.text("//t:ConflictingMeetingCount"), answer.text("//t:AdjacentMeetingCount")) == ("1", "2")
        request = ids(await find(world, ALICE, "inbox"))[0]
        told = await world.ask(ALICE, get(request, "calendar:ConflictingMeetingCount", "calendar:AdjacentMeetings"))
        assert told.text("//t:ConflictingMeetingCount") == "1"
        assert told.texts("//t:AdjacentMeetings//t:Subject") == ["Before", "After"]
        refused = await world.ask(
            ALICE,
            '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>'
            '<t:FieldURI FieldURI="calendar:ConflictingMeetings"/></t:AdditionalProperties></m:ItemShape>'
            f"<m:ParentFolderIds>{folder('calendar')}</m:ParentFolderIds></m:FindItem>",
        )
        assert refused.codes == ["ErrorInvalidPropertyRequest"]

    play(story, tmp_path)


def test_a_place_and_its_name_are_said_together(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        world = office.world
        await office.book(ALICE, location="R1")
        mine = ids(await find(world, ALICE, "calendar"))[0]
        wanted = ("calendar:Location", "calendar:EnhancedLocation")
        plain = await world.ask(ALICE, get(mine, *wanted))
        assert plain.text("//t:EnhancedLocation/t:DisplayName") == "R1" and not plain.all("//t:Annotation")
        await world.ask(ALICE, update(mine, "calendar:EnhancedLocation", ADDRESS))
        full = await world.ask(ALICE, get(mine, *wanted))
        assert full.text("//t:Location") == "Barn" == full.text("//t:EnhancedLocation/t:DisplayName")
        assert (full.text("//t:Annotation"), full.text("//t:Latitude")) == ("by the gate", "59.5")
        await world.ask(ALICE, update(mine, "calendar:Location", "<t:Location>R2</t:Location>"))
        moved = await world.ask(ALICE, get(mine, *wanted))
        assert moved.text("//t:EnhancedLocation/t:DisplayName") == "R2" and not moved.all("//t:Annotation")

    play(story, tmp_path)


def test_an_update_says_what_it_changed(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        world = office.world
        item = await office.book(ALICE, BOB)
        world.clock.advance(minutes=1)
        await office.change(ALICE, item, location="R2", end=NINE + 2 * HOUR)
        requests = ids(await find(world, BOB, "inbox"))
        first, second = [
            await world.ask(BOB, get(one, "meetingRequest:ChangeHighlights")) for one in (requests[0], requests[-1])
        ]
        assert not first.all("//t:ChangeHighlights")
        assert (second.text("//t:HasLocationChanged"), second.text("//t:ChangeHighlights/t:Location")) == ("true", "R1")
        assert (second.text("//t:HasStartTimeChanged"), second.text("//t:HasEndTimeChanged")) == ("false", "true")
        assert second.text("//t:ChangeHighlights/t:End") == "2026-12-01T10:00:00Z"

    play(story, tmp_path)
