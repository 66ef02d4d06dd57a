"""Schemes and parameters: read, written, and refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.wire.sip.credentials import (
    Credentials,
    Malformed,
    _read_carefully,
    read_credentials,
    read_ordinary,
    write_credentials,
)

READ = {
    'NTLM realm="SIP Communications Service", targetname="lync.contoso.test", version=4': Credentials(
        "NTLM", {"realm": "SIP Communications Service", "targetname": "lync.contoso.test", "version": "4"}
    ),
    'TLS-DSK qop="auth",opaque="A" , GSSAPI-DATA=""': Credentials(
        "TLS-DSK", {"qop": "auth", "opaque": "A", "gssapi-data": ""}
    ),
    r'Digest username="a \"b\" \\c", nc=00000001': Credentials("Digest", {"username": r'a "b" \c', "nc": "00000001"}),
    'Digest uri="sip:a;b=c,d@e", algorithm=SHA-256,': Credentials(
        "Digest", {"uri": "sip:a;b=c,d@e", "algorithm": "SHA-256"}
    ),
    "NTLM": Credentials("NTLM", {}),
    "NTLM a=": Credentials("NTLM", {"a": ""}),
}


@pytest.mark.parametrize("text", READ)
def test_read(text: str) -> None:
    assert read_credentials(text) == READ[text]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        'realm="x"',
        "a,b c",
        'NTLM realm="x',
        'NTLM realm="x" y="z"',
        'NTLM "x"',
        "NTLM a=1, a=2",
        'NTLM a="1", A="1"',
        "NTLM a b",
        "NTLM ,a=1",
        'NTLM a="x\\',
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(Malformed):
        read_credentials(text)


def test_written_as_lync_clients_read_it() -> None:
    value = write_credentials("NTLM", [("realm", "SIP Communications Service"), ("opaque", "0A")], [("version", "4")])
    assert value == 'NTLM realm="SIP Communications Service", opaque="0A", version=4'


@given(st.dictionaries(st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True), st.text(max_size=30), max_size=6))
def test_round_trip(params: dict[str, str]) -> None:
    params = {name: value.replace("\n", "").replace("\r", "") for name, value in params.items()}
    if params:
        assert read_credentials(write_credentials("Digest", params.items())) == Credentials("Digest", params)


_PIECES = st.sampled_from(
    [
        "realm",
        " nonce",
        "uri",
        "URI",
        "x",
        " ",
        "  ",
        "=",
        '"',
        '""',
        ",",
        ", ",
        "\\",
        "a1",
        "a b",
        "a=b",
        "é",
        "a,b",
        "\t",
    ]
)


@given(st.lists(_PIECES, max_size=16).map("".join))
def test_few_steps_read_what_careful_ones_read(text: str) -> None:
    found = read_ordinary(text)
    assert found is None or found == _read_carefully(text)


def test_few_steps_are_enough_for_what_clients_send() -> None:
    for text in (
        'realm="SIP Communications Service", targetname="x.test", crand="a1", cnum="2"',
        'nonce="",qop=auth,nc=01',
    ):
        assert read_ordinary(text) is not None


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = read_credentials("NTLM " + text)
    except Malformed:
        return
    assert all(name == name.lower() for name in found.params)


def test_hostile_repetition_is_read_in_linear_time() -> None:
    with pytest.raises(Malformed):
        read_credentials('NTLM a="' + "\\a" * 50_000)
    with pytest.raises(Malformed):
        read_credentials("NTLM " + "a=b " * 50_000)
