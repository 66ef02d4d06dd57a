from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.wire.xml.reading import Malformed, parse

BILLION_LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">'
    + b"".join(
        b'<!ENTITY lol%d "%s">' % (n, b"&lol%d;" % (n - 1) * 10 if n > 1 else b"&lol;" * 10) for n in range(1, 10)
    )
    + b"]><lolz>&lol9;</lolz>"
)
HOSTILE = {
    "entity bomb": BILLION_LAUGHS,
    "entity bomb in an attribute": BILLION_LAUGHS.replace(b"<lolz>&lol9;</lolz>", b'<lolz a="&lol9;"/>'),
    "entity bomb in UTF-16": BILLION_LAUGHS.decode().replace('<?xml version="1.0"?>', "").encode("utf-16"),
    "file entity": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "external document type": b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a/>',
    "UTF-7": b'<?xml version="1.0" encoding="utf-7"?>+ADwAIQ-DOCTYPE a+AD4APA-a/+AD4-',
    "EBCDIC": '<?xml version="1.0" encoding="cp037"?><a/>'.encode("cp037"),
    "declared UTF-8 is not": b'<?xml version="1.0" encoding="utf-8"?><a>\xff\xfe\xfd</a>',
    "half UTF-16": b"\xff\xfe<\x00a",
    "unknown encoding": b'<?xml version="1.0" encoding="x-none"?><a/>',
    "depth": b"<a>" * 100_000 + b"</a>" * 100_000,
    "depth in a long document": b"<a>" * 300 + b" " * 9_500_000 + b"</a>" * 300,
    "twelve million bytes of attribute": b'<a b="' + b"x" * 12_000_000 + b'" b="1"/>',
    "half a million elements": b"<a>" + b"<b/>" * 600_000 + b"</a>",
    "empty": b"",
    "blank": b" \r\n ",
    "not XML": b"POST / HTTP/1.1",
    "unclosed": b"<a><b></a>",
    "control character": b"<a>\x01</a>",
    "character reference out of range": b"<a>&#0;</a>",
    "undeclared entity": b"<a>&nbsp;</a>",
    "undeclared prefix": b"<a:b/>",
    "twice the same attribute": b'<a b="1" b="2"/>',
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_documents_are_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        parse(body)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"<a>\n <b></a>", "line 2, column 9 (tag name mismatch)"),
        (b"<secret:a/>", "line 1, column 10 (undefined namespace)"),
        (b"", "line 1, column 1 (document empty)"),
        (b"<a>secret&", "line 1, column 11 (name required)"),
    ],
)
def test_a_refusal_says_where_and_quotes_nothing(body: bytes, where: str) -> None:
    with pytest.raises(Malformed) as refusal:
        parse(body)
    assert str(refusal.value) == f"not well-formed XML at {where}"


def test_a_document_larger_than_the_limit_is_refused() -> None:
    assert parse(b"<a>12345</a>", limit=12).tag == "a"
    with pytest.raises(Malformed, match="larger"):
        parse(b"<a>123456</a>", limit=12)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(Malformed):
        parse(body)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "iso-8859-1"])
def test_declared_encodings(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?><a>blåbär</a>'
    assert parse(text.encode(encoding)).text == "blåbär"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings_that_need_no_declaration(encoding: str) -> None:
    assert parse("<a>blåbär</a>".encode(encoding)).text == "blåbär"


def test_a_long_text_is_read() -> None:
    root = parse(b"<a><b>" + b"x" * 20_000_000 + b"</b></a>")
    assert len(root[0].text or "") == 20_000_000


def test_a_long_text_with_many_angles_is_read() -> None:
    root = parse(b"<a><![CDATA[" + b"<p>" * 600_000 + b"]]></a>")
    assert len(root.text or "") == 1_800_000


def test_comments_and_instructions_are_dropped_and_cdata_is_text() -> None:
    root = parse(b"<a><!-- c --><?p q?><b/><![CDATA[<!DOCTYPE x>]]></a>")
    assert [child.tag for child in root] == ["b"]
    assert root[0].tail == "<!DOCTYPE x>"
