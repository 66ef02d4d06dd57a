"""Whose mailbox a request names, and whether the caller may open it."""

from __future__ import annotations

from samband.directory.api import Directory
from samband.model.caller import Caller
from samband.model.failures import Failure


class Access:
    """A person opens their own mailbox. An application opens the mailbox of the person it acts for."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def mailbox(self, caller: Caller, address: str = "") -> str:
        """The guid of the mailbox with the SMTP ``address``, by default the caller's own.

        Raises ``Failure``: ErrorMissingEmailAddress, ErrorNonExistentMailbox, ErrorAccessDenied.
        """
        if not address:
            return self.own(caller)
        person = self._directory.by_smtp(address)
        if person is None or not person.msExchMailboxGuid:
            raise Failure("ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.")
        self.check(caller, person.msExchMailboxGuid)
        return person.msExchMailboxGuid

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
        """Raise ``Failure`` where the caller may not open ``mailbox``, or where there is no such mailbox."""
        if caller.person is not None and mailbox in (caller.person.msExchMailboxGuid, caller.person.msExchArchiveGUID):
            return
        if self._directory.by_mailbox(mailbox) is None:
            raise Failure("ErrorNonExistentMailbox", "No mailbox with such guid.")
        raise Failure("ErrorAccessDenied", "Access is denied. Check credentials and try again.")
