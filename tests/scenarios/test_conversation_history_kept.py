"""Conversations while the mailbox side, or everything, is away: nothing lost, nothing doubled."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from exchangelib import Account

from tests.clients.purple_process import PurpleProcess, missing_packages
from tests.clients.running_demo import Demo, names_of
from tests.clients.test_exchangelib import account_of
from tests.clients.waiting import until
from tests.scenarios.kept_site import KeptSite
from tests.scenarios.lync_beside import LyncBeside, as_demo
from tests.scenarios.people import lync
from tests.scenarios.test_conversation_history import arrived, history, say

pytestmark = pytest.mark.skipif(bool(missing_packages()), reason=missing_packages() or "never")

PEOPLE = ("alice", "bob")


@contextmanager
def talking(demo: Demo) -> Iterator[tuple[PurpleProcess, PurpleProcess]]:
    with lync(demo, "alice") as alice, lync(demo, "bob") as bob:
        yield alice, bob


def acknowledged(client: PurpleProcess, count: int) -> None:
    """So many texts of a client were taken."""
    until(
        lambda: len(re.findall(r"SIP/2\.0 200 OK\r?\n(?:.+\r?\n)*?CSeq: \d+ MESSAGE", client.log)) >= count, "the 200"
    )


def told_once(demo: Demo, *words: str) -> None:
    """Both mailboxes have one item with all of the words, each of them once."""
    for name in PEOPLE:
        account = account_of(demo, name)
        item = arrived(account, *words)
        assert [item.body.count(word) for word in words] == [1] * len(words)
        assert len(history(account)) == 1, [one.body for one in history(account)]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[KeptSite]:
    with KeptSite(tmp_path / "site") as kept:
        for name in PEOPLE:
            kept.add_person(name, f"pw-{name}")
        yield kept


def test_the_mailbox_side_is_stopped_and_started_while_people_talk(site: KeptSite, tmp_path: Path) -> None:
    """The two sides in two processes."""
    with LyncBeside(site, tmp_path / "lync") as beside:
        beside.start()
        site.start()
        demo = as_demo(site, beside, *PEOPLE)
        with names_of(demo), talking(demo) as (alice, bob):
            say(alice, bob, "before-the-stop")
            say(bob, alice, "answer-before")
            told_once(demo, "before-the-stop", "answer-before")
            site.stop()
            say(alice, bob, "while-stopped")
            say(bob, alice, "answer-meanwhile")
            until(lambda: "conversations wait for a mailbox" in beside.log, "word of it")
            site.start()
            say(alice, bob, "after-the-start")
            told_once(demo, "before-the-stop", "answer-before", "while-stopped", "answer-meanwhile", "after-the-start")
        beside.stop()
    site.stop()


def test_everything_is_killed_while_people_talk(site: KeptSite) -> None:
    site.start()
    demo = as_demo(site, site, *PEOPLE)
    words: list[str] = []
    with names_of(demo):
        for number in range(2):
            with talking(demo) as (alice, bob):
                for part in range(3):
                    words.append(f"words-{number}-{part}")
                    say(alice, bob, words[-1])
                acknowledged(alice, 3)
                if number == 1:
                    # The moment at which the first item of this round may be half made.
                    until(lambda: any("words-1" in (one.body or "") for one in history(account_of(demo, "bob"))), "it")
                site.kill()
            site.start()
        for name in PEOPLE:
            once(account_of(demo, name), words)
        site.stop()
        settings = site.folder / "samband.toml"
        settings.write_text(settings.read_text().replace("conversation_history = true", "conversation_history = false"))
        before = texts(site)
        site.start()
        with talking(demo) as (alice, bob):
            say(alice, bob, "off the record")
            acknowledged(alice, 1)
        site.stop()
        assert before == len(words)
        assert texts(site) == before


def texts(site: KeptSite) -> int:
    """How many texts the Lync side keeps."""
    with closing(sqlite3.connect(site.folder / "samband.db")) as database:
        return int(database.execute("SELECT count(*) FROM conversation_history_texts").fetchone()[0])


def once(account: Account, words: list[str]) -> None:
    """Each of the words stands in the history, one time."""

    def bodies() -> str:
        return "".join(one.body or "" for one in history(account))

    until(lambda: all(word in bodies() for word in words), "everything that was acknowledged")
    assert [bodies().count(word) for word in words] == [1] * len(words)
