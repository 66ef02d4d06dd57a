"""Searches of many mailboxes for what is to be disclosed, read and written [MS-OXWSEDISC]."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from samband.wire.ews.fields.contents import item_id_text
from samband.wire.ews.fields.extended import Extended
from samband.wire.ews.fields.paths import Path, read_path, read_query_path
from samband.wire.ews.fields.table import FIELDS
from samband.wire.ews.ids import IdKind, write_change_key, write_id
from samband.wire.ews.names import M, T
from samband.wire.ews.query_strings import keywords, read_query_string
from samband.wire.ews.restrictions import Restriction
from samband.wire.xml.reading import Element, at_most, attribute_of, bad_element, missing, one_of, required, text
from samband.wire.xml.text import escape
from samband.wire.xml.values import read_boolean, read_integer, write_boolean, write_instant

MAX_PAGE = 500
"""How many items one answer has at most."""
MAX_MAILBOXES = 1000
MAX_QUERIES = 50
_RESULTS = frozenset({"StatisticsOnly", "PreviewOnly"})
_PLACES = frozenset({"PrimaryOnly", "ArchiveOnly", "All"})
_DIRECTIONS = frozenset({"Previous", "Next"})
_ORDERS = frozenset({"Ascending", "Descending"})
_SHAPES = frozenset({"Default", "Compact"})


@dataclass(frozen=True, slots=True)
class SearchedMailbox:
    """A mailbox to search, as the request names it, and which of its two parts: PrimaryOnly, ArchiveOnly or All."""

    name: str
    place: str


@dataclass(frozen=True, slots=True)
class MailboxQuery:
    """``text`` as a restriction, each of its keywords as one, and the mailboxes to look into."""

    text: str
    restriction: Restriction
    keywords: tuple[tuple[str, Restriction], ...]
    mailboxes: tuple[SearchedMailbox, ...]


@dataclass(frozen=True, slots=True)
class SearchMailboxesRequest:
    """SearchMailboxes. ``reference`` is the SortValue of the item that a page goes on from, empty for the first."""

    queries: tuple[MailboxQuery, ...]
    statistics: bool
    compact: bool
    extended: tuple[Extended, ...]
    sort: Path
    descending: bool
    deduplicated: bool
    page_size: int
    reference: str
    backwards: bool


def read_search_mailboxes(request: Element, zone: tzinfo, now: datetime) -> SearchMailboxesRequest:
    """The request. Raises ``SchemaViolation`` or ``PropertyError``."""
    given = required(request, M + "SearchQueries")
    if len(given) == 0:
        raise missing(given, T + "MailboxQuery")
    at_most(given, MAX_QUERIES)
    shape, sort = request.find(M + "PreviewItemResponseShape"), request.find(M + "SortBy")
    direction = request.find(M + "PageDirection")
    return SearchMailboxesRequest(
        queries=tuple(_query(query, zone, now) for query in given),
        statistics=one_of(required(request, M + "ResultType"), _RESULTS) == "StatisticsOnly",
        compact=shape is not None and one_of(required(shape, T + "BaseShape"), _SHAPES) == "Compact",
        extended=_extended(shape),
        sort=FIELDS["item:DateTimeReceived"] if sort is None else read_query_path(sort, sort=True),
        descending=sort is None or attribute_of(sort, "Order", _ORDERS) == "Descending",
        deduplicated=_said(request.find(M + "Deduplication")),
        page_size=_size(request.find(M + "PageSize")),
        reference=text(request.find(M + "PageItemReference")).strip(),
        backwards=direction is not None and one_of(direction, _DIRECTIONS) == "Previous",
    )


def _query(element: Element, zone: tzinfo, now: datetime) -> MailboxQuery:
    words = text(required(element, T + "Query"))
    scopes = required(element, T + "MailboxSearchScopes")
    if len(scopes) == 0:
        raise missing(scopes, T + "MailboxSearchScope")
    at_most(scopes, MAX_MAILBOXES)
    return MailboxQuery(
        text=words,
        restriction=read_query_string(words, zone, now),
        keywords=tuple((word, read_query_string(word, zone, now)) for word in keywords(words)),
        mailboxes=tuple(
            SearchedMailbox(
                text(required(scope, T + "Mailbox")).strip(), one_of(required(scope, T + "SearchScope"), _PLACES)
            )
            for scope in scopes
        ),
    )


def _extended(shape: Element | None) -> tuple[Extended, ...]:
    paths = None if shape is None else shape.find(T + "AdditionalProperties")
    found = () if paths is None else [read_path(path) for path in paths]
    return tuple(path for path in found if isinstance(path, Extended))


def _said(element: Element | None) -> bool:
    if element is None:
        return False
    try:
        return read_boolean(text(element).strip())
    except ValueError:
        raise bad_element(element) from None


def _size(element: Element | None) -> int:
    if element is None:
        return 100
    try:
        size = read_integer(text(element).strip())
    except ValueError:
        raise bad_element(element) from None
    if size <= 0:
        raise bad_element(element)
    return min(size, MAX_PAGE)


@dataclass(frozen=True, slots=True)
class Sum:
    """Something counted: its name, how many items, how many bytes, and for a mailbox its owner's name."""

    name: str
    count: int
    size: int
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """A mailbox that could not be searched."""

    mailbox: str
    code: int
    text: str
    archive: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """An item of a page, its owner's address, the value that pages go on from, and what duplicates share."""

    item: Any
    address: str
    sort_value: str
    unique: str


