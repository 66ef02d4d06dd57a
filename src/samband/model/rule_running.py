"""What becomes of a message that comes into a mailbox with inbox rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import Enum

import msgspec

from samband.model.item_values import EmailAddress
from samband.model.items import MessageProperties
from samband.model.rule_matching import Arrival, applies
from samband.model.rules import Actions, Rule


class How(Enum):
    """How a rule sends a message on."""

    FORWARD = "forward"
    ATTACH = "forward as an attachment"
    REDIRECT = "redirect"
    REPLY = "reply"


@dataclass(frozen=True, slots=True)
class Sending:
    """A message that a rule sends; ``template`` is the row of what a reply says, 0 for anything else."""

    how: How
    recipients: tuple[EmailAddress, ...] = ()
    template: int = 0


@dataclass(slots=True)
class Outcome:
    """The folders a message goes to (none: it is deleted for good), what it is then, and what is sent."""

    folders: list[int]
    message: MessageProperties
    sendings: list[Sending] = field(default_factory=list)
    copies: list[tuple[int, MessageProperties]] = field(default_factory=list)
    """Copies as they were when their rule ran."""


def run(rules: Iterable[Rule], arrival: Arrival, inbox: int, deleted: int) -> Outcome:
    """Run ``rules``, which stand in their order, over a message that would go to ``inbox``.

    The first folder it is moved to gets the message as it is at the end; where several rules move it, each of their
    folders gets one.
    """
    outcome = Outcome([], arrival.message)
    kept = True
    for rule in rules:
        if not rule.is_enabled or not applies(rule, arrival):
            continue
        actions = rule.actions
        outcome.message = _changed(outcome.message, actions)
        arrival = replace(arrival, message=outcome.message)
        outcome.sendings += _sendings(actions)
        if actions.copy_to_folder:
            outcome.copies.append((actions.copy_to_folder, outcome.message))
        to = actions.move_to_folder or (deleted if actions.delete else 0)
        if to and to not in outcome.folders:
            outcome.folders.append(to)
        kept = kept and not to and not actions.permanent_delete
        if actions.stop_processing_rules or actions.permanent_delete:
            break
    if kept:
        outcome.folders.insert(0, inbox)
    return outcome


def _changed(message: MessageProperties, actions: Actions) -> MessageProperties:
    own = {one.lower() for one in message.categories}
    more = tuple(one for one in actions.assign_categories if one.lower() not in own)
    return msgspec.structs.replace(
        message,
        categories=message.categories + more,
        importance=actions.mark_importance or message.importance,
        is_read=message.is_read or actions.mark_as_read,
    )


def _sendings(actions: Actions) -> list[Sending]:
    found = [
        Sending(how, recipients)
        for how, recipients in (
            (How.ATTACH, actions.forward_as_attachment_to_recipients),
            (How.FORWARD, actions.forward_to_recipients),
            (How.REDIRECT, actions.redirect_to_recipients),
        )
        if recipients
    ]
    if actions.server_reply_with_message:
        found.append(Sending(How.REPLY, template=actions.server_reply_with_message))
    return found
