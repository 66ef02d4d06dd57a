"""The table of fields: complete, in the schema's order, and every row reads what it wrote."""

from __future__ import annotations

import enum
import types
import typing
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from samband.exchange.ews.drafts import converted
from samband.model import item_values, recurrence
from samband.model.items import PROPERTIES, Attachment, CalendarProperties, Item, ItemKind, ItemProperties
from samband.model.timezones import Period, ZoneDefinition
from samband.wire.ews.fields.errors import PropertyError
from samband.wire.ews.fields.paths import read_path, read_query_path
from samband.wire.ews.fields.reading import read_item
from samband.wire.ews.fields.row import Field
from samband.wire.ews.fields.shape import Shape
from samband.wire.ews.fields.table import FIELDS, FOREIGN, KINDS, UNKEPT
from samband.wire.ews.names import DECLARED, TYPES
from samband.wire.ews.responses import write_batch
from samband.wire.ews.versions import ServerVersion
from samband.wire.soap.envelope import write_envelope
from samband.wire.xml.reading import SchemaViolation
from tests.schema import schema_folder, valid

X = "{http://www.w3.org/2001/XMLSchema}"
MOMENT = datetime(2027, 1, 1, tzinfo=UTC)
MAILBOX = "11111111-2222-3333-4444-555555555555"

TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"), max_size=20
)
WORD = st.text("abcXYZ å&<>\"'", min_size=1, max_size=12).map(lambda text: text.strip() or "x")
INSTANT = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=0)
)
ADDRESS = st.builds(item_values.EmailAddress, WORD, WORD, st.just("SMTP"), st.sampled_from(["", "Mailbox", "OneOff"]))
DAYS = st.integers(1, 0x7F)
SPAN = st.one_of(
    st.builds(recurrence.NoEnd, st.dates()),
    st.builds(recurrence.EndDate, st.dates(), st.dates()),
    st.builds(recurrence.Numbered, st.dates(), st.integers(1, 999)),
)
EVERY = st.integers(1, 99)
PATTERNS = [
    st.builds(recurrence.Daily, EVERY),
    st.builds(recurrence.Weekly, DAYS, EVERY, st.sampled_from([1, 2, 64])),
    st.builds(recurrence.AbsoluteMonthly, st.integers(1, 31), EVERY),
    st.builds(recurrence.RelativeMonthly, st.sampled_from([1, 2, 0x7F, 0x3E, 0x41]), st.integers(1, 5), EVERY),
    st.builds(recurrence.AbsoluteYearly, st.integers(1, 31), st.integers(1, 12)),
    st.builds(recurrence.RelativeYearly, st.sampled_from([64, 0x7F]), st.integers(1, 5), st.integers(1, 12)),
]
REGENERATION = st.builds(recurrence.Regeneration, st.sampled_from(["Daily", "Weekly", "Monthly", "Yearly"]), EVERY)
ZONE = st.one_of(
    st.just(ZoneDefinition("W. Europe Standard Time", "Berlin")),
    st.just(ZoneDefinition("mine", "Mine", (Period("p", "P", -60),))),
)
SPECIAL: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXT,
    bytes: st.binary(max_size=20),
    bool: st.booleans(),
    int: st.integers(0, 1000),
    float: st.floats(0, 100),
    date: st.dates(),
    datetime: INSTANT,
    item_values.EmailAddress: ADDRESS,
    item_values.Attendee: st.builds(item_values.Attendee, ADDRESS, last_response_time=st.none() | INSTANT),
    item_values.Body: st.builds(item_values.Body, st.sampled_from(item_values.BodyKind), TEXT),
    item_values.EnhancedLocation: st.builds(
        item_values.EnhancedLocation,
        WORD,
        TEXT,
        st.none()
        | st.builds(
            item_values.PostalAddress,
            street=TEXT,
            latitude=st.none() | st.floats(-90, 90),
            location_source=st.sampled_from(["", "Device"]),
        ),
    ),
    item_values.OnlineMeetingSettings: st.builds(
        item_values.OnlineMeetingSettings,
        st.just("EnabledForGatewayParticipants"),
        st.sampled_from(["Locked", "Everyone"]),
        st.just("Disabled"),
    ),
    item_values.InboxReminder: st.builds(
        item_values.InboxReminder,
        st.sampled_from(["", "d5c8a2c0-7d5c-4a7b-9a3a-0f8a5d7f3b11"]),
        st.none() | st.integers(0, 999),
        TEXT,
        st.none() | st.booleans(),
        st.sampled_from(["", "Added"]),
        st.sampled_from(["", "User"]),
    ),
    item_values.Flag: st.builds(item_values.Flag, due=st.none() | INSTANT),
    item_values.ListMember: st.builds(item_values.ListMember, ADDRESS, WORD),
    recurrence.Recurrence: st.builds(recurrence.Recurrence, st.one_of(PATTERNS), SPAN),
    recurrence.TaskRecurrence: st.builds(recurrence.TaskRecurrence, st.one_of(*PATTERNS, REGENERATION), SPAN),
    ZoneDefinition: ZONE,
}
KEYS = {
    "email_addresses": ["EmailAddress1", "EmailAddress3"],
    "physical_addresses": ["Home", "Other"],
    "phone_numbers": ["BusinessPhone", "Msn"],
    "im_addresses": ["ImAddress1", "ImAddress2"],
    "extended": ["0x1234:String", "{00062008-0000-0000-c000-000000000046}:0x8510:String"],
}
CHOICES = {
    "file_as_mapping": ["", "LastCommaFirst"],
    "contact_source": ["", "Store"],
    "postal_address_index": ["", "Home"],
    "delegation_state": ["", "Owned"],
    "culture": ["", "sv-SE"],
    "business_home_page": ["", "http://a.test/"],
    "mime": [""],
    "policy_tag": ["", "d5c8a2c0-7d5c-4a7b-9a3a-0f8a5d7f3b11"],
    "archive_tag": ["", "0f8a5d7f-7d5c-4a7b-9a3a-d5c8a2c03b11"],
}