def write_result(
    request: SearchMailboxesRequest,
    query: MailboxQuery,
    total: Sum,
    *,
    keywords: Sequence[Sum],
    items: Sequence[Preview],
    mailboxes: Sequence[Sum],
    failed: Sequence[Failed],
) -> str:
    """``<m:SearchMailboxesResult>`` of one query."""
    page_size = sum(one.item.size for one in items)
    kind = "StatisticsOnly" if request.statistics else "PreviewOnly"
    parts = [
        f"<m:SearchMailboxesResult><t:SearchQueries>{_written_query(query)}</t:SearchQueries>",
        f"<t:ResultType>{kind}</t:ResultType><t:ItemCount>{total.count}</t:ItemCount><t:Size>{total.size}</t:Size>",
        f"<t:PageItemCount>{len(items)}</t:PageItemCount><t:PageItemSize>{page_size}</t:PageItemSize>",
    ]
    if request.statistics:
        parts.append(f"<t:KeywordStats>{''.join(map(_keyword, keywords))}</t:KeywordStats>")
    else:
        parts.append(f"<t:Items>{''.join([_preview(request, one) for one in items])}</t:Items>")
    parts.append(_failed(failed))
    if mailboxes:
        parts.append(f"<t:MailboxStats>{''.join(map(_mailbox, mailboxes))}</t:MailboxStats>")
    parts.append("</m:SearchMailboxesResult>")
    return "".join(parts)


def _written_query(query: MailboxQuery) -> str:
    scopes = "".join(
        f"<t:MailboxSearchScope><t:Mailbox>{escape(one.name)}</t:Mailbox><t:SearchScope>{one.place}</t:SearchScope>"
        "</t:MailboxSearchScope>"
        for one in query.mailboxes
    )
    return (
        f"<t:MailboxQuery><t:Query>{escape(query.text)}</t:Query>"
        f"<t:MailboxSearchScopes>{scopes}</t:MailboxSearchScopes></t:MailboxQuery>"
    )


def _keyword(one: Sum) -> str:
    return (
        f"<t:KeywordStat><t:Keyword>{escape(one.name)}</t:Keyword><t:ItemHits>{one.count}</t:ItemHits>"
        f"<t:Size>{one.size}</t:Size></t:KeywordStat>"
    )


def _mailbox(one: Sum) -> str:
    return (
        f"<t:MailboxStat><t:MailboxId>{escape(one.name)}</t:MailboxId><t:DisplayName>{escape(one.shown)}"
        f"</t:DisplayName><t:ItemCount>{one.count}</t:ItemCount><t:Size>{one.size}</t:Size></t:MailboxStat>"
    )


def _failed(failed: Iterable[Failed]) -> str:
    written = "".join(
        f"<t:FailedMailbox><t:Mailbox>{escape(one.mailbox)}</t:Mailbox><t:ErrorCode>{one.code}</t:ErrorCode>"
        f"<t:ErrorMessage>{escape(one.text)}</t:ErrorMessage><t:IsArchive>{write_boolean(one.archive)}</t:IsArchive>"
        "</t:FailedMailbox>"
        for one in failed
    )
    return f"<t:FailedMailboxes>{written}</t:FailedMailboxes>" if written else ""


def _preview(request: SearchMailboxesRequest, one: Preview) -> str:
    item = one.item
    parts = [
        f'<t:SearchPreviewItem><t:Id Id="{item_id_text(item)}" ChangeKey="{write_change_key(item.change_key)}"/>',
        f"<t:Mailbox><t:MailboxId>{item.mailbox}</t:MailboxId>"
        f"<t:PrimarySmtpAddress>{escape(one.address)}</t:PrimarySmtpAddress></t:Mailbox>"
        f'<t:ParentId Id="{write_id(IdKind.FOLDER, item.mailbox, item.folder)}"/>',
        f"<t:ItemClass>{escape(item.item_class)}</t:ItemClass><t:UniqueHash>{escape(one.unique)}</t:UniqueHash>"
        f"<t:SortValue>{escape(one.sort_value)}</t:SortValue>",
        *([] if request.compact else _envelope(item)),
        f"<t:Size>{item.size}</t:Size>",
        *([] if request.compact else _state(item)),
    ]
    extended = "".join([path.writer()(item) for path in request.extended])
    if extended:
        parts.append(f"<t:ExtendedProperties>{extended}</t:ExtendedProperties>")
    parts.append("</t:SearchPreviewItem>")
    return "".join(parts)


