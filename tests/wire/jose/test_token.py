"""Tokens taken apart and put together, and what is no token."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.wire.jose import base64url, token

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
OBJECTS = st.dictionaries(TEXT, TEXT | st.integers() | st.booleans(), max_size=5)


@given(OBJECTS, OBJECTS, st.binary(max_size=300))
def test_both_ways(header: dict[str, object], claims: dict[str, object], signature: bytes) -> None:
    part = token.signed_part(header, claims)
    found = token.read(token.join(part, signature))
    assert (found.header, found.claims, found.signature) == (header, claims, signature)
    assert found.signed_part == part.encode()


def test_the_unsigned_form_ends_with_a_dot() -> None:
    text = token.join(token.signed_part({"typ": "JWT", "alg": "none"}, {"iss": "a@b"}))
    assert text == "eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0.eyJpc3MiOiJhQGIifQ."
    found = token.read(text)
    assert (found.algorithm, found.claim("iss"), found.signature) == ("none", "a@b", b"")


def segment(text: str) -> str:
    return base64url.encode(text.encode())


GOOD = segment('{"alg":"RS256"}')
WRONG_CLAIMS = [
    b"{",
    b'{"iss":"a","iss":"b"}',
    b'{"x":{"y":1,"y":2}}',
    b'{"x":NaN}',
    b"{\xff}",
    b'{"x":' + b"[" * 5000 + b"]" * 5000 + b"}",
    b'{"x":"' + b"a" * 40_000 + b'"}',
]


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        GOOD,
        f"{GOOD}.{GOOD}",
        f"{GOOD}.{GOOD}.AA.AA",
        f"{GOOD}=.{GOOD}.AA",
        f"{GOOD}.{GOOD}.AA==",
        f"{GOOD}.{GOOD}.AB",  # bits that no encoder sets
        f"{GOOD}.{GOOD}.A+/A",
        f"{GOOD}.{GOOD}.A",
        f"{GOOD}.{GOOD}.\u00e5",
        f" {GOOD}.{GOOD}.AA",
        f"{GOOD}\n.{GOOD}.AA",
        f"{segment('[]')}.{GOOD}.",
        f"{segment('null')}.{GOOD}.",
        *(f"{GOOD}.{base64url.encode(claims)}." for claims in WRONG_CLAIMS),
    ],
)
def test_no_tokens(text: str) -> None:
    with pytest.raises(token.Malformed):
        token.read(text)


@given(st.text(max_size=200))
def test_noise(text: str) -> None:
    with pytest.raises(token.Malformed):
        token.read(text + "!")


@given(st.binary(max_size=100))
def test_base64url_has_one_form(data: bytes) -> None:
    text = base64url.encode(data)
    assert base64url.decode(text) == data
    assert base64url.normal(base64.b64encode(data).decode()) == text


def test_claims_that_are_not_text_read_as_empty() -> None:
    found = token.read(token.join(token.signed_part({"alg": 5}, {"iss": ["a"], "n": 1})))
    assert (found.algorithm, found.claim("iss"), found.claim("n"), found.claim("absent")) == ("", "", "", "")
    assert json.dumps(dict(found.claims))
