"""Calendar items and messages about meetings as iCalendar."""

from __future__ import annotations

from pathlib import Path

from tests.exchange.ews.calendar_requests import (
    BERLIN,
    DAILY,
    TIMES,
    attendees,
    calendar_part,
    create,
    delete,
    item,
    look,
    made,
    mime,
    occurrence,
    only,
    respond,
    unfolded,
    update,
)
from tests.exchange.world import ALICE, BOB, World, run


def test_a_series_as_icalendar_and_made_of_it_again(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        import base64

        series = await made(
            world, ALICE, "<t:Subject>Å, B; C</t:Subject>" + TIMES + "<t:Location>R1</t:Location>" + DAILY + BERLIN
        )
        times = (
            ("calendar:Start", "<t:Start>2026-12-03T15:00:00Z</t:Start>"),
            ("calendar:End", "<t:End>2026-12-03T16:00:00Z</t:End>"),
        )
        await world.ask(ALICE, update(occurrence(series, 2), *times))
        await world.ask(ALICE, delete(occurrence(series, 4)))
        text = await mime(world, ALICE, series)
        lines = unfolded(text)
        assert lines[:2] == ["BEGIN:VCALENDAR", "METHOD:PUBLISH"]
        for expected in (
            "TZID:W. Europe Standard Time",
            "SUMMARY:Å\\, B\\; C",
            "DTSTART;TZID=W. Europe Standard Time:20261201T100000",
            "RRULE:FREQ=DAILY;INTERVAL=2;COUNT=5",
            "EXDATE;TZID=W. Europe Standard Time:20261207T100000",
            "RECURRENCE-ID;TZID=W. Europe Standard Time:20261203T100000",
            "DTSTART;TZID=W. Europe Standard Time:20261203T160000",
            "X-MICROSOFT-CDO-BUSYSTATUS:BUSY",
            "TRIGGER;RELATED=START:-PT15M",
        ):
            assert expected in lines, text
        assert "DESCRIPTION:" not in lines

        content = f"<t:MimeContent>{base64.b64encode(text.encode()).decode()}</t:MimeContent>"
        copy = await made(world, BOB, content)
        found = await look(world, BOB, item(copy))
        assert found.texts("//t:CalendarItem/t:Subject | //t:CalendarItem/t:Location") == ["Å, B; C", "R1"]
        assert found.text("//t:CalendarItem/t:Start") == "2026-12-01T09:00:00Z"
        assert found.one("//t:StartTimeZone").get("Id") == "W. Europe Standard Time"
        assert found.text("//t:NumberOfOccurrences") == "5"
        assert found.texts("//t:DeletedOccurrence/t:Start") == ["2026-12-07T09:00:00Z"]
        changed = text.replace("R1", "R2").replace("COUNT=5", "COUNT=7")
        again = f"<t:MimeContent>{base64.b64encode(changed.encode()).decode()}</t:MimeContent>"
        assert (await world.ask(BOB, update(item(copy), ("item:MimeContent", again)))).codes == ["NoError"]
        found = await look(world, BOB, item(copy))
        assert found.texts("//t:CalendarItem/t:Location | //t:NumberOfOccurrences") == ["R2", "7"]

    run(story, tmp_path)


def test_what_is_no_icalendar_is_refused(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert (await world.ask(ALICE, create("<t:MimeContent>QUJD</t:MimeContent>"))).codes == [
            "ErrorMimeContentInvalid"
        ]

    run(story, tmp_path)


def test_messages_about_meetings_carry_icalendar(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        inner = "<t:Subject>Plan</t:Subject>" + TIMES + f"<t:RequiredAttendees>{attendees(BOB)}</t:RequiredAttendees>"
        mine = await made(world, ALICE, inner, "SendOnlyToAll")
        uid = (await look(world, ALICE, item(mine))).text("//t:UID")
        request = await only(world, BOB, "inbox")
        said = await calendar_part(world, BOB, request)
        assert "METHOD:REQUEST" in said and f"UID:{uid}" in said
        assert f"ORGANIZER;CN=Alice:mailto:{ALICE.mail}" in said
        assert "ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN=Bob:mailto:bob@contoso.test" in said
        await world.ask(BOB, respond("AcceptItem", request))
        said = await calendar_part(world, ALICE, await only(world, ALICE, "inbox"))
        assert "METHOD:REPLY" in said and "PARTSTAT=ACCEPTED" in " ".join(said)
        await world.ask(ALICE, delete(item(mine), "SendOnlyToAll"))
        said = await calendar_part(world, BOB, await only(world, BOB, "inbox"))
        assert "METHOD:CANCEL" in said and "STATUS:CANCELLED" in said and "SEQUENCE:1" in said

    run(story, tmp_path)
