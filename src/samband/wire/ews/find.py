"""FindItem, read and written [MS-OXWSSRCH]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import groupby
from typing import Any

from samband.wire.ews.fields.errors import PropertyError, unsupported_path
from samband.wire.ews.fields.paths import Path, read_path, read_query_path
from samband.wire.ews.fields.shape import Shape, read_shape
from samband.wire.ews.fields.table import FIELDS
from samband.wire.ews.highlighting import Terms, read_highlight
from samband.wire.ews.names import M, T
from samband.wire.ews.paging import MAX_PAGE, IndexedPage, Page, read_limit, read_page
from samband.wire.ews.query_strings import read_query_string
from samband.wire.ews.restrictions import Restriction, read_restriction
from samband.wire.ews.versions import ServerVersion
from samband.wire.xml.reading import Element, attribute, attribute_of, bad_attribute, first, missing, required
from samband.wire.xml.text import escape
from samband.wire.xml.values import read_instant, write_instant

_TRAVERSALS = frozenset({"Shallow", "SoftDeleted", "Associated"})
_DIRECTIONS = frozenset({"Ascending", "Descending"})
_MAX_ORDERS = 100
_CONVERSATION_TOPIC = FIELDS["message:ConversationTopic"]
_RECEIVED = FIELDS["item:DateTimeReceived"]


@dataclass(frozen=True, slots=True)
class SortBy:
    """One FieldOrder."""

    path: Path
    descending: bool


@dataclass(frozen=True, slots=True)
class GroupBy:
    """Items with the same ``path`` together; groups by the greatest (least) ``aggregate`` of their items."""

    path: Path
    aggregate: Path
    greatest: bool
    descending: bool


@dataclass(frozen=True, slots=True)
class CalendarWindow:
    """CalendarView: what overlaps [``start``, ``end``), at most ``limit``."""

    start: datetime
    end: datetime
    limit: int


@dataclass(frozen=True, slots=True)
class FindItemRequest:
    """FindItem, but for its parents. ``restrictions`` must all hold; ``seek``: where the page begins; ``highlight``:
    words to be shown as found, None where nobody asked."""

    traversal: str
    shape: Shape
    page: Page
    calendar: CalendarWindow | None
    restrictions: tuple[Restriction, ...]
    sort: tuple[SortBy, ...]
    group: GroupBy | None
    seek: Restriction | None
    highlight: Terms | None


def read_find_item(request: Element, version: ServerVersion, zone: tzinfo, now: datetime) -> FindItemRequest:
    """The request. ``now`` is what ``today`` and the like in a query string mean.

    Raises ``SchemaViolation`` or ``PropertyError``.
    """
    seek = first(request, M + "SeekToConditionPageItemView")
    calendar = first(request, M + "CalendarView")
    return FindItemRequest(
        traversal=attribute_of(request, "Traversal", _TRAVERSALS),
        shape=read_shape(request, found=True, version=version),
        page=_page(request, seek),
        calendar=_calendar(calendar, zone) if calendar is not None else None,
        restrictions=_restrictions(request, zone, now),
        sort=_sort(first(request, M + "SortOrder")),
        group=_group(request),
        seek=_condition(seek, zone) if seek is not None else None,
        highlight=read_highlight(first(request, M + "QueryString")) if version >= ServerVersion.Exchange2013 else None,
    )


def _search_path(element: Element) -> Path:
    return read_path(element, unsupported_path)


def _condition(view: Element, zone: tzinfo) -> Restriction:
    return read_restriction(required(view, T + "Condition"), _search_path, zone)


def _restrictions(request: Element, zone: tzinfo, now: datetime) -> tuple[Restriction, ...]:
    found = []
    restriction = first(request, M + "Restriction")
    if restriction is not None:
        found.append(read_restriction(restriction, _search_path, zone))
    query = first(request, M + "QueryString")
    if query is not None and (query.text or "").strip():
        found.append(read_query_string(query.text or "", zone, now))
    contacts = first(request, M + "ContactsView")
    if contacts is not None:
        found.append(_names_between(contacts.get("InitialName", ""), contacts.get("FinalName", "")))
    return tuple(found)


def _page(request: Element, seek: Element | None) -> Page:
    limited = seek if seek is not None else first(request, M + "ContactsView")
    if limited is not None:
        from_end = limited.get("BasePoint") == "End"
        return IndexedPage(0, read_limit(limited), from_end)
    return read_page(first(request, M + "IndexedPageItemView"), first(request, M + "FractionalPageItemView"))


def _names_between(first: str, last: str) -> Restriction:
    """Contacts whose display names begin with ``first`` to ``last``, as far as either is said."""
    low, high = first.casefold(), last.casefold()

    def test(item: Any) -> bool:
        name = getattr(item.properties, "display_name", "").casefold()
        return (not low or name >= low) and (not high or name[: len(high)] <= high)

    return Restriction(test)


def _calendar(view: Element, zone: tzinfo) -> CalendarWindow:
    start, end = (_instant(view, name, zone) for name in ("StartDate", "EndDate"))
    return CalendarWindow(start, end, read_limit(view) if view.get("MaxEntriesReturned") is not None else MAX_PAGE)


def _instant(view: Element, name: str, zone: tzinfo) -> datetime:
    text = attribute(view, name)
    try:
        return read_instant(text, zone)
    except ValueError:
        raise bad_attribute(name, text) from None


def _sort(order: Element | None) -> tuple[SortBy, ...]:
    fields = () if order is None else list(order)
    if len(fields) > _MAX_ORDERS:
        raise PropertyError("ErrorUnsupportedPathForSortGroup", "There are too many properties to sort by.")
    return tuple(
        SortBy(read_query_path(field, sort=True), attribute_of(field, "Order", _DIRECTIONS) == "Descending")
        for field in fields
    )


def _group(request: Element) -> GroupBy | None:
    given = first(request, M + "GroupBy")
    if given is not None:
        aggregate = required(given, T + "AggregateOn")
        return GroupBy(
            path=read_query_path(given, sort=True),
            aggregate=read_query_path(aggregate, sort=True),
            greatest=attribute_of(aggregate, "Aggregate", frozenset({"Minimum", "Maximum"})) == "Maximum",
            descending=attribute_of(given, "Order", _DIRECTIONS) == "Descending",
        )
    standard = first(request, M + "DistinguishedGroupBy")
    if standard is None:
        return None
    if (required(standard, T + "StandardGroupBy").text or "").strip() != "ConversationTopic":
        raise missing(standard, T + "StandardGroupBy")
    return GroupBy(
        path=_CONVERSATION_TOPIC,
        aggregate=_RECEIVED,
        greatest=True,
        descending=attribute_of(standard, "Order", _DIRECTIONS) == "Descending",
    )


def write_found_items(attributes: str, items: Sequence[str]) -> str:
    """``<m:RootFolder>`` with the written ``items`` of a page; ``attributes`` are the page's."""
    return f"<m:RootFolder{attributes}><t:Items>{''.join(items)}</t:Items></m:RootFolder>"


def write_grouped_items(attributes: str, items: Sequence[str], groups: Sequence[Any]) -> str:
    """``<m:RootFolder>`` with the written ``items`` of a page, those of the same group together."""
    written = []
    for group, members in groupby(zip(groups, items, strict=True), key=lambda pair: pair[0]):
        index = write_instant(group) if isinstance(group, datetime) else str(group)
        inside = "".join([item for _, item in members])
        written.append(
            f"<t:GroupedItems><t:GroupIndex>{escape(index)}</t:GroupIndex><t:Items>{inside}</t:Items></t:GroupedItems>"
        )
    return f"<m:RootFolder{attributes}><t:Groups>{''.join(written)}</t:Groups></m:RootFolder>"
