"""``kill -9`` while clients write: what was acknowledged is there, and whoever follows a folder goes on as if nothing
had happened."""

from __future__ import annotations

import base64
import random
import threading
import time
from pathlib import Path

import pytest

from samband.wire.ews.ids import read_change_key
from tests.scenarios.burst import BurstWriter, ClientThread, Ledger, digest
from tests.scenarios.ews_session import EwsSession, T
from tests.scenarios.following import Follower
from tests.scenarios.kept_site import ADDRESS, KeptSite

ALICE, PASSWORD = "CONTOSO\\alice", "pw-alice"
WRITERS = 4
ROUNDS = 3


class Story:
    """One site, its clients, and everything they were ever told."""

    def __init__(self, site: KeptSite, dice: random.Random) -> None:
        self.site = site
        self.dice = dice
        self.ledgers: list[Ledger] = []
        self.follower = Follower()
        self.highest = 0
        """The greatest number any client has seen."""

    def session(self) -> EwsSession:
        return EwsSession((ADDRESS, self.site.ports["https"]), self.site.ca_file, ALICE, PASSWORD)

    def burst(self, number: int) -> None:
        """Write and follow until the server is killed at some moment."""
        acknowledged = threading.Semaphore(0)
        writers = [BurstWriter(f"r{number}w{n}", acknowledged.release) for n in range(WRITERS)]
        clients = [ClientThread(self.session, work) for work in (self._follow, *(one.work for one in writers))]
        for client in clients:
            client.start()
        for _ in range(WRITERS * 3):
            assert acknowledged.acquire(timeout=90), [client.failure for client in clients]
        time.sleep(self.dice.uniform(0.0, 1.2))
        self.site.kill()
        for client in clients:
            client.join(60)
            assert not client.is_alive()
            assert client.failure is None, client.failure
        self.ledgers += [writer.ledger for writer in writers]
        self.highest = max(self.highest, self.follower.last_change)

    def _follow(self, session: EwsSession) -> None:
        while True:
            self.follower.step(session)

    def check(self) -> None:
        """Everything acknowledged in any round, seen by a client that was there and one that is new."""
        with self.session() as session:
            self.follower.catch_up(session)
            fresh = Follower(limit=512)
            fresh.catch_up(session)
            assert fresh.known == self.follower.known
            assert len(fresh.known) == _count(session)
            self._check_ledgers(fresh.known)
            self._check_contents(session)
            number = _write_something(session)
            assert number > max(self.highest, self.follower.last_change)
            self.highest = number
            self.follower.catch_up(session)

    def _check_ledgers(self, known: dict[str, str]) -> None:
        must: set[str] = set().union(*(ledger.must_be_there() for ledger in self.ledgers))
        may: set[str] = set().union(*(ledger.may_be_there() for ledger in self.ledgers))
        assert must <= known.keys(), "acknowledged, and gone"
        for ledger in self.ledgers:
            for item in ledger.may_be_there() & known.keys():
                assert known[item] in ledger.allowed_subjects(item)
        unknown = [known[item] for item in known.keys() - may if not known[item].startswith("probe")]
        assert len(unknown) == len(set(unknown)), "made twice"
        assert set(unknown) <= {ledger.open_create for ledger in self.ledgers}, "nobody asked for it, or it was deleted"

    def _check_contents(self, session: EwsSession) -> None:
        """Bodies and attachments of the latest round."""
        for ledger in self.ledgers[-WRITERS:]:
            items = sorted(ledger.must_be_there())
            for item, body in zip(items, _bodies(session, items), strict=True):
                assert digest(body) == ledger.bodies[item]
            for attachment, (item, content) in ledger.attached.items():
                if item in items:
                    assert digest(_content(session, attachment)) == content


def _count(session: EwsSession) -> int:
    answer = session.ask(
        "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:FolderIds>"
        '<t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>'
    )
    return int(answer.findtext(f".//{T}TotalCount") or -1)


def _write_something(session: EwsSession) -> int:
    """One more item; the number of its write."""
    answer = session.ask(
        '<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId><t:DistinguishedFolderId Id="inbox"/>'
        "</m:SavedItemFolderId><m:Items><t:Message><t:Subject>probe</t:Subject></t:Message></m:Items></m:CreateItem>"
    )
    return read_change_key(str(next(answer.iter(T + "ItemId")).get("ChangeKey")))


def _bodies(session: EwsSession, items: list[str]) -> list[str]:
    found: list[str] = []
    for start in range(0, len(items), 50):
        ids = "".join(f'<t:ItemId Id="{item}"/>' for item in items[start : start + 50])
        answer = session.ask_quickly(
            "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:BodyType>Text</t:BodyType>"
            '<t:AdditionalProperties><t:FieldURI FieldURI="item:Body"/></t:AdditionalProperties></m:ItemShape>'
            f"<m:ItemIds>{ids}</m:ItemIds></m:GetItem>"
        )
        found += [one.text or "" for one in answer.iter(T + "Body")]
    return found


def _content(session: EwsSession, attachment: str) -> str:
    answer = session.ask_quickly(
        "<m:GetAttachment><m:AttachmentShape/><m:AttachmentIds>"
        f'<t:AttachmentId Id="{attachment}"/></m:AttachmentIds></m:GetAttachment>'
    )
    return base64.b64decode(answer.findtext(f".//{T}Content") or "").decode()


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_kill_9_in_a_burst(database: str, dice: random.Random, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    schema = request.getfixturevalue("postgresql").new_schema() if database == "postgresql" else ""
    with KeptSite(tmp_path / "site", schema) as site:
        site.add_person("alice", PASSWORD)
        story = Story(site, dice)
        site.start()
        for number in range(ROUNDS):
            story.burst(number)
            site.start()
            story.check()
        site.stop()
        assert "Traceback" not in site.log, site.log[-5000:]
    made = sum(len(ledger.bodies) for ledger in story.ledgers)
    attached = sum(len(ledger.attached) for ledger in story.ledgers)
    print(f"{made} items, {attached} attachments acknowledged before {ROUNDS} kills")
    assert made > 0
    assert attached > 0
