"""The calendar of a mailbox in its owner's presence: Exchange's client on one side, Lync's on the other, and between
them a partner application that may be taken away."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from exchangelib import UTC, Account, CalendarItem, OofSettings
from exchangelib.items import SEND_TO_ALL_AND_SAVE_COPY, SEND_TO_NONE

from tests.clients.purple_process import PurpleProcess, missing_packages
from tests.clients.running_demo import Demo, names_of, running_demo
from tests.clients.test_exchangelib import account_of
from tests.clients.test_presence import shown
from tests.clients.waiting import until
from tests.scenarios.hostile import tokens
from tests.scenarios.hostile.target import Target
from tests.scenarios.people import address, lync

pytestmark = pytest.mark.skipif(bool(missing_packages()), reason=missing_packages() or "never")

ALICE, ERIN = address("alice"), address("erin")


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running_demo("--ports", "free") as running, names_of(running):
        yield running


@pytest.fixture(scope="module")
def bob(demo: Demo) -> Iterator[PurpleProcess]:
    """He has Alice and Erin on his list, and watches."""
    with lync(demo, "bob") as client:
        yield client


@pytest.fixture
def alice(demo: Demo) -> Iterator[Account]:
    """Her mailbox, left as it was found."""
    account = account_of(demo, "alice")
    before = {item.id for item in account.calendar.all()}
    yield account
    for item in account.calendar.all():
        if item.id not in before:
            item.delete(send_meeting_cancellations=SEND_TO_NONE)
    account.oof_settings = OofSettings(
        state=OofSettings.DISABLED, external_audience="All", internal_reply="", external_reply=""
    )


def meet(account: Account, subject: str, **more: Any) -> CalendarItem:
    """A meeting with Carol that has begun and goes on for an hour."""
    now = datetime.datetime.now(UTC)
    item = CalendarItem(
        account=account,
        folder=account.calendar,
        subject=subject,
        location="Room 1",
        start=now - datetime.timedelta(minutes=2),
        end=now + datetime.timedelta(hours=1),
        required_attendees=[address("carol")],
        **more,
    )
    return item.save(send_meeting_invitations=SEND_TO_ALL_AND_SAVE_COPY)


def sees(watcher: PurpleProcess, who: str, **lines: str | None) -> None:
    """Wait until the tooltip of somebody has lines (``_`` for blanks) that begin so; None: there is no such line."""
    shown(watcher, who, {name.replace("_", " "): line for name, line in lines.items()})


def test_a_meeting_of_somebody_online(demo: Demo, bob: PurpleProcess, alice: Account) -> None:
    with lync(demo, "alice"):
        shown(bob, ALICE, status="available")
        meeting = meet(alice, "Budget")
        sees(bob, ALICE, Status="In a meeting", Calendar="Currently Busy")
        meeting.delete(send_meeting_cancellations=SEND_TO_NONE)
        sees(bob, ALICE, Status="Available")


def test_what_a_meeting_is_about_the_workgroup_learns(demo: Demo, bob: PurpleProcess, alice: Account) -> None:
    """Alice lets Bob see more than other colleagues do, and takes it back; a private meeting is nobody's."""
    with lync(demo, "alice") as client:
        client.do("add", who=address("bob"))
        meeting = meet(alice, "Budget")
        sees(bob, ALICE, Status="In a meeting", Meeting_about=None)
        client.do("menu", who=address("bob"), path=["Access level", "Team"])
        sees(bob, ALICE, Meeting_about="Budget", Meeting_in="Room 1")
        meeting.sensitivity = "Private"
        meeting.save(update_fields=["sensitivity"], send_meeting_invitations=SEND_TO_NONE)
        sees(bob, ALICE, Status="In a meeting", Meeting_about=None, Meeting_in=None)
        client.do("menu", who=address("bob"), path=["Access level", "Company"])


def test_a_meeting_of_somebody_offline(bob: PurpleProcess, alice: Account) -> None:
    shown(bob, ALICE, online=False)
    meeting = meet(alice, "Budget")
    sees(bob, ALICE, Status="In a meeting", Calendar="Currently Busy")
    shown(bob, ALICE, online=True)
    meeting.delete(send_meeting_cancellations=SEND_TO_NONE)
    shown(bob, ALICE, online=False)


def test_a_meeting_that_is_invited_to(demo: Demo, bob: PurpleProcess, alice: Account) -> None:
    """Who accepted is in the meeting too; who was only asked is not."""
    meet(alice, "Interview", optional_attendees=[ERIN])
    sees(bob, ALICE, Status="In a meeting")
    shown(bob, ERIN, online=False)
    erin = account_of(demo, "erin")
    request = until(
        lambda: next((one for one in erin.inbox.all() if one.subject == "Interview"), None), "the invitation"
    )
    request.accept()
    sees(bob, ERIN, Status="In a meeting")
    erin.calendar.get(subject="Interview").delete(send_meeting_cancellations=SEND_TO_NONE)
    shown(bob, ERIN, online=False)


