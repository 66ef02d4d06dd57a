"""Inbox rules, a row a rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import msgspec

from samband.model.rules import Rule
from samband.store.api import Tx, WriteTx

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Rule).decode


def of(tx: Tx, mailbox: str) -> list[Rule]:
    """The rules of a mailbox in the order in which they run."""
    rows = tx.all("SELECT rule FROM inbox_rules WHERE mailbox = ? ORDER BY priority, id", mailbox)
    return [_decode(cast(bytes, row[0])) for row in rows]


def put(tx: WriteTx, mailbox: str, rules: Sequence[Rule]) -> int:
    """Keep ``rules`` instead of what was there; how many bytes they take."""
    kept = [(mailbox, rule.id, rule.priority, _encode(rule)) for rule in rules]
    tx.run("DELETE FROM inbox_rules WHERE mailbox = ?", mailbox)
    tx.many("INSERT INTO inbox_rules (mailbox, id, priority, rule) VALUES (?, ?, ?, ?)", kept)
    return sum(len(row[3]) for row in kept)
