"""Folders of a mailbox: what one is, how a request names one, and the tree that every mailbox starts with."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import msgspec

from samband.model.failures import Failure
from samband.model.item_values import ExtendedValue
from samband.model.permissions import EffectiveRights, FolderPermission, Visitor, usual


class FolderKind(StrEnum):
    """The EWS element a folder is written as; it follows from the folder's class."""

    FOLDER = "Folder"
    CALENDAR = "CalendarFolder"
    CONTACTS = "ContactsFolder"
    TASKS = "TasksFolder"
    SEARCH = "SearchFolder"


DEFAULT_FOLDER_CLASS: dict[FolderKind, str] = {
    FolderKind.FOLDER: "",
    FolderKind.CALENDAR: "IPF.Appointment",
    FolderKind.CONTACTS: "IPF.Contact",
    FolderKind.TASKS: "IPF.Task",
    FolderKind.SEARCH: "",
}
"""The class a folder gets where its maker names none; a plain one gets none and holds anything."""


def kind_of_class(folder_class: str) -> FolderKind:
    """The kind of folder that has ``folder_class``."""
    lowered = folder_class.lower()
    for kind in (FolderKind.CALENDAR, FolderKind.CONTACTS, FolderKind.TASKS):
        stem = DEFAULT_FOLDER_CLASS[kind].lower()
        if lowered == stem or lowered.startswith(stem + "."):
            return kind
    return FolderKind.FOLDER


