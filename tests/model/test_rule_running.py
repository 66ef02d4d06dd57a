from __future__ import annotations

from typing import Any

import pytest

from samband.model.item_values import EmailAddress, Importance
from samband.model.rule_running import How, Sending, run
from samband.model.rules import Actions, Predicates, Rule
from tests.model.test_rule_matching import arrival

INBOX, DELETED = 1, 2
CAROL = (EmailAddress("Carol", "carol@contoso.test"),)


def rule(priority: int = 1, enabled: bool = True, conditions: Predicates | None = None, **actions: Any) -> Rule:
    return Rule(
        id=priority,
        priority=priority,
        is_enabled=enabled,
        conditions=conditions or Predicates(),
        actions=Actions(**actions),
    )


@pytest.mark.parametrize(
    ("rules", "folders", "copies"),
    [
        ([], [INBOX], []),
        ([rule(move_to_folder=7)], [7], []),
        ([rule(enabled=False, move_to_folder=7)], [INBOX], []),
        ([rule(copy_to_folder=7)], [INBOX], [7]),
        ([rule(delete=True)], [DELETED], []),
        ([rule(permanent_delete=True), rule(2, move_to_folder=7)], [], []),
        ([rule(copy_to_folder=8, permanent_delete=True)], [], [8]),
        ([rule(move_to_folder=7), rule(2, move_to_folder=8)], [7, 8], []),
        ([rule(move_to_folder=7), rule(2, move_to_folder=7)], [7], []),
        ([rule(move_to_folder=7, stop_processing_rules=True), rule(2, move_to_folder=8)], [7], []),
        ([rule(move_to_folder=7, copy_to_folder=8)], [7], [8]),
        ([rule(move_to_folder=INBOX)], [INBOX], []),
        ([rule(conditions=Predicates(has_attachments=True), move_to_folder=7)], [INBOX], []),
        (
            [rule(conditions=Predicates(has_attachments=True), stop_processing_rules=True), rule(2, delete=True)],
            [2],
            [],
        ),
    ],
)
def test_where_a_message_goes(rules: list[Rule], folders: list[int], copies: list[int]) -> None:
    outcome = run(rules, arrival(), INBOX, DELETED)
    assert outcome.folders == folders
    assert [folder for folder, _ in outcome.copies] == copies


def test_what_a_message_becomes() -> None:
    change = rule(assign_categories=("Red", "blue"), mark_importance=Importance.HIGH, mark_as_read=True)
    message = run([change], arrival(categories=("red",)), INBOX, DELETED).message
    assert message.categories == ("red", "blue")
    assert message.importance is Importance.HIGH
    assert message.is_read


def test_later_rules_see_what_earlier_ones_did_and_copies_do_not() -> None:
    outcome = run(
        [
            rule(copy_to_folder=7),
            rule(2, assign_categories=("red",)),
            rule(3, conditions=Predicates(categories=("red",)), move_to_folder=8),
        ],
        arrival(),
        INBOX,
        DELETED,
    )
    assert outcome.folders == [8] and outcome.message.categories == ("red",)
    assert [(folder, copy.categories) for folder, copy in outcome.copies] == [(7, ())]


@pytest.mark.parametrize(
    ("actions", "sending"),
    [
        ({"forward_to_recipients": CAROL}, Sending(How.FORWARD, CAROL)),
        ({"forward_as_attachment_to_recipients": CAROL}, Sending(How.ATTACH, CAROL)),
        ({"redirect_to_recipients": CAROL}, Sending(How.REDIRECT, CAROL)),
        ({"server_reply_with_message": 9}, Sending(How.REPLY, template=9)),
    ],
)
def test_what_is_sent(actions: dict[str, Any], sending: Sending) -> None:
    outcome = run([rule(**actions), rule(2, stop_processing_rules=True), rule(3, **actions)], arrival(), INBOX, DELETED)
    assert outcome.sendings == [sending]
    assert outcome.folders == [INBOX]
