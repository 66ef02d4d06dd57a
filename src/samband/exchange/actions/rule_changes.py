"""What an update does to the rules of a mailbox, one operation after another, inside its write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from samband.exchange.actions.arrivals import known, takes_mail
from samband.model.rules import (
    MAX_PRIORITY,
    CreateRule,
    DeleteRule,
    GivenRule,
    Rule,
    RuleError,
    RuleOperation,
    SetRule,
)
from samband.store import item_lists
from samband.store import rules as rows
from samband.store.api import WriteTx
from samband.store.counters import next_id

FOLDERS = {"Action:CopyToFolder": "copy_to_folder", "Action:MoveToFolder": "move_to_folder"}


def no_folder(uri: str) -> RuleError:
    """What an action gets whose folder is gone."""
    return RuleError(uri, "FolderDoesNotExist", "There is no such folder that takes mail.")


class RuleChange:
    """One update inside its write: the rules as they become, and what is wrong with each operation."""

    def __init__(self, tx: WriteTx, mailbox: str, operations: Sequence[RuleOperation]) -> None:
        self._tx = tx
        self._mailbox = mailbox
        self.rules = rows.of(tx, mailbox)
        self._before = {one.rule.id: one for one in known(tx, mailbox)}
        self.errors: list[tuple[int, list[RuleError]]] = []
        self._named = Counter(_named(one) for one in operations)
        self._priorities = Counter(
            one.given.rule.priority for one in operations if isinstance(one, CreateRule | SetRule)
        )

    def do(self, index: int, operation: RuleOperation, given: GivenRule | None) -> None:
        """Do one operation, or note what is wrong with it. ``given`` is its rule with what it names resolved."""
        if given is None:
            number = operation.rule_id if isinstance(operation, DeleteRule) else 0
            errors = self._identity(number)
        elif isinstance(operation, CreateRule):
            number = next_id(self._tx, "inbox_rules")
            errors = [*self._created(given), *self._wrong(given)]
        else:
            number = given.rule_id or 0
            errors = [*self._identified(given.rule_id), *self._wrong(given)]
        if errors:
            self.errors.append((index, errors))
            return
        self.rules = [rule for rule in self.rules if rule.id != number]
        if given is not None:
            self._place(msgspec.structs.replace(given.rule, id=number))

    def _place(self, rule: Rule) -> None:
        """Put a rule at its priority; those that have it, and follow without a gap, move on by one."""
        free = self._free(rule.priority)
        moved = [
            msgspec.structs.replace(other, priority=other.priority + 1)
            if rule.priority <= other.priority < free
            else other
            for other in self.rules
        ]
        self.rules = sorted([*moved, rule], key=lambda one: one.priority)

    def _free(self, priority: int) -> int:
        """The first priority from ``priority`` on that no rule has."""
        taken = {rule.priority for rule in self.rules}
        while priority in taken:
            priority += 1
        return priority

    def _created(self, given: GivenRule) -> list[RuleError]:
        if given.rule_id is None:
            return []
        return [RuleError("RuleId", "CreateWithRuleId", "A new rule has no identifier yet.")]

    def _identified(self, number: int | None) -> list[RuleError]:
        if number is None:
            return [RuleError("RuleId", "MissingParameter", "The rule's identifier is missing.")]
        return self._identity(number)

    def _identity(self, number: int) -> list[RuleError]:
        if not any(rule.id == number for rule in self.rules):
            return [RuleError("RuleId", "RuleNotFound", "The rule was not found.")]
        if self._named[number] > 1:
            text = "Only one operation on the same rule is allowed."
            return [RuleError("RuleId", "DuplicatedOperationOnTheSameRule", text)]
        return []

    def _wrong(self, given: GivenRule) -> list[RuleError]:
        found = list(given.errors)
        before = self._before.get(given.rule_id or 0)
        if "IsNotSupported" in given.given:
            found.append(RuleError("IsNotSupported", "NotSettable", "This cannot be set.", "true"))
        if "IsInError" in given.given and (before is None or not before.is_in_error):
            found.append(RuleError("IsInError", "NotSettable", "This cannot be set.", "true"))
        priority = given.rule.priority
        if self._priorities[priority] > 1:
            text = "Two rules of a request have the same priority."
            found.append(RuleError("Priority", "DuplicatedPriority", text, str(priority)))
        elif self._free(priority) > MAX_PRIORITY:
            found.append(RuleError("Priority", "InvalidValue", "There is no room after this priority.", str(priority)))
        return found + self._gone(given)

    def _gone(self, given: GivenRule) -> list[RuleError]:
        """What the rule names and is not there."""
        actions = given.rule.actions
        found = []
        for uri, attribute in FOLDERS.items():
            row = getattr(actions, attribute)
            if row and not takes_mail(self._tx, self._mailbox, row):
                found.append(no_folder(uri))
        if given.template is not None and not item_lists.is_in(self._tx, self._mailbox, given.template.item):
            text = "The message to reply with does not exist."
            found.append(RuleError("Action:ServerReplyWithMessage", "InvalidValue", text))
        return found


def _named(operation: RuleOperation) -> int:
    """The rule that an operation changes; 0 for none."""
    match operation:
        case SetRule(given):
            return given.rule_id or 0
        case DeleteRule(rule_id):
            return rule_id
        case _:
            return 0