class Search(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a search folder shows: items of ``folders`` (and of those below, where ``deep``) that ``restriction`` finds.

    The restriction is the text that whoever made the folder gave; the door that took it can read it.
    """

    restriction: str
    folders: tuple[int, ...]
    deep: bool = False


class FolderProperties(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What of a folder is neither counted nor searched by the store."""

    extended: dict[str, ExtendedValue] = {}
    """MAPI properties under the keys that items use too."""
    permissions: tuple[FolderPermission, ...] = ()
    """Empty: nobody but the owner was given any, and everybody has what is usual for the folder's kind."""
    search: Search | None = None
    """What a search folder shows; None for every other folder."""


ARCHIVE = "archive"
"""What EWS's names of the default folders of an archive begin with."""


class Folder(msgspec.Struct, frozen=True):
    """One folder. ``change_key`` is the number of its last write; counts change without one.

    ``parent`` is 0 for the root of a mailbox. ``distinguished`` is the name that EWS has for a default folder, empty
    for any other. ``default``: it belongs to the tree that every mailbox starts with and is neither moved nor deleted.
    """

    id: int
    mailbox: str
    parent: int
    name: str
    folder_class: str
    distinguished: str
    default: bool
    created_seq: int
    change_key: int
    total: int
    unread: int
    children: int
    created: datetime
    properties: FolderProperties
    rights: EffectiveRights | None = None
    """What the caller may do with it; None: it is the caller's own."""

    @property
    def permissions(self) -> tuple[FolderPermission, ...]:
        """What was given to whom, or what is usual for a folder of its kind."""
        return self.properties.permissions or usual(self.kind is FolderKind.CALENDAR)

    @property
    def role(self) -> str:
        """``distinguished`` as it is called in a person's own mailbox: ``inbox`` also in an archive."""
        return self.distinguished.removeprefix(ARCHIVE)

    @property
    def kind(self) -> FolderKind:
        """The EWS element it is written as."""
        return FolderKind.SEARCH if self.properties.search is not None else kind_of_class(self.folder_class)


def depth_first(folders: Iterable[Folder], top: int) -> list[Folder]:
    """The folders below ``top``, each parent before its children, siblings by name."""
    below: dict[int, list[Folder]] = {}
    for folder in folders:
        below.setdefault(folder.parent, []).append(folder)
    for siblings in below.values():
        siblings.sort(key=lambda folder: folder.name.casefold(), reverse=True)
    found: list[Folder] = []
    waiting = list(below.get(top, ()))
    while waiting:
        folder = waiting.pop()
        found.append(folder)
        waiting.extend(below.get(folder.id, ()))
    return found


class FolderById(msgspec.Struct, frozen=True):
    """A folder named by its identifier."""

    mailbox: str
    folder: int
    change_key: int | None = None


class NamedFolder(msgspec.Struct, frozen=True):
    """A default folder by EWS's name for it: of the caller's mailbox, or of the one with the SMTP ``address``."""

    name: str
    address: str = ""


FolderRef = FolderById | NamedFolder


class Place(NamedTuple):
    """A resolved reference: a mailbox and a row. Whether the folder is there is known only inside a transaction.

    ``visitor`` asks for it where the mailbox is not theirs.
    """

    mailbox: str
    folder: int
    visitor: Visitor | None = None


class NewSearch(msgspec.Struct, frozen=True):
    """``Search`` with its folders as a request names them."""

    restriction: str
    folders: tuple[FolderRef | Failure, ...]
    deep: bool


class NewFolder(msgspec.Struct, frozen=True):
    """A folder to make; without a class it gets that of its kind. A search folder needs a ``search``."""

    kind: FolderKind
    name: str
    folder_class: str = ""
    properties: FolderProperties = FolderProperties()
    search: NewSearch | None = None


class FolderUpdate(msgspec.Struct, frozen=True):
    """What to change of a folder: None leaves it; an extended property set to None is deleted."""

    name: str | None = None
    folder_class: str | None = None
    extended: dict[str, ExtendedValue | None] = {}
    permissions: tuple[FolderPermission, ...] | None = None
    search: NewSearch | None = None


class Disposal(StrEnum):
    """What becomes of what is deleted."""

    HARD = "HardDelete"
    SOFT = "SoftDelete"
    TO_DELETED_ITEMS = "MoveToDeletedItems"


class DefaultFolder(msgspec.Struct, frozen=True):
    """A folder of the tree that every mailbox starts with; ``key`` is unique in it and never changes."""

    key: str
    parent: str
    name: str
    folder_class: str = ""
    distinguished: bool = True
    """Whether ``key`` is a name that EWS knows."""


def _distinguished(parent: str, *rows: tuple[str, str, str]) -> tuple[DefaultFolder, ...]:
    return tuple(DefaultFolder(key, parent, name, folder_class) for key, name, folder_class in rows)


def _plain(parent: str, *rows: tuple[str, str]) -> tuple[DefaultFolder, ...]:
    return tuple(DefaultFolder(f"{parent}/{name}", parent, name, cls, distinguished=False) for name, cls in rows)


ROOT = "root"
TOP = "msgfolderroot"
INBOX = "inbox"
DRAFTS = "drafts"
SENT_ITEMS = "sentitems"
DELETED_ITEMS = "deleteditems"
CALENDAR = "calendar"
CONTACTS = "contacts"
TASKS = "tasks"
RECOVERABLE_DELETIONS = "recoverableitemsdeletions"

DEFAULT_FOLDERS: tuple[DefaultFolder, ...] = (
    DefaultFolder(ROOT, "", "root"),
    *_distinguished(
        ROOT,
        (TOP, "Top of Information Store", ""),
        ("searchfolders", "Finder", ""),
        ("favorites", "Favorites", "IPF.Note"),
        ("mycontacts", "My Contacts", "IPF.Note"),
        ("peopleconnect", "PeopleConnect", ""),
        ("todosearch", "To-Do Search", "IPF.Task"),
        ("recoverableitemsroot", "Recoverable Items", ""),
    ),
    *_plain(
        ROOT,
        ("Common Views", ""),
        ("Deferred Action", ""),
        ("ExchangeSyncData", ""),
        ("Freebusy Data", ""),
        ("Location", ""),
        ("MailboxAssociations", ""),
        ("Reminders", "Outlook.Reminder"),
        ("Schedule", ""),
        ("Sharing", "IPF.Note"),
        ("Shortcuts", ""),
        ("Spooler Queue", ""),
        ("System", ""),
        ("Views", ""),
        ("Working Set", ""),
    ),
    *_distinguished(
        "recoverableitemsroot",
        (RECOVERABLE_DELETIONS, "Deletions", ""),
        ("recoverableitemsversions", "Versions", ""),
        ("recoverableitemspurges", "Purges", ""),
        ("recoverableitemsdiscoveryholds", "DiscoveryHolds", ""),
    ),
    *_plain("recoverableitemsroot", ("Audits", ""), ("Calendar Logging", "")),
    *_distinguished(
        TOP,
        (INBOX, "Inbox", "IPF.Note"),
        (DRAFTS, "Drafts", "IPF.Note"),
        (SENT_ITEMS, "Sent Items", "IPF.Note"),
        ("outbox", "Outbox", "IPF.Note"),
        (DELETED_ITEMS, "Deleted Items", "IPF.Note"),
        ("junkemail", "Junk Email", "IPF.Note"),
        (CALENDAR, "Calendar", "IPF.Appointment"),
        (CONTACTS, "Contacts", "IPF.Contact"),
        (TASKS, "Tasks", "IPF.Task"),
        ("notes", "Notes", "IPF.StickyNote"),
        ("journal", "Journal", "IPF.Journal"),
        ("conversationhistory", "Conversation History", ""),  # as Exchange makes it, without a class
        ("syncissues", "Sync Issues", "IPF.Note"),
    ),
    *_plain(
        TOP,
        ("Conversation Action Settings", "IPF.Configuration"),
        ("Quick Step Settings", "IPF.Configuration"),
        ("RSS Feeds", "IPF.Note.OutlookHomepage"),
    ),
    *_distinguished(
        CONTACTS,
        ("recipientcache", "Recipient Cache", "IPF.Contact.RecipientCache"),
        ("quickcontacts", "Lync Contacts", "IPF.Contact.MOC.QuickContacts"),
        ("imcontactlist", "{A9E2BC46-B3A0-4243-B315-60D991004455}", "IPF.Contact.MOC.ImContactList"),
    ),
    *_plain(
        CONTACTS,
        ("GAL Contacts", "IPF.Contact.GalContacts"),
        ("Organizational Contacts", "IPF.Contact.OrganizationalContacts"),
    ),
    *_distinguished(
        "syncissues",
        ("conflicts", "Conflicts", ""),
        ("localfailures", "Local Failures", ""),
        ("serverfailures", "Server Failures", ""),
    ),
)
"""Parents stand before their children. Names and classes are those of Exchange 2013 in English."""

_IN_ARCHIVES = {
    *(ROOT, TOP, INBOX, DELETED_ITEMS, "recoverableitemsroot", RECOVERABLE_DELETIONS),
    *("recoverableitemsversions", "recoverableitemspurges", "recoverableitemsdiscoveryholds"),
}
ARCHIVE_FOLDERS: tuple[DefaultFolder, ...] = tuple(
    default for default in DEFAULT_FOLDERS if default.key in _IN_ARCHIVES
)
"""The tree that every archive starts with; EWS's name of each is its key after ``ARCHIVE``."""
ARCHIVE_NAMES = {ARCHIVE + default.key: default.key for default in ARCHIVE_FOLDERS}
"""Keys by EWS's names."""
