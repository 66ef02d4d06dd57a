"""The address book follows the directory, and says whom it left out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

import pytest

from samband.lync.actions.address_book import MOST, MOST_MEMBERS, AddressBook, Found
from samband.model.address_book import Query
from samband.model.groups import Group
from samband.model.people import Person
from tests.trust.fakes import People, person


def brown(name: str, **more: object) -> Person:
    return person(name, sn="Brown", **more)


def play(directory: People, story: Callable[[AddressBook], Awaitable[None]]) -> None:
    async def run() -> None:
        book = AddressBook(directory)  # type: ignore[arg-type]
        await story(book)
        book.close()
        assert directory.hearers == []

    asyncio.run(run())


async def browns(book: AddressBook, limit: int = 10) -> Found:
    return await book.find([Query(("sn",), "bro")], limit)


def names(found: Found) -> list[str]:
    return [one.sAMAccountName for one in found.people]


def test_it_follows_the_directory() -> None:
    directory = People()
    directory.put(brown("ann"))

    async def story(book: AddressBook) -> None:
        assert names(await browns(book)) == ["ann"]
        directory.put(brown("bert"))
        assert names(await browns(book)) == ["ann", "bert"]
        directory.put(replace(brown("ann"), sn="Black"))
        assert names(await browns(book)) == ["bert"]
        directory.put(brown("bert", enabled=False))
        assert names(await browns(book)) == []
        directory.found["guid-carl"] = brown("carl")
        for hear in directory.hearers:
            hear(frozenset())  # everybody was read anew
        assert names(await browns(book)) == ["carl"]

    play(directory, story)


class Busy(People):
    """Somebody changes while the index is made from what there was."""

    def __init__(self, *, told: bool) -> None:
        super().__init__()
        self.put(brown("ann"))
        self._told = told
        self._once = True

    def people(self) -> Iterable[Person]:
        found = list(super().people())
        if self._once:
            self._once = False
            asyncio.get_running_loop().call_soon(self._change)
        return found

    def _change(self) -> None:
        self.found["guid-bert"] = brown("bert")
        for hear in self.hearers:
            hear(frozenset({"guid-bert"} if self._told else ()))


@pytest.mark.parametrize("told", [True, False], ids=["who changed", "that anybody may have"])
def test_changes_while_the_index_is_made_are_not_missed(told: bool) -> None:
    async def story(book: AddressBook) -> None:
        assert names(await browns(book)) == ["ann", "bert"]

    play(Busy(told=told), story)


def test_no_more_than_were_asked_for() -> None:
    directory = People()
    directory.put(*(brown(f"p{number:03}") for number in range(MOST + 50)))
    directory.put(person("bro", displayName="Zoe", sn="Bro"))

    async def story(book: AddressBook) -> None:
        some = await browns(book, 3)
        assert (names(some), some.more) == (["bro", "p000", "p001"], True), "whom it names in full first"
        many = await browns(book, 10_000)
        assert (len(many.people), many.more) == (MOST, True)
        all_of_them = await book.find([Query(("sn",), "bro"), Query(("mailNickname",), "p00")], 10)
        assert (len(all_of_them.people), all_of_them.more) == (10, False)
        nobody = await browns(book, 0)
        assert (nobody.people, nobody.more) == ((), True)
        words = book.search("P0", 5)
        assert (len(words.people), words.more) == (5, True)

    play(directory, story)


def group(name: str, *member: str) -> Group:
    guids = tuple(f"guid-{one}" for one in member)
    return Group(
        objectGUID=f"guid-{name}", sAMAccountName=name, displayName=name, mail=f"{name}@contoso.test", member=guids
    )


def test_everybody_in_a_group_and_in_those_within() -> None:
    directory = People()
    hidden = person("dave", msExchHideFromAddressLists=True)
    directory.put(person("ann"), person("bert"), person("carl", enabled=False), hidden)
    staff = group("staff", "ann", "carl", "dave", "board", "gone")
    directory.put_groups(staff, group("board", "bert", "ann", "staff"))

    async def story(book: AddressBook) -> None:
        everybody = book.everybody(staff)
        assert everybody is not None
        assert [one.sAMAccountName for one in everybody] == ["ann", "bert"]

    play(directory, story)


def test_a_group_is_opened_once_for_all_who_watch_it() -> None:
    directory = People()
    directory.put(person("ann"))
    staff = group("staff", "ann")
    directory.put_groups(staff)
    opened: list[Group] = []
    open_one = directory.group_members

    def counting(one: Group) -> list[Person | Group]:
        opened.append(one)
        return open_one(one)

    directory.group_members = counting  # type: ignore[method-assign]

    async def story(book: AddressBook) -> None:
        first = book.everybody(staff)
        assert first is not None
        assert book.everybody(group("staff", "ann")) is first
        assert opened == [staff]
        directory.put(person("ann", displayName="Anna"))
        (ann,) = book.everybody(staff) or ()
        assert (ann.displayName, len(opened)) == ("Anna", 2)

    play(directory, story)


@pytest.mark.parametrize("too_many", [False, True])
def test_groups_are_opened_up_to_a_bound(too_many: bool) -> None:
    """However many people are in one, in all of them, or how many groups there are."""
    directory = People()
    everyone = [f"p{number}" for number in range(MOST_MEMBERS + too_many)]
    directory.put(*(person(name) for name in everyone))
    rows = [f"g{number}" for number in range(MOST_MEMBERS - 1 + too_many)]
    halves = group("low", *everyone[:600]), group("high", *everyone[600:])
    directory.put_groups(*halves, *(group(name, "p0") for name in rows))

    async def story(book: AddressBook) -> None:
        for members in (everyone, ["low", "high"], rows):
            found = book.everybody(group("all", *members))
            assert (found is None) is too_many
            assert found is None or len(found) in (MOST_MEMBERS, 1)

    play(directory, story)


def test_who_listens_hears_of_every_change() -> None:
    directory = People()

    async def story(book: AddressBook) -> None:
        heard: list[int] = []
        deaf = book.listen(lambda: heard.append(book.number))
        directory.put(person("ann"))
        directory.put_groups(group("staff", "ann"))
        assert heard == [1, 2]
        deaf()
        directory.put(person("bert"))
        assert (heard, book.number) == ([1, 2], 3)

    play(directory, story)
    assert directory.group_hearers == []
