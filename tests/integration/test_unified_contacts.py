from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from samband.integration.mailbox_lists import MailboxLists
from samband.model import contacts as lists
from samband.model.contacts import PINNED
from samband.model.failures import Failure
from samband.model.unified_contacts import Seat, UcsState
from samband.wire.presence.group_extension import write_distribution_group
from tests.exchange.im_list import OTHERS
from tests.integration.two_sides import ALICE, AT_ONCE, BOB, EWS, OFF, PEOPLE, Sides, groups_of, play

IN_MAILBOX = {
    "Friends": ["bob@contoso.test"],
    "Work": ["bob@contoso.test", "carol@contoso.test"],
    OTHERS: ["dave@elsewhere.test"],
}


def test_a_list_moves_and_comes_back_as_it_was(tmp_path: Path) -> None:
    async def story(sides: Sides) -> None:
        before = await sides.local()
        await sides.store.migrate(ALICE)
        found = await sides.mailbox.list()
        assert found.used == IN_MAILBOX and "Nobody yet" in found.groups
        assert found.names["dave@elsewhere.test"] == "Davey" and found.names["bob@contoso.test"] == "Bob"
        assert sides.ucs.of(ALICE.objectGUID).state is UcsState.MIGRATED
        assert await sides.local() == before, "the copy says the same"
        with pytest.raises(Failure, match="at this time"):
            await sides.contacts.change(ALICE, before.delta, lambda book: lists.add_group(book, "X"))
        with pytest.raises(Failure, match="already"):
            await sides.store.migrate(ALICE)
        await sides.store.roll_back(ALICE)
        assert await sides.local() == before
        await sides.contacts.change(ALICE, before.delta, lambda book: lists.add_group(book, "X"))
        with pytest.raises(Failure, match="not in the mailbox"):
            await sides.store.roll_back(ALICE)

    play(tmp_path, story)


def test_what_changed_in_the_mailbox_comes_back_too(tmp_path: Path) -> None:
    async def story(sides: Sides) -> None:
        await sides.store.migrate(ALICE)
        found = await sides.mailbox.list()
        await sides.mailbox.add("erin@contoso.test", await sides.mailbox.group("New"))
        work = found.group_ids["Work"]
        carol = found.contacts["carol@contoso.test"]
        assert await sides.mailbox.code("RemoveImContactFromGroup", ContactId=carol, GroupId=work) == "NoError"
        assert await sides.mailbox.code("SetImGroup", GroupId=work, NewDisplayName="Office") == "NoError"
        await sides.store.roll_back(ALICE)
        assert groups_of(await sides.local()) == {
            "bob@contoso.test": ("Friends", "Office"),
            "dave@elsewhere.test": (),
            "erin@contoso.test": ("New",),
        }

    play(tmp_path, story)


@pytest.mark.parametrize("requests", range(10))
def test_a_move_that_is_cut_off_anywhere_loses_and_doubles_nothing(requests: int, tmp_path: Path) -> None:
    async def story(sides: Sides) -> None:
        before = await sides.local()
        sides.wire.left = requests
        with pytest.raises(Failure, match="not moved"):
            await sides.store.migrate(ALICE)
        failed = sides.ucs.of(ALICE.objectGUID)
        assert (failed.state, failed.attempts) == (UcsState.FAILED, 1) and failed.reason
        assert await sides.local() == before
        sides.wire.left = None
        await sides.store.migrate(ALICE)
        assert (await sides.mailbox.list()).used == IN_MAILBOX
        assert sides.ucs.of(ALICE.objectGUID).attempts == 2

    play(tmp_path, story)


def test_ten_requests_move_this_list(tmp_path: Path) -> None:
    """So that the test before this one cuts at every place."""

    async def story(sides: Sides) -> None:
        await sides.store.migrate(ALICE)
        assert len(sides.wire.asked) == 10

    play(tmp_path, story)


@pytest.mark.parametrize("requests", [1, 4, 7, 9])
def test_a_move_whose_process_died_is_taken_up_again(requests: int, tmp_path: Path) -> None:
    async def story(sides: Sides) -> None:
        before = await sides.local()
        task = asyncio.create_task(sides.store.migrate(ALICE))
        await sides.until(lambda: _true(len(sides.wire.asked) >= requests), "some requests")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if sides.ucs.of(ALICE.objectGUID).state is UcsState.MIGRATED:
            return
        assert sides.ucs.of(ALICE.objectGUID).state is UcsState.MIGRATING
        async with sides.running(OFF):
            await sides.until(lambda: _true(sides.ucs.of(ALICE.objectGUID).migrated), "the move")
        assert (await sides.mailbox.list()).used == IN_MAILBOX
        assert await sides.local() == before

    play(tmp_path, story)


async def _true(value: bool) -> bool:
    return value


