"""The ExchangeImpersonation header: a trusted application acts as a person [MS-OXWSCDATA]."""

from __future__ import annotations

from dataclasses import replace

from samband.directory.api import Directory
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.people import Person
from samband.wire.ews.names import T
from samband.wire.xml.reading import Element, missing, required

RIGHT = "UserApplication"
"""The role of a partner application's linked account that lets it act as any person."""


def impersonate(caller: Caller, header: Element, directory: Directory) -> Caller:
    """``caller`` acting as whom ``header`` names. Raises a fatal ``Failure`` without the right or the person."""
    connecting = required(header, T + "ConnectingSID")
    if len(connecting) == 0:
        raise missing(connecting, T + "PrincipalName")
    if not caller.application or RIGHT not in caller.app_permissions:
        raise Failure(
            "ErrorImpersonateUserDenied",
            "The account does not have permission to impersonate the requested user.",
            fatal=True,
        )
    return replace(caller, person=_named(connecting[0], directory))


def _named(name: Element, directory: Directory) -> Person:
    value = (name.text or "").strip()
    if name.tag == T + "PrincipalName":
        person = directory.by_login(value)
        if person is None:
            raise Failure("ErrorInvalidUserPrincipalName", "The user principal name (UPN) is not valid.", fatal=True)
        return person
    if name.tag == T + "SID":
        raise Failure("ErrorInvalidUserSid", "The user SID is not valid.", fatal=True)
    person = directory.by_smtp(value)
    if person is None or not person.msExchMailboxGuid:
        raise Failure("ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.", fatal=True)
    return person
