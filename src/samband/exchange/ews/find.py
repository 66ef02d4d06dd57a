"""FindItem."""

from __future__ import annotations

from typing import Any

from samband.exchange.actions.find import FoundPage, Load, Span
from samband.exchange.actions.queries import Group, Order, Query
from samband.exchange.ews.answers import answers, refused
from samband.exchange.ews.call import Call
from samband.exchange.ews.references import folder_refs
from samband.exchange.restricted import condition_of, query_of
from samband.model.failures import Failure
from samband.model.folders import FolderRef
from samband.model.items import Item
from samband.wire.ews.fields.errors import PropertyError
from samband.wire.ews.fields.shape import Shape
from samband.wire.ews.find import (
    CalendarWindow,
    FindItemRequest,
    SortBy,
    read_find_item,
    write_found_items,
    write_grouped_items,
)
from samband.wire.ews.highlighting import write_highlight
from samband.wire.ews.names import M
from samband.wire.ews.paging import IndexedPage
from samband.wire.ews.responses import write_batch
from samband.wire.ews.restrictions import Restriction
from samband.wire.ews.search_folders import kept_restriction
from samband.wire.xml.reading import Element


async def find_item(call: Call, element: Element) -> str:
    """FindItem: one message for each parent, each with its page."""
    refs = folder_refs(element, M + "ParentFolderIds")
    try:
        request = read_find_item(element, call.version, call.zone, call.exchange.clock())
    except PropertyError as error:
        return write_batch("FindItem", [refused(error)] * len(refs))
    if request.calendar is not None:
        found = [await _calendar(call, ref, request, request.calendar) for ref in refs]
        return write_batch("FindItem", answers(found, lambda written: written))
    pages = await call.exchange.find.items(
        call.caller, refs, _query(request), lambda total, sought: _span(request, total, sought), _load(request.shape)
    )
    return write_batch("FindItem", answers(pages, lambda page: _written(request, page)))


def _load(shape: Shape) -> Load:
    return Load(shape.base != "IdOnly" or bool(shape.paths), shape.heavy, shape.wants_attachments)


def _span(request: FindItemRequest, total: int, sought: int) -> Span:
    window = _page(request, sought).window(total)
    return Span(window.start, window.count)


def _page(request: FindItemRequest, sought: int) -> Any:
    page = request.page
    if request.seek is not None and isinstance(page, IndexedPage):
        return IndexedPage(sought, page.limit)
    return page


def _query(request: FindItemRequest) -> Query:
    wanted = request.restrictions
    if request.traversal == "SoftDeleted":
        wanted = (*wanted, Restriction(_nothing))
    tests = [restriction.test for restriction in wanted]
    group = request.group
    looked_at = _looked_at(request, wanted)
    return Query(
        test=_all(tests) if tests else None,
        conditions=tuple(condition_of(bound) for restriction in wanted for bound in restriction.bounds),
        exact=all(restriction.exact for restriction in wanted),
        orders=tuple(_order(sort) for sort in request.sort),
        group=None
        if group is None
        else Group(group.path.terms, group.aggregate.terms, group.greatest, group.descending),
        seek=request.seek.test if request.seek is not None else None,
        associated=request.traversal == "Associated",
        heavy=looked_at.heavy,
        attachments=looked_at.wants_attachments,
    )


def kept_query(text: str) -> Query:
    """The query of the restriction that is kept of a search folder."""
    return query_of(kept_restriction(text))


def _nothing(_: Item) -> bool:
    """What is deleted stands in the recoverable items, nowhere else."""
    return False


def _all(tests: list[Any]) -> Any:
    return tests[0] if len(tests) == 1 else lambda item: all(test(item) for test in tests)


def _looked_at(request: FindItemRequest, wanted: tuple[Restriction, ...]) -> Shape:
    """The properties that tests and sorting look at, as a shape: it knows what must be loaded for them."""
    paths: list[Any] = [path for restriction in wanted for path in restriction.paths]
    paths += [sort.path for sort in request.sort]
    paths += request.seek.paths if request.seek is not None else ()
    if request.group is not None:
        paths += [request.group.path, request.group.aggregate]
    return Shape(paths=tuple(paths), found=True)


def _order(sort: SortBy) -> Order:
    return Order(sort.path.terms, sort.path.column, sort.descending)


def _written(request: FindItemRequest, page: FoundPage) -> str:
    window = _page(request, page.seek).window(page.total)
    items: list[Any] = list(page.items)
    written = [request.shape.write(item) for item in items]
    highlight = write_highlight(request.highlight)
    if request.group is not None:
        return write_grouped_items(window.attributes, written, page.groups) + highlight
    return write_found_items(window.attributes, written) + highlight


async def _calendar(
    call: Call, ref: FolderRef | Failure, request: FindItemRequest, window: CalendarWindow
) -> str | Failure:
    """A stretch of a calendar: it has neither pages nor a sort order, and nothing is left out of it."""
    if request.restrictions or request.sort:
        text = "Restrictions and sort order may not be specified for a CalendarView."
        return Failure("ErrorInvalidOperation", text)
    try:
        place = await call.exchange.folders.visit(call.caller, ref)
        view = await call.exchange.calendar.view(
            place, window.start, window.end, limit=window.limit, heavy=request.shape.heavy
        )
    except Failure as failure:
        return failure
    last = "true" if len(view.items) == view.total else "false"
    attributes = f' TotalItemsInView="{view.total}" IncludesLastItemInRange="{last}"'
    return write_found_items(attributes, [request.shape.write(item) for item in view.items])
