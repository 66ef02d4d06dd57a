"""FindConversation, GetConversationItems, ApplyConversationAction, read and written [MS-OXWSCONV]."""

from __future__ import annotations

import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from samband.wire.ews.conversation_fields import (
    DEFAULTS,
    TABLE,
    ConversationField,
    conversation_id,
    read_conversation_path,
)
from samband.wire.ews.fields.codecs import read_base64
from samband.wire.ews.fields.errors import PropertyError
from samband.wire.ews.fields.paths import find_path
from samband.wire.ews.fields.shape import Shape, read_shape
from samband.wire.ews.folder_ids import GivenFolder, read_folders, read_target
from samband.wire.ews.highlighting import Terms, read_flag, read_highlight, write_highlight
from samband.wire.ews.ids import IdKind, MalformedId, ObjectId, read_id
from samband.wire.ews.names import M, T
from samband.wire.ews.paging import IndexedPage, read_limit, read_page
from samband.wire.ews.query_strings import read_query_string
from samband.wire.ews.responses import write_single
from samband.wire.ews.restrictions import Restriction, read_restriction
from samband.wire.ews.versions import ServerVersion
from samband.wire.xml.reading import (
    Element,
    at_most,
    attribute,
    attribute_of,
    bad_element,
    missing,
    one_of,
    required,
)
from samband.wire.xml.text import escape
from samband.wire.xml.values import read_integer

MAX_CONVERSATIONS = 1000
"""How many conversations one request may name."""
MAX_ITEMS = 1000
"""How many messages of a conversation one answer has, whatever is asked for."""

SCOPES = frozenset({"PrimaryOnly", "ArchiveOnly", "All"})
_TRAVERSALS = frozenset({"Shallow", "Deep"})
_DIRECTIONS = frozenset({"Ascending", "Descending"})
_FILTERS = frozenset(
    {
        "All",
        "Flagged",
        "HasAttachment",
        "ToOrCcMe",
        "Unread",
        "TaskActive",
        "TaskOverdue",
        "TaskCompleted",
        "NoClutter",
        "Clutter",
    }
)
_BASES = frozenset({"IdOnly", "Default", "AllProperties", "PcxPeopleSearch"})
_NODE_ORDERS = frozenset({"TreeOrderAscending", "TreeOrderDescending", "DateOrderAscending", "DateOrderDescending"})


@dataclass(frozen=True, slots=True)
class FindConversation:
    """A request to list conversations. ``highlight`` are (scope, word) of the query string where they are wanted."""

    folder: GivenFolder
    page: IndexedPage
    seek: Restriction | None
    sort: tuple[tuple[ConversationField, bool], ...]
    query: Restriction | None
    highlight: Terms | None
    deleted: bool
    deep: bool
    view_filter: str
    scope: str | None
    fields: tuple[ConversationField, ...]


def read_find(request: Element, version: ServerVersion, zone: tzinfo, now: datetime) -> FindConversation:
    """A FindConversation request. Raises ``SchemaViolation`` and ``PropertyError``."""
    seek = request.find(M + "SeekToConditionPageItemView")
    words = request.find(M + "QueryString")
    text = ((words.text or "") if words is not None else "").strip()
    return FindConversation(
        folder=read_target(request, M + "ParentFolderId"),
        page=_page(request, seek),
        seek=None if seek is None else _condition(seek, zone),
        sort=_sort(request.find(M + "SortOrder")),
        query=read_query_string(text, zone, now) if text else None,
        highlight=read_highlight(words),
        deleted=words is not None and read_flag(words, "ReturnDeletedItems"),
        deep=attribute_of(request, "Traversal", _TRAVERSALS, "Shallow") == "Deep",
        view_filter=attribute_of(request, "ViewFilter", _FILTERS, "All"),
        scope=read_scope(request),
        fields=_shape(request.find(M + "ConversationShape"), version),
    )


def _page(request: Element, seek: Element | None) -> IndexedPage:
    if seek is not None:
        return IndexedPage(0, read_limit(seek), seek.get("BasePoint") == "End")
    page = read_page(request.find(M + "IndexedPageItemView"), None)
    assert isinstance(page, IndexedPage)
    return page


def _condition(view: Element, zone: tzinfo) -> Restriction:
    return read_restriction(required(view, T + "Condition"), read_conversation_path, zone)


def _sort(order: Element | None) -> tuple[tuple[ConversationField, bool], ...]:
    found = []
    for field in () if order is None else order:
        path = read_conversation_path(find_path(field))
        if path is None or not path.sortable:
            uri = attribute(find_path(field), "FieldURI")
            raise PropertyError(
                "ErrorUnsupportedPathForSortGroup",
                "The property can not be used for sorting or grouping.",
                f'<t:FieldURI FieldURI="{uri}"/>',
            )
        found.append((path, attribute_of(field, "Order", _DIRECTIONS) == "Descending"))
    return tuple(found)


def read_scope(request: Element) -> str | None:
    """MailboxScope, None where it is not said."""
    scope = request.find(M + "MailboxScope")
    return None if scope is None else one_of(scope, SCOPES)


