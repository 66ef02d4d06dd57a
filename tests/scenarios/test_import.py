"""A mailbox brought from an Exchange server: whole, once, also where it is killed half-way."""

from __future__ import annotations

import difflib
import os
import random
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.scenarios.ews_session import EwsSession, T
from tests.scenarios.kept_site import ADDRESS, KeptSite
from tests.scenarios.mailbox_view import IDENTITY, seen
from tests.scenarios.many_messages import held, killed_after, make_many, subjects
from tests.scenarios.rich_mailbox import fill

PEOPLE = {name: f"pw-{name}" for name in ("alice", "bob", "carol", "dora")}
MANY = 400
FOLDERS = (
    '<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>'
    '<m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindFolder>'
)
RULE = (
    "<m:UpdateInboxRules><m:RemoveOutlookRuleBlob>false</m:RemoveOutlookRuleBlob><m:Operations>"
    "<t:CreateRuleOperation><t:Rule><t:DisplayName>to the folder</t:DisplayName><t:Priority>1</t:Priority>"
    "<t:IsEnabled>true</t:IsEnabled><t:Conditions><t:ContainsSubjectStrings><t:String>plan</t:String>"
    '</t:ContainsSubjectStrings></t:Conditions><t:Actions><t:MoveToFolder><t:FolderId Id="{}"/></t:MoveToFolder>'
    "</t:Actions></t:Rule></t:CreateRuleOperation></m:Operations></m:UpdateInboxRules>"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeptSite]:
    """A serving site; who is brought where is in it too, which is another process to the one that brings."""
    with KeptSite(tmp_path_factory.mktemp("import") / "site") as site:
        for login, password in PEOPLE.items():
            site.add_person(login, password)
        site.start()
        yield site
        site.stop()
        assert "Traceback" not in site.log, site.log[-5000:]


def session(site: KeptSite, login: str) -> EwsSession:
    return EwsSession((ADDRESS, site.ports["https"]), site.ca_file, f"CONTOSO\\{login}", PEOPLE[login])


def command(site: KeptSite, whose: str, into: str, *words: str, verb: str = "import") -> list[str]:
    url = f"https://{ADDRESS}:{site.ports['https']}/EWS/Exchange.asmx"
    line = [sys.executable, "-m", "samband.cli.main", verb, "ews", str(site.folder), into, "--url", url]
    return [*line, "--login", f"{whose}@contoso.test", *words]


def bring(site: KeptSite, whose: str, into: str, *words: str, password: str = "") -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"SAMBAND_EWS_PASSWORD": password or PEOPLE[whose]}
    line = command(site, whose, into, *words)
    return subprocess.run(line, env=environment, capture_output=True, text=True, timeout=100, check=False)


def summary(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1].partition(": ")[2]


def test_a_mailbox_comes_whole_and_once(site: KeptSite) -> None:
    with session(site, "alice") as alice, session(site, "bob") as bob:
        fill(alice)
        alice.ask(RULE.format(next(alice_folder(alice))))
        before = seen(bob)
        first = bring(site, "alice", "bob", "--dry-run")
        assert summary(first) == "10 items would come, 0 were here before, 0 were left"
        assert seen(bob) == before
        assert summary(bring(site, "alice", "bob")) == "10 items came, 0 were here before, 0 were left"
        theirs, ours = seen(alice), seen(bob)
        assert theirs.keys() == ours.keys()
        for folder in theirs:
            assert difference(_without_owner(ours[folder]), _without_owner(theirs[folder])) == "", folder
        assert summary(bring(site, "alice", "bob", "--method", "basic")) == (
            "0 items came, 10 were here before, 0 were left"
        )
        assert seen(bob) == ours
        _check_rules(bob)
        settings = bob.ask(
            "<m:GetUserOofSettingsRequest><t:Mailbox><t:Address>bob@contoso.test</t:Address></t:Mailbox>"
            "</m:GetUserOofSettingsRequest>"
        )
        assert settings.findtext(f".//{T}OofState") == "Enabled"
        assert settings.findtext(f".//{T}ExternalReply/{T}Message") == "gone"


