"""``kill -9`` while mail leaves: every message arrives, and twice only what was under way when the server died."""

from __future__ import annotations

import random
import re
import time
from pathlib import Path

import pytest

from tests.clients.waiting import until
from tests.mail_sink import Sink, sink_in_thread
from tests.scenarios.ews_session import EwsSession
from tests.scenarios.kept_site import ADDRESS, KeptSite

ALICE, PASSWORD = "CONTOSO\\alice", "pw-alice"
MESSAGES = 60
CONNECTIONS = 4
ROUNDS = 2


def _send_by(site: KeptSite, sink: Sink) -> None:
    settings = site.folder / "samband.toml"
    lines = f'outbound = "smarthost"\nsmarthost = "127.0.0.1:{sink.port}"\nconnections = {CONNECTIONS}\nfirst_retry = 1'
    text, count = re.subn(r'^outbound = "off".*$', lines, settings.read_text(), flags=re.MULTILINE)
    assert count == 1
    settings.write_text(text)


def _write(session: EwsSession, number: int) -> None:
    session.ask(
        '<m:CreateItem MessageDisposition="SendAndSaveCopy"><m:Items><t:Message>'
        f"<t:Subject>Number {number}</t:Subject><t:ToRecipients><t:Mailbox><t:EmailAddress>x@far.test"
        "</t:EmailAddress></t:Mailbox></t:ToRecipients></t:Message></m:Items></m:CreateItem>"
    )


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_kill_9_while_sending(
    database: str, dice: random.Random, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    schema = request.getfixturevalue("postgresql").new_schema() if database == "postgresql" else ""
    with KeptSite(tmp_path / "site", schema) as site, sink_in_thread() as sink:
        site.add_person("alice", PASSWORD)
        _send_by(site, sink)
        sink.delay = 0.5  # longer than any machine rests between a message and the kill
        sent, caught = 0, 0
        for _ in range(ROUNDS):
            site.start()
            with EwsSession((ADDRESS, site.ports["https"]), site.ca_file, ALICE, PASSWORD) as session:
                for _ in range(MESSAGES // ROUNDS):
                    _write(session, sent)
                    sent += 1
            time.sleep(dice.uniform(0.0, 0.1))
            site.kill()
            caught += sent - len(sink.kept)
        assert caught > 0, "nothing was on its way at any kill"
        sink.delay = 0.0
        site.start()
        wanted = {f"Number {number}" for number in range(sent)}
        until(lambda: {got.message["Subject"] for got in sink.kept} >= wanted, "every message")
        until(lambda: "nothing waits" in site.samband("queue list"), "an empty queue", 40)
        site.stop()
        assert "Traceback" not in site.log, site.log[-5000:]
    subjects = [got.message["Subject"] for got in sink.kept]
    twice = len(subjects) - len(set(subjects))
    print(f"{sent} messages acknowledged, {ROUNDS} kills with {caught} on their way, {twice} sent twice")
    assert twice <= ROUNDS * CONNECTIONS
    identifiers = {got.message["Message-ID"]: got.content for got in sink.kept}
    assert all(identifiers[got.message["Message-ID"]] == got.content for got in sink.kept), "sent again otherwise"
