"""The ExchangeImpersonation header: a person or application acts as the owner of a mailbox [MS-OXWSCDATA]."""

from __future__ import annotations

import logging
from dataclasses import replace

from samband.directory.api import Directory
from samband.directory.rights import Rights
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.people import Person, guid_of_sid
from samband.model.rights import Right
from samband.wire.ews.names import T
from samband.wire.xml.reading import Element, missing, required

log = logging.getLogger(__name__)

ROLE = "UserApplication"
"""The role of a partner application's linked account that lets it act as any person."""


def impersonate(caller: Caller, header: Element, directory: Directory, rights: Rights, operation: str) -> Caller:
    """``caller`` acting as whom ``header`` names. Raises a fatal ``Failure`` without the right or the person.

    Each use and each refusal is one line of the log: who asks ``operation`` as whom.
    """
    connecting = required(header, T + "ConnectingSID")
    if len(connecting) == 0:
        raise missing(connecting, T + "PrincipalName")
    trusted = bool(caller.application) and ROLE in caller.app_permissions
    who = replace(caller, person=None) if caller.application else caller
    if not trusted and not rights.has(who, Right.IMPERSONATION):
        log.warning("%s was refused impersonation", who.name, extra={"operation": operation})
        raise _denied()
    person = _named(connecting[0], directory)
    audit = {"impersonated": person.userPrincipalName, "operation": operation}
    if not trusted and not rights.has(who, Right.IMPERSONATION, person.msExchMailboxGuid or "none"):
        log.warning("%s was refused impersonation", who.name, extra=audit)
        raise _denied()
    log.info("%s impersonates", who.name, extra=audit)
    return replace(caller, person=person, impersonator=who.name)


def _denied() -> Failure:
    return Failure(
        "ErrorImpersonateUserDenied",
        "The account does not have permission to impersonate the requested user.",
        fatal=True,
    )


def _named(name: Element, directory: Directory) -> Person:
    value = (name.text or "").strip()
    if name.tag == T + "PrincipalName":
        person = directory.by_login(value)
        if person is None:
            raise Failure("ErrorInvalidUserPrincipalName", "The user principal name (UPN) is not valid.", fatal=True)
        return person
    if name.tag == T + "SID":
        person = directory.by_guid(guid_of_sid(value))
        if person is None:
            raise Failure("ErrorInvalidUserSid", "The user SID is not valid.", fatal=True)
        return person
    person = directory.by_smtp(value)
    if person is None or not person.msExchMailboxGuid:
        raise Failure("ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.", fatal=True)
    return person
