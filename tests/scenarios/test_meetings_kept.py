"""A meeting outlives a server that is killed, and so does what was decided in it; everybody may come back."""

from __future__ import annotations

from pathlib import Path

from samband.wire.conference.cccp import AddUser, ModifyConferenceLock, Operation, write_request
from samband.wire.conference.join_page import read_address
from samband.wire.conference.names import CCCP_TYPE
from tests.clients.outlook import Outlook, fetch
from tests.scenarios.kept_site import ADDRESS, DOMAIN, KeptSite
from tests.scenarios.test_udp_restart import Phone


def test_a_meeting_is_there_after_a_crash(tmp_path: Path) -> None:
    site = KeptSite(tmp_path / "site")
    place = (ADDRESS, site.ports["https"])
    site.add_person("alice", "pw-alice")
    site.start()
    try:
        outlook = Outlook(place, site.ca_file, site.folder, "alice")
        meeting = outlook.ask("POST", outlook.meetings, {"subject": "Kept"})
        site.kill()
        site.start()
        status, page = fetch(place, site.ca_file, meeting["joinUrl"])
        assert status == 200
        assert read_address(page.decode()).startswith(f"conf:{meeting['onlineMeetingUri']}")
        again = Outlook(place, site.ca_file, site.folder, "alice")
        (kept,) = again.ask("GET", again.meetings)["_embedded"]["myOnlineMeeting"]
        assert {**kept, "_links": None} == {**meeting, "_links": None}
    finally:
        site.stop()


class Guest(Phone):
    """Somebody by a client that knows of conferences."""

    def register(self) -> None:
        contact = f"Contact: <sip:{self.name}@{self.place}>"
        assert self.ask("REGISTER", f"sip:{DOMAIN}", "", contact, "Expires: 3600") == 200

    def asks(self, method: str, focus: str, operation: Operation, tag: str = "") -> str:
        """What the focus answers."""
        body = write_request("1", f"sip:{self.name}@{DOMAIN}", focus, operation)
        fields = (f"Contact: <sip:{self.name}@{self.place}>", f"Content-Type: {CCCP_TYPE}")
        return self.answer(method, focus, body, *fields, tag=tag, call=f"{self.name}-in")

    def join(self, focus: str) -> str:
        wanted = AddUser(focus, f"sip:{self.name}@{DOMAIN}", "attendee", f"{{{self.name}}}")
        return self.asks("INVITE", focus, wanted)


def test_a_lock_and_a_role_are_there_after_a_crash(tmp_path: Path) -> None:
    with KeptSite(tmp_path / "site") as site:
        for name in ("alice", "bob", "carol"):
            site.add_person(name, f"pw-{name}")
        site.start()
        outlook = Outlook((ADDRESS, site.ports["https"]), site.ca_file, site.folder, "alice")
        meeting = outlook.ask("POST", outlook.meetings, {"subject": "Kept", "leaders": [f"sip:bob@{DOMAIN}"]})
        focus = meeting["onlineMeetingUri"].partition("?")[0]
        bob, carol = (Guest(site.ports["sip_udp"], name) for name in ("bob", "carol"))
        for guest in (bob, carol):
            guest.register()
        joined = bob.join(focus)
        assert joined.startswith("SIP/2.0 200 "), joined
        assert "presenter" in joined
        tag = joined.partition("\r\nTo: ")[2].partition("\r\n")[0].partition(";tag=")[2]
        locked = bob.asks("INFO", focus, ModifyConferenceLock(focus, True), tag)
        assert 'code="success"' in locked, locked
        site.kill()
        site.start()
        refused = carol.join(focus)
        assert refused.startswith("SIP/2.0 403 "), refused
        assert "locked" in refused
        again = bob.join(focus)
        assert again.startswith("SIP/2.0 200 "), again
        assert "presenter" in again
        assert f"in: bob@{DOMAIN}" in site.samband("meeting show", meeting["joinUrl"])
        site.samband("meeting end", meeting["joinUrl"])
        while not bob.hear().startswith("BYE "):
            pass
        assert "Traceback" not in site.log
