"""A mailbox taken elsewhere by a command that is killed half-way: nothing is lost, doubled or half."""

from __future__ import annotations

import mailbox
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import pytest

from tests.scenarios.ews_session import EwsSession
from tests.scenarios.kept_site import ADDRESS, KeptSite
from tests.scenarios.many_messages import held, killed_after, make_many, subjects

PEOPLE = {"alice": "pw-alice", "carol": "pw-carol"}
MANY = 300
ALL = sorted(f"s{number}" for number in range(MANY))
TIMES = 2


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeptSite]:
    """A serving site with many messages in alice's mailbox."""
    with KeptSite(tmp_path_factory.mktemp("export") / "site") as site:
        for login, password in PEOPLE.items():
            site.add_person(login, password)
        site.start()
        with session(site, "alice") as alice:
            make_many(alice, MANY)
        yield site
        site.stop()
        assert "Traceback" not in site.log, site.log[-5000:]


def session(site: KeptSite, login: str) -> EwsSession:
    return EwsSession((ADDRESS, site.ports["https"]), site.ca_file, f"CONTOSO\\{login}", PEOPLE[login])


def command(site: KeptSite, form: str, *words: str) -> list[str]:
    return [sys.executable, "-m", "samband.cli.main", "export", form, str(site.folder), "alice", *words]


def finish(line: list[str]) -> str:
    """What the command says at its end, run in peace."""
    environment = os.environ | {"SAMBAND_EWS_PASSWORD": PEOPLE["carol"]}
    done = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


def test_kill_9_in_an_export_over_ews(site: KeptSite, dice: random.Random) -> None:
    url = f"https://{ADDRESS}:{site.ports['https']}/EWS/Exchange.asmx"
    line = command(site, "ews", "--url", url, "--login", "carol@contoso.test")
    with session(site, "carol") as carol:
        kills = 0
        for _ in range(TIMES):
            before = held(carol)
            kills += killed_after(line, PEOPLE["carol"], lambda: held(carol) > before, dice.uniform(0, 0.15))  # noqa: B023
        assert kills, "it was over before it was killed"
        assert finish(line).endswith(" 0 were left")
        assert subjects(carol) == ALL
        assert held(carol) == MANY


def whole(message: Message) -> str:
    """The subject of a message that is all there."""
    subject = str(message["Subject"])
    assert message.get_payload(decode=True).strip() == b"%d" % (int(subject[1:]) * 37)  # type: ignore[union-attr]
    return subject


def test_kill_9_in_an_export_to_a_maildir(site: KeptSite, dice: random.Random, tmp_path: Path) -> None:
    line = command(site, "maildir", str(tmp_path))

    def there() -> list[Path]:
        return list(tmp_path.glob("**/many/cur/*"))

    kills = 0
    for _ in range(TIMES):
        before = len(there())
        kills += killed_after(line, "", lambda: len(there()) > before, dice.uniform(0, 0.1))  # noqa: B023
        found = [whole(mailbox.MaildirMessage(path.read_bytes())) for path in there()]
        assert len(found) == len(set(found))
    assert kills, "it was over before it was killed"
    assert " 0 were left" in finish(line)
    assert sorted(whole(mailbox.MaildirMessage(path.read_bytes())) for path in there()) == ALL


def test_kill_9_in_an_export_to_an_mbox(site: KeptSite, tmp_path: Path) -> None:
    line = command(site, "mbox", str(tmp_path))

    def files(pattern: str) -> list[Path]:
        return [path for path in tmp_path.glob(f"**/{pattern}") if path.is_file()]

    def held_whole() -> list[list[str]]:
        return [sorted(whole(message) for message in mailbox.mbox(path, create=False)) for path in files("many.mbox")]

    kills = 0
    for _ in range(TIMES):
        kills += killed_after(line, "", lambda: bool(files(".many.mbox.new")), 0)
        assert held_whole() in ([], [ALL]), "half a file stands for a whole one"
    assert kills, "it was over before it was killed"
    assert " 0 were left" in finish(line)
    assert held_whole() == [ALL]
    assert not files(".*.new")
