"""What conditions and actions of inbox rules are made of [MS-OXWSRULES]: a row an element, in the schema's order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from samband.wire.ews.fields.people import read_mailbox
from samband.wire.ews.folder_ids import GivenFolder, read_folder
from samband.wire.ews.ids import IdKind, MalformedId, read_id, write_id
from samband.wire.ews.item_ids import GivenItemId
from samband.wire.ews.names import T
from samband.wire.xml.reading import Element, bad_element, local_name, missing, one_of, text, unexpected
from samband.wire.xml.text import element, escape
from samband.wire.xml.values import read_boolean, read_integer, write_boolean, write_instant


class Shape(NamedTuple):
    """How an element is read into a plain value, and how it is written."""

    read: Callable[[Element], Any]
    write: Callable[[str, Any], str]


class Row(NamedTuple):
    """An element of a rule's conditions or actions."""

    name: str
    shape: Shape

    @property
    def attribute(self) -> str:
        """Its name in snake case."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", self.name).lower()

    def write(self, value: Any) -> str:
        """The element."""
        return self.shape.write(self.name, value)


def boolean(found: Element) -> bool:
    try:
        return read_boolean(text(found))
    except ValueError:
        raise bad_element(found) from None


def integer(found: Element) -> int:
    try:
        value = read_integer(text(found))
    except ValueError:
        raise bad_element(found) from None
    if not -(2**31) <= value < 2**31:
        raise bad_element(found)
    return value


def _strings(found: Element) -> list[str]:
    return [text(one) for one in found.iterchildren(T + "String")]


def _write_strings(name: str, values: Iterable[str]) -> str:
    return f"<t:{name}>{''.join(element('t:String', one) for one in values)}</t:{name}>"


def _addresses(found: Element) -> list[Any]:
    return [read_mailbox(one) for one in found.iterchildren(T + "Address")]


def _write_addresses(name: str, values: Iterable[Any]) -> str:
    written = "".join(
        f"<t:Address>{element('t:Name', one.name) if one.name else ''}"
        f"{element('t:EmailAddress', one.address)}{element('t:RoutingType', one.routing_type)}</t:Address>"
        for one in values
    )
    return f"<t:{name}>{written}</t:{name}>"


def _dates(found: Element) -> tuple[str | None, str | None]:
    """The texts of both ends: their zone is the request's."""
    return _optional(found, "StartDateTime"), _optional(found, "EndDateTime")


def _optional(found: Element, name: str) -> str | None:
    inner = found.find(T + name)
    return None if inner is None else text(inner).strip()


def _write_dates(name: str, value: Any) -> str:
    start = "" if value.start is None else element("t:StartDateTime", write_instant(value.start))
    end = "" if value.end is None else element("t:EndDateTime", write_instant(value.end))
    return f"<t:{name}>{start}{end}</t:{name}>"


def _sizes(found: Element) -> tuple[int | None, int | None]:
    ends = [found.find(T + name) for name in ("MinimumSize", "MaximumSize")]
    least, most = (None if end is None else integer(end) for end in ends)
    return least, most


def _write_sizes(name: str, value: Any) -> str:
    least = "" if value.minimum is None else element("t:MinimumSize", str(value.minimum))
    most = "" if value.maximum is None else element("t:MaximumSize", str(value.maximum))
    return f"<t:{name}>{least}{most}</t:{name}>"


def _folder(found: Element) -> GivenFolder:
    if len(found) == 0:
        raise missing(found, T + "FolderId")
    return read_folder(found[0])


def _item(found: Element) -> GivenItemId | None:
    """The item that the element itself names; None where it has no identifier."""
    said = found.get("Id", "")
    if not said:
        return None
    try:
        return GivenItemId(read_id(said, IdKind.ITEM), "")
    except MalformedId:
        return GivenItemId(None)


def _write_text(name: str, value: Any) -> str:
    return f"<t:{name}>{escape(str(value))}</t:{name}>"


def _write_boolean(name: str, value: Any) -> str:
    return f"<t:{name}>{write_boolean(value)}</t:{name}>"


