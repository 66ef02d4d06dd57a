"""GetInboxRules and UpdateInboxRules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import Any

from samband.exchange.ews.call import Call, refusal
from samband.exchange.ews.item_references import item_ref
from samband.exchange.ews.references import folder_ref
from samband.model.failures import Failure
from samband.model.folders import FolderRef
from samband.model.item_requests import ItemRef
from samband.model.item_values import EmailAddress, Importance, Sensitivity
from samband.model.rules import (
    Actions,
    CreateRule,
    DateRange,
    DeleteRule,
    GivenRule,
    KnownRule,
    Predicates,
    Rule,
    RuleError,
    RuleOperation,
    RulesRefused,
    SetRule,
    SizeRange,
)
from samband.wire.ews import rules as wire
from samband.wire.ews.item_ids import GivenItemId
from samband.wire.ews.responses import write_single, write_single_refused
from samband.wire.ews.rule_elements import ACTIONS, CONDITIONS, Row
from samband.wire.xml.reading import Element
from samband.wire.xml.values import read_instant

_FOLDERS = ("CopyToFolder", "MoveToFolder")
_REPLY = "ServerReplyWithMessage"
_SMS = "SendSMSAlertToRecipients"


async def get_inbox_rules(call: Call, element: Element) -> str:
    """The rules of a mailbox, in the order in which they run."""
    try:
        found = await call.exchange.rules.get(call.caller, wire.read_get(element))
    except Failure as failure:
        return write_single_refused("GetInboxRules", refusal(failure))
    views = [_view(found.mailbox, one) for one in found.rules]
    return write_single("GetInboxRules", wire.write_rules(views, found.blob_exists))


async def update_inbox_rules(call: Call, element: Element) -> str:
    """Make, replace and remove rules: all that is asked for, or nothing."""
    request = wire.read_update(element)
    operations = [operation_of(one, call.zone) for one in request.operations]
    try:
        await call.exchange.rules.update(call.caller, request.address, operations, remove_blob=request.remove_blob)
    except RulesRefused as refused:
        errors = [(index, [wire.WrittenError(*one) for one in found]) for index, found in refused.errors]
        return write_single_refused("UpdateInboxRules", refusal(refused), wire.write_errors(errors))
    except Failure as failure:
        return write_single_refused("UpdateInboxRules", refusal(failure))
    return write_single("UpdateInboxRules", "")


def operation_of(given: wire.GivenOperation, zone: tzinfo) -> RuleOperation:
    """What a request asks for, as verbs take it; times without an offset are in ``zone``."""
    if given.rule is None:
        return DeleteRule(wire.read_rule_id(given.rule_id))
    rule = _rule(given.rule, zone)
    return CreateRule(rule) if given.kind == "create" else SetRule(rule)


def _rule(given: wire.GivenRule, zone: tzinfo) -> GivenRule:
    errors: list[RuleError] = []
    said = {name for name, true in (("IsNotSupported", given.not_supported), ("IsInError", given.in_error)) if true}
    asked = []
    for prefix, values in (("Condition", given.conditions), ("Exception", given.exceptions)):
        said |= {f"{prefix}:{name}" for name in values}
        asked.append(Predicates(**_values(values, CONDITIONS, prefix, zone, errors)))
    said |= {f"Action:{name}" for name in given.actions}
    actions = {name: value for name, value in given.actions.items() if name not in (*_FOLDERS, _REPLY, _SMS)}
    if given.actions.get(_SMS) is not None:
        text = "The operation on this unsupported rule is not allowed."
        errors.append(RuleError(f"Action:{_SMS}", "UnsupportedRule", text))
    template = _template(given.actions, errors)
    return GivenRule(
        rule=Rule(
            display_name=given.name,
            priority=given.priority,
            is_enabled=given.enabled,
            conditions=asked[0],
            exceptions=asked[1],
            actions=Actions(**_values(actions, ACTIONS, "Action", zone, errors)),
        ),
        rule_id=None if given.rule_id is None else wire.read_rule_id(given.rule_id),
        given=frozenset(said),
        folders=_folders(given.actions),
        template=template,
        errors=tuple(errors),
    )


def _folders(actions: Mapping[str, Any]) -> dict[str, FolderRef | Failure]:
    return {f"Action:{name}": folder_ref(actions[name]) for name in _FOLDERS if name in actions}


def _template(actions: Mapping[str, Any], errors: list[RuleError]) -> ItemRef | None:
    if _REPLY not in actions:
        return None
    given: GivenItemId | None = actions[_REPLY]
    ref = None if given is None else item_ref(given)
    if isinstance(ref, ItemRef):
        return ref
    text = "Id must be non-empty." if ref is None else ref.text
    errors.append(RuleError(f"Action:{_REPLY}", "InvalidValue", text))
    return None


def _values(
    plain: Mapping[str, Any], rows: Mapping[str, Row], prefix: str, zone: tzinfo, errors: list[RuleError]
) -> dict[str, Any]:
    """What a request says, as the model has it."""
    values: dict[str, Any] = {}
    for name, value in plain.items():
        try:
            values[rows[name].attribute] = _READ.get(name, _list)(value, zone)
        except ValueError:
            errors.append(RuleError(f"{prefix}:{name}", "InvalidValue", "This is no date and time.", str(value)))
    return values


def _list(value: Any, _: tzinfo) -> Any:
    if not isinstance(value, list):
        return value
    return tuple(EmailAddress(*one) if isinstance(one, tuple) else one for one in value)


def _range(value: Any, zone: tzinfo) -> DateRange:
    start, end = value
    return DateRange(*(None if one is None else read_instant(one, zone) for one in (start, end)))


_READ: dict[str, Callable[[Any, tzinfo], Any]] = {
    "Importance": lambda value, _: Importance(value),
    "MarkImportance": lambda value, _: Importance(value),
    "Sensitivity": lambda value, _: Sensitivity(value),
    "WithinDateRange": _range,
    "WithinSizeRange": lambda value, _: SizeRange(*value),
}


def _view(mailbox: str, known: KnownRule) -> wire.RuleView:
    rule = known.rule
    actions = [
        (row, (mailbox, value) if name in (*_FOLDERS, _REPLY) else value)
        for name, row, value in _said(rule.actions, ACTIONS)
    ]
    conditions, exceptions = (
        [(row, value) for _, row, value in _said(asked, CONDITIONS)] for asked in (rule.conditions, rule.exceptions)
    )
    return wire.RuleView(
        rule.id, rule.display_name, rule.priority, rule.is_enabled, known.is_in_error, conditions, exceptions, actions
    )


def _said(record: Predicates | Actions, rows: Mapping[str, Row]) -> list[tuple[str, Row, Any]]:
    found = ((name, row, getattr(record, row.attribute, None)) for name, row in rows.items())
    return [one for one in found if one[2]]