def strategy(attribute: str, kind: Any) -> st.SearchStrategy[Any]:
    """Values of a record's attribute."""
    if attribute in CHOICES:
        return st.sampled_from(CHOICES[attribute])
    if kind in SPECIAL:
        return SPECIAL[kind]
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return st.one_of(
            [strategy(attribute, one) for one in arguments if one is not type(None)]
            + [st.none()][: type(None) in arguments]
        )
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        inner = WORD if arguments[0] is str else strategy("", arguments[0])
        return st.lists(inner, max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*(WORD for _ in arguments))
    if origin is dict:
        value = WORD if attribute == "extended" or arguments[1] is str else strategy("", arguments[1])
        return st.dictionaries(st.sampled_from(KEYS[attribute]), value, max_size=2)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return st.sampled_from(kind)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return st.builds(kind, **{name: strategy(name, hint) for name, hint in typing.get_type_hints(kind).items()})
    raise AssertionError(f"no values for {attribute}: {kind}")


def records(kind: ItemKind) -> st.SearchStrategy[ItemProperties]:
    """Whole records of a kind."""
    record = PROPERTIES[kind]
    hints = typing.get_type_hints(record)
    return st.builds(record, **{name: strategy(name, hint) for name, hint in hints.items()})


def item(kind: ItemKind, properties: ItemProperties, **more: Any) -> Item:
    return Item(
        id=7, mailbox=MAILBOX, folder=3, kind=kind, item_class="IPM.X", change_key=9, properties=properties, **more
    )


def element(written: str) -> etree._Element:
    return etree.fromstring(f"<x {DECLARED}>{written}</x>")


