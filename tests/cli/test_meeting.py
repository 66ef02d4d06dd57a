"""Meetings, on the command line."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from samband.cli.folder import on_ground
from samband.cli.main import main
from samband.ground import Ground, utc_now
from samband.lync.actions.conferences import Conferences
from samband.model.conferences import AccessLevel, Role, Terms
from samband.model.kept_rooms import KeptMember, KeptRoom
from samband.store import kept_rooms

EXPIRES = (utc_now() + timedelta(days=3000)).replace(microsecond=0)


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A site in which anna has a meeting with somebody in it, an ad-hoc one, and one that has expired."""
    made = tmp_path / "site"
    assert main(["init", str(made), "--domain", "contoso.test"]) == 0
    assert main(["user", "add", str(made), "anna", "--name", "Anna Berg", "--random-password"]) == 0
    assert main(["user", "add", str(made), "bo", "--random-password"]) == 0

    async def work(ground: Ground) -> None:
        conferences = Conferences(ground.store, ground.directory, utc_now, os.urandom)
        anna = await ground.people.find("anna")
        terms = Terms(subject="Plans", access=AccessLevel.EVERYONE, passcode="secret", leaders=("bo@contoso.test",))
        plans = await conferences.add(anna, terms, id="PLANS", expires=EXPIRES)
        await conferences.add(anna, Terms(), id="ADHOC", listed=False)
        await conferences.add(anna, Terms(subject="Old"), id="OLD", expires=utc_now() - timedelta(days=1))
        member = KeptMember(address="bo@contoso.test", name="Bo", role=Role.PRESENTER)
        room = KeptRoom(organizer=plans.organizer, id="PLANS", locked=False, members=(member,), asked=())
        await ground.store.write(lambda tx: kept_rooms.put(tx, room))

    on_ground(made, work)
    capsys.readouterr()
    return made


def said(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert main(["meeting", *words]) == 0
    return capsys.readouterr().out.splitlines()


def test_meetings_are_listed_and_shown(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = str(folder)
    adhoc, plans = said(capsys, "list", site)
    assert adhoc.startswith("anna@contoso.test/ADHOC  until 20")
    assert adhoc.endswith("  SameEnterprise  0 in: (no subject)")
    assert plans == f"anna@contoso.test/PLANS  until {EXPIRES:%Y-%m-%d %H:%M:%SZ}  Everyone  passcode  1 in: Plans"
    assert said(capsys, "list", site, "--organizer", "anna") == [adhoc, plans]
    assert said(capsys, "list", site, "--organizer", "bo") == ["there are no meetings"]
    table = json.loads(said(capsys, "list", site, "--json")[1])
    assert (table["meeting"], table["listed"], table["people"]) == (
        "anna@contoso.test/PLANS",
        True,
        ["bo@contoso.test"],
    )
    assert "secret" not in str(table)
    for name in ("anna/PLANS", "anna@contoso.test/PLANS", table["link"]):
        shown = said(capsys, "show", site, name)
        assert {"subject: Plans", "kind: scheduled", "named presenters: bo@contoso.test"} <= set(shown)
        assert "address for plain SIP clients: sip:anna+meeting-PLANS@contoso.test" in shown
        assert {"passcode: secret", f"link: {table['link']}", "in: bo@contoso.test  Bo  presenter"} <= set(shown)


def test_passcodes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("passcode", str(folder), "anna/PLANS")
    assert said(capsys, *words) == ["guests need the passcode secret"]
    assert said(capsys, *words, "other") == ["guests need the passcode other"]
    (made,) = said(capsys, *words, "--random")
    assert said(capsys, *words) == [made]
    assert made.removeprefix("guests need the passcode ").isdigit()
    assert said(capsys, *words, "--none") == ["guests need no passcode"]
    assert said(capsys, *words) == ["guests need no passcode"]
    assert "subject: Plans" in said(capsys, "show", str(folder), "anna/PLANS")
    for wrong in (("x" * 1000,), (" ",), ("a\tb",), ("1234", "--none")):
        with pytest.raises(SystemExit):
            main(["meeting", *words, *wrong])


def test_a_meeting_is_ended(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = str(folder)
    assert said(capsys, "end", site, "anna/PLANS") == ["ended anna@contoso.test/PLANS"]
    assert len(said(capsys, "list", site)) == 1
    for verb, name, sentence in (
        ("end", "anna/PLANS", "no such meeting"),
        ("show", "anna/OLD", "no such meeting, or it has expired"),
        ("show", "PLANS", "ORGANIZER/ID"),
        ("show", "nobody/PLANS", "nobody"),
    ):
        assert main(["meeting", verb, site, name]) == 1
        error = capsys.readouterr().err
        assert sentence in error
        assert error.startswith("samband: ")
        assert error.count("\n") == 1