def test_a_list_moves_by_itself_after_sign_in_where_the_policy_says_so(tmp_path: Path) -> None:
    async def story(sides: Sides) -> None:
        async with sides.running(OFF):
            sides.ucs.signed_in(ALICE)
            await asyncio.sleep(0.05)
            assert sides.ucs.of(ALICE.objectGUID).state is UcsState.ALLOWED
        sides.wire.left = 3
        async with sides.running(AT_ONCE):
            await sides.until(lambda: _true(sides.ucs.of(ALICE.objectGUID).attempts >= 1), "a first attempt")
            sides.wire.left = None
            await sides.until(lambda: _true(sides.ucs.of(ALICE.objectGUID).migrated), "the move")
        await sides.store.roll_back(ALICE)
        async with sides.running(AT_ONCE):
            sides.ucs.signed_in(ALICE)
            await asyncio.sleep(0.05)
            assert sides.ucs.of(ALICE.objectGUID).state is UcsState.ALLOWED, "not again for seven days"
            sides.world.clock.advance(days=7, seconds=1)
            sides.ucs.signed_in(ALICE)
        async with sides.running(AT_ONCE):
            await sides.until(lambda: _true(sides.ucs.of(ALICE.objectGUID).migrated), "the second move")

    play(tmp_path, story)


def test_the_copy_follows_the_mailbox(tmp_path: Path) -> None:
    async def story(sides: Sides) -> None:
        await sides.store.migrate(ALICE)
        heard: list[str] = []
        await sides.contacts.follow(ALICE, lambda delta: heard.extend(one.address for one in delta.added_contacts))
        async with sides.running(OFF) as feature:
            await sides.until(lambda: _true("GetStreamingEvents" in sides.wire.asked), "the stream")
            await sides.mailbox.add("erin@contoso.test")
            await sides.until(lambda: _true(heard == ["erin@contoso.test"]), "the contact")
            assert "erin@contoso.test" in (await sides.local()).contacts
            asked = len(sides.wire.asked)
            feature.people_changed(frozenset({BOB.objectGUID}))
            feature.people_changed(frozenset({ALICE.objectGUID}))
            await sides.until(lambda: _true(sides.wire.asked[asked:].count("GetStreamingEvents") == 1), "a new stream")
            assert sides.wire.asked[asked:].count("Subscribe") == 1
            await sides.mailbox.add("frank@contoso.test")
            await sides.until(lambda: _true("frank@contoso.test" in heard), "another contact")

    play(tmp_path, story)


def test_without_the_mailbox_the_list_stays_as_last_known_and_comes_back_by_force_only(tmp_path: Path) -> None:
    async def story(sides: Sides) -> None:
        await sides.store.migrate(ALICE)
        sides.wire.left = 0
        assert groups_of(await sides.local()) == PEOPLE
        with pytest.raises(Failure, match="--force"):
            await sides.store.roll_back(ALICE)
        assert sides.ucs.of(ALICE.objectGUID).migrated
        await sides.store.roll_back(ALICE, force=True)
        assert groups_of(await sides.local()) == PEOPLE and not sides.ucs.of(ALICE.objectGUID).read_only

    play(tmp_path, story)


def test_a_mailbox_that_goes_away_leaves_the_copy_and_takes_it_up_again(tmp_path: Path) -> None:
    async def story(sides: Sides) -> None:
        await sides.store.migrate(ALICE)
        seats: list[Seat] = []
        sides.ucs.follow(ALICE.objectGUID, lambda: seats.append(sides.ucs.of(ALICE.objectGUID).seat))
        async with sides.running(OFF) as feature:
            await sides.until(lambda: _true("GetStreamingEvents" in sides.wire.asked), "the stream")
            sides.wire.left = 0
            feature.people_changed(frozenset({ALICE.objectGUID}))
            await sides.until(lambda: _true(seats == [Seat.COPY]), "the copy")
            down = sides.ucs.of(ALICE.objectGUID)
            assert (down.provider, down.connectivity) == ("UCS", "Exchange connection Down")
            assert down.down_since == sides.world.clock() and "cut" in down.reason
            before = await sides.local()
            assert groups_of(before) == PEOPLE
            with pytest.raises(Failure, match="Cannot add, remove, or move contacts or groups at this time"):
                await sides.contacts.change(ALICE, before.delta, lambda book: lists.add_group(book, "X"))
            await sides.mailbox.add("erin@contoso.test")
            sides.wire.left = None
            feature.changed()
            await sides.until(lambda: _true(seats == [Seat.COPY, Seat.MAILBOX]), "the mailbox again")
            assert "erin@contoso.test" in (await sides.local()).contacts, "what changed meanwhile"
            up = sides.ucs.of(ALICE.objectGUID)
            assert (up.connectivity, up.reason) == ("Exchange connection Active", "")

    play(tmp_path, story)


def test_a_mailbox_without_an_address_is_away(tmp_path: Path) -> None:
    async def story(sides: Sides) -> None:
        await sides.store.migrate(ALICE)
        async with sides.running(OFF) as feature:
            await sides.until(lambda: _true("GetStreamingEvents" in sides.wire.asked), "the stream")
            sides.world.people.everyone[0] = replace(ALICE, mail="")
            feature.people_changed(frozenset({ALICE.objectGUID}))
            await sides.until(lambda: _true(sides.ucs.of(ALICE.objectGUID).seat is Seat.COPY), "the copy")
            assert "mail address" in sides.ucs.of(ALICE.objectGUID).reason
            sides.world.people.everyone[0] = ALICE
            feature.people_changed(frozenset())
            await sides.until(lambda: _true(sides.ucs.of(ALICE.objectGUID).seat is Seat.MAILBOX), "the mailbox")

    play(tmp_path, story)


