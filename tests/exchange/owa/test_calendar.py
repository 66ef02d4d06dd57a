"""The calendar through the interface of the web client."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from samband.model.online_meetings import MeetingTerms, NoOnlineMeeting, OnlineMeeting
from samband.model.people import Person
from tests.exchange.owa.door import Browser, Door
from tests.exchange.world import ALICE, BOB, World, run

WEEK = "calendar?from=2026-11-23T00:00:00Z&to=2026-11-30T00:00:00Z"
TIMES = {"start": "2026-11-24T10:00:00+01:00", "end": "2026-11-24T11:00:00+01:00"}


class Lync:
    """Makes meetings, where it is there."""

    def __init__(self) -> None:
        self.there = True

    async def offered(self, organizer: Person) -> None:
        if not self.there:
            raise NoOnlineMeeting("not there", 1)

    async def create(self, organizer: Person, terms: MeetingTerms) -> OnlineMeeting:
        await self.offered(organizer)
        return OnlineMeeting("ID", "https://meet.contoso.test/alice/ID", "conf:sip:alice@contoso.test;id:ID")

    async def change(self, organizer: Person, meeting: str, terms: MeetingTerms) -> None:
        """Nothing is kept here."""

    async def cancel(self, organizer: Person, meeting: str) -> None:
        """Nothing is kept here."""


def test_a_meeting_with_a_link(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        lync = world.exchange.calendar.online_meetings.service = Lync()
        door = Door(world)
        alice, bob = Browser(door), Browser(door)
        await alice.sign_in(ALICE)
        await bob.sign_in(BOB)
        assert await alice.get("online-meetings") == {"offered": True}
        made = await alice.post("calendar", 201, subject="Plans", attendees="Bob", online=True, **TIMES)
        assert (made["join"], made["warning"]) == ("https://meet.contoso.test/alice/ID", "")
        (seen,) = await bob.get(WEEK)
        assert datetime.fromisoformat(seen["start"]) == datetime.fromisoformat(TIMES["start"])
        assert (seen["organizer"], seen["join"], seen["mine"]) == ("Alice", made["join"], False)
        (asked,) = await bob.messages("inbox")
        assert (await bob.get(f"message?id={asked['id']}"))["meeting"]["join"] == made["join"]
        await bob.post("respond", id=asked["id"], answer="accept")
        assert [one["subject"] for one in await alice.messages("inbox")] == ["Accepted: Plans"]
        await alice.post("calendar/delete", id=made["id"])
        assert await alice.get(WEEK) == []
        lync.there = False
        assert await alice.get("online-meetings") == {"offered": False}
        without = await alice.post("calendar", 201, subject="Plans", online=True, **TIMES)
        assert without["join"] == ""
        assert "no online meeting" in without["warning"]

    run(story, tmp_path)


def test_what_cannot_be_is_said(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = Browser(Door(world))
        await alice.sign_in(ALICE)
        backwards = {"start": TIMES["end"], "end": TIMES["start"]}
        assert (await alice.post("calendar", 400, subject="s", **backwards))["title"].startswith("ErrorCalendarEnd")
        naive = {"start": "2026-11-24T10:00:00", "end": "2026-11-24T11:00:00"}
        assert "offset" in (await alice.post("calendar", 400, subject="s", **naive))["detail"]
        assert (await alice.get("calendar?from=x&to=y", 400))["title"] == "ErrorInvalidRequest"
        assert (await alice.get("calendar?from=0001-01-01T00:00:00-14:00&to=2026-11-30T00:00:00Z", 400))[
            "status"
        ] == 400
        assert (await alice.get("im"))["status"] == "off"
        assert (await alice.post("im/message", 409, to="bob@contoso.test", text="t"))["title"] == "NoInstantMessaging"

    run(story, tmp_path)
