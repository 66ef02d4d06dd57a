"""One owner in memory: versions, expiry, containers, and who is told what.

The invariant: a first document and all later ones lead to what a fresh look gives, for every watcher.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from samband.lync.actions.audience import Document, Following, OwnUpdate
from samband.lync.actions.drafts import MAX_CONTENT, Stale
from samband.lync.actions.presentity import Presentity
from samband.lync.actions.watches import OneOfMany
from samband.model.containers import Member, MemberChange, MemberKind, Readers
from samband.model.failures import Failure
from samband.model.presence import (
    Activity,
    Card,
    Conflict,
    Draft,
    ExpireType,
    Instance,
    Note,
    State,
    StateKind,
)

ALICE = "alice@contoso.test"
BOB = "bob@contoso.test"
ALL = frozenset({"state", "note", "contactCard", "calendarData"})


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def tick(self, seconds: float = 1) -> None:
        self.now += timedelta(seconds=seconds)


def draft(category: str, instance: int, container: int, version: int = 0, **fields: object) -> Draft:
    return Draft(category=category, instance=instance, container=container, version=version, **fields)  # type: ignore[arg-type]


def machine(version: int = 0, availability: int = 3500, instance: int = 9, container: int = 2) -> Draft:
    state = State(kind=StateKind.MACHINE, availability=availability)
    return draft("state", instance, container, version, value=state, content=f"<m>{availability}</m>")


def owner(clock: Clock | None = None) -> Presentity:
    found = Presentity("guid-alice", ALICE, clock or Clock())
    found.enter("e1")
    return found


class Reader:
    """A watcher: puts together what it is told."""

    def __init__(self, presentity: Presentity, address: str = BOB, categories: frozenset[str] = ALL) -> None:
        self.heard: list[Document] = []
        self.seen: dict[str, tuple[Instance, ...]] = {}
        self.watching = OneOfMany(address, MemberKind.SAME_ENTERPRISE, categories, self.hear)
        self.take(presentity.join(self.watching))

    def hear(self, document: Document) -> None:
        self.heard.append(document)
        self.take(document)

    def take(self, document: Document) -> None:
        for category in document.changed:
            self.seen[category] = tuple(one for one in document.instances if one.category == category)

    def availability(self) -> int | None:
        states = [one.state for one in self.seen["state"] if one.state]
        return states[0].availability if states else None


def test_versions_count_from_one() -> None:
    alice = owner()
    alice.publish([machine()], "e1")
    assert alice.instances["state", 9, 2].version == 1
    alice.publish([machine(1, 5000), machine(2, 6500)], "e1")
    assert alice.instances["state", 9, 2].version == 3


def test_stale_versions_change_nothing() -> None:
    alice = owner()
    alice.publish([machine()], "e1")
    with pytest.raises(Stale) as caught:
        alice.publish([draft("note", 0, 200), machine(0), draft("note", 1, 200, 4)], "e1")
    assert caught.value.conflicts == (Conflict(2, 0, 1), Conflict(3, 4, 0))
    assert ("note", 0, 200) not in alice.instances


def test_a_removed_instance_is_new_again() -> None:
    alice = owner()
    alice.publish([machine()], "e1")
    alice.publish([draft("state", 9, 2, 1, lifetime=0)], "e1")
    assert ("state", 9, 2) not in alice.instances
    alice.publish([machine()], "e1")
    assert alice.instances["state", 9, 2].version == 1


def test_what_lasts_is_told_for_the_store() -> None:
    alice = owner()
    static = draft("note", 0, 200, expire_type=ExpireType.STATIC)
    timed = draft("note", 1, 200, expire_type=ExpireType.TIME, lifetime=60)
    lasting = alice.publish([machine(), static, timed], "e1")
    assert [one.key for one in lasting if isinstance(one, Instance)] == [("note", 0, 200), ("note", 1, 200)]
    assert alice.publish([draft("note", 0, 200, 1, lifetime=0)], "e1") == [("note", 0, 200)]
    assert alice.publish([draft("note", 1, 200, 1, expire_type=ExpireType.ENDPOINT)], "e1") == [("note", 1, 200)]


def test_endpoints_take_their_publications_along() -> None:
    alice = owner()
    alice.enter("e2")
    alice.publish([machine(), draft("note", 0, 200, expire_type=ExpireType.STATIC)], "e1")
    alice.publish([machine(instance=10), draft("note", 1, 200, expire_type=ExpireType.USER)], "e2")
    bob = Reader(alice)
    assert bob.availability() == 3500
    alice.leave("e1")
    assert {key[:2] for key in alice.instances if key[0] == "note"} == {("note", 0), ("note", 1)}
    assert bob.availability() == 3500
    alice.leave("e2")
    assert {key[:2] for key in alice.instances if key[0] == "note"} == {("note", 0)}
    assert bob.availability() == 18500


def test_an_endpoint_must_be_signed_in() -> None:
    with pytest.raises(Failure) as caught:
        owner().publish([machine()], "nobody")
    assert caught.value.code == "NotRegistered"


def test_limits() -> None:
    alice = owner()
    with pytest.raises(Failure):
        alice.publish([draft("note", 0, 200, content="x" * (MAX_CONTENT + 1))], "e1")
    with pytest.raises(Failure):
        alice.publish([draft("note", number, 200) for number in range(2000)], "e1")
    with pytest.raises(Failure):
        alice.publish([draft("note", 0, 200, expire_type=ExpireType.TIME)], "e1")


def test_time_bound_publications_end() -> None:
    clock = Clock()
    alice = owner(clock)
    bob = Reader(alice)
    alice.publish([draft("note", 0, 200, expire_type=ExpireType.TIME, lifetime=60, value=Note(text="soon"))], "e1")
    clock.tick(59)
    assert not alice.expire(("note", 0, 200), 1)
    clock.tick(1)
    assert not alice.expire(("note", 0, 200), 7)
    assert alice.expire(("note", 0, 200), 1)
    assert bob.seen["note"] == ()
    assert not alice.expire(("note", 0, 200), 1)


def test_blocking_shows_offline_and_back() -> None:
    alice = owner()
    alice.publish([machine()], "e1")
    bob, carol = Reader(alice), Reader(alice, "carol@contoso.test")
    member = Member(MemberKind.USER, BOB)
    alice.set_members([(32000, 0, [MemberChange(True, member)])])
    assert (bob.availability(), carol.availability()) == (18500, 3500)
    assert bob.watching.container == 32000
    alice.set_members([(32000, 1, [MemberChange(False, member)])])
    assert bob.availability() == 3500
    assert len(carol.heard) == 0


def test_strangers_see_who_but_not_how() -> None:
    alice = owner()
    alice.set_card(Card(display_name="Alice", email=ALICE, title="Boss", phone="+1"))
    alice.set_members([(200, 0, [MemberChange(False, Member(MemberKind.SAME_ENTERPRISE))])])
    stranger = Reader(alice)
    assert stranger.watching.container == 0
    assert stranger.seen["state"] == ()
    assert stranger.seen["contactCard"][0].value == Card(display_name="Alice", email=ALICE)
    alice.set_members([(200, 1, [MemberChange(True, Member(MemberKind.SAME_ENTERPRISE))])])
    assert stranger.seen["contactCard"][0].value == Card(display_name="Alice", email=ALICE, title="Boss", phone="+1")


def test_members_are_changed_against_a_version() -> None:
    alice = owner()
    with pytest.raises(Stale) as caught:
        alice.set_members([(200, 0, []), (300, 2, [])])
    assert caught.value.conflicts == (Conflict(2, 2, 0),)
    assert alice.containers[200].version == 0
    for number in (0, 40000):
        with pytest.raises(Failure):
            alice.set_members([(number, 0, [])])


def test_everyone_who_reads_the_same_shares_one_document() -> None:
    alice = owner()
    readers = [Reader(alice, f"p{number}@contoso.test") for number in range(50)]
    other = Reader(alice, categories=frozenset({"state"}))
    alice.publish([machine()], "e1")
    assert len({id(reader.heard[-1]) for reader in readers}) == 1
    assert other.heard[-1] is not readers[0].heard[-1]
    alice.publish([draft("note", 0, 200, value=Note(text="x"))], "e1")
    assert (len(readers[0].heard), len(other.heard)) == (2, 1)
    assert readers[0].heard[-1].changed == {"note"}


def test_the_endpoint_that_publishes_is_not_told() -> None:
    alice = owner()
    alice.enter("e2")
    told: dict[str, list[OwnUpdate]] = {"e1": [], "e2": []}
    for endpoint, heard in told.items():
        alice.follow(Following(endpoint, heard.append))
    alice.publish([machine()], "e1")
    assert told["e1"] == []
    (update,) = told["e2"]
    assert update.categories is not None
    assert {one.key for one in update.categories["state"]} >= {("state", 9, 2), ("state", 1, 200)}
    alice.set_members([(300, 0, [])])
    assert [len(heard) for heard in told.values()] == [1, 2]
    alice.publish([draft("state", 9, 2, 1, lifetime=0)], "e1")
    last = told["e2"][-1].categories
    assert last is not None
    assert ("state", 9, 2) not in {one.key for one in last["state"]}


def test_one_watchers_trouble_is_not_the_others() -> None:
    def broken(news: object) -> None:
        raise RuntimeError

    alice = owner()
    trouble = OneOfMany(BOB, MemberKind.SAME_ENTERPRISE, ALL, broken)
    alice.join(trouble)
    bob = Reader(alice)
    alice.follow(Following("e3", broken))
    alice.publish([machine()], "e1")
    assert bob.availability() == 3500


def test_a_category_that_became_empty_is_told() -> None:
    alice = owner()
    told: list[OwnUpdate] = []
    alice.follow(Following("e2", told.append))
    alice.publish([draft("note", 0, 200)], "e1")
    alice.publish([draft("note", 0, 200, 1, lifetime=0)], "e1")
    assert told[-1].categories == {"note": ()}


def busy(start: datetime | None = None) -> list[Draft]:
    activity = Activity(token="in-a-meeting", lowest=6500, highest=8999)
    state = State(kind=StateKind.CALENDAR, availability=6500, activity=activity, start=start)
    return [draft("state", 0x40000001, container, value=state) for container in (2, 3)]


def test_a_servers_calendar_shows_without_any_endpoint() -> None:
    alice = Presentity("guid-alice", ALICE, Clock())
    bob = Reader(alice)
    assert bob.availability() == 18500
    alice.host("mailbox", busy(), lives_alone=True)
    assert bob.availability() == 6500
    alice.host("mailbox", busy(), lives_alone=True)
    assert len(bob.heard) == 1
    alice.host("mailbox", [], lives_alone=True)
    assert bob.availability() == 18500
    alice.host("client", busy(), lives_alone=False)
    assert bob.availability() == 18500
    alice.host("client", busy(), lives_alone=True)
    assert bob.availability() == 6500


def test_clients_publish_over_hosted_instances() -> None:
    alice = owner()
    alice.host("mailbox", [draft("calendarData", 0, 200, content="<server/>")], lives_alone=True)
    assert alice.instances["calendarData", 0, 200].version == 1
    alice.publish([draft("calendarData", 0, 200, 1, content="<client/>")], "e1")
    assert alice.instances["calendarData", 0, 200].content == "<client/>"
    alice.publish([draft("calendarData", 0, 200, 2, lifetime=0)], "e1")
    assert alice.instances["calendarData", 0, 200].content == "<server/>"


def test_how_long_somebody_has_been_away() -> None:
    clock = Clock()
    alice = owner(clock)
    alice.publish([machine(), machine(container=3)], "e1")
    alice.set_members([(300, 0, [MemberChange(True, Member(MemberKind.USER, "carol@contoso.test"))])])
    colleague, carol = Reader(alice), Reader(alice, "carol@contoso.test")
    clock.tick(60)
    left = clock.now
    alice.publish([machine(1, 5000), machine(1, 5000, container=3)], "e1")
    clock.tick(60)
    alice.publish([machine(2, 15500), machine(2, 15500, container=3)], "e1")
    for reader, expected in ((carol, left), (colleague, None)):
        state = reader.seen["state"][0].state
        assert state is not None
        assert (state.availability, state.last_active) == (15500, expected)
    alice.publish([machine(3), machine(3, container=3)], "e1")
    state = carol.seen["state"][0].state
    assert state is not None
    assert state.last_active is None


def test_a_removed_owner_is_offline() -> None:
    alice = owner()
    alice.publish([machine(), draft("note", 0, 200, value=Note(text="x"))], "e1")
    bob = Reader(alice)
    alice.wipe()
    assert bob.availability() == 18500
    assert bob.seen["note"] == ()


ADDRESSES = ("bob@contoso.test", "carol@contoso.test", "dave@fabrikam.test")
MEMBERS = [
    *(Member(MemberKind.USER, address) for address in ADDRESSES),
    Member(MemberKind.DOMAIN, "contoso.test"),
    Member(MemberKind.DOMAIN, "fabrikam.test"),
    Member(MemberKind.SAME_ENTERPRISE),
    Member(MemberKind.EVERYONE),
]
CATEGORIES = [frozenset({"state"}), frozenset({"note", "calendarData"}), ALL]


class AnyOrder:
    """Random operations of random endpoints, and watchers that come and go."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.clock = Clock()
        self.alice = Presentity("guid-alice", ALICE, self.clock)
        self.readers: list[Reader] = []
        self.told: dict[str, tuple[Instance, ...]] = dict(self.alice.own())
        self.alice.follow(Following("watcher", lambda update: self.told.update(update.categories or {})))

    def step(self) -> None:
        doings = [self.join, self.part, self.enter, self.leave, self.host, self.members, self.time]
        self.random.choice([*doings, *[self.publish] * 10])()

    def join(self) -> None:
        self.readers.append(Reader(self.alice, self.random.choice(ADDRESSES), self.random.choice(CATEGORIES)))

    def part(self) -> None:
        if len(self.readers) > 4:
            self.alice.audience.leave(self.readers.pop(self.random.randrange(len(self.readers))).watching)

    def enter(self) -> None:
        self.alice.enter(self.random.choice(["e1", "e2"]))

    def leave(self) -> None:
        self.alice.leave(self.random.choice(["e1", "e2"]))

    def publish(self) -> None:
        category = self.random.choice(["state", "note", "calendarData"])
        key = (category, self.random.randint(1, 3), self.random.choice([2, 3, 100, 200, 300, 400, 32000]))
        known = self.alice.instances.get(key)
        stale = self.random.random() < 0.1
        expire_type = self.random.choice(list(ExpireType))
        kind = self.random.choice([StateKind.MACHINE, StateKind.USER, StateKind.CALENDAR])
        state = State(kind=kind, availability=self.random.choice([3500, 5000, 6500, 15500, 18500]), manual=True)
        remove = self.random.random() < 0.3
        wish = Draft(
            category=key[0],
            instance=key[1],
            container=key[2],
            version=(known.version if known else 0) + stale,
            expire_type=expire_type,
            lifetime=0 if remove else 5 if expire_type is ExpireType.TIME else None,
            content=f"<{category}/>",
            value=state if category == "state" else None,
        )
        try:
            self.alice.publish([wish], self.random.choice(["e1", "e2"]))
        except Failure:
            assert stale or expire_type is ExpireType.ENDPOINT

    def host(self) -> None:
        drafts = self.random.choice([busy(), busy()[:1], []])
        self.alice.host(self.random.choice(["mailbox", "other"]), drafts, self.random.random() < 0.5)

    def members(self) -> None:
        container = self.random.choice([100, 200, 300, 400, 32000])
        change = MemberChange(self.random.random() < 0.5, self.random.choice(MEMBERS))
        self.alice.set_members([(container, self.alice.containers[container].version, [change])])

    def time(self) -> None:
        self.clock.tick(self.random.randint(1, 10))
        for key, instance in list(self.alice.instances.items()):
            self.alice.expire(key, instance.version)

    def check(self) -> None:
        assert len(self.alice.audience) == len(self.readers)
        for reader in self.readers:
            where = Readers(self.alice.containers).container(reader.watching.address, MemberKind.SAME_ENTERPRISE)
            assert reader.watching.container == where
            fresh = Reader(self.alice, reader.watching.address, reader.watching.categories)
            self.alice.audience.leave(fresh.watching)
            assert reader.seen == fresh.seen
        assert {name: group for name, group in self.told.items() if group} == self.alice.own()


@pytest.mark.parametrize("seed", range(20))
def test_what_is_told_adds_up_to_what_is_there(seed: int) -> None:
    world = AnyOrder(seed)
    for _ in range(200):
        world.step()
        world.check()