def rows() -> list[tuple[ItemKind, Field]]:
    """Every writable row with a kind that has it; MeetingTimeZone says the start's zone in an older, poorer way."""
    found = {field.uri: (ItemKind(kind), field) for kind, fields in KINDS.items() for field in fields if field.writable}
    # The zone as clients of 2007 say it: what is written is its name alone.
    del found["calendar:MeetingTimeZone"]
    return [row for uri, row in found.items() if uri != "calendar:MeetingTimeZone"]


@pytest.mark.parametrize(("kind", "field"), rows(), ids=lambda value: getattr(value, "uri", value))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_row_reads_what_it_wrote(kind: ItemKind, field: Field, data: st.DataObject) -> None:
    if field.of_item:
        assert element(field.writer()(item(kind, PROPERTIES[kind]())))[0].text == "IPM.X"
        return
    hint = typing.get_type_hints(PROPERTIES[kind])[field.attribute]
    value = data.draw(strategy(field.attribute, hint))
    properties = PROPERTIES[kind](**{field.attribute: value})
    written = field.writer()(item(kind, properties))
    if not written:
        assert not value
        return
    root = element(written)
    assert len(root) == 1 and root[0].tag == f"{{{TYPES}}}{field.element}"
    plain = field.codec.read(root[0])
    read = converted(kind, {field.attribute: plain}, UTC)
    again = field.writer()(item(kind, read))
    assert again == written
    if not isinstance(value, str):
        assert getattr(read, field.attribute) == value


@pytest.mark.parametrize("kind", list(ItemKind))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_whatever_an_item_holds_its_answer_is_valid(kind: ItemKind, data: st.DataObject) -> None:
    properties = data.draw(records(kind))
    attachments = (
        Attachment(id=1, name="a&b", content_type="x/y", content_id="c", size=3, is_inline=True),
        Attachment(id=2, name="m", kind=ItemKind.MESSAGE),
    )
    beside = (item(ItemKind.CALENDAR_ITEM, CalendarProperties(subject="&", start=MOMENT, end=MOMENT)),)
    whole = item(
        kind,
        properties,
        attachments=attachments,
        occurrence=data.draw(st.sampled_from([0, 4])),
        conflicting=beside,
        adjacent=beside,
    )
    everything = tuple(field for field in FIELDS.values() if field.uri not in UNKEPT)
    shape = Shape("AllProperties", everything, ("Text", "HTML", "Best"), version=ServerVersion.V2017_07_11)
    root = valid(write_envelope(write_batch("GetItem", [f"<m:Items>{shape.write(whole)}</m:Items>"])))
    back = read_item_leniently(next(root.iter(f"{{{TYPES}}}{kind.value}")), kind)
    for field in KINDS[kind]:
        if field.writable and not field.of_item and field.attribute in back and field.attribute != "body":
            value = getattr(properties, field.attribute)
            if value is None and field.whole is not None:
                continue  # what is written then is made of other properties
            if not isinstance(value, str):
                assert getattr(converted(kind, {field.attribute: back[field.attribute]}, UTC), field.attribute) == value


def read_item_leniently(found: etree._Element, kind: ItemKind) -> dict[str, Any]:
    """The values of an answer's item, without what only the server sets."""
    writable = {field.element for field in KINDS[kind] if field.writable}
    for child in list(found):
        if etree.QName(child).localname not in writable:
            found.remove(child)
    return read_item(found, kind.value).values


def test_the_table_knows_every_field_of_the_schema() -> None:
    folder = schema_folder()
    if folder is None:
        pytest.skip("needs the EWS schema in ../shared/schema (or SAMBAND_SHARED)")
    schema = etree.parse(str(folder / "types.xsd")).getroot()
    (listed,) = [one for one in schema.iter(X + "simpleType") if one.get("name") == "UnindexedFieldURIType"]
    uris = {str(one.get("value")) for one in listed.iter(X + "enumeration")}
    assert {uri for uri in uris if not uri.startswith(FOREIGN)} == set(FIELDS)