def test_a_short_absence_is_waited_for(tmp_path: Path) -> None:
    async def story(sides: Sides) -> None:
        await sides.store.migrate(ALICE)
        sides.wire.left = 0
        asked: list[str] = []
        sides.wire.seen = asked.append
        async with sides.running(replace(OFF, patience=timedelta(hours=1))):
            await sides.until(lambda: _true(bool(asked)), "an attempt")
            await asyncio.sleep(0.02)
            assert sides.ucs.of(ALICE.objectGUID).seat is Seat.MAILBOX

    play(tmp_path, story)


def test_changes_that_come_fast_are_copied_calmly(tmp_path: Path) -> None:
    async def story(sides: Sides) -> None:
        await sides.store.migrate(ALICE)
        sides.calm = 3600.0
        async with sides.running(OFF) as feature:
            await sides.until(lambda: _true("GetStreamingEvents" in sides.wire.asked), "the stream")
            asked = len(sides.wire.asked)
            await sides.mailbox.add("erin@contoso.test")
            await sides.until(lambda: _true(sides.wire.asked[asked:] == ["GetImItemList"]), "a reading")
            group = await sides.mailbox.group("New")
            for number in range(20):
                await sides.mailbox.code("SetImGroup", GroupId=group, NewDisplayName=f"New {number}")
            await asyncio.sleep(0.05)
            assert sides.wire.asked[asked:] == ["GetImItemList"]
            feature.people_changed(frozenset({ALICE.objectGUID}))
            await sides.until(_named(sides, "New 19"), "the last name")

    play(tmp_path, story)


def test_who_may_have_seen_what_was_there_between_two_readings_is_told(tmp_path: Path) -> None:
    async def story(sides: Sides) -> None:
        await sides.store.migrate(ALICE)
        numbers: list[int] = []
        await sides.contacts.follow(ALICE, lambda delta: numbers.append(delta.delta))
        sides.calm = 0.3
        async with sides.running(OFF):
            await sides.until(lambda: _true("GetStreamingEvents" in sides.wire.asked), "the stream")
            await sides.mailbox.add("erin@contoso.test")
            await sides.until(lambda: _true(len(numbers) == 1), "the first change")
            frank = await sides.mailbox.add("frank@contoso.test")
            assert await sides.mailbox.code("RemoveContactFromImList", ContactId=frank) == "NoError"
            await sides.until(lambda: _true(numbers == [numbers[0], numbers[0] + 1]), "another number")
            assert "frank@contoso.test" not in (await sides.local()).contacts

    play(tmp_path, story)


def _named(sides: Sides, name: str) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        return name in {group.name for group in (await sides.local()).groups.values()}

    return look


def test_who_is_pinned_is_a_favourite_in_the_mailbox(tmp_path: Path) -> None:
    async def story(sides: Sides) -> None:
        before = await sides.local()
        await sides.contacts.change(ALICE, before.delta, lambda book: lists.add_group(book, "Pinned Contacts", PINNED))
        before = await sides.local()
        assert before.pinned is not None
        zoe = lists.Contact(address="zoe@contoso.test", groups=(before.pinned.number,))
        await sides.contacts.change(ALICE, before.delta, lambda book: lists.set_contact(book, zoe))
        before = await sides.local()
        await sides.store.migrate(ALICE)
        found = await sides.mailbox.list()
        assert found.used["Favorites"] == ["zoe@contoso.test"] and "Pinned Contacts" not in found.groups
        assert await sides.local() == before
        await sides.store.roll_back(ALICE)
        assert await sides.local() == before

    play(tmp_path, story)


def test_distribution_groups_go_along_and_come_back(tmp_path: Path) -> None:
    sales = write_distribution_group("sales@contoso.test")

    async def story(sides: Sides) -> None:
        before = await sides.local()
        await sides.contacts.change(ALICE, before.delta, lambda book: lists.add_group(book, "Sales", sales))
        before = await sides.local()
        await sides.store.migrate(ALICE)
        kinds = {group.name: group.type for group in (await MailboxLists(sides.exchange).read(EWS, ALICE)).groups}
        assert kinds["Sales"] == "IPM.DistList.MOC.DG"
        asked = await sides.mailbox.code("AddDistributionGroupToImList", SmtpAddress="all@contoso.test")
        assert asked == "NoError"
        await sides.store.roll_back(ALICE)
        after = await sides.local()
        found = {group.name: group.external_uri for group in after.groups.values()}
        assert found["Sales"] == sales and found["all"] == write_distribution_group("all@contoso.test")
        assert groups_of(after) == groups_of(before)

    play(tmp_path, story)
