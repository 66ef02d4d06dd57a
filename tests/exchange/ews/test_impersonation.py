"""Acting as the owner of a mailbox: who may, as whom, and what the log says of it."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from samband.directory.group_index import GroupIndex
from samband.directory.rights import SCOPE, Rights
from samband.model.caller import Caller
from samband.model.changes import RightsChanged
from samband.model.groups import Group
from samband.model.people import Person, guid_of_sid
from samband.model.rights import GrantedRight, Right
from samband.store import rights as rows
from samband.store.api import WriteTx
from tests.exchange.ews.test_endpoint import GET_INBOX, impersonate
from tests.exchange.world import ALICE, BOB, CAROL, PARTNER, World, envelope, run
from tests.schema import valid

SALES = Group(
    objectGUID="sales", sAMAccountName="sales", displayName="Sales", mail="sales@contoso.test",
    member=(CAROL.objectGUID,),
)  # fmt: skip
AS_ALICE = impersonate("PrimarySmtpAddress", ALICE.mail)
AS_CAROL = impersonate("PrimarySmtpAddress", CAROL.mail)


async def give(world: World, right: Right, holder: str, over: str = "") -> None:
    await world.store.write(lambda tx: rows.give(tx, GrantedRight(right, holder, over)))
    await world.rights.load()


async def acts(world: World, who: Person | Caller, header: str) -> bool:
    response = await world.send(who, request(header))
    valid(response.content)
    assert response.status == 200 or b"ErrorImpersonateUserDenied" in response.content
    return response.status == 200


def request(header: str) -> bytes:
    return envelope(GET_INBOX, header=header)


def test_only_who_has_the_right_acts_as_somebody(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert not await acts(world, BOB, AS_ALICE)
        await give(world, Right.SEARCH, BOB.objectGUID)
        assert not await acts(world, BOB, AS_ALICE)
        await give(world, Right.IMPERSONATION, BOB.objectGUID)
        assert await acts(world, BOB, AS_ALICE)
        mine = (await world.ask(ALICE, GET_INBOX)).one("//t:FolderId").get("Id")
        answer = await world.ask(BOB, GET_INBOX, header=impersonate("SID", ALICE.objectSid))
        assert answer.one("//t:FolderId").get("Id") == mine
        await world.store.write(lambda tx: rows.forget(tx, BOB.objectGUID))
        await world.rights.load()
        assert not await acts(world, BOB, AS_ALICE)

    run(story, tmp_path)


def test_a_right_may_be_over_one_mailbox_or_those_of_a_group(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.people.groups = GroupIndex([SALES])
        await give(world, Right.IMPERSONATION, BOB.objectGUID, ALICE.objectGUID)
        assert await acts(world, BOB, AS_ALICE) and not await acts(world, BOB, AS_CAROL)
        await give(world, Right.IMPERSONATION, BOB.objectGUID, "sales")
        assert await acts(world, BOB, AS_CAROL)
        await give(world, Right.IMPERSONATION, "sales", ALICE.objectGUID)
        assert await acts(world, CAROL, AS_ALICE)
        assert not await acts(world, CAROL, impersonate("SmtpAddress", BOB.mail))

    run(story, tmp_path)


def test_an_application_has_the_right_by_its_role_or_because_it_was_given(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert await acts(world, PARTNER, AS_ALICE)
        plain = Caller(None, "bearer", application="archiver", app_permissions=frozenset({"ArchiveApplication"}))
        assert not world.rights.has(plain, Right.IMPERSONATION)
        await give(world, Right.IMPERSONATION, "archiver")
        assert world.rights.has(plain, Right.IMPERSONATION, ALICE.msExchMailboxGuid)

    run(story, tmp_path)


def test_each_use_and_each_refusal_is_one_line_of_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def story(world: World) -> None:
        caplog.set_level(logging.INFO, "samband.exchange.ews.impersonation")
        await acts(world, BOB, AS_ALICE)
        caplog.clear()
        await world.send(BOB, request(AS_ALICE))
        await give(world, Right.IMPERSONATION, BOB.objectGUID)
        await world.send(BOB, request(AS_ALICE))
        refused, used = caplog.records
        assert (refused.levelname, used.levelname) == ("WARNING", "INFO")
        assert used.getMessage() == "bob@contoso.test impersonates"
        assert (used.__dict__["impersonated"], used.__dict__["operation"]) == ("alice@contoso.test", "GetFolder")

    run(story, tmp_path)


def test_rights_are_heard_of_without_a_restart(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        elsewhere = await Rights.open(world.store, world.feed, world.people)
        bob = Caller(BOB, "basic")

        def change(tx: WriteTx) -> None:
            rows.give(tx, GrantedRight(Right.IMPERSONATION, BOB.objectGUID))
            tx.append(RightsChanged(scope=SCOPE))

        assert not elsewhere.has(bob, Right.IMPERSONATION)
        await world.store.write(change)
        while not elsewhere.has(bob, Right.IMPERSONATION):
            await asyncio.sleep(0.01)
        await elsewhere.close()

    run(story, tmp_path)


@pytest.mark.parametrize("sid", ["", "XXX", "S-1-5-21-1", "S-1-5-21-1-2-3-x", "S-1-5-21-1-2-3-4294967296"])
def test_a_sid_that_is_nobody_s_leads_nowhere(sid: str) -> None:
    assert guid_of_sid(sid) == ""
    assert guid_of_sid(ALICE.objectSid.lower()) == ALICE.objectGUID
