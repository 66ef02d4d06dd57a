"""Real clients see each other: pidgin-sipe and libpurple's SIMPLE over SIP presence and contact lists."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from samband.model.mailbox_sight import Appointment, MailboxSight, OutOfOffice
from tests.clients.presence_site import PresenceSite, serving_presence
from tests.clients.purple_process import PurpleProcess, missing_packages
from tests.clients.waiting import until

pytestmark = pytest.mark.skipif(bool(missing_packages()), reason=missing_packages() or "never")

ALICE, BOB = "alice@contoso.test", "bob@contoso.test"


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PresenceSite]:
    with serving_presence(tmp_path_factory.mktemp("site")) as serving:
        yield serving


def shown(client: PurpleProcess, who: str, seconds: float = 20.0, **wanted: Any) -> dict[str, Any]:
    """What the contact list shows of somebody, once it shows ``wanted``."""

    def look() -> dict[str, Any] | None:
        found = client.buddy(who)
        return found if found and wanted.items() <= found.items() else None

    return until(look, f"{who} {wanted}", seconds)


def test_two_people_see_each_other(site: PresenceSite) -> None:
    with site.lync("alice") as alice, site.lync("bob") as bob:
        alice.do("add", who=BOB)
        bob.do("add", who=ALICE)
        found = shown(alice, BOB, status="available", alias="Bob")
        assert found["tooltip"] == {"Status": "Available", "Access level": "Company"}
        shown(bob, ALICE, status="available")
        bob.do("status", status="busy", note="in the lab")
        assert shown(alice, BOB, status="busy")["tooltip"]["Note"] == "in the lab"
        bob.do("status", status="do-not-disturb", note="")
        assert "Note" not in shown(alice, BOB, status="do-not-disturb")["tooltip"]
        alice.do("status", status="away", note="gone for a walk")
        assert shown(bob, ALICE, status="away")["text"] == "gone for a walk"
        bob.do("quit")
        bob.wait("ended")
        shown(alice, BOB, online=False)


def test_a_killed_client_goes_offline(site: PresenceSite) -> None:
    with site.lync("alice") as alice, site.lync("bob") as bob:
        alice.do("add", who=BOB)
        shown(alice, BOB, status="available")
        bob.kill()
        shown(alice, BOB, online=False)


def test_contacts_are_kept(site: PresenceSite) -> None:
    with site.lync("alice") as alice, site.lync("bob"):
        alice.do("add", who=BOB, group="Friends")
        shown(alice, BOB, status="available")
        # sipe numbers its next change by the last one it heard of.
        until(lambda: "<addedContact" in alice.log, "the new contact")
        alice.do("move", who=BOB, group="Work")
        until(lambda: alice.log.count("<addedGroup") >= 2 and "<modifiedContact" in alice.log, "the move")
        alice.do("rename_group", old="Work", new="Lab")
        until(lambda: "<modifiedGroup" in alice.log, "the new name")
    with site.lync("alice") as alice:
        shown(alice, BOB, group="Lab")
        alice.do("remove", who=BOB)
        until(lambda: "<deletedContact" in alice.log, "the removal")
    with site.lync("alice") as alice:
        assert alice.buddy(BOB) == {}


def test_a_meeting_shows_also_without_a_client(site: PresenceSite) -> None:
    now = datetime.now(UTC)
    meeting = Appointment(now - timedelta(minutes=10), now + timedelta(minutes=50), "Busy", "Budget", "Room 1", True)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    out = OutOfOffice("Enabled", "Back on Monday")
    sight = MailboxSight(BOB, midnight, "0" * 96 + "2" * 288, 15, (meeting,), "", out)
    person = site.people["bob"]
    with site.lync("alice") as alice, site.lync("bob") as bob:
        alice.do("add", who=BOB)
        shown(alice, BOB, status="available")
        site.call(lambda: site.mailboxes.show(person, sight, now))
        tooltip = shown(alice, BOB, 5.0, status="busy")["tooltip"]
        assert tooltip["Status"] == "In a meeting"
        assert tooltip["Out of office note"] == "Back on Monday"
        assert tooltip["Calendar"].startswith("Busy")
        site.call(lambda: site.mailboxes.hide(person))
        assert shown(alice, BOB, 5.0, status="available")["tooltip"].keys() <= {"Status", "Access level"}
        site.call(lambda: site.mailboxes.show(person, sight, now))
        assert "Calendar" in shown(alice, BOB, 5.0, status="busy")["tooltip"]
        bob.do("quit")
        bob.wait("ended")
        assert shown(alice, BOB, status="busy")["tooltip"]["Status"] == "In a meeting"
        site.call(lambda: site.mailboxes.hide(person))
        assert shown(alice, BOB, 5.0, online=False)["text"] == ""


def test_a_plain_client_and_a_lync_client(site: PresenceSite) -> None:
    with site.lync("alice") as alice:
        alice.do("add", who=BOB)
        shown(alice, BOB, online=False)
        with site.plain("bob") as bob:
            shown(alice, BOB, status="available")
            bob.do("add", who=ALICE)
            shown(bob, ALICE, 30.0, online=True)
            alice.do("status", status="invisible")
            shown(bob, ALICE, online=False)
        shown(alice, BOB, online=False)
