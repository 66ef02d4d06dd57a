"""Real clients see each other: pidgin-sipe and libpurple's SIMPLE over SIP presence and contact lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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


def shown(
    client: PurpleProcess, who: str, lines: Mapping[str, str | None] | None = None, **wanted: Any
) -> dict[str, Any]:
    """What the contact list shows of somebody, once it shows ``wanted``, and ``lines`` of the tooltip.

    A line is wanted with its beginning; None: there is none.
    """

    def fits(tooltip: dict[str, str], name: str, line: str | None) -> bool:
        return name not in tooltip if line is None else name in tooltip and tooltip[name].startswith(line)

    def look() -> dict[str, Any] | None:
        found = client.buddy(who)
        tooltip = found.get("tooltip", {})
        right = wanted.items() <= found.items() and all(fits(tooltip, *one) for one in (lines or {}).items())
        return found if found and right else None

    return until(look, f"{who} {wanted} {lines}, but: {client.buddy(who)}")


def test_two_people_see_each_other(site: PresenceSite) -> None:
    with site.lync("alice") as alice, site.lync("bob") as bob:
        alice.do("add", who=BOB)
        bob.do("add", who=ALICE)
        lines = {"Status": "Available", "Access level": "Company"}
        found = shown(alice, BOB, lines, status="available", alias="Bob")
        assert found["tooltip"].keys() == lines.keys()
        shown(bob, ALICE, status="available")
        bob.do("status", status="busy", note="in the lab")
        shown(alice, BOB, {"Note": "in the lab"}, status="busy")
        bob.do("status", status="do-not-disturb", note="")
        shown(alice, BOB, {"Note": None}, status="do-not-disturb")
        alice.do("status", status="away", note="gone for a walk")
        shown(bob, ALICE, status="away", text="gone for a walk")
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
        lines = {"Status": "In a meeting", "Out of office note": "Back on Monday", "Calendar": "Busy"}
        shown(alice, BOB, lines, status="busy")
        site.call(lambda: site.mailboxes.hide(person))
        shown(alice, BOB, dict.fromkeys(("Note", "Calendar", "Out of office note")), status="available")
        site.call(lambda: site.mailboxes.show(person, sight, now))
        shown(alice, BOB, {"Calendar": ""}, status="busy")
        bob.do("quit")
        bob.wait("ended")
        shown(alice, BOB, {"Status": "In a meeting"}, status="busy")
        site.call(lambda: site.mailboxes.hide(person))
        shown(alice, BOB, online=False, text="")


def test_a_plain_client_and_a_lync_client(site: PresenceSite) -> None:
    with site.lync("alice") as alice:
        alice.do("add", who=BOB)
        shown(alice, BOB, online=False)
        with site.plain("bob") as bob:
            shown(alice, BOB, status="available")
            bob.do("add", who=ALICE)
            shown(bob, ALICE, online=True)
            alice.do("status", status="invisible")
            shown(bob, ALICE, online=False)
        shown(alice, BOB, online=False)