def _write_folder(name: str, value: Any) -> str:
    """``value`` is (mailbox, row)."""
    return f'<t:{name}><t:FolderId Id="{write_id(IdKind.FOLDER, *value)}"/></t:{name}>'


def _write_item(name: str, value: Any) -> str:
    """``value`` is (mailbox, row)."""
    return f'<t:{name} Id="{write_id(IdKind.ITEM, *value)}"/>'


def _one_of(names: str) -> Shape:
    allowed = frozenset(names.split())
    return Shape(lambda found: one_of(found, allowed), _write_text)


_BOOLEAN = Shape(boolean, _write_boolean)
_STRINGS = Shape(_strings, _write_strings)
_ADDRESSES = Shape(_addresses, _write_addresses)
_FOLDER = Shape(_folder, _write_folder)
_IMPORTANCE = _one_of("Low Normal High")

CONDITIONS = {
    name: Row(name, shape)
    for name, shape in {
        "Categories": _STRINGS,
        "ContainsBodyStrings": _STRINGS,
        "ContainsHeaderStrings": _STRINGS,
        "ContainsRecipientStrings": _STRINGS,
        "ContainsSenderStrings": _STRINGS,
        "ContainsSubjectOrBodyStrings": _STRINGS,
        "ContainsSubjectStrings": _STRINGS,
        "FlaggedForAction": _one_of(
            "Any Call DoNotForward FollowUp FYI Forward NoResponseNecessary Read Reply ReplyToAll Review"
        ),
        "FromAddresses": _ADDRESSES,
        "FromConnectedAccounts": _STRINGS,
        "HasAttachments": _BOOLEAN,
        "Importance": _IMPORTANCE,
        "IsApprovalRequest": _BOOLEAN,
        "IsAutomaticForward": _BOOLEAN,
        "IsAutomaticReply": _BOOLEAN,
        "IsEncrypted": _BOOLEAN,
        "IsMeetingRequest": _BOOLEAN,
        "IsMeetingResponse": _BOOLEAN,
        "IsNDR": _BOOLEAN,
        "IsPermissionControlled": _BOOLEAN,
        "IsReadReceipt": _BOOLEAN,
        "IsSigned": _BOOLEAN,
        "IsVoicemail": _BOOLEAN,
        "ItemClasses": _STRINGS,
        "MessageClassifications": _STRINGS,
        "NotSentToMe": _BOOLEAN,
        "SentCcMe": _BOOLEAN,
        "SentOnlyToMe": _BOOLEAN,
        "SentToAddresses": _ADDRESSES,
        "SentToMe": _BOOLEAN,
        "SentToOrCcMe": _BOOLEAN,
        "Sensitivity": _one_of("Normal Personal Private Confidential"),
        "WithinDateRange": Shape(_dates, _write_dates),
        "WithinSizeRange": Shape(_sizes, _write_sizes),
    }.items()
}
"""Element of RulePredicatesType -> its row."""

ACTIONS = {
    name: Row(name, shape)
    for name, shape in {
        "AssignCategories": _STRINGS,
        "CopyToFolder": _FOLDER,
        "Delete": _BOOLEAN,
        "ForwardAsAttachmentToRecipients": _ADDRESSES,
        "ForwardToRecipients": _ADDRESSES,
        "MarkImportance": _IMPORTANCE,
        "MarkAsRead": _BOOLEAN,
        "MoveToFolder": _FOLDER,
        "PermanentDelete": _BOOLEAN,
        "RedirectToRecipients": _ADDRESSES,
        "SendSMSAlertToRecipients": _ADDRESSES,
        "ServerReplyWithMessage": Shape(_item, _write_item),
        "StopProcessingRules": _BOOLEAN,
    }.items()
}
"""Element of RuleActionsType -> its row."""


def read_all(parent: Element | None, rows: Mapping[str, Row]) -> dict[str, Any]:
    """The plain values of the elements in ``parent``, by name. Raises ``SchemaViolation`` for any other, or two."""
    values: dict[str, Any] = {}
    for child in parent if parent is not None else ():
        name = local_name(child)
        if name not in rows or child.tag != T + name or name in values:
            raise unexpected(child if parent is None else parent, child)
        values[name] = rows[name].shape.read(child)
    return values
