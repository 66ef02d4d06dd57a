"""A page of the web client outlives the server: nobody signs in again, and instant messaging comes back."""

from __future__ import annotations

import re
from pathlib import Path

from samband.net import ports
from tests.clients.owa_user import OwaUser
from tests.clients.waiting import until
from tests.scenarios.kept_site import ADDRESS, DOMAIN, KeptSite


def test_a_page_outlives_the_server(tmp_path: Path) -> None:
    with KeptSite(tmp_path / "site") as site:
        site.add_person("alice", "pw-alice")
        settings = site.folder / "samband.toml"
        text = re.sub(
            r"^dns = \S+", f"dns = {ports.take(ADDRESS, 0, ports.UDP)}", settings.read_text(), flags=re.MULTILINE
        )
        settings.write_text(re.sub(r'^(resolver|update_server) = ""', r'\1 = "own"', text, flags=re.MULTILINE))
        site.start()
        for step in ("1", "5"):
            site.samband("step do", step)
        alice = OwaUser(
            {"https": f"{ADDRESS}:{site.ports['https']}", "ca_file": site.ca_file}, f"alice@{DOMAIN}", "pw-alice"
        )
        alice.listen()
        alice.im(60, status="on")
        site.kill()
        site.start()
        assert alice.get("session") == {**alice.session, "im": "unavailable"}
        alice.listen()
        alice.im(60, status="on")
        alice.post("im/presence", presence="busy")
        until(lambda: (alice.get("im")["me"] or {}).get("presence") == "busy", "the same canary is good", 60)
        alice.close()
