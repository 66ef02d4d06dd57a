"""A meeting made as Outlook Web App makes it, by UCWA with Exchange's own token, is joined by real Lync clients."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.outlook import Outlook, place_of
from tests.clients.purple_process import PurpleProcess, missing_packages
from tests.clients.running_demo import Demo, running_demo
from tests.clients.waiting import until
from tests.scenarios.people import lync

pytestmark = pytest.mark.skipif(bool(missing_packages()), reason=missing_packages() or "never")


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running_demo("--ports", "free") as running:
        yield running


def outlook_of(demo: Demo, login: str) -> Outlook:
    return Outlook(place_of(demo.table["https"]), Path(demo.table["ca_file"]), Path(demo.folder), login)


def members(client: PurpleProcess) -> list[str]:
    since = client.mark()
    client.do("chats")
    chats = client.wait("chats", since=since)["chats"]
    return [] if not chats else [name.partition("@")[0] for name in chats[0]["members"]]


def test_by_link_and_by_organizer(demo: Demo) -> None:
    outlook = outlook_of(demo, "alice")
    meeting = outlook.ask("POST", outlook.meetings, {"subject": "Plans & Pläne", "leaders": ["sip:bob@contoso.test"]})
    with lync(demo, "bob", authentication="ntlm") as bob, lync(demo, "carol", authentication="ntlm") as carol:
        bob.do("conf-join", uri=meeting["joinUrl"])
        first = bob.wait("chat-joined")
        carol.do("conf-join", organizer="alice@contoso.test", meeting=meeting["onlineMeetingId"])
        second = carol.wait("chat-joined")
        for client in (bob, carol):
            until(lambda client=client: members(client) == ["bob", "carol"], "both are in")  # type: ignore[misc]
        assert "Plans &amp; Pläne" in bob.log
        bob.do("chat", chat=first["chat"], text="hello")
        carol.wait("chat", who="bob@contoso.test", text="hello")
        carol.do("chat", chat=second["chat"], text="hello too")
        bob.wait("chat", who="carol@contoso.test", text="hello too")
        here = meeting["_links"]["self"]["href"]
        outlook.ask("PUT", here, {**meeting, "subject": "Other plans"}, If_Match=f'"{meeting["etag"]}"')
        until(lambda: "<subject>Other plans</subject>" in carol.log, "carol hears of the new subject")
        outlook.ask("DELETE", here)
        until(lambda: "BYE sip:carol" in carol.log or "BYE sip:127" in carol.log, "the conference is over")
        carol.do("conf-join", uri=meeting["joinUrl"])
        carol.wait("notice", kind="error")


def test_who_is_not_invited(demo: Demo) -> None:
    outlook = outlook_of(demo, "alice")
    invited = {"subject": "Few", "accessLevel": "Invited", "attendees": ["sip:dave@contoso.test"]}
    meeting = outlook.ask("POST", outlook.meetings, invited)
    with lync(demo, "erin", authentication="ntlm") as erin, lync(demo, "dave", authentication="ntlm") as dave:
        erin.do("conf-join", uri=meeting["joinUrl"])
        assert "Only who is invited gets in" in str(erin.wait("notice", kind="error"))
        dave.do("conf-join", uri=meeting["joinUrl"])
        dave.wait("chat-joined")
