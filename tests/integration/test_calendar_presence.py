"""Calendar and OOF into presence: read, told of changes, refused, accepted again, and the turns of time."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from samband.integration import calendar_presence
from samband.integration.calendar_presence import CalendarPresence
from samband.integration.exchange_client import ExchangeClient, plain_text
from samband.integration.sight_board import SightBoard
from samband.model.mailbox_sight import MailboxSight, running
from samband.model.people import Person
from tests.integration.fake_exchange import AUTODISCOVER, FakeExchange


class Shown:
    """What watchers see: objectGUID -> the sight and the moment it was shown."""

    def __init__(self) -> None:
        self.now: dict[str, tuple[MailboxSight, datetime]] = {}
        self.times = 0

    def show(self, person: Person, sight: MailboxSight, now: datetime) -> None:
        self.now[person.objectGUID] = (sight, now)
        self.times += 1

    def hide(self, person: Person) -> None:
        del self.now[person.objectGUID]
        self.times += 1


class PeopleOf:
    def __init__(self, *people: Person) -> None:
        self.everyone = list(people)

    def people(self) -> list[Person]:
        return self.everyone


def _person(name: str, mail: bool = True) -> Person:
    return Person(
        objectGUID=name,
        sAMAccountName=name,
        userPrincipalName=f"{name}@contoso.test",
        displayName=name.title(),
        mail=f"{name}@contoso.test" if mail else "",
        msExchMailboxGuid=f"mailbox-{name}",
        msRTCSIP_PrimaryUserAddress=f"sip:{name}@contoso.test",
        msRTCSIP_UserEnabled=True,
    )


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.01)


def _event(start: datetime, end: datetime, busy: str = "Busy") -> str:
    return (
        f"<t:CalendarEvent><t:StartTime>{start:%Y-%m-%dT%H:%M:%S}</t:StartTime>"
        f"<t:EndTime>{end:%Y-%m-%dT%H:%M:%S}</t:EndTime><t:BusyType>{busy}</t:BusyType><t:CalendarEventDetails>"
        "<t:Subject>Budget</t:Subject><t:Location>Room 1</t:Location><t:IsMeeting>true</t:IsMeeting>"
        "<t:IsRecurring>false</t:IsRecurring><t:IsException>false</t:IsException><t:IsReminderSet>false"
        "</t:IsReminderSet><t:IsPrivate>false</t:IsPrivate></t:CalendarEventDetails></t:CalendarEvent>"
    )


class Scene:
    """The feature between a fake Exchange and a record of what is shown."""

    def __init__(self, *people: Person, calm: float = 0.0) -> None:
        self.exchange = FakeExchange()
        self.shown = Shown()
        self.people = PeopleOf(*people)
        self.now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
        board = SightBoard(self.shown, self.clock)
        client = ExchangeClient(self.exchange, self.exchange, AUTODISCOVER)
        self.feature = CalendarPresence(client, self.people, board, self.clock, calm)

    def clock(self) -> datetime:
        return self.now

    def play(self, scenario: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(calendar_presence, "RETRY_SECONDS", 0.05)

        async def run() -> None:
            task = asyncio.ensure_future(self.feature.run())
            try:
                await scenario()  # type: ignore[misc]
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

        asyncio.run(run())


def test_a_change_in_the_mailbox_is_read_and_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(_person("alice"), _person("bob"))

    async def scenario() -> None:
        await _until(lambda: set(scene.shown.now) == {"alice", "bob"})
        assert not scene.shown.now["alice"][0].appointments
        meeting = _event(scene.now, scene.now + timedelta(hours=1))
        scene.exchange.events["alice@contoso.test"] = meeting
        scene.exchange.oof["alice@contoso.test"] = (
            "<t:OofState>Enabled</t:OofState><t:InternalReply><t:Message>&lt;p&gt;Back on Monday&lt;/p&gt;"
            "</t:Message></t:InternalReply>"
        )
        scene.exchange.news.put_nowait("alice@contoso.test")
        await _until(lambda: bool(scene.shown.now["alice"][0].appointments))
        sight, now = scene.shown.now["alice"]
        shown = running(sight.appointments, now)
        assert shown is not None
        assert (shown.subject, shown.location, shown.is_meeting) == ("Budget", "Room 1", True)
        assert sight.out_of_office is not None
        assert sight.out_of_office.note == "Back on Monday"
        assert sight.working_hours.startswith("<t:WorkingHours xmlns:t=")
        assert not scene.shown.now["bob"][0].appointments

    scene.play(scenario, monkeypatch)


def test_a_refused_token_takes_the_calendar_away_until_it_is_accepted(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    scene = Scene(_person("alice"))

    async def scenario() -> None:
        await _until(lambda: "alice" in scene.shown.now)
        scene.exchange.refusal = '2000001;reason="no partner application";error_category="invalid_issuer"'
        scene.exchange.news.put_nowait("close")
        await _until(lambda: "alice" not in scene.shown.now)
        assert "no partner application" in caplog.text or any(
            "no partner application" in str(record.__dict__.get("why")) for record in caplog.records
        )
        scene.exchange.refusal = ""
        await _until(lambda: "alice" in scene.shown.now)

    scene.play(scenario, monkeypatch)


def test_without_mail_the_lync_side_does_not_find_the_mailbox(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(_person("alice"), _person("bob", mail=False))

    async def scenario() -> None:
        await _until(lambda: "alice" in scene.shown.now)
        assert "bob" not in scene.shown.now
        scene.people.everyone = [_person("alice", mail=False), _person("bob")]
        scene.feature.people_changed()
        await _until(lambda: set(scene.shown.now) == {"bob"})

    scene.play(scenario, monkeypatch)


def test_only_who_changed_is_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(*(_person(f"p{number}") for number in range(250)))

    async def scenario() -> None:
        await _until(lambda: len(scene.shown.now) == 250)
        await _until(lambda: scene.exchange.asked.count("GetStreamingEvents") == 3)
        scene.exchange.asked_for.clear()
        scene.people.everyone = [*scene.people.everyone[:7], _person("p7", mail=False), *scene.people.everyone[8:]]
        scene.people.everyone.append(_person("new"))
        scene.feature.people_changed()
        await _until(lambda: "new" in scene.shown.now and "p7" not in scene.shown.now)
        await _until(lambda: "GetStreamingEvents itself" in scene.exchange.asked_for)
        assert {asked.partition(" ")[2] for asked in scene.exchange.asked_for} == {"new@contoso.test", "itself"}
        assert len(scene.exchange.asked_for) == 5
        meeting = _event(scene.now, scene.now + timedelta(hours=1))
        scene.exchange.events = {"p8@contoso.test": meeting, "new@contoso.test": meeting}
        for name in ("new", "p8"):
            scene.exchange.news.put_nowait(f"{name}@contoso.test")
        await _until(lambda: all(scene.shown.now[name][0].appointments for name in ("new", "p8")))

    scene.play(scenario, monkeypatch)


def test_trust_that_changed_is_tried_with_everyone(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(_person("alice"))

    async def scenario() -> None:
        await _until(lambda: "alice" in scene.shown.now)
        scene.exchange.refusal = '2000006;reason="no partner application";error_category="invalid_issuer"'
        scene.feature.trust_changed()
        await _until(lambda: "alice" not in scene.shown.now)

    scene.play(scenario, monkeypatch)


def test_one_person_exchange_does_not_know_spoils_nothing_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(_person("alice"), _person("bob"))
    scene.exchange.strangers.add("bob@contoso.test")

    async def scenario() -> None:
        await _until(lambda: "alice" in scene.shown.now)
        await _until(lambda: "GetStreamingEvents" in scene.exchange.asked)
        assert set(scene.shown.now) == {"alice"}
        assert scene.exchange.forgotten == []
        scene.exchange.strangers = {"alice@contoso.test"}
        scene.exchange.news.put_nowait("alice@contoso.test")
        await _until(lambda: not scene.shown.now)

    scene.play(scenario, monkeypatch)


def test_who_could_not_be_reached_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(_person("alice"), _person("bob"))
    scene.exchange.busy.add("bob@contoso.test")

    async def scenario() -> None:
        await _until(lambda: "alice" in scene.shown.now)
        assert "bob" not in scene.shown.now
        scene.exchange.busy.clear()
        await _until(lambda: "bob" in scene.shown.now)
        assert scene.exchange.asked_for.count("Subscribe alice@contoso.test") == 1

    scene.play(scenario, monkeypatch)


def test_an_exchange_that_is_down_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(_person("alice"))
    scene.exchange.down = True

    async def scenario() -> None:
        await _until(lambda: len(scene.exchange.asked) > 2)
        scene.exchange.down = False
        await _until(lambda: "alice" in scene.shown.now)

    scene.play(scenario, monkeypatch)


def test_a_thousand_changes_are_read_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """At once, and when the pause is over: what came last is seen then, whatever came before it."""
    scene = Scene(_person("alice"), _person("bob"), calm=0.5)

    async def scenario() -> None:
        await _until(lambda: set(scene.shown.now) == {"alice", "bob"})
        await _until(lambda: "GetStreamingEvents" in scene.exchange.asked)
        scene.exchange.asked_for.clear()
        times = scene.shown.times
        for number in range(1000):
            start = scene.now + timedelta(minutes=number)
            scene.exchange.events["alice@contoso.test"] = _event(start, start + timedelta(hours=1))
            scene.exchange.news.put_nowait("alice@contoso.test")
        last = scene.now + timedelta(minutes=999)
        await _until(lambda: any(one.start == last for one in scene.shown.now["alice"][0].appointments))
        assert scene.exchange.asked_for == [
            "GetUserAvailabilityRequest alice@contoso.test",
            "GetUserOofSettingsRequest alice@contoso.test",
        ]
        scene.exchange.events["alice@contoso.test"] = ""
        scene.exchange.news.put_nowait("alice@contoso.test")
        await _until(lambda: not scene.shown.now["alice"][0].appointments)
        assert len(scene.exchange.asked_for) == 4 and scene.shown.times == times + 2

    scene.play(scenario, monkeypatch)


def test_news_that_change_nothing_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(_person("alice"))

    async def scenario() -> None:
        await _until(lambda: "GetStreamingEvents" in scene.exchange.asked)
        times = scene.shown.times
        scene.exchange.news.put_nowait("alice@contoso.test")
        await _until(lambda: scene.exchange.asked_for.count("GetUserOofSettingsRequest alice@contoso.test") == 2)
        await asyncio.sleep(0.05)
        assert scene.shown.times == times

    scene.play(scenario, monkeypatch)


def test_an_exchange_that_was_away_is_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is said of a calendar that nobody can read; what changed meanwhile is seen when it is back."""
    scene = Scene(_person("alice"))

    async def scenario() -> None:
        await _until(lambda: "GetStreamingEvents" in scene.exchange.asked)
        scene.exchange.down = True
        scene.exchange.news.put_nowait("close")
        await _until(lambda: "alice" not in scene.shown.now)
        scene.exchange.events["alice@contoso.test"] = _event(scene.now, scene.now + timedelta(hours=1))
        scene.exchange.down = False
        await _until(lambda: "alice" in scene.shown.now and bool(scene.shown.now["alice"][0].appointments))

    scene.play(scenario, monkeypatch)