def test_out_of_office_is_a_note(bob: PurpleProcess, alice: Account) -> None:
    alice.oof_settings = OofSettings(
        state=OofSettings.ENABLED,
        external_audience="All",
        internal_reply="<p>Back on <b>Monday</b></p>",
        external_reply="Away",
    )
    sees(bob, ALICE, Out_of_office_note="Back on Monday")
    alice.oof_settings = OofSettings(
        state=OofSettings.DISABLED, external_audience="All", internal_reply="", external_reply=""
    )
    sees(bob, ALICE, Out_of_office_note=None)


def told(watcher: PurpleProcess, who: str, category: str) -> str:
    """What the watcher was told last of one category: sipe itself goes on showing a calendar that it once had."""
    documents = re.findall(rf'<categories [^>]*uri="sip:{who}".*?</categories>', watcher.log, re.DOTALL)
    found = re.findall(rf'<category name="{category}".*?(?:/>|</category>)', "".join(documents), re.DOTALL)
    return found[-1] if found else ""


def test_without_the_partner_application(demo: Demo, bob: PurpleProcess, alice: Account) -> None:
    """Exchange trusts Lync no more: 401, and presence says nothing of calendars; trusted again, it does."""
    forger = tokens.forgers(Path(demo.folder))["EWS"]
    assert tokens.present(Target(demo), "EWS", forger.honest()).status == 200
    meet(alice, "Budget")
    sees(bob, ALICE, Status="In a meeting")
    until(lambda: "freeBusy" in told(bob, ALICE, "calendarData"), "the calendar")
    said = len(demo.log.read_text())

    assert "exchange no longer trusts lync" in demo.samband("partner", "remove", demo.folder, "lync")
    shown(bob, ALICE, online=False)
    until(lambda: "freeBusy" not in told(bob, ALICE, "calendarData"), "the end of the calendar")
    answer = tokens.present(Target(demo), "EWS", forger.honest())
    assert (answer.status, answer.all("x-ms-diagnostics")) == (
        401,
        ['4000000;reason="no partner application is configured";error_category="oauth_not_available"'],
    )
    log = until(lambda: _with(demo.log.read_text()[said:], "Exchange refused the server-to-server token"), "the log")
    assert "no partner application is configured" in log
    with lync(demo, "alice"), lync(demo, "grace") as grace:
        grace.do("add", who=ALICE)
        sees(grace, ALICE, Status="Available", Calendar=None)
        sees(bob, ALICE, Status="Available")

    assert "exchange trusts" in demo.samband("partner", "add", demo.folder, "lync")
    sees(bob, ALICE, Status="In a meeting", Calendar="Currently Busy")
    until(lambda: "freeBusy" in told(bob, ALICE, "calendarData"), "the calendar")


def _with(text: str, line: str) -> str:
    return text if line in text else ""


def test_without_mail_the_lync_side_finds_no_mailbox(demo: Demo, bob: PurpleProcess, alice: Account) -> None:
    """Lync knows a mailbox only by ``mail``: its calendar leaves presence, and nothing else does."""
    meet(alice, "Budget")
    with lync(demo, "alice") as client:
        sees(bob, ALICE, Status="In a meeting")
        demo.samband("user", "set", demo.folder, "alice", "mail=")
        sees(bob, ALICE, Status="Available")
        until(lambda: "freeBusy" not in told(bob, ALICE, "calendarData"), "the end of the calendar")
        client.do("im", to=address("bob"), text="still here")
        bob.wait("im", text="still here")
        assert alice.calendar.filter(subject="Budget").count() == 1
        demo.samband("user", "set", demo.folder, "alice", f"mail={ALICE}")
        sees(bob, ALICE, Status="In a meeting")
        until(lambda: "freeBusy" in told(bob, ALICE, "calendarData"), "the calendar")


def test_without_a_sip_proxy_address_presence_is_the_same(demo: Demo, bob: PurpleProcess, alice: Account) -> None:
    """Exchange knows a SIP address only by ``proxyAddresses``; the way of the calendar does not lead over it."""
    demo.samband("user", "set", demo.folder, "alice", f"proxyAddresses=SMTP:{ALICE}")
    try:
        for subject in ("Budget", "Budget again"):
            meeting = meet(alice, subject)
            sees(bob, ALICE, Status="In a meeting")
            meeting.delete(send_meeting_cancellations=SEND_TO_NONE)
            shown(bob, ALICE, online=False)
    finally:
        demo.samband("user", "set", demo.folder, "alice", f"proxyAddresses=SMTP:{ALICE}", f"proxyAddresses=sip:{ALICE}")
