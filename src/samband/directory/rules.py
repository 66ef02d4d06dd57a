"""What must hold of one person's attributes. Every refusal is a ``Failure`` that names the attribute in ``path``."""

from __future__ import annotations

import re
import uuid
from collections import Counter
from dataclasses import fields

from samband.model.failures import Failure
from samband.model.people import Person

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")
_NOT_IN_LOGINS = frozenset('"/\\[]:;|=,+*?<>@')
_LONGEST_LOGIN = 20
_LARGEST_PHOTO = 100 * 1024


def invalid(attribute: str, text: str) -> Failure:
    """A refusal of the value of ``attribute``."""
    return Failure("InvalidAttribute", text, path=attribute)


def is_address(text: str) -> bool:
    """Whether it is ``user@domain``, as SMTP and SIP addresses here are."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None


def check(person: Person) -> None:
    """Refuse a person whose attributes cannot be right."""
    _check_texts(person)
    _check_login(person)
    if person.mail and not is_address(person.mail):
        raise invalid("mail", f"mail must be user@domain, not {person.mail!r}")
    _check_proxies(person.proxyAddresses)
    _check_mailbox(person)
    _check_resource(person)
    _check_lync(person)
    if len(person.thumbnailPhoto) > _LARGEST_PHOTO:
        raise invalid("thumbnailPhoto", f"thumbnailPhoto may have {_LARGEST_PHOTO // 1024} KB at most")


def _check_texts(person: Person) -> None:
    for name in (field.name for field in fields(Person)):
        value = getattr(person, name)
        for text in value if isinstance(value, tuple) else (value,):
            if isinstance(text, str) and (any(ord(letter) < 32 for letter in text) or len(text) > 1123):
                raise invalid(name, f"{name} must be one line of at most 1123 characters")
    if not person.displayName.strip():
        raise invalid("displayName", "displayName must not be empty")


def _check_login(person: Person) -> None:
    login = person.sAMAccountName
    if not 0 < len(login) <= _LONGEST_LOGIN or _NOT_IN_LOGINS & set(login) or login != login.strip():
        raise invalid(
            "sAMAccountName",
            f"sAMAccountName must have 1 to {_LONGEST_LOGIN} characters and none of "
            f"{''.join(sorted(_NOT_IN_LOGINS))}: {login!r}",
        )
    if not is_address(person.userPrincipalName):
        raise invalid("userPrincipalName", f"userPrincipalName must be user@domain, not {person.userPrincipalName!r}")


def _check_proxies(addresses: tuple[str, ...]) -> None:
    for address in addresses:
        prefix, colon, rest = address.partition(":")
        if not colon or not prefix.isalnum() or not rest:
            raise invalid(
                "proxyAddresses", f"a proxy address is a type, a colon and an address (smtp:user@domain): {address!r}"
            )
        if prefix.lower() in ("smtp", "sip") and not is_address(rest):
            raise invalid("proxyAddresses", f"{prefix}: must be followed by user@domain: {address!r}")
    for address, times in Counter(address.casefold() for address in addresses).items():
        if times > 1:
            raise invalid("proxyAddresses", f"{address} stands in proxyAddresses {times} times")
    primaries = sum(address.startswith("SMTP:") for address in addresses)
    if primaries != 1 and any(address[:5].lower() == "smtp:" for address in addresses):
        raise invalid(
            "proxyAddresses", f"exactly one address must be the primary one, with SMTP: in capitals; {primaries} are"
        )
    if sum(address[:4].lower() == "sip:" for address in addresses) > 1:
        raise invalid("proxyAddresses", "a person has one sip: address at most")


def _check_mailbox(person: Person) -> None:
    for name, guid in (("objectGUID", person.objectGUID), ("msExchMailboxGuid", person.msExchMailboxGuid)):
        if guid and not _is_guid(guid):
            raise invalid(name, f"{name} must be a GUID such as 6f9619ff-8b86-d011-b42d-00c04fc964ff, not {guid!r}")
    if not person.objectGUID:
        raise invalid("objectGUID", "objectGUID must not be empty")
    _check_archive(person)
    if person.msExchMailboxGuid and not person.primary_smtp:
        raise invalid("proxyAddresses", "a person with a mailbox needs a primary address (SMTP:user@domain)")


def _check_archive(person: Person) -> None:
    for name in ("msExchArchiveGUID", "msExchDisabledArchiveGUID"):
        guid = getattr(person, name)
        if guid and not _is_guid(guid):
            raise invalid(name, f"{name} must be a GUID, not {guid!r}")
    if person.msExchArchiveGUID and not person.msExchMailboxGuid:
        raise invalid("msExchArchiveGUID", "only a person with a mailbox has an archive")
    if person.msExchArchiveGUID and person.msExchArchiveGUID == person.msExchMailboxGuid:
        raise invalid("msExchArchiveGUID", "the archive is another mailbox than the person's own")


def _check_resource(person: Person) -> None:
    if not 0 <= person.msExchResourceCapacity <= 2**31 - 1:
        raise invalid("msExchResourceCapacity", "msExchResourceCapacity is a number of people, 0 or more")
    if not -(2**31) <= person.msExchRecipientDisplayType <= 2**31 - 1:
        raise invalid("msExchRecipientDisplayType", "msExchRecipientDisplayType is a number of 32 bits")
    if person.is_resource and not person.msExchMailboxGuid:
        raise invalid("msExchRecipientDisplayType", "a room or a piece of equipment has a mailbox")


def _is_guid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def _check_lync(person: Person) -> None:
    address = person.msRTCSIP_PrimaryUserAddress
    if address and not (address.lower().startswith("sip:") and is_address(address[len("sip:") :])):
        raise invalid(
            "msRTCSIP-PrimaryUserAddress", f"msRTCSIP-PrimaryUserAddress must be sip:user@domain, not {address!r}"
        )
    if person.msRTCSIP_UserEnabled and not address:
        raise invalid("msRTCSIP-UserEnabled", "a person enabled for Lync needs msRTCSIP-PrimaryUserAddress")
