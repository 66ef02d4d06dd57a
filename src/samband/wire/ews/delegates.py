"""GetDelegate, AddDelegate, UpdateDelegate and RemoveDelegate on the wire [MS-OXWSDLGM]."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from samband.wire.ews.fields.people import read_mailbox
from samband.wire.ews.names import M, T
from samband.wire.ews.responses import Refusal, refused_attributes, refused_content
from samband.wire.xml.reading import Element, at_most, attribute, bad_attribute, bad_element, local_name, required, text
from samband.wire.xml.text import escape
from samband.wire.xml.values import read_boolean, write_boolean

MAX_USERS = 1000
FOLDERS = ("Calendar", "Tasks", "Inbox", "Contacts", "Notes", "Journal")
"""The folders that delegates are given levels on, in the schema's order."""

_LEVELS = frozenset({"None", "Editor", "Reviewer", "Author", "Custom"})
_SUFFIX = "FolderPermissionLevel"
_DELIVER = frozenset({"DelegatesOnly", "DelegatesAndMe", "DelegatesAndSendInformationToMe", "NoForward"})


@dataclass(frozen=True, slots=True)
class GivenUser:
    """A user as a request names one; any text may be empty."""

    sid: str
    address: str
    display_name: str = ""
    distinguished: str = ""


@dataclass(frozen=True, slots=True)
class GivenDelegate:
    """A delegate as a request describes one: levels by folder; None and folders left out are not said."""

    user: GivenUser
    levels: Mapping[str, str] = field(default_factory=dict)
    receive_copies: bool | None = None
    view_private_items: bool | None = None


def read_get_delegate(element: Element) -> tuple[str, list[GivenUser], bool]:
    """(whose delegates, who is asked about: nobody where everyone is, with levels?). Raises ``SchemaViolation``."""
    said = attribute(element, "IncludePermissions")
    try:
        permissions = read_boolean(said)
    except ValueError:
        raise bad_attribute("IncludePermissions", said) from None
    return _owner(element), _users(element.find(M + "UserIds")), permissions


def read_remove_delegate(element: Element) -> tuple[str, list[GivenUser]]:
    """(whose delegates, who is one no more). Raises ``SchemaViolation``."""
    return _owner(element), _users(required(element, M + "UserIds"))


def read_delegates(element: Element, *, wanted: bool) -> tuple[str, list[GivenDelegate], str | None]:
    """(whose delegates, what is said of them, DeliverMeetingRequests) of AddDelegate and UpdateDelegate.

    ``wanted``: there must be DelegateUsers. Raises ``SchemaViolation``.
    """
    users = required(element, M + "DelegateUsers") if wanted else element.find(M + "DelegateUsers")
    found: list[GivenDelegate] = []
    if users is not None:
        at_most(users, MAX_USERS)
        found = [_delegate(one) for one in users]
    deliver = element.find(M + "DeliverMeetingRequests")
    if deliver is not None and (deliver.text or "") not in _DELIVER:
        raise bad_element(deliver)
    return _owner(element), found, None if deliver is None else deliver.text


def _owner(element: Element) -> str:
    _, address, *_ = read_mailbox(required(element, M + "Mailbox"))
    return str(address)


def _users(users: Element | None) -> list[GivenUser]:
    if users is None:
        return []
    at_most(users, MAX_USERS)
    return [_user(user) for user in users]


def _user(user: Element) -> GivenUser:
    sid, address, name, distinguished = (
        text(user.find(T + part)).strip() for part in ("SID", "PrimarySmtpAddress", "DisplayName", "DistinguishedUser")
    )
    return GivenUser(sid, address, name, distinguished)


def _delegate(element: Element) -> GivenDelegate:
    levels: dict[str, str] = {}
    permissions = element.find(T + "DelegatePermissions")
    for one in permissions if permissions is not None else ():
        name = local_name(one).removesuffix(_SUFFIX)
        if name not in FOLDERS or (one.text or "") not in _LEVELS:
            raise bad_element(one)
        levels[name] = one.text or ""
    return GivenDelegate(
        _user(required(element, T + "UserId")),
        levels,
        _flag(element, "ReceiveCopiesOfMeetingMessages"),
        _flag(element, "ViewPrivateItems"),
    )


def _flag(element: Element, name: str) -> bool | None:
    found = element.find(T + name)
    if found is None:
        return None
    try:
        return read_boolean(found.text or "")
    except ValueError:
        raise bad_element(found) from None


@dataclass(frozen=True, slots=True)
class WrittenDelegate:
    """A delegate as an answer tells of one; ``levels`` by folder, None where they were not asked for."""

    sid: str
    address: str
    display_name: str
    levels: Mapping[str, str] | None
    receive_copies: bool
    view_private_items: bool


def write_delegates(messages: Iterable[WrittenDelegate | Refusal], deliver: str | None = None) -> str:
    """``<m:ResponseMessages>`` where there are any, and how messages about meetings reach the owner."""
    written = "".join(_message(one) for one in messages)
    inner = f"<m:ResponseMessages>{written}</m:ResponseMessages>" if written else ""
    return inner + (f"<m:DeliverMeetingRequests>{deliver}</m:DeliverMeetingRequests>" if deliver else "")


def write_removed(messages: Iterable[Refusal | None]) -> str:
    """``<m:ResponseMessages>`` of RemoveDelegate: None for each who is a delegate no more."""
    written = "".join(_DONE if one is None else _message(one) for one in messages)
    return f"<m:ResponseMessages>{written}</m:ResponseMessages>" if written else ""


_TAG = "m:DelegateUserResponseMessageType"
_SUCCESS = f'<{_TAG} ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>'
_DONE = f"{_SUCCESS}</{_TAG}>"


def _message(one: WrittenDelegate | Refusal) -> str:
    if isinstance(one, Refusal):
        return f"<{_TAG} {refused_attributes(one)}>{refused_content(one)}</{_TAG}>"
    user = "".join(
        f"<t:{name}>{escape(value)}</t:{name}>"
        for name, value in (("SID", one.sid), ("PrimarySmtpAddress", one.address), ("DisplayName", one.display_name))
        if value
    )
    levels = ""
    if one.levels is not None:
        named = "".join(
            f"<t:{folder}{_SUFFIX}>{one.levels[folder]}</t:{folder}{_SUFFIX}>"
            for folder in FOLDERS
            if folder in one.levels
        )
        levels = f"<t:DelegatePermissions>{named}</t:DelegatePermissions>"
    return (
        f"{_SUCCESS}<m:DelegateUser><t:UserId>{user}</t:UserId>{levels}"
        f"<t:ReceiveCopiesOfMeetingMessages>{write_boolean(one.receive_copies)}</t:ReceiveCopiesOfMeetingMessages>"
        f"<t:ViewPrivateItems>{write_boolean(one.view_private_items)}</t:ViewPrivateItems></m:DelegateUser></{_TAG}>"
    )
