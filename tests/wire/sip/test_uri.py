"""SIP addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.wire.sip.uri import BadUri, SipUri, aor_of, parse_uri, split_hostport

READ = [
    ("sip:alice@Contoso.TEST", SipUri("sip", "alice", "contoso.test")),
    ("SIPS:alice@h:5061", SipUri("sips", "alice", "h", 5061)),
    (
        "sip:127.0.0.1:5060;transport=tcp;ms-opaque=d3",
        SipUri("sip", "", "127.0.0.1", 5060, {"transport": "tcp", "ms-opaque": "d3"}),
    ),
    ("sip:a@[2001:DB8::1]:5070;lr", SipUri("sip", "a", "2001:db8::1", 5070, {"lr": ""})),
    ("sip:user;par=u%40example.net@example.com", SipUri("sip", "user;par=u%40example.net", "example.com")),
    ("sip:a:secret@h?Subject=x", SipUri("sip", "a:secret", "h", None, {}, "Subject=x")),
    ("tel:+1-201;phone-context=x", SipUri("tel", "+1-201", "", None, {"phone-context": "x"})),
]


@pytest.mark.parametrize(("text", "uri"), READ)
def test_read(text: str, uri: SipUri) -> None:
    assert parse_uri(text) == uri
    assert parse_uri(str(uri)) == uri


@pytest.mark.parametrize(
    ("text", "scheme"),
    [
        ("", ""),
        ("alice@contoso.test", ""),
        ("sip:", ""),
        ("sip:@h", ""),
        ("sip:a@b@c", ""),
        ("sip:a@h:99999", ""),
        ("sip:a@h:x", ""),
        ("sip:a@[::1", ""),
        ("sip:a@[::1]x", ""),
        ("sip:a b@h", ""),
        ("<sip:a@h>", ""),
        ("http://h/", "http"),
        ("nobodyKnowsThisScheme:totallyopaquecontent", "nobodyknowsthisscheme"),
    ],
)
def test_refused(text: str, scheme: str) -> None:
    with pytest.raises(BadUri) as caught:
        parse_uri(text)
    assert caught.value.scheme == scheme
    assert aor_of(text) == ""


def test_address_of_record_ignores_case_and_escapes() -> None:
    assert aor_of("sip:%61LICE@CONTOSO.test;transport=tcp") == "alice@contoso.test"
    assert parse_uri("sip:contoso.test").aor == "contoso.test"


def test_gruu() -> None:
    uri = parse_uri("sip:alice@contoso.test;opaque=user:epid:qIIWS2j5AVeD_HxnQdxmlwAA;gruu")
    assert "gruu" in uri.params
    assert (uri.opaque, uri.aor) == ("user:epid:qIIWS2j5AVeD_HxnQdxmlwAA", "alice@contoso.test")


def test_hostport() -> None:
    assert split_hostport("H:1") == ("h", 1)
    assert split_hostport("[::1]") == ("::1", None)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        uri = parse_uri("sip:" + text)
    except BadUri:
        return
    assert uri.host


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("sip:[2001:DB8:0::10]", "2001:db8::10", None),
        ("sip:[2001:db8::10:5070]", "2001:db8::10:5070", None),
        ("sip:[2001:db8::10]:5070", "2001:db8::10", 5070),
        ("sip:u@[2001:db8::192.0.2.1]", "2001:db8::c000:201", None),
        ("sip:u@[2001:db8:::192.0.2.1]", "2001:db8::c000:201", None),
    ],
)
def test_one_ipv6_address_has_one_form(text: str, host: str, port: int | None) -> None:
    uri = parse_uri(text)
    assert (uri.host, uri.port) == (host, port)


@pytest.mark.parametrize(
    "text", ["sip:[]", "sip:[x]", "sip:[2001:db8:::10]", "sip:[1.2.3.4]", "sip:[::1", "sip:[::1]x"]
)
def test_brackets_hold_ipv6_addresses_only(text: str) -> None:
    with pytest.raises(BadUri):
        parse_uri(text)
