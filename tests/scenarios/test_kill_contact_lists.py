"""``kill -9`` while a contact list moves into its owner's mailbox and while it is taken back: nobody on it is lost,
nobody is doubled."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from samband.cli.folder import on_ground
from samband.ground import Ground
from samband.lync.actions.contacts import Contacts
from samband.model import contacts as lists
from samband.model.contacts import Contact, ContactList
from samband.model.unified_contacts import Ucs
from samband.store import unified_contacts as rows
from samband.wire.presence.group_extension import write_distribution_group
from tests.clients.waiting import until
from tests.exchange.im_list import seen
from tests.exchange.world import Answer
from tests.scenarios.ews_session import EwsSession
from tests.scenarios.kept_site import ADDRESS, KeptSite

ALICE, PASSWORD = "CONTOSO\\alice", "pw-alice"
GROUPS = ("Friends", "Work", "Nobody yet")
CONTACTS = 40
SALES = write_distribution_group("sales@contoso.test")

Held = tuple[dict[str, str], dict[str, tuple[str, frozenset[str]]]]
"""Groups by name -> what they stand for; contacts by address -> their name and groups."""


def _filled(book: ContactList) -> ContactList:
    book, _ = lists.add_group(book, "Sales", SALES)
    for name in GROUPS:
        book, _ = lists.add_group(book, name)
    numbers = {group.name: number for number, group in book.groups.items()}
    for number in range(CONTACTS):
        wanted = [numbers[name] for bit, name in enumerate(GROUPS[:2], 1) if number & bit]
        contact = Contact(
            address=f"p{number}@elsewhere.test",
            name=f"Person {number}" if number % 3 else "",
            groups=tuple(wanted) or (lists.DEFAULT_GROUP,),
        )
        book, _ = lists.set_contact(book, contact)
    return book


class Story:
    """One site, and alice's list in its two places."""

    def __init__(self, site: KeptSite) -> None:
        self.site = site
        site.add_person("alice", PASSWORD)

    def fill(self) -> None:
        """Put people on the list, one change as one write."""

        async def work(ground: Ground) -> None:
            person, contacts = await ground.people.find("alice"), Contacts(ground.store)
            whole = replace(_filled(await contacts.get(person)), delta=2)
            await contacts.change(person, 1, lambda book: (whole, lists.difference(book, whole)))

        on_ground(self.site.folder, work)

    def held(self) -> Held:
        """The list as the Lync side has it."""

        async def work(ground: Ground) -> ContactList:
            return await Contacts(ground.store).get(await ground.people.find("alice"))

        book = on_ground(self.site.folder, work)
        groups = {group.name: group.external_uri for group in book.groups.values()}
        names = {number: group.name for number, group in book.groups.items()}
        contacts = {
            one.address: (one.name, frozenset(names[number] for number in one.groups)) for one in book.contacts.values()
        }
        assert len(groups) == len(book.groups), "a group is there twice"
        return groups, contacts

    def ucs(self) -> Ucs:
        async def work(ground: Ground) -> Ucs:
            person = await ground.people.find("alice")
            return await ground.store.read(lambda tx: rows.get(tx, person.objectGUID))

        return on_ground(self.site.folder, work)

    def in_mailbox(self) -> dict[str, frozenset[str]]:
        """Addresses -> groups, as the mailbox has them."""
        with EwsSession((ADDRESS, self.site.ports["https"]), self.site.ca_file, ALICE, PASSWORD) as session:
            found = seen(Answer(200, session.ask("<m:GetImItemList/>"), b""))
        people = [address for members in found.groups.values() for address in members]
        return {
            address: frozenset(name for name, members in found.groups.items() if address in members)
            for address in people
        }

    def begin(self, verb: str) -> subprocess.Popen[bytes]:
        line = [sys.executable, "-m", "samband.cli.main", "ucs", verb, str(self.site.folder), "alice"]
        return subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def cut(self, verb: str, server: bool, moment: Callable[[], object]) -> None:
        """Begin, and kill the command or the server at a moment of the work."""
        command = self.begin(verb)
        moment()
        if server:
            self.site.kill()
            command.wait(60)
            self.site.start()
        else:
            command.kill()
            command.wait()

    def finish(self, verb: str) -> None:
        """Do it, unless what was cut had been all but done."""
        if self.ucs().migrated is (verb == "rollback"):
            self.site.samband(f"ucs {verb}", "alice")


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_kill_9_while_a_list_moves(
    database: str, dice: random.Random, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    schema = request.getfixturevalue("postgresql").new_schema() if database == "postgresql" else ""
    with KeptSite(tmp_path / "site", schema) as site:
        story = Story(site)
        story.fill()
        before = story.held()
        assert len(before[1]) == CONTACTS and before[0]["Sales"] == SALES
        site.start()
        for server in (False, True):
            some = min(len(story.in_mailbox()) + dice.randrange(1, CONTACTS // 2), CONTACTS)
            story.cut("migrate", server, lambda some=some: until(lambda: len(story.in_mailbox()) >= some, "some", 60))  # type: ignore[misc]
            assert story.held() == before, "the list here is what it was"
        story.finish("migrate")
        there = story.in_mailbox()
        assert story.held() == before and there.keys() == before[1].keys()
        assert {groups for groups in there.values() if len(groups) == 2} == {frozenset(GROUPS[:2])}
        for server in (False, True):
            story.cut("rollback", server, lambda: time.sleep(dice.uniform(0.3, 2.0)))
            assert story.held() == before
        story.finish("rollback")
        assert story.held() == before and not story.ucs().read_only
        site.stop()
        assert "Traceback" not in site.log, site.log[-5000:]
