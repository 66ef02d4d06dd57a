"""Every kind of committed change. One write appends its changes under one sequence number.

The number is the EWS SyncState and Watermark and the web client's Last-Event-ID. ``scope`` is whose log a change
stands in: a mailbox's guid (``msExchMailboxGuid``), ``directory``, ``rights``, ``trust``, ``outbound``, or ``sip:`` and
an address.
"""

from __future__ import annotations

import msgspec

from samband.model.unified_contacts import Ucs


class Change(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """The head of every change; ``seq`` is 0 until it is committed."""

    scope: str
    seq: int = 0


class ItemCreated(Change, frozen=True, tag=True, kw_only=True):
    """An item appeared in a folder (``new_mail``: by delivery)."""

    item: int
    folder: int
    change_key: int
    new_mail: bool = False
    calendar: bool = False


class ItemModified(Change, frozen=True, tag=True, kw_only=True):
    """An item's properties changed; ``read_flag``: nothing but IsRead did."""

    item: int
    folder: int
    change_key: int
    read_flag: bool = False
    calendar: bool = False


class ItemDeleted(Change, frozen=True, tag=True, kw_only=True):
    """An item is gone for good."""

    item: int
    folder: int
    change_key: int
    calendar: bool = False


class ItemMoved(Change, frozen=True, tag=True, kw_only=True):
    """An item left ``old_folder`` as ``old_item`` and appeared in ``folder`` as ``item``."""

    item: int
    folder: int
    change_key: int
    old_item: int
    old_folder: int
    calendar: bool = False


class ItemCopied(Change, frozen=True, tag=True, kw_only=True):
    """``item`` appeared in ``folder`` as a copy of ``old_item``."""

    item: int
    folder: int
    change_key: int
    old_item: int
    old_folder: int
    calendar: bool = False


class FolderCreated(Change, frozen=True, tag=True, kw_only=True):
    """A folder appeared under ``parent``."""

    folder: int
    parent: int
    change_key: int


class FolderModified(Change, frozen=True, tag=True, kw_only=True):
    """A folder's properties or counts changed."""

    folder: int
    parent: int
    change_key: int
    unread: int | None = None


class FolderDeleted(Change, frozen=True, tag=True, kw_only=True):
    """A folder is gone for good."""

    folder: int
    parent: int
    change_key: int


class FolderMoved(Change, frozen=True, tag=True, kw_only=True):
    """A folder changed its parent."""

    folder: int
    parent: int
    change_key: int
    old_parent: int


class OofChanged(Change, frozen=True, tag=True, kw_only=True):
    """The out-of-office settings of a mailbox changed."""


class ImListMigrated(Change, frozen=True, tag=True, kw_only=True):
    """The owner's instant messaging list came to live in the mailbox, or left it."""

    completed: bool


class PersonChanged(Change, frozen=True, tag=True, kw_only=True):
    """A person was added, changed or removed in the directory (scope ``directory``)."""

    guid: str
    removed: bool = False


class GroupChanged(Change, frozen=True, tag=True, kw_only=True):
    """A group or who is in it changed (scope ``directory``)."""

    guid: str


class RightsChanged(Change, frozen=True, tag=True, kw_only=True):
    """Management rights were given or taken (scope ``rights``)."""


class PasswordChanged(Change, frozen=True, tag=True, kw_only=True):
    """A person's password changed or was removed (scope ``directory``): cached proofs of it are void."""

    guid: str


class ProofsRevoked(Change, frozen=True, tag=True, kw_only=True):
    """Whoever is signed in as a person is to prove it anew: the password is another one, or certificates were revoked
    (scope ``directory``)."""

    guid: str


class PhotoChanged(Change, frozen=True, tag=True, kw_only=True):
    """The photo of a mailbox's owner changed (scope ``directory``: everybody sees it)."""

    mailbox: str


class TrustChanged(Change, frozen=True, tag=True, kw_only=True):
    """A partner application, authorization server or signing key changed (scope ``trust``)."""

    what: str


class ContactsChanged(Change, frozen=True, tag=True, kw_only=True):
    """The server-side contact list of a user changed (scope ``sip:`` and address)."""

    delta: int


class ConferenceChanged(Change, frozen=True, tag=True, kw_only=True):
    """A conference was made, changed or removed (scope ``conferences``). ``organizer`` is an objectGUID."""

    organizer: str
    conference: str


class UcsChanged(Change, frozen=True, tag=True, kw_only=True):
    """It changed where somebody's contact list lives (scope ``unified-contacts``)."""

    owner: str
    ucs: Ucs


class MailQueued(Change, frozen=True, tag=True, kw_only=True):
    """There is mail to be sent to other organisations (scope ``outbound``)."""


class OwaChanged(Change, frozen=True, tag=True, kw_only=True):
    """The OWA virtual directory has other settings (scope ``owa``)."""


class OwaSessionEnded(Change, frozen=True, tag=True, kw_only=True):
    """Somebody signed out of the web client, or was signed out of it (scope ``owa-sessions``)."""

    key: str


class TrustedApplicationsChanged(Change, frozen=True, tag=True, kw_only=True):
    """The Lync side trusts other server applications (scope ``trusted-applications``)."""


class FederationChanged(Change, frozen=True, tag=True, kw_only=True):
    """The Lync side speaks with other domains than before (scope ``federation``)."""


AnyChange = (
    ItemCreated
    | ItemModified
    | ItemDeleted
    | ItemMoved
    | ItemCopied
    | FolderCreated
    | FolderModified
    | FolderDeleted
    | FolderMoved
    | OofChanged
    | ImListMigrated
    | PersonChanged
    | GroupChanged
    | RightsChanged
    | PasswordChanged
    | ProofsRevoked
    | PhotoChanged
    | TrustChanged
    | ContactsChanged
    | UcsChanged
    | ConferenceChanged
    | MailQueued
    | OwaChanged
    | OwaSessionEnded
    | TrustedApplicationsChanged
    | FederationChanged
)