def sequence(schema: etree._Element, name: str) -> list[str]:
    """The names of the elements of a complex type, those of its bases first."""
    (found,) = [one for one in schema.iterchildren(X + "complexType") if one.get("name") == name]
    bases = [str(one.get("base")).removeprefix("t:") for one in found.iter(X + "extension")]
    own = [str(one.get("name")) for one in found.iter(X + "element")]
    return [part for base in bases for part in sequence(schema, base)] + own


@pytest.mark.parametrize("kind", list(KINDS))
def test_fields_stand_in_the_order_of_the_schema(kind: str) -> None:
    folder = schema_folder()
    if folder is None:
        pytest.skip("needs the EWS schema in ../shared/schema (or SAMBAND_SHARED)")
    schema = etree.parse(str(folder / "types.xsd")).getroot()
    special = {"Contact": "ContactItemType", "PostItem": "PostItemType", "MeetingMessage": "MeetingMessageType"}
    name = special.get(kind, f"{kind}MessageType" if kind.startswith("Meeting") else f"{kind}Type")
    order = sequence(schema, name)
    places = [order.index(field.element) for field in KINDS[kind]]
    assert places == sorted(places) and len(set(places)) == len(places)


def path(written: str) -> etree._Element:
    return element(written)[0]


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ('<t:ExtendedFieldURI PropertyTag="0x0E23" PropertyType="Integer"/>', "0x0e23:Integer"),
        ('<t:ExtendedFieldURI PropertyTag="3619" PropertyType="Integer"/>', "0x0e23:Integer"),
        (
            '<t:ExtendedFieldURI DistinguishedPropertySetId="Common" PropertyId="34133" PropertyType="String"/>',
            "{00062008-0000-0000-c000-000000000046}:0x8555:String",
        ),
        (
            '<t:ExtendedFieldURI PropertySetId="00062008-0000-0000-C000-000000000046" PropertyId="34133" '
            'PropertyType="String"/>',
            "{00062008-0000-0000-c000-000000000046}:0x8555:String",
        ),
        (
            '<t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" PropertyName="a:b" '
            'PropertyType="BinaryArray"/>',
            "{00020329-0000-0000-c000-000000000046}:a:b:BinaryArray",
        ),
    ],
)
def test_one_extended_property_has_one_key(written: str, key: str) -> None:
    assert read_path(path(written)).key == key  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ('<t:FieldURI FieldURI="item:Nothing"/>', SchemaViolation),
        ("<t:FieldURI/>", SchemaViolation),
        ('<t:FieldURI FieldURI="folder:DisplayName"/>', PropertyError),
        ('<t:IndexedFieldURI FieldURI="contacts:EmailAddress" FieldIndex="Nine"/>', SchemaViolation),
        ('<t:ExtendedFieldURI PropertyTag="0x12345" PropertyType="Integer"/>', SchemaViolation),
        ('<t:ExtendedFieldURI PropertyTag="0x1234" PropertyType="Object"/>', PropertyError),
        ('<t:ExtendedFieldURI PropertyTag="0x1234" PropertyName="a" PropertyType="String"/>', PropertyError),
        ('<t:ExtendedFieldURI PropertyName="a" PropertyType="String"/>', PropertyError),
        ('<t:ExtendedFieldURI PropertySetId="nonsense" PropertyName="a" PropertyType="String"/>', SchemaViolation),
    ],
)
def test_a_path_that_cannot_be_says_why(written: str, reason: type[Exception]) -> None:
    with pytest.raises(reason):
        read_path(path(written))


def test_what_cannot_be_searched_names_its_path() -> None:
    with pytest.raises(PropertyError) as raised:
        read_query_path(element('<t:FieldURI FieldURI="message:ToRecipients"/>'))
    assert raised.value.code == "ErrorUnsupportedPathForQuery"
    assert raised.value.path_xml == '<t:FieldURI FieldURI="message:ToRecipients"/>'
