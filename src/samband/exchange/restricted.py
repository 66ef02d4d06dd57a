"""What a client looks for, as its words or its restriction say it, as the query that verbs take."""

from __future__ import annotations

from samband.exchange.actions.queries import Query
from samband.model.item_queries import AnyOf, Condition, ItemCondition, Words
from samband.wire.ews import restrictions
from samband.wire.ews.fields.shape import Shape
from samband.wire.ews.restrictions import Restriction


def query_of(restriction: Restriction) -> Query:
    """A restriction alone as a query."""
    looked_at = Shape(paths=restriction.paths, found=True)
    return Query(
        test=restriction.test,
        conditions=tuple(condition_of(bound) for bound in restriction.bounds),
        exact=restriction.exact,
        heavy=looked_at.heavy,
        attachments=looked_at.wants_attachments,
    )


def condition_of(found: restrictions.Condition) -> ItemCondition:
    """What a restriction knows of what it finds, as the store is asked for it."""
    if isinstance(found, restrictions.Bound):
        return Condition(found.column, found.operator, found.value)
    if isinstance(found, restrictions.Words):
        return Words(found.fields, found.text, found.begins, found.ends)
    return AnyOf(tuple(tuple(condition_of(one) for one in alternative) for alternative in found.alternatives))
