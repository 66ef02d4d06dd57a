"""The auth metadata document both ways, and as other servers write it."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.wire.jose import metadata
from samband.wire.jose.metadata import Metadata

EXCHANGE = "00000002-0000-0ff1-ce00-000000000000"
CERTIFICATE = b"\x30\x03\x02\x01\x05"
VALUE = base64.b64encode(CERTIFICATE).decode()


def test_as_exchange_writes_it() -> None:
    location = "https://autodiscover.contoso.com/autodiscover/metadata/json/1"
    written = json.loads(Metadata(EXCHANGE, "*", (CERTIFICATE,), "Exchange", location).write())
    assert written.pop("id").startswith("_")
    assert written == {
        "version": "1.0",
        "name": "Exchange",
        "realm": "*",
        "serviceName": EXCHANGE,
        "issuer": f"{EXCHANGE}@*",
        "allowedAudiences": [f"{EXCHANGE}@*"],
        "keys": [
            {
                "usage": "signing",
                "keyinfo": {"x5t": metadata.thumbprint(CERTIFICATE)},
                "keyvalue": {"type": "x509Certificate", "value": VALUE},
            }
        ],
        "endpoints": [{"location": location, "protocol": "OAuth2", "usage": "metadata"}],
    }


@given(st.lists(st.binary(max_size=50), max_size=4), st.sampled_from(["*", "contoso.com"]), st.sampled_from(["", "x"]))
def test_both_ways(certificates: list[bytes], realm: str, location: str) -> None:
    made = Metadata(EXCHANGE, realm, tuple(certificates), "Exchange", location)
    assert metadata.read(made.write()) == made


def test_as_sharepoint_and_acs_write_it() -> None:
    document = {
        "realm": "b84c5afe-7ced-4ce8-aa0b-df0e2869d3c8",
        "serviceName": "00000001-0000-0000-c000-000000000000",
        "issuer": "00000001-0000-0000-c000-000000000000@b84c5afe-7ced-4ce8-aa0b-df0e2869d3c8",
        "keys": [
            {"keyValue": {"type": "x509certificate", "value": VALUE[:4] + "\r\n" + VALUE[4:]}, "usage": "Signing"},
            {"keyValue": {"type": "x509certificate", "value": VALUE}, "usage": "Encryption"},
            {"keyValue": {"type": "symmetric", "value": VALUE}, "usage": "Signing"},
            "nonsense",
        ],
        "endpoints": [
            {"location": "https://accounts.accesscontrol.windows.net/x/metadata/json/1", "protocol": "OAuth2",
             "usage": "metadata"},
            {"location": "https://accounts.accesscontrol.windows.net/x/tokens/OAuth/2", "protocol": "OAuth2",
             "usage": "issuance"},
        ],
    }  # fmt: skip
    found = metadata.read(b"\xef\xbb\xbf" + json.dumps(document).encode())
    assert found.certificates == (CERTIFICATE,)
    assert found.issuer == document["issuer"]
    assert found.token_endpoint.endswith("/tokens/OAuth/2")
    assert found.location.endswith("/metadata/json/1")


def test_the_issuer_alone_is_enough() -> None:
    assert metadata.read(b'{"issuer": "app@realm"}').issuer == "app@realm"
    assert metadata.read(b'{"serviceName": "app"}').realm == "*"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b"<html></html>",
        b'{"realm": "x"}',
        b'{"issuer":"a@b","ISSUER":"c@d"}',
        b'{"issuer":"a@b","keys":[{"usage":"signing","keyvalue":{"type":"x509Certificate","value":"%%"}}]}',
        b'{"issuer":"a@b","x":"' + b"a" * 300_000 + b'"}',
        json.dumps({"issuer": "a@b", "keys": [{}] * 17}).encode(),
    ],
)
def test_no_documents(data: bytes) -> None:
    with pytest.raises(metadata.Malformed):
        metadata.read(data)
