"""``kill -9`` while mail comes in by SMTP: what was answered with 250 is in every recipient's mailbox, once."""

from __future__ import annotations

import random
import smtplib
import threading
import time
from pathlib import Path

import pytest

from tests.scenarios.ews_session import EwsSession, T
from tests.scenarios.kept_site import ADDRESS, KeptSite

PEOPLE = ("alice", "bob")
SENDERS = 4
ROUNDS = 2


class Deliverer(threading.Thread):
    """Another server that hands over one message after the other, until the conversation breaks off."""

    def __init__(self, port: int, name: str, acknowledged: threading.Semaphore) -> None:
        super().__init__(name=name, daemon=True)
        self._port = port
        self._acknowledged = acknowledged
        self.taken: list[str] = []
        self.open = ""
        """The message under way, of which nobody knows what became of it."""

    def run(self) -> None:
        try:
            with smtplib.SMTP(ADDRESS, self._port, timeout=60) as client:
                for number in range(100_000):
                    self.open = f"{self.name} {number}"
                    body = "x" * (number % 7 * 10_000)
                    people = [f"{one}@contoso.test" for one in PEOPLE]
                    lines = "\n".join(body[start : start + 70] for start in range(0, len(body), 70))
                    refused = client.sendmail("zed@example.org", people, f"Subject: {self.open}\n\n{lines}\n")
                    assert refused == {}
                    self.taken.append(self.open)
                    self._acknowledged.release()
        except (OSError, smtplib.SMTPException):
            return


def _subjects(site: KeptSite, login: str) -> list[str]:
    found: list[str] = []
    with EwsSession((ADDRESS, site.ports["https"]), site.ca_file, f"CONTOSO\\{login}", f"pw-{login}") as session:
        while True:
            answer = session.ask_quickly(
                '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>'
                '<t:AdditionalProperties><t:FieldURI FieldURI="item:Subject"/></t:AdditionalProperties></m:ItemShape>'
                f'<m:IndexedPageItemView MaxEntriesReturned="500" Offset="{len(found)}" BasePoint="Beginning"/>'
                '<m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>'
            )
            page = [one.text or "" for one in answer.iter(T + "Subject")]
            found += page
            if not page:
                return found


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_kill_9_while_mail_comes_in(
    database: str, dice: random.Random, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    schema = request.getfixturevalue("postgresql").new_schema() if database == "postgresql" else ""
    taken: list[str] = []
    under_way: list[str] = []
    with KeptSite(tmp_path / "site", schema) as site:
        for login in PEOPLE:
            site.add_person(login, f"pw-{login}")
        for number in range(ROUNDS):
            site.start()
            acknowledged = threading.Semaphore(0)
            senders = [Deliverer(site.ports["smtp"], f"r{number}s{one}", acknowledged) for one in range(SENDERS)]
            for one in senders:
                one.start()
            for _ in range(SENDERS * 3):
                assert acknowledged.acquire(timeout=90)
            time.sleep(dice.uniform(0.0, 0.5))
            site.kill()
            for one in senders:
                one.join(60)
                assert not one.is_alive()
            taken += [subject for one in senders for subject in one.taken]
            under_way += [one.open for one in senders]
        site.start()
        found = {login: _subjects(site, login) for login in PEOPLE}
        site.stop()
        assert "Traceback" not in site.log, site.log[-5000:]
    for subjects in found.values():
        assert len(subjects) == len(set(subjects)), "there twice"
        assert set(taken) <= set(subjects), "accepted, and gone"
        assert set(subjects) - set(taken) <= set(under_way), "never sent"
    assert set(found["alice"]) == set(found["bob"]), "with one recipient, not with the other"
    print(f"{len(taken)} messages accepted before {ROUNDS} kills, all of them there")