@pytest.mark.parametrize(("audience", "note"), [("All", "Gone fishing"), ("Known", ""), ("None", "")])
def test_the_reply_for_others_is_for_them_all_or_for_nobody(
    audience: str, note: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene(_person("alice"))
    scene.exchange.oof["alice@contoso.test"] = (
        f"<t:OofState>Enabled</t:OofState><t:ExternalAudience>{audience}</t:ExternalAudience>"
        "<t:InternalReply><t:Message>Ask Bob</t:Message></t:InternalReply>"
        "<t:ExternalReply><t:Message>Gone fishing</t:Message></t:ExternalReply>"
    )

    async def scenario() -> None:
        await _until(lambda: "alice" in scene.shown.now)
        settings = scene.shown.now["alice"][0].out_of_office
        assert settings is not None and (settings.note, settings.external_note) == ("Ask Bob", note)

    scene.play(scenario, monkeypatch)


def test_a_meeting_begins_and_ends_by_time_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(_person("alice"))
    began = scene.now + timedelta(minutes=30)
    scene.exchange.events["alice@contoso.test"] = _event(began, began + timedelta(minutes=30))

    def runs() -> bool:
        sight, now = scene.shown.now["alice"]
        return running(sight.appointments, now) is not None

    async def scenario() -> None:
        await _until(lambda: "alice" in scene.shown.now)
        assert not runs()
        scene.now = began
        scene.exchange.news.put_nowait("alice@contoso.test")
        await _until(runs)
        scene.now = began + timedelta(minutes=30)
        scene.exchange.news.put_nowait("alice@contoso.test")
        await _until(lambda: not runs())

    scene.play(scenario, monkeypatch)


@pytest.mark.parametrize(
    ("reply", "note"),
    [
        ("Back on Monday", "Back on Monday"),
        (
            "\ufeff<html><head><title>x</title></head><body><p>Hi &amp; bye</p>On<br>leave</body></html>",
            "Hi & bye\nOn\nleave",
        ),
        ("<style>p {}</style><div>Out</div>", "Out"),
        ("", ""),
        ("1 < 2 and <b>bold", "1 < 2 and bold"),
    ],
)
def test_the_note_is_the_reply_as_plain_text(reply: str, note: str) -> None:
    assert plain_text(reply) == note
