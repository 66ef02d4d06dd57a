"""What another domain is to us, and which words are taken for one."""

from __future__ import annotations

import pytest

from samband.model.failures import Failure
from samband.model.federation import (
    FederatedDomain,
    FederationPolicy,
    Standing,
    checked_domain,
    checked_partner,
)

LISTS = (
    FederatedDomain("fabrikam.com"),
    FederatedDomain("spam.example", blocked=True),
    FederatedDomain("good.spam.example"),
)


@pytest.mark.parametrize(
    ("domain", "closed", "discovering"),
    [
        ("fabrikam.com", Standing.ALLOWED, Standing.ALLOWED),
        ("eu.fabrikam.com", Standing.UNKNOWN, Standing.DISCOVERED),
        ("notfabrikam.com", Standing.UNKNOWN, Standing.DISCOVERED),
        ("spam.example", Standing.BLOCKED, Standing.BLOCKED),
        ("more.spam.example", Standing.BLOCKED, Standing.BLOCKED),
        ("good.spam.example", Standing.BLOCKED, Standing.BLOCKED),
        ("nospam.example", Standing.UNKNOWN, Standing.DISCOVERED),
    ],
)
def test_standing(domain: str, closed: Standing, discovering: Standing) -> None:
    assert FederationPolicy(False, LISTS).standing(domain) is closed
    assert FederationPolicy(True, LISTS).standing(domain) is discovering


@pytest.mark.parametrize("text", ["Fabrikam.COM", "fabrikam.com."])
def test_domains_are_kept_in_one_form(text: str) -> None:
    assert checked_domain(text) == "fabrikam.com"


@pytest.mark.parametrize(
    "text", ["", "fabrikam", "fab rikam.com", "*.fabrikam.com", "a..com", "a@b.com", "x" * 64 + ".com"]
)
def test_what_is_no_domain(text: str) -> None:
    with pytest.raises(Failure, match="InvalidName"):
        checked_domain(text)


@pytest.mark.parametrize(
    ("proxy", "authorities", "code"),
    [
        ("edge.fabrikam.com:x", "", "InvalidPort"),
        ("edge.fabrikam.com:0", "", "InvalidPort"),
        ("edge fabrikam", "", "InvalidName"),
        ("", "no PEM", "InvalidCertificate"),
        ("", "-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----", "InvalidCertificate"),
    ],
)
def test_what_is_no_partner(proxy: str, authorities: str, code: str) -> None:
    with pytest.raises(Failure, match=code):
        checked_partner("fabrikam.com", proxy, authorities)


def test_where_a_partner_was_said_to_be() -> None:
    assert checked_partner("fabrikam.com", "", "").server is None
    assert checked_partner("fabrikam.com", "Edge.fabrikam.com", "").server == ("edge.fabrikam.com", 5061)
    assert checked_partner("fabrikam.com", "edge.fabrikam.com:5062", "").server == ("edge.fabrikam.com", 5062)
