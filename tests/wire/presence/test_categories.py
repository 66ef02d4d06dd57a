"""Categories and what stands in them, both ways."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from samband.wire.presence.calendar_data import (
    EMPTY,
    FreeBusyDocument,
    decode_slots,
    encode_slots,
    read_free_busy,
    read_working_hours,
    write_free_busy,
    write_working_hours,
)
from samband.wire.presence.categories import CategoryDocument, read_categories, write_categories
from samband.wire.presence.contact_card import CardDocument, read_card, write_card, write_photo_card
from samband.wire.presence.elements import read_root
from samband.wire.presence.note import NoteDocument, read_note, write_note
from samband.wire.presence.state import ActivityDocument, StateDocument, read_state, write_state
from samband.wire.xml.reading import Malformed, SchemaViolation

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")), max_size=20)
S = 'xmlns="http://schemas.microsoft.com/2006/09/sip/state" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'

STATES = [
    (
        StateDocument(kind="aggregateState", availability=3500),
        f'<state {S} xsi:type="aggregateState"><availability>3500</availability></state>',
    ),
    (
        StateDocument(
            kind="calendarState",
            availability=6500,
            activity=ActivityDocument(token="in-a-meeting", lowest=6500, highest=8999),
            uri="bob@contoso.test",
            start=NOON,
            meeting_subject="Budget <1 & 2>",
            meeting_location="Room 1",
        ),
        f'<state {S} manual="false" uri="bob@contoso.test" startTime="2026-11-23T12:00:00Z" xsi:type="calendarState">'
        '<availability>6500</availability><activity token="in-a-meeting" minAvailability="6500"'
        ' maxAvailability="8999"/><meetingSubject>Budget &lt;1 &amp; 2&gt;</meetingSubject>'
        "<meetingLocation>Room 1</meetingLocation></state>",
    ),
    (
        StateDocument(
            kind="aggregateState",
            availability=15500,
            activity=ActivityDocument(texts=(("1033", "Fika & kaka"), ("1053", "Fika"))),
            last_active=NOON,
            location="Lab",
            time_zone_bias=-60,
            time_zone_name="CET",
            device="computer",
        ),
        f'<state {S} lastActive="2026-11-23T12:00:00Z" xsi:type="aggregateState"><availability>15500</availability>'
        '<activity><custom LCID="1033">Fika &amp; kaka</custom><custom LCID="1053">Fika</custom></activity>'
        "<endpointLocation>Lab</endpointLocation>"
        '<delimiter xmlns="http://schemas.microsoft.com/2006/09/sip/commontypes"/>'
        "<timeZoneBias>-60</timeZoneBias><timeZoneName>CET</timeZoneName><device>computer</device>"
        '<end xmlns="http://schemas.microsoft.com/2006/09/sip/commontypes"/></state>',
    ),
    (
        StateDocument(kind="aggregateMachineState", availability=3500, endpoint="0e32"),
        f'<state {S} endpointId="0e32" xsi:type="aggregateMachineState"><availability>3500</availability></state>',
    ),
]


@pytest.mark.parametrize(("state", "text"), STATES, ids=[state.kind for state, _ in STATES])
def test_state(state: StateDocument, text: str) -> None:
    assert write_state(state) == text
    assert read_state(etree.fromstring(text)) == state


def test_state_as_a_client_writes_it() -> None:
    text = (
        f'<state {S.split(" ")[0]} manual="true" {S.split(" ")[1]} xsi:type="userState">'
        "<availability>6500</availability><endpointLocation/></state>"
    )
    assert read_state(etree.fromstring(text)) == StateDocument(kind="userState", availability=6500, manual=True)


@pytest.mark.parametrize(
    "inside",
    [
        f'<state {S} xsi:type="moodState"/>',
        f"<state {S.split(' ')[0]}/>",
        f'<state {S} xsi:type="userState"><availability>lots</availability></state>',
        f'<state {S} xsi:type="userState"><availability>-1</availability></state>',
        f'<state {S} xsi:type="userState" startTime="noon"/>',
        f'<state {S} xsi:type="userState" manual="perhaps"/>',
        f'<state {S} xsi:type="userState"><activity minAvailability="x"/></state>',
        f'<state {S} xsi:type="userState"><timeZoneBias>x</timeZoneBias></state>',
    ],
)
def test_bad_states(inside: str) -> None:
    with pytest.raises(SchemaViolation):
        read_state(etree.fromstring(inside))


@given(TEXT, st.sampled_from(["personal", "OOF"]), st.sampled_from([None, NOON]))
def test_note(text: str, kind: str, moment: datetime | None) -> None:
    note = NoteDocument(text=text, kind=kind, start=moment, end=moment)
    assert read_note(etree.fromstring(write_note(note))) == note


def test_note_without_words() -> None:
    assert read_note(etree.fromstring("<note/>")) == NoteDocument()
    assert read_note(etree.fromstring('<note><body type="oof" startTime="x">a</body></note>')) == NoteDocument(
        text="a", kind="OOF"
    )


@given(st.text("0123", max_size=400))
def test_slots(slots: str) -> None:
    assert decode_slots(encode_slots(slots)) == slots + "0" * (-len(slots) % 4)


@pytest.mark.parametrize(
    ("slots", "coded"), [("", ""), ("0022", "oA=="), ("0123", "5A=="), ("2", "Ag=="), ("4242", "iA==")]
)
def test_slots_stand_low_bits_first(slots: str, coded: str) -> None:
    assert encode_slots(slots) == coded


def test_calendar_data() -> None:
    busy = FreeBusyDocument(mailbox="a@x.test", start=NOON, interval=15, slots="01230000")
    assert read_free_busy(etree.fromstring(write_free_busy(busy))) == busy
    hours = '<WorkingHours xmlns="http://schemas.microsoft.com/exchange/services/2006/types"><TimeZone/></WorkingHours>'
    assert read_working_hours(etree.fromstring(write_working_hours("a@x.test", hours))) == ("a@x.test", hours)
    assert read_free_busy(etree.fromstring(EMPTY)) is None
    assert read_working_hours(etree.fromstring(EMPTY)) is None


def test_bad_free_busy() -> None:
    for inside in ('startTime="x" granularity="PT15M">', 'startTime="2026-11-23T12:00:00Z" granularity="PT15M">!'):
        with pytest.raises(SchemaViolation):
            read_free_busy(etree.fromstring(f"<calendarData><freeBusy {inside}</freeBusy></calendarData>"))


@given(st.builds(CardDocument, display_name=TEXT, email=TEXT, company=TEXT, title=TEXT, office=TEXT, phone=TEXT))
def test_card(card: CardDocument) -> None:
    assert read_card(etree.fromstring(write_card(card))) == card


def test_phone_numbers_can_be_dialled() -> None:
    assert "<uri>tel:+15550100</uri><displayString>+1 (555) 01-00</displayString>" in write_card(
        CardDocument(phone="+1 (555) 01-00")
    )


CATEGORIES = [
    CategoryDocument(name="note"),
    CategoryDocument(name="state", instance=1, container=200, version=3, published=NOON, content="<a/>"),
    CategoryDocument(
        name="note",
        instance=0,
        container=2,
        version=1,
        published=NOON,
        expire_type="time",
        expires=60,
        content="<b>x</b>",
    ),
]


def test_categories() -> None:
    text = write_categories("sip:bob@contoso.test", CATEGORIES)
    assert text == (
        '<categories xmlns="http://schemas.microsoft.com/2006/09/sip/categories" uri="sip:bob@contoso.test">'
        '<category name="note"/><category name="state" instance="1" publishTime="2026-11-23T12:00:00Z" container="200"'
        ' version="3"><a/></category><category name="note" instance="0" publishTime="2026-11-23T12:00:00Z"'
        ' container="2" version="1" expireType="time" expires="60"><b>x</b></category></categories>'
    )
    uri, found = read_categories(read_root(text.encode(), "categories"))
    assert uri == "sip:bob@contoso.test"
    names = [(one.name, one.instance, one.container, one.version, one.expires) for one in found]
    assert names == [(one.name, one.instance, one.container, one.version, one.expires) for one in CATEGORIES]


def test_other_roots_are_refused() -> None:
    with pytest.raises(SchemaViolation):
        read_root(b"<other/>", "categories")
    with pytest.raises(Malformed):
        read_root(b"<!DOCTYPE a><categories/>", "categories")


def test_a_card_says_where_a_photo_is() -> None:
    card = etree.fromstring(write_photo_card("https://mail.contoso.test/EWS/Exchange.asmx", "a&b@contoso.test", "5eed"))
    photo = card.find("{*}photo")
    assert photo is not None and photo.get("type") == "enterprise" and photo.findtext("{*}hash") == "5eed"
    place = etree.fromstring(f"<place>{photo.findtext('{*}uri')}</place>")
    assert place.findtext("ewsUrl") == "https://mail.contoso.test/EWS/Exchange.asmx"
    assert place.findtext("primarySMTP") == "a&b@contoso.test"
