"""UCWA's XML: what is written, what is read, and which form a request asks for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from samband.wire.ucwa import xml_form
from samband.wire.ucwa.events import Event, Reference, write_events, write_resync
from samband.wire.ucwa.media_types import form_of, wanted_type
from samband.wire.ucwa.resources import embedding, resource

SPACE = 'xmlns="http://schemas.microsoft.com/rtc/2012/03/ucwa"'
HEAD = '<?xml version="1.0" encoding="utf-8"?>'


def test_a_resource() -> None:
    own = resource("me", {"self": "/a?x=1&y=2", "note": "/n"}, {"name": "<Dana>", "when": "/Date(1360199838000)/"})
    own["_links"]["note"]["revision"] = "2"
    inner = resource("participant", {"self": "/p"}, {"local": True, "all": ["a", "b"], "count": 3, "more": {"a": 1}})
    assert xml_form.write(embedding(own, {"from": inner, "each": [inner | {"all": []}]})).decode() == (
        f'{HEAD}<resource {SPACE} rel="me" href="/a?x=1&amp;y=2"><link rel="note" href="/n" revision="2"/>'
        '<property name="name">&lt;Dana&gt;</property><property name="when">2013-02-07T01:17:18Z</property>'
        '<property name="rel">me</property>'
        '<resource rel="from" href="/p"><property name="local">True</property>'
        '<propertyList name="all"><item>a</item><item>b</item></propertyList><property name="count">3</property>'
        '<property name="more">{"a": 1}</property><property name="rel">participant</property></resource>'
        '<resource rel="each" href="/p"><property name="local">True</property>'
        '<propertyList name="all"></propertyList><property name="count">3</property>'
        '<property name="more">{"a": 1}</property><property name="rel">participant</property></resource></resource>'
    )


def test_events() -> None:
    me = Reference("me", "/me")
    failed = Event(
        sender=me,
        link=Reference("message", "/m"),
        kind="completed",
        within=Reference("conversation", "/c"),
        embedded=resource("message", {"self": "/m"}),
        status="Failure",
        reason={"code": "RemoteFailure", "subcode": "Busy", "message": "no & no"},
    )
    updated = Event(sender=me, link=me, kind="updated")
    assert xml_form.write(write_events([updated, failed], "/e?ack=1", "next", "/e?ack=2")).decode() == (
        f'{HEAD}<events {SPACE} href="/e?ack=1"><link rel="next" href="/e?ack=2"/><sender rel="me" href="/me">'
        '<updated rel="me" href="/me"></updated><completed rel="message" href="/m" status="Failure">'
        '<in rel="conversation" href="/c"/><resource rel="message" href="/m"><property name="rel">message</property>'
        "</resource><reason><code>RemoteFailure</code><subcode>Busy</subcode><message>no &amp; no</message></reason>"
        "</completed></sender></events>"
    )
    assert xml_form.write(write_resync("/e?ack=3")).decode() == (
        f'{HEAD}<events {SPACE}><link rel="resync" href="/e?ack=3"/></events>'
    )


def test_what_is_read() -> None:
    body = f"""<input {SPACE}><property name="SignInAs">Busy</property><property name="empty"/>
        <propertyList name="supportedModalities"><item>Messaging</item></propertyList>
        <link rel="message" href="data:text/plain,hi"/><resource rel="x" href="/x"/></input>"""
    assert xml_form.read(body.encode()) == {
        "signinas": "Busy",
        "empty": "",
        "supportedmodalities": ["Messaging"],
        "_links": {"message": {"href": "data:text/plain,hi"}},
    }
    assert xml_form.read(b" ") == {}


@pytest.mark.parametrize(
    "body",
    [
        "<input/>",
        f"<output {SPACE}/>",
        f"<input {SPACE}><property>x</property></input>",
        f'<input {SPACE}><property name="a">x</property><property name="A">y</property></input>',
        f"<input {SPACE}><other/></input>",
        f"<!DOCTYPE input []><input {SPACE}/>",
        "{}",
    ],
)
def test_what_is_not_read(body: str) -> None:
    with pytest.raises(ValueError):
        xml_form.read(body.encode())


@given(st.dictionaries(st.text(min_size=1), st.text() | st.booleans() | st.lists(st.text())))
def test_whatever_is_written_is_xml(properties: dict[str, Any]) -> None:
    names = {name for name in properties if name not in ("_links", "_embedded", "rel")}
    root = etree.fromstring(xml_form.write(resource("x", {"self": "/x"}, {name: properties[name] for name in names})))
    assert len(root) == len(names) + 1


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/xml", "application/xml"),
        ("Application/Vnd.Microsoft.Com.Ucwa+XML", "application/vnd.microsoft.com.ucwa+xml"),
        ("text/html, application/xml;q=0.5, application/json;q=0.9", "application/json"),
        ("application/json;q=0.1, application/xml; q=0.2", "application/xml"),
        ("application/xml;q=0, */*;q=0.1", "application/json"),
        ("text/html, application/xml;q=x", ""),
        ("image/jpeg", "application/json"),
        ("text/html", ""),
    ],
)
def test_which_form_is_asked_for(accept: str, wanted: str) -> None:
    assert wanted_type(accept, "image/") == wanted


def test_which_form_a_body_has() -> None:
    assert form_of("Application/XML; charset=utf-8") == "xml"
    assert form_of("application/vnd.microsoft.com.ucwa+json") == "json"
    assert form_of("text/xml") is None
