"""pidgin-sipe looks for people: by the address book's web query, by EWS, and by SIP where it is told of neither."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from tests.clients.ews_over_https import ask
from tests.clients.presence_site import serving_presence
from tests.clients.purple_process import Event, PurpleProcess, missing_packages
from tests.clients.running_demo import Demo
from tests.clients.test_unified_contacts import signed_in
from tests.clients.waiting import until
from tests.exchange.photographs import drawn

pytestmark = pytest.mark.skipif(bool(missing_packages()), reason=missing_packages() or "never")

QUERY = "SearchAbEntryResponse"
TOLD = "dlx_uri=https"
"""What the client says once it was told where the address book is."""
PATIENCE = 60.0


def search(client: PurpleProcess, **words: str) -> list[list[str]]:
    """Address, name, company, country and mail of those found."""
    since = client.mark()
    client.do("search", **words)
    shown: Event = client.wait("found", since=since, timeout=PATIENCE)
    return [row[:2] for row in shown["rows"]]


def nobody(client: PurpleProcess, **words: str) -> str:
    """What is said where nobody is found."""
    since = client.mark()
    client.do("search", **words)
    return str(client.wait("notice", since=since, timeout=PATIENCE)["text"])


def test_by_web_query(named_demo: Demo) -> None:
    with signed_in(named_demo, "ivan", TOLD) as ivan:
        assert search(ivan, given="car") == [["carol@contoso.test", "Carol Clark"]]
        assert QUERY in ivan.log
        assert search(ivan, surname="Davis", given="Dave") == [["dave@contoso.test", "Dave Davis"]]
        assert search(ivan, sip="erin@contoso.test") == [["erin@contoso.test", "Erin Evans"]]
        assert search(ivan, email="bob@") == [["bob@contoso.test", "Bob Brown"]]
        assert nobody(ivan, given="Dave", surname="Brown") == "No contacts found"
        # One word that is no given name is looked for anywhere.
        assert search(ivan, given="holm") == [["heidi@contoso.test", "Heidi Holm"]]
        ivan.do("info", who="bob@contoso.test")
        lines = ivan.wait("info", who="bob@contoso.test", timeout=PATIENCE)["lines"]
        assert lines["Job title"] == "Head of Sales"
        assert lines["Business phone"] == "+46 8 555 01 02"
        assert "directorySearch" not in ivan.log


def test_photos_come_from_the_address_book(named_demo: Demo) -> None:
    picture = base64.b64encode(drawn(300, 300)).decode()
    body = f"<m:SetUserPhoto><m:Email>judy@contoso.test</m:Email><m:Content>{picture}</m:Content></m:SetUserPhoto>"
    assert ask(named_demo, "judy", body).findtext(".//{*}ResponseCode") == "NoError"
    with signed_in(named_demo, "ivan", TOLD) as ivan:
        ivan.do("add", who="judy@contoso.test", group="Friends")
        shown = ivan.wait("buddy-icon", who="judy@contoso.test", timeout=PATIENCE, where=lambda e: bool(e["picture"]))
        assert base64.b64decode(shown["picture"]).startswith(b"\xff\xd8\xff")
        assert "/abs/handler/photos/" in ivan.log
        ivan.do("remove", who="judy@contoso.test")
        until(lambda: "<deletedContact" in ivan.log, "the end of the contact")


def test_by_mailbox_where_the_list_lives_there(named_demo: Demo) -> None:
    named_demo.samband("ucs", "migrate", named_demo.folder, "ivan")
    try:
        with signed_in(named_demo, "ivan", "GetImItemListResponse") as ivan:
            assert search(ivan, given="carol") == [["carol@contoso.test", "Carol Clark"]]
            assert "FindPeopleResponse" in ivan.log
            assert QUERY not in ivan.log
    finally:
        named_demo.samband("ucs", "rollback", named_demo.folder, "ivan")


def test_by_sip_where_no_address_book_is_told_of(tmp_path: Path) -> None:
    with serving_presence(tmp_path) as site, site.lync("alice") as alice:
        assert search(alice, email="bo") == [["bob@contoso.test", "Bob"]]
        assert search(alice, sip="carol@contoso.test") == [["carol@contoso.test", "Carol"]]
        assert nobody(alice, email="mallory") == "No contacts found"
        alice.do("info", who="bob@contoso.test")
        assert alice.wait("info", who="bob@contoso.test")["lines"]["Email address"] == "bob@contoso.test"
        assert QUERY not in alice.log
