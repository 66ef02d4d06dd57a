"""GetInboxRules and UpdateInboxRules on the wire [MS-OXWSRULES]."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from samband.wire.ews.names import M, T
from samband.wire.ews.rule_elements import ACTIONS, CONDITIONS, Row, boolean, integer, read_all
from samband.wire.xml.reading import Element, at_most, missing, required, text, unexpected
from samband.wire.xml.text import element
from samband.wire.xml.values import write_boolean

MAX_OPERATIONS = 1000


@dataclass(frozen=True, slots=True)
class GivenRule:
    """A rule as a request gives it; conditions, exceptions and actions are plain values by the names of elements."""

    rule_id: str | None
    name: str
    priority: int
    enabled: bool
    not_supported: bool
    in_error: bool
    conditions: Mapping[str, Any] = field(default_factory=dict)
    exceptions: Mapping[str, Any] = field(default_factory=dict)
    actions: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GivenOperation:
    """``create`` or ``set`` with a rule, ``delete`` with the identifier of one."""

    kind: str
    rule: GivenRule | None = None
    rule_id: str = ""


@dataclass(frozen=True, slots=True)
class UpdateRules:
    """An UpdateInboxRules request."""

    address: str
    remove_blob: bool
    operations: tuple[GivenOperation, ...]


class WrittenError(NamedTuple):
    """One validation error: RuleFieldURI, code, sentence, value."""

    field: str
    code: str
    text: str
    value: str


def _flag(parent: Element, name: str) -> bool:
    found = parent.find(T + name)
    return found is not None and boolean(found)


def _read_rule(found: Element) -> GivenRule:
    identifier = found.find(T + "RuleId")
    return GivenRule(
        rule_id=None if identifier is None else text(identifier).strip(),
        name=text(required(found, T + "DisplayName")),
        priority=integer(required(found, T + "Priority")),
        enabled=_flag(found, "IsEnabled"),
        not_supported=_flag(found, "IsNotSupported"),
        in_error=_flag(found, "IsInError"),
        conditions=read_all(found.find(T + "Conditions"), CONDITIONS),
        exceptions=read_all(found.find(T + "Exceptions"), CONDITIONS),
        actions=read_all(found.find(T + "Actions"), ACTIONS),
    )


def _read_operation(found: Element) -> GivenOperation:
    match str(found.tag).removeprefix(T):
        case "CreateRuleOperation":
            return GivenOperation("create", _read_rule(required(found, T + "Rule")))
        case "SetRuleOperation":
            return GivenOperation("set", _read_rule(required(found, T + "Rule")))
        case "DeleteRuleOperation":
            return GivenOperation("delete", rule_id=text(required(found, T + "RuleId")).strip())
        case _:
            parent = found.getparent()
            raise unexpected(found if parent is None else parent, found)


def read_get(found: Element) -> str:
    """Whose rules a GetInboxRules request asks for; empty for the caller's."""
    return text(found.find(M + "MailboxSmtpAddress")).strip()


def read_update(found: Element) -> UpdateRules:
    """An UpdateInboxRules request. Raises ``SchemaViolation``."""
    operations = required(found, M + "Operations")
    if len(operations) == 0:
        raise missing(operations, T + "CreateRuleOperation")
    at_most(operations, MAX_OPERATIONS)
    remove = found.find(M + "RemoveOutlookRuleBlob")
    return UpdateRules(
        read_get(found),
        remove is not None and boolean(remove),
        tuple(_read_operation(one) for one in operations),
    )


def write_rule_id(number: int) -> str:
    """The identifier of a rule."""
    return base64.b64encode(number.to_bytes(8, "big")).decode("ascii")


def read_rule_id(said: str) -> int:
    """The number in an identifier; 0 where it is none."""
    try:
        raw = base64.b64decode(said, validate=True)
    except (binascii.Error, ValueError):
        return 0
    number = int.from_bytes(raw, "big") if len(raw) == 8 else 0
    return number if number < 2**63 else 0


class RuleView(NamedTuple):
    """A rule to be written. Conditions and actions are pairs of a row and its value."""

    id: int
    name: str
    priority: int
    enabled: bool
    in_error: bool
    conditions: Sequence[tuple[Row, Any]]
    exceptions: Sequence[tuple[Row, Any]]
    actions: Sequence[tuple[Row, Any]]


def write_rules(views: Iterable[RuleView], blob_exists: bool) -> str:
    """What GetInboxRules says of a mailbox."""
    written = "".join(map(_write_rule, views))
    rules = f"<m:InboxRules>{written}</m:InboxRules>" if written else ""
    return f"<m:OutlookRuleBlobExists>{write_boolean(blob_exists)}</m:OutlookRuleBlobExists>{rules}"


def _write_rule(view: RuleView) -> str:
    parts = [
        element("t:RuleId", write_rule_id(view.id)),
        element("t:DisplayName", view.name),
        element("t:Priority", str(view.priority)),
        element("t:IsEnabled", write_boolean(view.enabled)),
        "<t:IsInError>true</t:IsInError>" if view.in_error else "",
    ]
    for name, values in (
        ("Conditions", view.conditions),
        ("Exceptions", view.exceptions),
        ("Actions", view.actions),
    ):
        inner = "".join(row.write(value) for row, value in values)
        parts.append(f"<t:{name}>{inner}</t:{name}>" if inner else "")
    return f"<t:Rule>{''.join(parts)}</t:Rule>"


def write_errors(errors: Iterable[tuple[int, Sequence[WrittenError]]]) -> str:
    """``<m:RuleOperationErrors>``: for each operation that failed its place, and why."""
    written = "".join(
        f"<t:RuleOperationError><t:OperationIndex>{index}</t:OperationIndex><t:ValidationErrors>"
        f"{''.join(map(_write_error, found))}</t:ValidationErrors></t:RuleOperationError>"
        for index, found in errors
    )
    return f"<m:RuleOperationErrors>{written}</m:RuleOperationErrors>"


def _write_error(error: WrittenError) -> str:
    return (
        f"<t:Error><t:FieldURI>{error.field}</t:FieldURI><t:ErrorCode>{error.code}</t:ErrorCode>"
        f"{element('t:ErrorMessage', error.text)}{element('t:FieldValue', error.value)}</t:Error>"
    )
