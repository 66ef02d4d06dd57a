"""Whose mailbox a request names, and whether the caller may open it."""

from __future__ import annotations

from samband.directory.api import Directory
from samband.directory.rights import Rights
from samband.exchange.actions.gate import denied
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.permissions import Visitor
from samband.model.rights import Right


class Access:
    """A person opens their own mailbox, and those they have full access to; an application that of whom it acts for.

    ``mailbox`` and ``check`` refuse everybody else. A verb that knows what its callers need of a folder asks
    ``visitor`` instead, and lets ``gate`` decide.
    """

    def __init__(self, directory: Directory, rights: Rights) -> None:
        self._directory = directory
        self._rights = rights

    def mailbox(self, caller: Caller, address: str = "") -> str:
        """The guid of the mailbox with the SMTP ``address``, by default the caller's own.

        Raises ``Failure``: ErrorMissingEmailAddress, ErrorNonExistentMailbox, ErrorAccessDenied.
        """
        if not address:
            return self.own(caller)
        mailbox = self.owner(address)
        self.check(caller, mailbox)
        return mailbox

    def own(self, caller: Caller) -> str:
        """The guid of the caller's own mailbox. Raises ``Failure`` where there is none."""
        if caller.person is None or not caller.person.msExchMailboxGuid:
            raise Failure(
                "ErrorMissingEmailAddress",
                "When making a request as an account that does not have a mailbox, you must specify the mailbox "
                "primary SMTP address for any distinguished folder Ids.",
            )
        return caller.person.msExchMailboxGuid

    def check(self, caller: Caller, mailbox: str) -> None:
        """Raise ``Failure`` where ``mailbox`` is not the caller's to open as a whole, or where there is none such."""
        if self.visitor(caller, mailbox) is not None:
            raise denied()

    def owner(self, address: str) -> str:
        """The guid of the mailbox with the SMTP ``address``, whoever asks. Raises ``Failure``."""
        person = self._directory.by_smtp(address)
        if person is None or not person.msExchMailboxGuid:
            raise Failure("ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.")
        return person.msExchMailboxGuid

    def visitor(self, caller: Caller, mailbox: str) -> Visitor | None:
        """Who the caller is in ``mailbox``; None where all of it is open to them. Raises ``Failure``.

        A visitor opens what the permissions on its folders say (``gate``).
        """
        own = (caller.person.msExchMailboxGuid, caller.person.msExchArchiveGUID) if caller.person is not None else ()
        if mailbox in own:
            return None
        if self._directory.by_mailbox(mailbox) is None:
            raise Failure("ErrorNonExistentMailbox", "No mailbox with such guid.")
        if self._rights.has(caller, Right.FULL_ACCESS, mailbox):
            return None
        person = caller.person
        if person is None:
            raise denied()
        groups = self._directory.groups_of(person.objectGUID)
        return Visitor(
            guid=person.objectGUID,
            sid=person.objectSid,
            addresses=frozenset(address.lower() for address in person.smtp_addresses),
            groups=frozenset(group.mail.lower() for group in groups),
        )
