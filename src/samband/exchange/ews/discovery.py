"""GetSearchableMailboxes, SearchMailboxes and GetNonIndexableItemStatistics."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from samband.exchange.actions.discovery import Box, Hit, Key, Unsearched, page
from samband.exchange.ews.answers import refused
from samband.exchange.ews.call import Call, refusal
from samband.exchange.restricted import query_of
from samband.model.failures import Failure
from samband.model.groups import Group
from samband.model.people import Person
from samband.wire.ews.discovery import (
    Failed,
    MailboxQuery,
    Preview,
    Searchable,
    SearchMailboxesRequest,
    Sum,
    read_counted_mailboxes,
    read_search_mailboxes,
    read_searchable,
    write_result,
    write_searchable,
    write_unindexed,
)
from samband.wire.ews.fields.errors import PropertyError
from samband.wire.ews.fields.paths import Path
from samband.wire.ews.responses import Refusal, write_batch, write_single, write_single_refused
from samband.wire.xml.reading import Element

_CODES = {"ErrorNonExistentMailbox": -2147221233, "ErrorAccessDenied": -2147024891}
"""The MAPI error codes of what keeps a mailbox from being searched [MS-OXCDATA 2.4]."""


async def get_searchable_mailboxes(call: Call, element: Element) -> str:
    """The mailboxes that the caller may search."""
    begins, expand = read_searchable(element)
    try:
        found = call.exchange.discovery.searchable(call.caller, begins, expand=expand)
    except Failure as failure:
        return write_single_refused("GetSearchableMailboxes", refusal(failure), "<m:SearchableMailboxes/>")
    return write_single("GetSearchableMailboxes", write_searchable(map(_searchable, found)))


async def get_discovery_search_configuration(call: Call, element: Element) -> str:
    """The searches that are kept: none is, each SearchMailboxes says all of itself."""
    try:
        call.exchange.discovery.require_right(call.caller)
    except Failure as failure:
        empty = "<m:DiscoverySearchConfigurations/>"
        return write_single_refused("GetDiscoverySearchConfiguration", refusal(failure), empty)
    return write_single("GetDiscoverySearchConfiguration", "<m:DiscoverySearchConfigurations/>")


def _searchable(one: Person | Group) -> Searchable:
    if isinstance(one, Group):
        return Searchable(one.objectGUID, one.mail, one.displayName, True, one.mail)
    return Searchable(one.msExchMailboxGuid, one.mail, one.displayName, False, one.legacyExchangeDN)


async def search_mailboxes(call: Call, element: Element) -> str:
    """One message for each query."""
    try:
        request = read_search_mailboxes(element, call.zone, call.exchange.clock())
        start = _read_key(request.reference) if request.reference else None
    except (PropertyError, Failure) as reason:
        return write_batch("SearchMailboxes", [refused(reason)])
    return write_batch("SearchMailboxes", [await _searched(call, request, query, start) for query in request.queries])


async def get_non_indexable_item_statistics(call: Call, element: Element) -> str:
    """How many items of mailboxes no index holds. They are searched all the same."""
    names, archives = read_counted_mailboxes(element)
    place = "ArchiveOnly" if archives else "PrimaryOnly"
    try:
        boxes, failed = call.exchange.discovery.boxes(call.caller, [(name, place) for name in names])
    except Failure as failure:
        return write_single_refused("GetNonIndexableItemStatistics", refusal(failure))
    counted = await call.exchange.discovery.unindexed(boxes)
    sums = [Sum(box.owner.legacyExchangeDN or box.guid, count, 0) for box, count in counted]
    return write_single("GetNonIndexableItemStatistics", write_unindexed(sums, map(_failed, failed)))


async def _searched(
    call: Call, request: SearchMailboxesRequest, query: MailboxQuery, start: Key | None
) -> str | Refusal:
    discovery = call.exchange.discovery
    try:
        boxes, failed = discovery.boxes(call.caller, [(one.name, one.place) for one in query.mailboxes])
    except Failure as failure:
        return refused(failure)
    term = _term(request.sort)
    hits = await discovery.search(boxes, query_of(query.restriction), term, deduplicated=request.deduplicated)
    keywords: list[Sum] = []
    shown: list[Preview] = []
    if request.statistics:
        keywords = [_sum(query.text, hits)]
        for word, restriction in query.keywords:
            keywords.append(_sum(word, await discovery.search(boxes, query_of(restriction), term)))
    else:
        chosen = page(hits, start, request.page_size, descending=request.descending, backwards=request.backwards)
        found = await discovery.shown(chosen)
        shown = [Preview(item, hit.box.owner.mail, _write_key(hit.key), hit.unique) for hit, item in found]
    return write_result(
        request,
        query,
        _sum(query.text, hits),
        keywords=keywords,
        items=shown,
        mailboxes=[_of_box(box, hits) for box in boxes],
        failed=[_failed(one) for one in failed],
    )


def _sum(name: str, hits: Sequence[Hit]) -> Sum:
    return Sum(name, len(hits), sum(hit.size for hit in hits))


def _of_box(box: Box, hits: Sequence[Hit]) -> Sum:
    own = [hit.size for hit in hits if hit.box is box]
    return Sum(box.owner.legacyExchangeDN or box.guid, len(own), sum(own), box.owner.displayName)


def _failed(one: Unsearched) -> Failed:
    return Failed(one.name, _CODES.get(one.failure.code, -2147467259), one.failure.text, one.archive)


def _term(path: Path) -> Callable[[Any], tuple[int, Any]]:
    """What items are sorted by, comparable also where there is nothing; as JSON can carry it."""

    def term(item: Any) -> tuple[int, Any]:
        terms = path.terms(item)
        if not terms:
            return (0, 0)
        first = terms[0]
        if isinstance(first, str):
            return (1, first.casefold())
        return (1, first.timestamp() if isinstance(first, datetime) else first)

    return term


def _write_key(key: Key) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode()


_decode_key = msgspec.json.Decoder(tuple[tuple[int, str | int | float], int]).decode


def _read_key(text: str) -> Key:
    try:
        return _decode_key(base64.urlsafe_b64decode(text))
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise Failure("ErrorInvalidArgument", "PageItemReference is no SortValue of an item.") from None
