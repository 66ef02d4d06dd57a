"""What a person's attributes may be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from samband.directory.rules import check
from samband.model.failures import Failure
from tests.directory.people import somebody

ALICE = somebody("alice", display_name="Alice Andersson")

GOOD: list[dict[str, Any]] = [
    {},
    {"mail": ""},
    {"proxyAddresses": ("SMTP:alice@contoso.test",)},
    {"proxyAddresses": ("smtp:a@contoso.test", "SMTP:alice@contoso.test", "SIP:al@other.test", "x500:/o=Old/cn=a")},
    {"proxyAddresses": ("EUM:1234;phone-context=dp.contoso.test", "SMTP:o'brien+x@contoso.test")},
    {"msRTCSIP_UserEnabled": False, "msRTCSIP_PrimaryUserAddress": ""},
    {"msRTCSIP_UserEnabled": False},
    {"msExchMailboxGuid": "", "proxyAddresses": ()},
    {"displayName": "Åsa Öberg 😀"},
]

BAD: list[tuple[dict[str, Any], str]] = [
    ({"mail": "alice"}, "mail"),
    ({"mail": "alice@contoso.test\r\nX: y"}, "mail"),
    ({"mail": "a@@b"}, "mail"),
    ({"userPrincipalName": ""}, "userPrincipalName"),
    ({"sAMAccountName": ""}, "sAMAccountName"),
    ({"sAMAccountName": "a\\b"}, "sAMAccountName"),
    ({"sAMAccountName": "x" * 21}, "sAMAccountName"),
    ({"displayName": " "}, "displayName"),
    ({"title": "a\0b"}, "title"),
    ({"proxyAddresses": ("smtp:alice@contoso.test",)}, "proxyAddresses"),
    ({"proxyAddresses": ("SMTP:a@contoso.test", "SMTP:b@contoso.test")}, "proxyAddresses"),
    ({"proxyAddresses": ("SMTP:a@contoso.test", "smtp:A@contoso.test")}, "proxyAddresses"),
    ({"proxyAddresses": ("SMTP:a@contoso.test", "sip:a@contoso.test", "SIP:b@contoso.test")}, "proxyAddresses"),
    ({"proxyAddresses": ("SMTP:a@contoso.test", "sip:a")}, "proxyAddresses"),
    ({"proxyAddresses": ("alice@contoso.test",)}, "proxyAddresses"),
    ({"proxyAddresses": ()}, "proxyAddresses"),
    ({"msExchMailboxGuid": "17"}, "msExchMailboxGuid"),
    ({"objectGUID": ""}, "objectGUID"),
    ({"msRTCSIP_PrimaryUserAddress": "alice@contoso.test"}, "msRTCSIP-PrimaryUserAddress"),
    ({"msRTCSIP_PrimaryUserAddress": ""}, "msRTCSIP-UserEnabled"),
    ({"thumbnailPhoto": b"x" * 200_000}, "thumbnailPhoto"),
]


@pytest.mark.parametrize("changes", GOOD)
def test_good(changes: dict[str, Any]) -> None:
    check(replace(ALICE, **changes))


@pytest.mark.parametrize(("changes", "path"), BAD)
def test_bad(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(Failure) as refused:
        check(replace(ALICE, **changes))
    assert refused.value.code == "InvalidAttribute"
    assert refused.value.path == path


@pytest.mark.parametrize("mailbox", [True, False])
@pytest.mark.parametrize("lync", [True, False])
def test_a_new_person_is_stamped_for_what_it_is_enabled_for(mailbox: bool, lync: bool) -> None:
    person = somebody("bob", mailbox=mailbox, lync=lync)
    check(person)
    assert person.primary_smtp == person.mail == ("bob@contoso.test" if mailbox else "")
    assert person.proxy_sip == person.sip == ("bob@contoso.test" if lync else "")
    assert bool(person.msExchMailboxGuid) == bool(person.legacyExchangeDN) == mailbox
    assert person != somebody("carol", mailbox=mailbox, lync=lync)
    assert person == somebody("bob", mailbox=mailbox, lync=lync)
