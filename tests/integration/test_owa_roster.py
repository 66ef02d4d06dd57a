"""Contact lists and presence as documents tell of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from samband.integration.owa_im.roster import Roster, StaleList
from samband.model.im_client import ImNews, ListedContact, ListNews, Sight, SightNews
from samband.wire.presence.categories import CategoryDocument, write_categories
from samband.wire.presence.note import NoteDocument, write_note
from samband.wire.presence.roaming_contacts import (
    ContactDeltaDocument,
    ContactDocument,
    ContactListDocument,
    GroupDocument,
    write_contact_delta,
    write_contact_list,
)
from samband.wire.presence.state import ActivityDocument, StateDocument, write_state

ALICE, BOB, CAROL = (f"{name}@contoso.test" for name in ("alice", "bob", "carol"))


def roster() -> tuple[Roster, list[ImNews]]:
    news: list[ImNews] = []
    made = Roster(ALICE, news.append)
    groups = (GroupDocument(1, "~"), GroupDocument(2, "Friends"))
    contacts = (ContactDocument(address=BOB, name="Bob", groups=(1, 2)),)
    document = ContactListDocument(delta=5, groups=groups, contacts=contacts)
    assert made.take_contacts(write_contact_list(document).encode()) == {BOB}
    return made, news


def delta(previous: int, **changes: object) -> bytes:
    return write_contact_delta(ContactDeltaDocument(previous=previous, delta=previous + 1, **changes)).encode()  # type: ignore[arg-type]


def test_a_list_and_its_changes() -> None:
    made, news = roster()
    assert news == [ListNews(("Friends",), (ListedContact(address=BOB, name="Bob", groups=("~", "Friends")),))]
    assert made.take_contacts(delta(5, added_contacts=(ContactDocument(address=CAROL, groups=(1,)),))) == {CAROL}
    assert [one.name for one in made.listed()] == ["Bob", CAROL]
    assert made.take_contacts(delta(6, modified_groups=(GroupDocument(2, "Work"),))) == set()
    assert made.group_names() == ("Work",)
    assert made.take_contacts(delta(7, deleted_contacts=(BOB,), deleted_groups=(2,))) == set()
    assert (made.watched(), made.group_names(), made.delta) == ([ALICE, CAROL], (), 8)
    with pytest.raises(StaleList):
        made.take_contacts(delta(3))


def seen(made: Roster, who: str, name: str, content: str) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    one = CategoryDocument(name=name, instance=1, container=200, version=1, published=now, content=content)
    made.take_categories(write_categories(f"sip:{who}", [one]).encode())


@pytest.mark.parametrize(
    ("availability", "word"),
    [(3500, "available"), (5000, "idle"), (6500, "busy"), (8000, "busy"), (9500, "do-not-disturb"),
     (12500, "be-right-back"), (15500, "away"), (18500, "offline"), (0, "unknown"), (None, "unknown")],
)  # fmt: skip
def test_presence_in_a_word(availability: int | None, word: str) -> None:
    made, news = roster()
    activity = ActivityDocument(token="in-a-meeting")
    seen(
        made,
        BOB,
        "state",
        write_state(StateDocument(kind="aggregateState", availability=availability, activity=activity)),
    )
    assert made.sights[BOB] == Sight(address=BOB, presence=word, activity="in-a-meeting")
    assert news[-1] == SightNews(made.sights[BOB])


def test_what_is_said_twice_or_of_strangers_is_not_told() -> None:
    made, news = roster()
    seen(made, BOB, "note", write_note(NoteDocument(text="at lunch")))
    count = len(news)
    seen(made, BOB, "note", write_note(NoteDocument(text="at lunch")))
    seen(made, CAROL, "note", write_note(NoteDocument(text="hello")))
    assert (len(news), made.sights.keys()) == (count, {ALICE, BOB})
    made.take_categories(write_categories(f"sip:{BOB}", [CategoryDocument(name="note")]).encode())
    assert made.sights[BOB].note == ""
