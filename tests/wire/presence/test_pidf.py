"""PIDF: our own both ways, and as known clients write it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.wire.presence.pidf import ACTIVITIES, DO_NOT_DISTURB, PidfDocument, read_pidf, write_pidf
from samband.wire.xml.reading import Malformed, SchemaViolation

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")), max_size=20)
WORDS = st.lists(st.sampled_from(sorted(ACTIVITIES - {"other"})), max_size=3, unique=True).map(tuple)


@given(st.booleans(), WORDS, TEXT, st.booleans(), TEXT)
def test_both_ways(reachable: bool, words: tuple[str, ...], other: str, idle: bool, note: str) -> None:
    document = PidfDocument(entity="sip:a@x.test", open=reachable, activities=words, other=other, idle=idle, note=note)
    assert read_pidf(write_pidf(document)) == document


def test_written() -> None:
    document = PidfDocument(
        entity="sip:a@x.test",
        open=True,
        activities=("busy",),
        other=DO_NOT_DISTURB,
        note="a & b",
        changed=datetime(2026, 1, 2, tzinfo=UTC),
    )
    assert write_pidf(document).decode() == (
        '<?xml version="1.0" encoding="UTF-8"?><presence xmlns="urn:ietf:params:xml:ns:pidf"'
        ' xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid"'
        ' entity="sip:a@x.test"><tuple id="t1"><status><basic>open</basic></status><contact>sip:a@x.test</contact>'
        "<note>a &amp; b</note><timestamp>2026-01-02T00:00:00Z</timestamp></tuple>"
        '<dm:person id="p1"><rpid:activities><rpid:busy/><rpid:other>do-not-disturb</rpid:other></rpid:activities>'
        "<dm:note>a &amp; b</dm:note></dm:person></presence>"
    )


CLIENTS = [
    (
        b'<?xml version="1.0" encoding="UTF-8"?><presence xmlns="urn:ietf:params:xml:ns:pidf"'
        b' xmlns:im="urn:ietf:params:xml:ns:pidf:im" entity="sip:a@x.test"><tuple id="bs35r9f">'
        b"<status><basic>open</basic></status><note>in the lab</note></tuple></presence>",
        PidfDocument(entity="sip:a@x.test", open=True, note="in the lab"),
    ),
    (
        b'<?xml version="1.0" encoding="UTF-8"?><presence xmlns="urn:ietf:params:xml:ns:pidf"'
        b' xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid"'
        b' entity="sip:a@x.test"><dm:person id="p4159"><rpid:activities><rpid:away/></rpid:activities></dm:person>'
        b'<tuple id="t4109"><status><basic>open</basic></status><contact>sip:a@x.test</contact></tuple></presence>',
        PidfDocument(entity="sip:a@x.test", open=True, activities=("away",)),
    ),
    (
        b'<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"'
        b' xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" xmlns:pidfonline="http://www.linphone.org/xsds/pidfonline.xsd"'
        b' entity="sip:a@x.test"><tuple id="qm"><status><basic>open</basic><pidfonline:online/></status>'
        b"<contact>sip:a@x.test</contact><timestamp>2026-01-02T00:00:00Z</timestamp></tuple>"
        b'<dm:person id="x"><rpid:activities><rpid:on-the-phone/></rpid:activities><dm:timestamp/></dm:person>'
        b"</presence>",
        PidfDocument(entity="sip:a@x.test", open=True, activities=("on-the-phone",)),
    ),
    (
        b'<presence entity="sip:a@x.test"><tuple id="1"><status><basic>closed</basic></status></tuple></presence>',
        PidfDocument(entity="sip:a@x.test", open=False),
    ),
    (b"<presence/>", PidfDocument(entity="", open=False)),
]


@pytest.mark.parametrize(("body", "document"), CLIENTS)
def test_as_clients_write_it(body: bytes, document: PidfDocument) -> None:
    assert read_pidf(body) == document


@pytest.mark.parametrize("broken", [b"", b"<pidf/>", b"<presence", b"<!DOCTYPE presence><presence/>"])
def test_broken(broken: bytes) -> None:
    with pytest.raises((Malformed, SchemaViolation)):
        read_pidf(broken)
