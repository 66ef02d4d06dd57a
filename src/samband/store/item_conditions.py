"""What is looked for among items, as SQL over their columns and the index of their words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from samband.model import words
from samband.model.item_queries import AnyOf, Condition, ItemCondition, WordQuery, Words
from samband.store import item_words
from samband.store.api import Tx, Value

_INSTANTS = frozenset({"received", "start_time", "end_time"})
_NUMBERS = frozenset({"size", "article", "attached"})
_TEXTS = frozenset({"item_class", "subject", "kind"})
_AT_LEAST = {">": ">=", ">=": ">=", "<": "<=", "<=": "<=", "=": "="}


class Where(NamedTuple):
    """Conditions as the FROM and WHERE of a query. ``exact``: they leave nothing to be tested.

    ``narrow``: they leave rows out; ``by_words``: rows come from the index of words.
    """

    source: str
    sql: str
    params: tuple[Value, ...]
    exact: bool
    narrow: bool = False
    by_words: bool = False


_MANY = 1000
"""From how many items on the index of words is no shorter way to a page of them."""


class _Part(NamedTuple):
    """One condition as SQL."""

    sql: str
    params: tuple[Value, ...]
    exact: bool


_NOT_SEEN = _Part("1 = 1", (), False)


def where(
    tx: Tx, mailbox: str, folders: Sequence[int], associated: bool, conditions: Sequence[ItemCondition] = ()
) -> Where:
    """What is true of every row in ``folders`` (of ``mailbox``) that can meet ``conditions``."""
    writer = _Writer(tx, mailbox)
    looked_up: list[WordQuery] = []
    parts = [_in_folders(folders, associated)]
    for condition in conditions:
        if isinstance(condition, Words):
            query, exact = words.asked(mailbox, condition)
            looked_up.append(tuple(query))
            parts.append(_Part("1 = 1", (), exact and not writer.behind))
        else:
            parts.append(writer.part(condition))
    together: WordQuery = tuple(alternatives for query in looked_up for alternatives in query)
    sql = " AND ".join([part.sql for part in parts if part.sql != "1 = 1"])
    params = tuple(value for part in parts for value in part.params)
    exact = all(part.exact for part in parts)
    if not together:
        return Where("items", sql, params, exact, narrow=any(part.sql != "1 = 1" for part in parts[1:]))
    rows = writer.rows(together)
    if writer.are_many(rows):
        # The folder's own order is read and the words looked up for each of its items: nothing needs to be sorted.
        # The plus keeps SQLite from going from word to item nevertheless.
        return Where("items", f"{sql} AND +id IN ({rows.sql})", (*params, *rows.params), exact, narrow=True)
    source = f"({rows.sql}) AS candidate CROSS JOIN items"
    return Where(
        source, f"items.id = candidate.item AND {sql}", (*rows.params, *params), exact, narrow=True, by_words=True
    )


def _in_folders(folders: Sequence[int], associated: bool) -> _Part:
    if len(folders) == 1:
        return _Part(f"folder = ? AND associated = {int(associated)}", (folders[0],), True)
    marks = ", ".join("?" * len(folders)) if folders else "NULL"
    return _Part(f"folder IN ({marks}) AND associated = {int(associated)}", tuple(folders), True)


class _Writer:
    """Writes conditions about items of one mailbox."""

    def __init__(self, tx: Tx, mailbox: str) -> None:
        self._tx = tx
        self._mailbox = mailbox
        self.behind = item_words.is_behind(tx, mailbox)

    def part(self, condition: ItemCondition) -> _Part:
        """A condition as SQL; true of everything where columns cannot tell."""
        if isinstance(condition, AnyOf):
            return self._any_of(condition)
        if isinstance(condition, Words):
            query, exact = words.asked(self._mailbox, condition)
            if not query:
                return _NOT_SEEN
            rows = self.rows(tuple(query))
            return _Part(f"id IN ({rows.sql})", rows.params, exact and not self.behind)
        return _written(condition)

    def _any_of(self, condition: AnyOf) -> _Part:
        alternatives = [[self.part(one) for one in parts] for parts in condition.alternatives]
        sql = " OR ".join(["(" + " AND ".join([part.sql for part in parts]) + ")" for parts in alternatives])
        every = [part for parts in alternatives for part in parts]
        params = tuple(value for part in every for value in part.params)
        return _Part(f"({sql})", params, all(part.exact for part in every))

    def rows(self, query: WordQuery) -> _Part:
        """Items that the index finds, and those that it does not know as they are."""
        found = "SELECT rowid AS item FROM item_words WHERE item_words MATCH ?"
        params: tuple[Value, ...] = (self._tx.word_query(query),)
        if self.behind:
            found += " UNION SELECT item FROM words_pending WHERE mailbox = ?"
            params += (self._mailbox,)
        return _Part(found, params, True)

    def are_many(self, rows: _Part) -> bool:
        """Whether ``rows`` finds very much."""
        sql = f"SELECT 1 FROM ({rows.sql}) AS candidate LIMIT 1 OFFSET ?"
        return self._tx.one(sql, *rows.params, _MANY) is not None


def _written(condition: Condition) -> _Part:
    column, operator, value = condition
    if column in _INSTANTS and isinstance(value, datetime):
        # Columns hold whole seconds: let those of the same second through, the test decides.
        whole = value.microsecond == 0 and operator in (">=", "<")
        compared = operator if whole else _AT_LEAST[operator]
        return _Part(f"{column} {compared} ?", (int(value.timestamp()),), whole)
    if column in _NUMBERS and isinstance(value, int | float):
        return _Part(f"{column} {operator} ?", (value,), column != "attached")
    if column in _TEXTS and isinstance(value, str) and operator == "=":
        return _Part(f"{column} = ?", (value,), True)
    if column == "subject" and isinstance(value, str) and operator in ("contains", "begins"):
        return _like("subject_key", value, anywhere=operator == "contains")
    if column == "is_read" and operator == "=" and not value:
        # Written out: there is an index of just these rows.
        return _Part("is_read = 0", (), True)
    return _NOT_SEEN


def _like(column: str, text: str, *, anywhere: bool) -> _Part:
    escaped = text.casefold().replace("!", "!!").replace("%", "!%").replace("_", "!_")
    pattern = f"%{escaped}%" if anywhere else f"{escaped}%"
    # Where the key is not known yet the test decides, as it does where there is a character that columns cannot hold.
    return _Part(f"({column} LIKE ? ESCAPE '!' OR {column} IS NULL)", (pattern,), False)
