"""Management rights: what some people and applications may do with mailboxes that are not their own."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Right(StrEnum):
    """What may be given, by the names that administrators of Exchange know."""

    IMPERSONATION = "ApplicationImpersonation"
    """To act as the owner of a mailbox."""
    SEARCH = "MailboxSearch"
    """To search mailboxes for what is to be disclosed (eDiscovery)."""
    FULL_ACCESS = "FullAccess"
    """To open a whole mailbox, whatever the permissions on its folders say."""
    SEND_AS = "SendAs"
    """To send as the owner of a mailbox, so that nobody sees who really did."""


class GrantedRight(NamedTuple):
    """``right`` given to ``holder``, over ``over``.

    ``holder`` is the objectGUID of a person, or of a group for everyone in it, or the identifier of an application.
    ``over`` is the objectGUID of a mailbox's owner, or of a group for the mailboxes of everyone in it; empty for all
    mailboxes of the organisation.
    """

    right: Right
    holder: str
    over: str = ""
