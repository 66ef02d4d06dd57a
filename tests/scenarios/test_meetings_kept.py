"""A meeting outlives a server that is killed; nobody is in it any more, and everybody may come back."""

from __future__ import annotations

from pathlib import Path

from samband.wire.conference.join_page import read_address
from tests.clients.outlook import Outlook, fetch
from tests.scenarios.kept_site import ADDRESS, KeptSite


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
