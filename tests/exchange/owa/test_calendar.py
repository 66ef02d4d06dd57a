"""The calendar through the interface of the web client."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from samband.model.online_meetings import MeetingTerms, NoOnlineMeeting, OnlineMeeting
from samband.model.people import Person
from tests.exchange.owa.door import Browser, Door, both
from tests.exchange.world import ALICE, BOB, CAROL, World, run

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
        alice, bob = await both(world)
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


def test_a_meeting_is_changed_answered_and_called_off(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        door = Door(world)
        alice, bob, carol = Browser(door), Browser(door), Browser(door)
        for browser, who in ((alice, ALICE), (bob, BOB), (carol, CAROL)):
            await browser.sign_in(who)
        plans = {"subject": "Plans", "attendees": "Bob", "optional": "Carol", "text": "Bring <figures>.", **TIMES}
        made = await alice.post("calendar", 201, **plans)
        which = {"id": made["id"], "occurrence": 0}
        whole = await alice.get(f"calendar/entry?id={made['id']}")
        assert [(one["name"], one["response"]) for one in whole["required"]] == [("Bob", "Unknown")]
        assert [one["address"] for one in whole["optional"]] == [CAROL.primary_smtp]
        assert (whole["text"].strip(), whole["mine"], whole["status"]) == ("Bring <figures>.", True, "Busy")
        (theirs,) = await bob.get(WEEK)
        refused = await bob.post("calendar/update", 403, **{**plans, "id": theirs["id"], "subject": "Mine"})
        assert "organizer" in refused["detail"]
        await bob.post("respond", id=theirs["id"], answer="tentative", text="Perhaps.")
        whole = await alice.get(f"calendar/entry?id={made['id']}")
        assert [one["response"] for one in whole["required"]] == ["Tentative"]
        assert len(await bob.messages("inbox")) <= 1, "no more than the first invitation"
        before = len(await carol.messages("inbox"))
        await alice.post("calendar/update", 200, **{**plans, **which})
        assert len(await carol.messages("inbox")) == before, "nothing changed, so nobody is told"
        moved = {"start": "2026-11-25T10:00:00+01:00", "end": "2026-11-25T11:00:00+01:00"}
        changed = await alice.post("calendar/update", 200, **{**plans, **which, **moved, "location": "Room 3"})
        assert (changed["location"], changed["start"]) == ("Room 3", "2026-11-25T09:00:00Z")
        (theirs,) = await bob.get(WEEK)
        assert (theirs["location"], theirs["start"], theirs["response"]) == (
            "Room 3", "2026-11-25T09:00:00Z", "NoResponseReceived",
        )  # fmt: skip
        only_bob = {**plans, **which, **moved, "location": "Room 3", "optional": ""}
        await alice.post("calendar/update", 200, **only_bob)
        assert (await carol.messages("inbox"))[0]["kind"] == "MeetingCancellation"
        await alice.post("calendar/delete", **which)
        assert (await bob.messages("inbox"))[0]["kind"] == "MeetingCancellation"
        assert await alice.get(WEEK) == []

    run(story, tmp_path)


def test_all_day_is_a_day_where_the_user_is(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = Browser(Door(world))
        await alice.sign_in(ALICE)
        day = {"start": "2026-11-24T00:00:00+01:00", "end": "2026-11-25T00:00:00+01:00"}
        wish = {"subject": "Away", "allDay": True, "showAs": "OOF", "zone": "Europe/Stockholm", **day}
        made = await alice.post("calendar", 201, **wish)
        assert (made["start"], made["end"], made["allDay"]) == ("2026-11-23T23:00:00Z", "2026-11-24T23:00:00Z", True)
        assert made["status"] == "OOF"
        week = {"start": "2026-11-23T09:00:00+01:00", "end": "2026-11-23T10:00:00+01:00"}
        changed = await alice.post(
            "calendar/update", 200, **{**wish, **week, "allDay": False, "id": made["id"], "zone": "no/where"}
        )
        assert (changed["start"], changed["allDay"]) == ("2026-11-23T08:00:00Z", False)

    run(story, tmp_path)


def test_a_series_is_made_and_one_of_it_changed_and_deleted(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = Browser(Door(world))
        await alice.sign_in(ALICE)
        late = {"start": "2026-11-24T00:30:00+01:00", "end": "2026-11-24T01:00:00+01:00", "zone": "Europe/Stockholm"}
        wish = {"subject": "Swim", **late}
        made = await alice.post("calendar", 201, **wish, repeat="week", until="2026-12-15")
        assert made["recurring"]
        month = "calendar?from=2026-11-01T00:00:00Z&to=2026-12-31T00:00:00Z"

        async def starts() -> list[str]:
            return [one["start"] for one in await alice.get(month)]

        assert await starts() == [f"2026-{day}T23:30:00Z" for day in ("11-23", "11-30", "12-07", "12-14")]
        (_, second, third, _) = await alice.get(month)
        later = {"start": "2026-11-30T18:00:00+01:00", "end": "2026-11-30T19:00:00+01:00"}
        one = {"id": second["id"], "occurrence": second["occurrence"]}
        assert (await alice.post("calendar/update", 200, **{**wish, **later, **one}))["start"] == "2026-11-30T17:00:00Z"
        assert (await alice.get(f"calendar/entry?id={one['id']}&occurrence={one['occurrence']}"))["subject"] == "Swim"
        await alice.post("calendar/delete", id=third["id"], occurrence=third["occurrence"])
        assert await starts() == ["2026-11-23T23:30:00Z", "2026-11-30T17:00:00Z", "2026-12-14T23:30:00Z"]
        await alice.post("calendar/delete", id=made["id"])
        assert await starts() == []
        for repeat in ("day", "weekdays", "month", "year"):
            await alice.post("calendar", 201, **wish, repeat=repeat, until="2026-11-26")
        assert len(await starts()) == 3 + 3 + 1 + 1
        assert (
            "before it begins"
            in (await alice.post("calendar", 400, **wish, repeat="day", until="2026-11-23"))["detail"]
        )
        await alice.post("calendar", 400, **wish, repeat="hour")

    run(story, tmp_path)


def test_when_people_are_free(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = await both(world)
        await bob.post("calendar", 201, subject="secret", showAs="Tentative", **TIMES)
        day = "from=2026-11-24T08:00:00Z&to=2026-11-24T11:00:00Z"
        found = await alice.get(f"free-busy?who=Bob;nobody@x.test;half%20a%20na&{day}")
        assert [(one["name"], one["slots"]) for one in found] == [("Bob", "001100"), ("nobody@x.test", "")]
        assert "not found" in found[1]["problem"]
        assert "secret" not in str(found)
        assert await alice.get(f"free-busy?who=&{day}") == []
        assert (await alice.get("free-busy?who=Bob&from=2026-11-24T08:00:00Z&to=2027-11-24T08:00:00Z", 400))["title"]

    run(story, tmp_path)


def test_an_invitation_says_what_stands_at_the_same_time(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = await both(world)
        await bob.post("calendar", 201, subject="Dentist", **TIMES)
        await alice.post("calendar", 201, subject="Plans", attendees="Bob", **TIMES)
        (asked,) = await bob.messages("inbox")
        meeting = (await bob.get(f"message?id={asked['id']}"))["meeting"]
        assert (meeting["conflicts"], meeting["answered"], meeting["outOfDate"]) == (["Dentist"], False, False)

    run(story, tmp_path)