def _envelope(item: Any) -> list[str]:
    properties = item.properties
    sender = getattr(properties, "from_", None) or getattr(properties, "organizer", None)
    parts = [f"<t:Sender>{escape(sender.name or sender.address)}</t:Sender>"] if sender is not None else []
    for name, attribute in (("To", "to_recipients"), ("Cc", "cc_recipients"), ("Bcc", "bcc_recipients")):
        addresses = [person.address for person in getattr(properties, attribute, ()) if person.address]
        written = "".join(f"<t:SmtpAddress>{escape(one)}</t:SmtpAddress>" for one in addresses)
        if written:
            parts.append(f"<t:{name}Recipients>{written}</t:{name}Recipients>")
    for name, attribute in (("Created", "created"), ("Received", "received"), ("Sent", "sent")):
        instant = getattr(properties, f"date_time_{attribute}")
        if instant is not None:
            parts.append(f"<t:{name}Time>{write_instant(instant)}</t:{name}Time>")
    return [*parts, f"<t:Subject>{escape(properties.subject)}</t:Subject>"]


def _state(item: Any) -> list[str]:
    properties = item.properties
    read = getattr(properties, "is_read", True)
    return [
        f"<t:Preview>{escape(properties.preview)}</t:Preview><t:Importance>{properties.importance}</t:Importance>",
        f"<t:Read>{write_boolean(read)}</t:Read>",
        f"<t:HasAttachment>{write_boolean(properties.has_attachments)}</t:HasAttachment>",
    ]


def read_counted_mailboxes(request: Element) -> tuple[tuple[str, ...], bool]:
    """GetNonIndexableItemStatistics: the mailboxes by name, and whether their archives alone are meant."""
    given = required(request, M + "Mailboxes")
    if len(given) == 0:
        raise missing(given, T + "LegacyDN")
    at_most(given, MAX_MAILBOXES)
    return tuple(text(one).strip() for one in given), _said(request.find(M + "SearchArchiveOnly"))


def write_unindexed(counts: Iterable[Sum], failed: Iterable[Failed]) -> str:
    """``<m:NonIndexableItemStatistics>``."""
    written = [
        f"<t:NonIndexableItemStatistic><t:Mailbox>{escape(one.name)}</t:Mailbox><t:ItemCount>{one.count}</t:ItemCount>"
        "</t:NonIndexableItemStatistic>"
        for one in counts
    ]
    written += [
        f"<t:NonIndexableItemStatistic><t:Mailbox>{escape(one.mailbox)}</t:Mailbox><t:ItemCount>0</t:ItemCount>"
        f"<t:ErrorMessage>{escape(one.text)}</t:ErrorMessage></t:NonIndexableItemStatistic>"
        for one in failed
    ]
    return f"<m:NonIndexableItemStatistics>{''.join(written)}</m:NonIndexableItemStatistics>"


@dataclass(frozen=True, slots=True)
class Searchable:
    """A mailbox, or a group of mailboxes, that may be searched."""

    guid: str
    address: str
    name: str
    is_group: bool
    reference: str


def write_searchable(found: Iterable[Searchable]) -> str:
    """``<m:SearchableMailboxes>``."""
    written = "".join(
        f"<t:SearchableMailbox><t:Guid>{one.guid}</t:Guid>"
        f"<t:PrimarySmtpAddress>{escape(one.address)}</t:PrimarySmtpAddress>"
        "<t:IsExternalMailbox>false</t:IsExternalMailbox><t:ExternalEmailAddress/>"
        f"<t:DisplayName>{escape(one.name)}</t:DisplayName>"
        f"<t:IsMembershipGroup>{write_boolean(one.is_group)}</t:IsMembershipGroup>"
        f"<t:ReferenceId>{escape(one.reference)}</t:ReferenceId></t:SearchableMailbox>"
        for one in found
    )
    return f"<m:SearchableMailboxes>{written}</m:SearchableMailboxes>"


def read_searchable(request: Element) -> tuple[str, bool]:
    """GetSearchableMailboxes: what names begin with, and whether groups are shown as their members."""
    return text(request.find(M + "SearchFilter")).strip(), _said(request.find(M + "ExpandGroupMembership"))
