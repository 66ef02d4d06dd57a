"""What is wrong with an inbox rule as somebody wants it, as far as the rule itself shows it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from samband.model.item_values import EmailAddress
from samband.model.rules import MAX_PRIORITY, MAX_TEXT, Actions, DateRange, GivenRule, Predicates, RuleError, SizeRange

_ADDRESS = re.compile(r"[^\s@<>]{1,64}@[^\s@<>]{1,255}")
ACTIONS = {
    "AssignCategories": "assign_categories",
    "ForwardAsAttachmentToRecipients": "forward_as_attachment_to_recipients",
    "ForwardToRecipients": "forward_to_recipients",
    "RedirectToRecipients": "redirect_to_recipients",
}
"""Actions whose values are lists."""
CONDITIONS = {
    "Categories": "categories",
    "ContainsBodyStrings": "contains_body_strings",
    "ContainsHeaderStrings": "contains_header_strings",
    "ContainsRecipientStrings": "contains_recipient_strings",
    "ContainsSenderStrings": "contains_sender_strings",
    "ContainsSubjectOrBodyStrings": "contains_subject_or_body_strings",
    "ContainsSubjectStrings": "contains_subject_strings",
    "FromAddresses": "from_addresses",
    "FromConnectedAccounts": "from_connected_accounts",
    "ItemClasses": "item_classes",
    "MessageClassifications": "message_classifications",
    "SentToAddresses": "sent_to_addresses",
    "WithinDateRange": "within_date_range",
    "WithinSizeRange": "within_size_range",
}
"""Conditions that may be wrong in themselves."""


def problems(given: GivenRule) -> list[RuleError]:
    """All that is wrong with it, in the order of the schema."""
    found = list(_head(given))
    for prefix, asked in (("Condition", given.rule.conditions), ("Exception", given.rule.exceptions)):
        for name, attribute in CONDITIONS.items():
            uri = f"{prefix}:{name}"
            if uri in given.given:
                found += _values(uri, name, getattr(asked, attribute))
    for name, attribute in ACTIONS.items():
        uri = f"Action:{name}"
        if uri in given.given:
            found += _values(uri, name, getattr(given.rule.actions, attribute))
    found += given.errors
    if not found and not _acts(given):
        found.append(RuleError("Actions", "MissingAction", "A rule needs at least one action."))
    return found


def _acts(given: GivenRule) -> bool:
    return given.rule.actions != Actions() or bool(given.folders) or given.template is not None


def _head(given: GivenRule) -> Iterator[RuleError]:
    rule = given.rule
    if not rule.display_name.strip():
        yield RuleError("DisplayName", "EmptyValueFound", "A rule needs a name.")
    elif len(rule.display_name) > MAX_TEXT:
        yield RuleError("DisplayName", "StringValueTooBig", _TOO_BIG, rule.display_name)
    if not 1 <= rule.priority <= MAX_PRIORITY:
        yield RuleError("Priority", "InvalidValue", "A priority is a positive number.", str(rule.priority))


_TOO_BIG = f"A text has at most {MAX_TEXT} characters."


def _values(uri: str, name: str, value: Any) -> Iterable[RuleError]:
    check = _CHECKS.get(name)
    if check is not None:
        return check(uri, value)
    if not value:
        return [RuleError(uri, "EmptyValueFound", "The list is empty.")]
    return _addresses(uri, value) if isinstance(value[0], EmailAddress) else _texts(uri, value)


def _texts(uri: str, values: Iterable[str]) -> Iterator[RuleError]:
    for value in values:
        if not value.strip():
            yield RuleError(uri, "EmptyValueFound", "A text is empty.")
        elif len(value) > MAX_TEXT:
            yield RuleError(uri, "StringValueTooBig", _TOO_BIG, value)


def _addresses(uri: str, values: Iterable[EmailAddress]) -> Iterator[RuleError]:
    for one in values:
        if not one.address:
            yield RuleError(uri, "InvalidAddress", "An address is empty.", one.name)
        elif one.routing_type.upper() == "EX":
            yield RuleError(uri, "RecipientDoesNotExist", "Nobody here has this address.", one.address)
        elif one.routing_type.upper() != "SMTP":
            yield RuleError(uri, "UnsupportedAddress", "Only SMTP addresses are supported.", one.address)
        elif not _ADDRESS.fullmatch(one.address):
            yield RuleError(uri, "InvalidAddress", "This is no SMTP address.", one.address)


def _dates(uri: str, value: DateRange) -> Iterator[RuleError]:
    if value.start is None and value.end is None:
        yield RuleError(uri, "MissingRangeValue", "A range of dates needs an end.")
    elif value.start is not None and value.end is not None and value.end < value.start:
        yield RuleError(uri, "InvalidDateRange", "The range of dates ends before it starts.", value.end.isoformat())


def _sizes(uri: str, value: SizeRange) -> Iterator[RuleError]:
    ends = [end for end in (value.minimum, value.maximum) if end is not None]
    if not ends:
        yield RuleError(uri, "MissingRangeValue", "A range of sizes needs an end.")
    for end in ends:
        if end < 0:
            yield RuleError(uri, "SizeLessThanZero", "A size is not less than zero.", str(end))
    if len(ends) == 2 and ends[1] < ends[0]:
        yield RuleError(uri, "InvalidSizeRange", "The range of sizes ends before it starts.", str(ends[1]))


def _none_of(code: str, sentence: str) -> Callable[[str, tuple[str, ...]], Iterator[RuleError]]:
    def check(uri: str, values: tuple[str, ...]) -> Iterator[RuleError]:
        for value in values or ("",):
            yield RuleError(uri, code, sentence, value)

    return check


_CHECKS: dict[str, Callable[[str, Any], Iterable[RuleError]]] = {
    "FromConnectedAccounts": _none_of("ConnectedAccountNotFound", "There is no such connected account."),
    "MessageClassifications": _none_of("MessageClassificationNotFound", "There is no such classification."),
    "WithinDateRange": _dates,
    "WithinSizeRange": _sizes,
}


def only_smtp(asked: Predicates | Actions, known: Callable[[EmailAddress], EmailAddress]) -> dict[str, Any]:
    """The lists of addresses of ``asked`` as ``known`` has them: names of the directory by their SMTP addresses."""
    lists = {name: getattr(asked, name) for name in _PEOPLE if hasattr(asked, name)}
    return {name: tuple(map(known, people)) for name, people in lists.items()}


_PEOPLE = (
    "from_addresses",
    "sent_to_addresses",
    "forward_as_attachment_to_recipients",
    "forward_to_recipients",
    "redirect_to_recipients",
)