def alice_folder(session: EwsSession) -> Iterator[str]:
    found = session.ask(FOLDERS)
    yield from (str(one.get("Id")) for one in found.iter(T + "FolderId"))


def _check_rules(bob: EwsSession) -> None:
    """The rule that moves messages to alice's folder moves bob's to his."""
    rules = bob.ask("<m:GetInboxRules/>")
    assert rules.findtext(f".//{T}DisplayName") == "to the folder"
    moved = rules.find(f".//{T}MoveToFolder/{T}FolderId")
    assert moved is not None
    assert moved.get("Id") in set(alice_folder(bob))


def test_a_mailbox_goes_whole_and_once(site: KeptSite) -> None:
    with session(site, "bob") as bob, session(site, "dora") as dora:
        environment = os.environ | {"SAMBAND_EWS_PASSWORD": PEOPLE["dora"]}

        def send() -> str:
            line = command(site, "dora", "bob", verb="export")
            return summary(
                subprocess.run(line, env=environment, capture_output=True, text=True, timeout=100, check=False)
            )

        assert send() == "10 items went, 0 were left"
        ours, theirs = seen(dora, SET_BY_THE_SERVER), seen(bob, SET_BY_THE_SERVER)
        assert ours.keys() == theirs.keys()
        for folder in theirs:
            here, there = ([_of_nobody(one) for one in items[folder]] for items in (ours, theirs))
            changed = difference(here, there)
            assert changed == "", (folder, changed)
        assert send() == "0 items went, 10 were there before, 0 were left"
        assert seen(dora, SET_BY_THE_SERVER) == ours


SET_BY_THE_SERVER = IDENTITY | {
    "DateTimeCreated",
    "DateTimeSent",
    "LastModifiedName",
    "DateTimeStamp",
    "ConversationIndex",
    "PostedTime",
}


def _of_nobody(item: str) -> str:
    for name in ("bob", "dora", "Bob", "Dora"):
        item = item.replace(name, "nobody")
    return item


def difference(ours: list[str], theirs: list[str]) -> str:
    lines = [[line for item in sorted(items) for line in item.splitlines()] for items in (theirs, ours)]
    return "\n".join(difflib.unified_diff(*lines, lineterm="", n=2))


def _without_owner(items: list[str]) -> list[str]:
    """The owner of a calendar organises what is in it."""
    return [one.replace("bob@", "alice@").replace("bob", "alice").replace("Bob", "Alice") for one in items]


def test_a_wrong_password_is_said_and_nothing_is_kept(site: KeptSite) -> None:
    for method in ("ntlm", "basic", "bearer"):
        done = bring(site, "alice", "bob", "--method", method, password="wrong")
        assert done.returncode == 1
        assert "does not let this name in" in done.stderr
        assert "wrong" not in done.stdout + done.stderr


def test_kill_9_in_an_import(site: KeptSite, dice: random.Random) -> None:
    with session(site, "alice") as alice, session(site, "carol") as carol:
        make_many(alice, MANY)
        total = held(alice)
        kills = 0
        for _ in range(3):
            kills += _kill_half_way(site, carol, dice)
        assert kills, "it was over before it was killed"
        last = summary(bring(site, "alice", "carol"))
        assert last.endswith("0 were left")
        assert held(carol) == total
        assert subjects(carol) == sorted(f"s{number}" for number in range(MANY))


def _kill_half_way(site: KeptSite, carol: EwsSession, dice: random.Random) -> bool:
    """Start bringing alice's mailbox to carol, and kill it once more came than before; whether it was killed."""
    before = held(carol)
    line = command(site, "alice", "carol")
    return killed_after(line, PEOPLE["alice"], lambda: held(carol) > before, dice.uniform(0, 0.15))
