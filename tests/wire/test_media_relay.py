"""Documents of media relays: requests as pidgin-sipe writes them, answers, and the relays that addresses name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from samband.wire.media_relay import NAMESPACE, Granted, Relay, Wish, read_relays, read_request, write_answer
from samband.wire.xml.reading import Malformed, SchemaViolation

REQUEST = f"""<request requestID="237594777" from="sip:alice@contoso.test" version="1.0"
 to="sip:lync.contoso.test;gruu;opaque=srvr:MRAS" xmlns="{NAMESPACE}">
<credentialsRequest credentialsRequestID="9"><identity>sip:alice@contoso.test</identity>
<location>intranet</location><duration>480</duration></credentialsRequest></request>"""


def test_a_request_and_its_answer() -> None:
    request = read_request(REQUEST.encode())
    wish = Wish("9", "sip:alice@contoso.test", "intranet", 480)
    assert (request.id, request.sender, request.wishes) == ("237594777", "sip:alice@contoso.test", (wish,))
    relays = [Relay("turn.test", 3478, None), Relay("10.0.0.1", None, 443)]
    written = write_answer(request, [Granted(wish, "1:a<b", "p&w", 60)], relays)
    root = etree.fromstring(written.encode())
    assert (root.get("requestID"), root.get("reasonPhrase")) == ("237594777", "OK")
    texts = {element.tag.rpartition("}")[2]: element.text for element in root.iter("{*}username", "{*}password")}
    assert texts == {"username": "MTphPGI=", "password": "cCZ3"}
    shown = [[(part.tag.rpartition("}")[2], part.text) for part in one] for one in root.iter("{*}mediaRelay")]
    assert shown == [
        [("location", "intranet"), ("hostName", "turn.test"), ("udpPort", "3478")],
        [("location", "intranet"), ("hostName", "10.0.0.1"), ("tcpPort", "443")],
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<request ", "<requests "),
        ('requestID="237594777"', ""),
        ("<identity>sip:alice@contoso.test</identity>", ""),
        ("intranet", "the moon"),
        (">480<", ">-1<"),
        (">480<", ">long<"),
        ("</request>", ""),
    ],
)
def test_requests_that_are_none(before: str, after: str) -> None:
    with pytest.raises((Malformed, SchemaViolation)):
        read_request(REQUEST.replace(before, after).encode())


@given(st.binary(max_size=400))
def test_whatever_comes_is_refused(body: bytes) -> None:
    with pytest.raises((Malformed, SchemaViolation)):
        read_request(body)


def test_relays_of_addresses() -> None:
    urls = ["turn:a.test", "turn:b.test:80?transport=tcp", "turn:[::1]:99?transport=udp", "turns:c.test"]
    assert read_relays(urls) == [Relay("a.test", 3478, 3478), Relay("b.test", None, 80), Relay("::1", 99, None)]
