"""The Bearer challenge both ways, and as other servers write it."""

import pytest

from samband.wire.jose import challenge
from samband.wire.jose.challenge import Challenge

EXCHANGE = "00000002-0000-0ff1-ce00-000000000000"
LYNC = "00000004-0000-0ff1-ce00-000000000000"


def test_as_exchange_writes_it() -> None:
    written = Challenge(EXCHANGE, (f"{LYNC}@contoso.com", "00000001-0000-0000-c000-000000000000@*")).write()
    assert written == (
        f'Bearer client_id="{EXCHANGE}", trusted_issuers="{LYNC}@contoso.com,00000001-0000-0000-c000-000000000000@*",'
        ' token_types="app_asserted_user_v1 service_asserted_app_v1", error="invalid_token"'
    )


@pytest.mark.parametrize(
    "made", [Challenge(EXCHANGE, ()), Challenge(EXCHANGE, ("a@*",), "contoso.com"), Challenge("x", ("a@b", "c@d"))]
)
def test_both_ways(made: Challenge) -> None:
    assert challenge.read(["Negotiate", made.write(), 'Basic realm="x"']) == made


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (
            f'Bearer trusted_issuers="{EXCHANGE}@contoso.com", client_id="{LYNC}"',
            Challenge(LYNC, (f"{EXCHANGE}@contoso.com",)),
        ),
        (
            f'Bearer realm="b1",client_id="{LYNC}",trusted_issuers="a@*,https://sts.windows.net/*/,b@c",'
            'authorization_uri="https://login.windows.net/common/oauth2/authorize"',
            Challenge(LYNC, ("a@*", "https://sts.windows.net/*/", "b@c"), "b1"),
        ),
        (f"bearer client_id={LYNC}, trusted_issuers=a@b", Challenge(LYNC, ("a@b",))),
        ('Bearer realm="x"', None),
        ("Bearer", None),
        ('Bearer client_id="', None),
        ("NTLM", None),
    ],
)
def test_as_others_write_it(value: str, found: Challenge | None) -> None:
    assert challenge.read([value]) == found
