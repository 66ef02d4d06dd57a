"""What is looked for among items, and every item of which it is true."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from samband.model.item_queries import ItemCondition
from samband.model.items import Item
from samband.store import item_conditions, item_search
from samband.store.api import Blobs, Tx

Terms = Callable[[Any], Sequence[Any]]


class Order(NamedTuple):
    """Sort by the first of an item's ``terms``, which ``column`` may hold too; items without any are the least."""

    terms: Terms
    column: str = ""
    descending: bool = False


class Group(NamedTuple):
    """Bring together items with the same first of ``terms``; groups stand by their greatest (least) ``aggregate``."""

    terms: Terms
    aggregate: Terms
    greatest: bool
    descending: bool


class Query(NamedTuple):
    """What is looked for. ``conditions`` are true of everything ``test`` is true of; ``exact``: and the reverse."""

    test: Callable[[Item], bool] | None = None
    conditions: tuple[ItemCondition, ...] = ()
    exact: bool = True
    orders: tuple[Order, ...] = ()
    group: Group | None = None
    seek: Callable[[Item], bool] | None = None
    """A page begins at the first item this is true of."""
    associated: bool = False
    heavy: bool = False
    """Whether tests and terms look at bodies and header fields."""
    attachments: bool = False


def both(query: Query, other: Query) -> Query:
    """What ``query`` finds of what ``other`` finds; the rest as ``query`` has it."""
    first, second = query.test, other.test
    test = first if second is None else second if first is None else lambda item: second(item) and first(item)
    return query._replace(
        test=test,
        conditions=(*query.conditions, *other.conditions),
        exact=query.exact and other.exact,
        heavy=query.heavy or other.heavy,
        attachments=query.attachments or other.attachments,
    )


def matching(tx: Tx, blobs: Blobs, mailbox: str, folders: Sequence[int], query: Query) -> Iterator[Item]:
    """Every item in ``folders`` of ``mailbox`` that ``query`` finds, in the order in which they came.

    They have bodies and attachments only where the query looks at those.
    """
    where = item_conditions.where(tx, mailbox, folders, query.associated, query.conditions)
    certain = query.test is None or (query.exact and where.exact)
    looks = not certain or query.seek is not None
    for item in item_search.through(
        tx, blobs, where, heavy=query.heavy and looks, attachments=query.attachments and looks
    ):
        if certain or query.test is None or query.test(item):
            yield item
