from __future__ import annotations

import pytest
from lxml import etree

from samband.wire.soap.envelope import SOAP, read_envelope, write_envelope, write_streamed_envelope
from samband.wire.xml.reading import Malformed, parse


def test_what_is_written_reads_back() -> None:
    root = parse(write_envelope("<a xmlns='urn:a'/>", "<h xmlns='urn:h' x='1'/>"))
    envelope = read_envelope(root)
    assert envelope.operation.tag == "{urn:a}a"
    assert envelope.headers["{urn:h}h"].get("x") == "1"


def test_any_prefix_and_no_header() -> None:
    envelope = read_envelope(parse(f'<Envelope xmlns="{SOAP}"><Body><x/></Body></Envelope>'.encode()))
    assert envelope.operation.tag == f"{{{SOAP}}}x"
    assert envelope.headers == {}


@pytest.mark.parametrize(
    "body",
    [
        "<a/>",
        f'<s:Envelope xmlns:s="{SOAP}"/>',
        f'<s:Envelope xmlns:s="{SOAP}"><s:Body/></s:Envelope>',
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><a/></s:Body></s:Envelope>',
    ],
)
def test_other_documents_are_no_envelopes(body: str) -> None:
    with pytest.raises(Malformed):
        read_envelope(parse(body.encode()))


def test_a_streamed_envelope_ends_without_a_prefix_and_starts_without_a_declaration() -> None:
    written = write_streamed_envelope('<a xmlns="urn:a"/>', '<h xmlns="urn:h"/>')
    assert written.startswith(b"<Envelope ")
    assert written.endswith(b"</Envelope>")
    assert read_envelope(etree.fromstring(written)).operation.tag == "{urn:a}a"
