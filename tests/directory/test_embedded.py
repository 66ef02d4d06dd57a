"""The directory finds people by every name, and keeps up with what is committed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.directory.api import Directory
from samband.directory.embedded import EmbeddedDirectory
from samband.directory.index import PeopleIndex
from samband.directory.people_changes import PeopleChanges
from samband.feed.follow import follow
from samband.feed.local import LocalFeed
from samband.model.failures import Failure
from samband.model.people import Person
from samband.store.engine import Engine, open_store
from tests.directory.people import somebody

ALICE = somebody("alice", display_name="Alice Andersson")
BOB = somebody("bob", display_name="Bob O'Brien")
NAMES = ["by_guid", "by_login", "by_smtp", "by_proxy_sip", "by_mailbox", "by_legacy_dn", "by_sip"]


@asynccontextmanager
async def organisation(folder: Path) -> AsyncIterator[tuple[Engine, LocalFeed, EmbeddedDirectory, PeopleChanges]]:
    feed = LocalFeed()
    store = await open_store(str(folder / "db"), folder / "blobs", feed.publish)
    directory = await EmbeddedDirectory.open(store, feed, ["CONTOSO", "contoso.test"])
    try:
        yield store, feed, directory, PeopleChanges(store, directory, ["CONTOSO"])
    finally:
        await directory.close()
        await store.close()


Scenario = Callable[[Engine, LocalFeed, EmbeddedDirectory, PeopleChanges], Awaitable[None]]


def play(folder: Path, scenario: Scenario) -> None:
    async def run() -> None:
        async with organisation(folder) as parts:
            await scenario(*parts)

    asyncio.run(run())


def found_by(directory: Directory, person: Person) -> set[str]:
    """Which lookups find ``person`` by what it has."""
    asked = {
        "by_guid": person.objectGUID.upper(),
        "by_login": f"contoso\\{person.sAMAccountName.upper()}",
        "by_smtp": "ALICE@contoso.test",
        "by_proxy_sip": "Alice@Contoso.test",
        "by_mailbox": person.msExchMailboxGuid.upper(),
        "by_legacy_dn": person.legacyExchangeDN.lower(),
        "by_sip": "alice@CONTOSO.test",
    }
    return {name for name in NAMES if getattr(directory, name)(asked[name]) == person}


def test_everyone_is_found_by_every_name(tmp_path: Path) -> None:
    async def scenario(store: Engine, feed: LocalFeed, directory: EmbeddedDirectory, changes: PeopleChanges) -> None:
        await changes.add(BOB)
        assert await changes.add(ALICE) == ALICE
        assert found_by(directory, ALICE) == set(NAMES)
        for login in ("alice", "alice@contoso.test", "CONTOSO\\Alice", "contoso.test\\alice", "\\alice"):
            assert directory.by_login(login) == ALICE
        for login in ("FABRIKAM\\alice", "", "\\", "alic", "alice@fabrikam.test", "CONTOSO\\alice@contoso.test"):
            assert directory.by_login(login) is None
        assert directory.by_guid("") is directory.by_mailbox("") is directory.by_sip("") is None
        assert list(directory.people()) == [ALICE, BOB]

    play(tmp_path, scenario)


@pytest.mark.parametrize(
    ("values", "lost"),
    [
        ({"proxyAddresses": ["SMTP:alice@contoso.test"]}, {"by_proxy_sip"}),
        ({"mail": []}, set()),
        ({"msRTCSIP-UserEnabled": ["FALSE"]}, {"by_sip"}),
        ({"msExchMailboxGuid": [], "proxyAddresses": []}, {"by_mailbox", "by_smtp", "by_proxy_sip"}),
    ],
)
def test_each_attribute_taken_away_takes_its_own_lookup(
    tmp_path: Path, values: dict[str, list[str]], lost: set[str]
) -> None:
    async def scenario(store: Engine, feed: LocalFeed, directory: EmbeddedDirectory, changes: PeopleChanges) -> None:
        await changes.add(ALICE)
        person = await changes.set("alice", values)
        assert set(NAMES) - found_by(directory, person) == lost

    play(tmp_path, scenario)


def test_search_finds_beginnings_of_words(tmp_path: Path) -> None:
    async def scenario(store: Engine, feed: LocalFeed, directory: EmbeddedDirectory, changes: PeopleChanges) -> None:
        for person in (BOB, ALICE):
            await changes.add(person)
        assert directory.search("ali") == directory.search("AND ali") == directory.search("alice@cont") == [ALICE]
        assert directory.search("brien") == directory.search("o'b") == [BOB]
        assert directory.search("") == directory.search("lice") == directory.search("alice bob") == []
        assert directory.search("contoso") == []
        await changes.set("alice", {"displayName": ["Bobbie Ålund"], "givenName": [], "sn": []})
        assert [person.sAMAccountName for person in directory.search("bob")] == ["bob", "alice"]
        assert len(directory.search("bob", 1)) == 1
        assert directory.search("ål") and not directory.search("andersson")
        await changes.set("bob", {"msExchHideFromAddressLists": ["TRUE"]})
        assert [person.sAMAccountName for person in directory.search("bob")] == ["alice"]
        assert len(directory.search("bob", hidden=True)) == 2

    play(tmp_path, scenario)


def test_names_are_one_person_s_alone(tmp_path: Path) -> None:
    taken = [
        ("sAMAccountName", ["ALICE"], "login"),
        ("userPrincipalName", ["Alice@contoso.test"], "userPrincipalName"),
        ("proxyAddresses", ["SMTP:bob@contoso.test", "smtp:ALICE@contoso.test"], "mail address"),
        ("mail", ["alice@contoso.test"], "mail address"),
        ("proxyAddresses", ["SMTP:bob@contoso.test", "SIP:alice@contoso.test"], "SIP address"),
        ("msRTCSIP-PrimaryUserAddress", ["sip:alice@contoso.test"], "SIP address"),
        ("msExchMailboxGuid", [ALICE.msExchMailboxGuid], "mailbox"),
    ]

    async def scenario(store: Engine, feed: LocalFeed, directory: EmbeddedDirectory, changes: PeopleChanges) -> None:
        await changes.add(ALICE)
        await changes.set("alice", {"msRTCSIP-UserEnabled": ["FALSE"]})
        await changes.add(BOB)
        before = await store.last()
        for name, values, said in taken:
            with pytest.raises(Failure, match=f"{said}.* belongs to Alice Andersson") as refused:
                await changes.set("bob", {name: values, "title": ["Boss"]})
            assert refused.value.code == "NameInUse"
        with pytest.raises(Failure):
            await changes.add(ALICE)
        assert await store.last() == before
        assert directory.by_login("bob") == BOB
        await changes.remove("alice")
        await changes.set("bob", {"mail": ["alice@contoso.test"]})

    play(tmp_path, scenario)


def test_nobody_by_that_login(tmp_path: Path) -> None:
    async def scenario(store: Engine, feed: LocalFeed, directory: EmbeddedDirectory, changes: PeopleChanges) -> None:
        for verb in (changes.find, changes.remove):
            with pytest.raises(Failure, match="nobody") as refused:
                await verb("nobody")
            assert refused.value.code == "NoSuchPerson"
        with pytest.raises(Failure):
            await changes.set("nobody", {"mail": []})

    play(tmp_path, scenario)


def test_another_process_s_changes_arrive(tmp_path: Path) -> None:
    async def scenario(store: Engine, feed: LocalFeed, directory: EmbeddedDirectory, changes: PeopleChanges) -> None:
        following = asyncio.create_task(follow(store, feed, 0.001))
        there = await open_store(str(tmp_path / "db"), tmp_path / "blobs")
        elsewhere = PeopleChanges(there)
        await elsewhere.add(ALICE)
        while directory.by_login("alice") != ALICE:
            await asyncio.sleep(0.001)
        changed = await elsewhere.set("alice", {"mail": [], "title": ["Boss"]})
        while directory.by_login("alice") != changed:
            await asyncio.sleep(0.001)
        assert await changes.list() == [changed]
        await elsewhere.remove("alice")
        while directory.by_login("alice"):
            await asyncio.sleep(0.001)
        following.cancel()
        await there.close()

    play(tmp_path, scenario)


def test_after_lost_changes_everyone_is_read_anew(tmp_path: Path) -> None:
    async def scenario(store: Engine, feed: LocalFeed, directory: EmbeddedDirectory, changes: PeopleChanges) -> None:
        there = await open_store(str(tmp_path / "db"), tmp_path / "blobs")
        await PeopleChanges(there).add(BOB)
        await there.close()
        feed.skip(await store.last())
        while directory.by_login("bob") != BOB:
            await asyncio.sleep(0.001)

    play(tmp_path, scenario)


POOL = [
    somebody(name, display_name=f"{name.capitalize()} {family}") for name, family in zip("abcd", "wxyz", strict=True)
]
STEPS = st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["put", "remove", "rename", "swap mail"])), max_size=30)


@given(STEPS)
def test_an_index_that_changed_is_as_one_made_anew(steps: list[tuple[int, str]]) -> None:
    """Old snapshot and changes make the fresh snapshot."""
    index, people = PeopleIndex(), dict[str, Person]()
    for place, step in steps:
        person = people.get(POOL[place].objectGUID, POOL[place])
        if step == "remove":
            people.pop(person.objectGUID, None)
            index.remove(person.objectGUID)
            continue
        if step == "rename":
            person = replace(person, displayName=person.displayName[::-1], msRTCSIP_UserEnabled=False)
        if step == "swap mail":
            person = replace(person, proxyAddresses=(f"SMTP:{place}@contoso.test",))
        people[person.objectGUID] = person
        index.put(person)
    fresh = PeopleIndex(people.values())
    assert vars(index) == vars(fresh)
    assert list(index) == list(fresh)