def _shape(element: Element | None, version: ServerVersion) -> tuple[ConversationField, ...]:
    base, named = "Default", set()
    if element is not None:
        base = one_of(required(element, T + "BaseShape"), _BASES)
        paths = element.find(T + "AdditionalProperties")
        named = {read_conversation_path(path) for path in (() if paths is None else paths)}
    return tuple(field for field in TABLE if field in named or _in_base(field, base, version))


def _in_base(field: ConversationField, base: str, version: ServerVersion) -> bool:
    if field.uri == "conversation:ConversationId":
        return True
    if base == "IdOnly" or field.since > version:
        return False
    return base == "AllProperties" or field.uri in DEFAULTS


def write_found(
    conversations: Iterable[str],
    terms: Terms | None,
    total: int,
    start: int,
    version: ServerVersion,
) -> str:
    """The answer to FindConversation with written ``conversations``; its sums are newer than Exchange 2010."""
    written = f"<m:Conversations>{''.join(conversations)}</m:Conversations>"
    if version < ServerVersion.Exchange2013:
        return write_single("FindConversation", written)
    written += write_highlight(terms)
    written += (
        f"<m:TotalConversationsInView>{total}</m:TotalConversationsInView><m:IndexedOffset>{start}</m:IndexedOffset>"
    )
    return write_single("FindConversation", written)


@dataclass(frozen=True, slots=True)
class GivenConversation:
    """A conversation as a request names it; ``id`` None where the text is no identifier of one."""

    id: ObjectId | None
    state: bytes | None = None
    """The SyncState of the client, None where it has none."""


def read_conversation_id(element: Element) -> ObjectId | None:
    """``t:ConversationId``; None where the text is no identifier of a conversation."""
    try:
        return read_id(attribute(element, "Id"), IdKind.CONVERSATION)
    except MalformedId:
        return None


@dataclass(frozen=True, slots=True)
class GetConversationItems:
    """A request to read conversations."""

    shape: Shape
    ignored: tuple[GivenFolder, ...]
    limit: int
    order: str
    scope: str | None
    conversations: tuple[GivenConversation, ...]


def read_conversations(request: Element) -> tuple[GivenConversation, ...]:
    """The conversations of a GetConversationItems request. Raises ``SchemaViolation``."""
    container = required(request, M + "Conversations")
    if len(container) == 0:
        raise missing(container, T + "Conversation")
    at_most(container, MAX_CONVERSATIONS)
    return tuple(_conversation(child) for child in container)


def _conversation(element: Element) -> GivenConversation:
    state = element.find(T + "SyncState")
    try:
        known = None if state is None else read_base64(state.text or "")
    except (ValueError, binascii.Error):
        raise bad_element(state if state is not None else element) from None
    return GivenConversation(read_conversation_id(required(element, T + "ConversationId")), known)


def read_get(request: Element, version: ServerVersion) -> GetConversationItems:
    """A GetConversationItems request. Raises ``SchemaViolation`` and ``PropertyError``."""
    shape = read_shape(request, found=False, version=version)
    order = request.find(M + "SortOrder")
    ignored = request.find(M + "FoldersToIgnore")
    return GetConversationItems(
        shape=shape,
        ignored=() if ignored is None else tuple(read_folders(request, M + "FoldersToIgnore")),
        limit=_limit(request.find(M + "MaxItemsToReturn")),
        order="TreeOrderAscending" if order is None else one_of(order, _NODE_ORDERS),
        scope=read_scope(request),
        conversations=read_conversations(request),
    )


def _limit(element: Element | None) -> int:
    if element is None:
        return MAX_ITEMS
    try:
        value = read_integer(element.text or "")
    except ValueError:
        raise bad_element(element) from None
    if value < 1:
        raise PropertyError("ErrorInvalidPagingMaxRows", "MaxItemsToReturn must be greater than zero.")
    return min(value, MAX_ITEMS)


def write_node(message_id: str, parent: str, items: Iterable[str]) -> str:
    """``<t:ConversationNode>`` with written items."""
    own = f"<t:InternetMessageId>{escape(message_id)}</t:InternetMessageId>" if message_id else ""
    inside = "".join(items)
    shown = f"<t:Items>{inside}</t:Items>" if inside else ""
    above = f"<t:ParentInternetMessageId>{escape(parent)}</t:ParentInternetMessageId>" if parent else ""
    return f"<t:ConversationNode>{own}{above}{shown}</t:ConversationNode>"


def write_conversation(mailbox: str, number: int, state: bytes, nodes: Iterable[str]) -> str:
    """``<m:Conversation>`` of GetConversationItems."""
    written = binascii.b2a_base64(state, newline=False).decode("ascii")
    return (
        f"<m:Conversation>{conversation_id(mailbox, number)}<t:SyncState>{written}</t:SyncState>"
        f"<t:ConversationNodes>{''.join(nodes)}</t:ConversationNodes></m:Conversation>"
    )
