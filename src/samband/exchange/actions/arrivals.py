"""What becomes of mail that comes into an inbox: its owner's rules run, and senders hear that the owner is away.

All of it happens inside the write that delivers the message.
"""

from __future__ import annotations

from datetime import datetime

from samband.exchange.actions.automatic import AutomaticMail, own
from samband.exchange.actions.delivery import Incoming, Placing
from samband.exchange.actions.oof_replies import OofReplies
from samband.exchange.actions.rule_letters import RuleLetters
from samband.model.folders import FolderKind
from samband.model.rule_matching import Arrival
from samband.model.rule_running import run
from samband.model.rules import KnownRule, Rule
from samband.store import folders, item_lists
from samband.store import rules as rows
from samband.store.api import Tx, WriteTx


class Arrivals:
    """Decides where a message goes, what it is there, and what is sent because of it."""

    def __init__(self, mail: AutomaticMail, letters: RuleLetters, replies: OofReplies) -> None:
        self._mail = mail
        self._letters = letters
        self._replies = replies

    def placed(self, tx: WriteTx, incoming: Incoming, now: datetime) -> Placing:
        """A message is about to come into an inbox."""
        stop = incoming.stop
        letters = self._replies.to(tx, incoming, now)
        rules = [one.rule for one in known(tx, stop.mailbox) if not one.is_in_error]
        if not rules:
            return Placing([(stop.inbox, incoming.received)], letters)
        outcome = run(rules, self._arrival(incoming), stop.inbox, stop.deleted)
        places = [(folder, outcome.message) for folder in outcome.folders]
        letters += self._letters.of(tx, incoming, outcome.sendings, now)
        return Placing([*places, *outcome.copies], letters)

    def _arrival(self, incoming: Incoming) -> Arrival:
        return Arrival(
            message=incoming.received,
            item_class=self._mail.item_class(incoming),
            me=own(incoming),
            size=_size(incoming),
            has_attachments=any(not one.head.is_inline for one in incoming.draft.attachments),
        )


def _size(incoming: Incoming) -> int:
    """The bytes of a message, as near as they are known without writing it."""
    if incoming.draft.mime:
        return len(incoming.draft.mime)
    body = incoming.received.body
    text = 0 if body is None else len(body.content.encode("utf-8", "replace"))
    return text + sum(len(one.content) for one in incoming.files)


def known(tx: Tx, mailbox: str) -> list[KnownRule]:
    """The rules of a mailbox in their order, and which of them need something that is gone."""
    return [KnownRule(rule, _is_in_error(tx, mailbox, rule)) for rule in rows.of(tx, mailbox)]


def _is_in_error(tx: Tx, mailbox: str, rule: Rule) -> bool:
    if not all(takes_mail(tx, mailbox, row) for row in rule.actions.folders):
        return True
    template = rule.actions.server_reply_with_message
    return bool(template) and not item_lists.is_in(tx, mailbox, template)


def takes_mail(tx: Tx, mailbox: str, row: int) -> bool:
    """Whether a rule of ``mailbox`` can put mail into a folder: it is there, and real."""
    folder = folders.get(tx, row)
    return folder is not None and folder.mailbox == mailbox and folder.kind is not FolderKind.SEARCH
