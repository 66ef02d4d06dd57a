"""Operations on conversations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from samband.exchange.actions.conversations import ConversationOrder, ConversationQuery, Gathered, in_order
from samband.exchange.actions.find import Span
from samband.exchange.ews.answers import answers, failure_of
from samband.exchange.ews.call import Call, refusal
from samband.exchange.ews.drafts import localized
from samband.exchange.ews.mime import mime_element
from samband.exchange.ews.references import folder_ref, malformed
from samband.exchange.restricted import query_of
from samband.model.conversation_actions import ActionKind, ConversationAction, ConversationRef
from samband.model.failures import Failure
from samband.model.folders import FolderRef, NamedFolder
from samband.model.item_requests import DeleteType, ItemRef
from samband.model.item_values import Flag, FlagStatus
from samband.model.items import Item
from samband.wire.ews.conversation_actions import GivenAction, read_actions
from samband.wire.ews.conversation_fields import ConversationField
from samband.wire.ews.conversations import (
    FindConversation,
    GetConversationItems,
    GivenConversation,
    read_conversations,
    read_find,
    read_get,
    write_conversation,
    write_found,
    write_node,
)
from samband.wire.ews.fields.errors import PropertyError
from samband.wire.ews.fields.shape import Shape
from samband.wire.ews.folder_ids import GivenFolder
from samband.wire.ews.ids import ObjectId
from samband.wire.ews.paging import IndexedPage
from samband.wire.ews.responses import write_batch, write_single_refused
from samband.wire.ews.restrictions import Restriction, every
from samband.wire.xml.reading import Element

Test = Callable[[Item], bool]

_NO_ARCHIVE = Failure("ErrorInvalidOperation", "Archive mailbox is not enabled for this user.")


async def find_conversation(call: Call, element: Element) -> str:
    """FindConversation: a page of the conversations of a folder [MS-OXWSCONV 3.1.4.2]."""
    try:
        request = read_find(element, call.version, call.zone, call.exchange.clock())
        found = await call.exchange.conversations.find(
            call.caller,
            _looked_in(call, request),
            _query(call, request),
            lambda total, sought: _span(request, total, sought),
        )
    except PropertyError as error:
        return write_single_refused("FindConversation", refusal(failure_of(error)))
    except Failure as failure:
        return write_single_refused("FindConversation", refusal(failure))
    writers = [field.writer() for field in request.fields]
    written = [
        f"<t:Conversation>{''.join([write(one) for write in writers])}</t:Conversation>" for one in found.conversations
    ]
    return write_found(written, request.highlight, found.total, found.start, call.version)


def _folder(given: GivenFolder) -> FolderRef:
    ref = folder_ref(given)
    if isinstance(ref, Failure):
        raise ref
    return ref


def _archive(call: Call) -> str:
    """The guid of the caller's archive. Raises ``Failure`` where there is none."""
    if not call.person.msExchArchiveGUID:
        raise _NO_ARCHIVE
    return call.person.msExchArchiveGUID


def _looked_in(call: Call, request: FindConversation) -> FolderRef:
    """The folder of a request; one whose scope is the archive alone means all of that, unless it names a folder there.

    The other scopes add nothing: a folder is in one mailbox.
    """
    ref = _folder(request.folder)
    if request.scope != "ArchiveOnly":
        return ref
    archive = _archive(call)
    named = ref.name.startswith("archive") if isinstance(ref, NamedFolder) else ref.mailbox == archive
    return ref if named else NamedFolder("archivemsgfolderroot")


def _mailboxes(call: Call, scope: str | None, ref: ConversationRef) -> list[str]:
    """Where a conversation is looked for."""
    if scope == "ArchiveOnly":
        return [_archive(call)]
    if scope == "All" and ref.mailbox == call.person.msExchMailboxGuid and call.person.msExchArchiveGUID:
        return [ref.mailbox, call.person.msExchArchiveGUID]
    return [ref.mailbox]


def _span(request: FindConversation, total: int, sought: int) -> Span:
    page = request.page if request.seek is None else IndexedPage(sought, request.page.limit)
    window = page.window(total)
    return Span(window.start, window.count)


def _query(call: Call, request: FindConversation) -> ConversationQuery:
    wanted = [] if request.query is None else [request.query]
    if request.view_filter in _VIEWS:
        wanted.append(Restriction(_VIEWS[request.view_filter](call)))
    return ConversationQuery(
        items=query_of(every(wanted)) if wanted else None,
        orders=tuple(_order(field, descending) for field, descending in request.sort),
        deep=request.deep or request.scope == "ArchiveOnly",
        deleted=request.deleted,
        seek=None if request.seek is None else request.seek.test,
    )


def _order(field: ConversationField, descending: bool) -> ConversationOrder:
    return ConversationOrder(field.terms, field.summed, descending)


def _flagged(status: FlagStatus) -> Callable[[Call], Test]:
    return lambda call: lambda item: item.properties.flag.status is status


def _overdue(call: Call) -> Test:
    now = call.exchange.clock()

    def test(item: Item) -> bool:
        flag = item.properties.flag
        return flag.status is FlagStatus.FLAGGED and flag.due is not None and flag.due < now

    return test


def _for_me(call: Call) -> Test:
    mine = {address.lower() for address in call.person.smtp_addresses}

    def test(item: Item) -> bool:
        people: list[Any] = [*getattr(item.properties, "to_recipients", ())]
        people += getattr(item.properties, "cc_recipients", ())
        return any(person.address.lower() in mine for person in people)

    return test


_VIEWS: dict[str, Callable[[Call], Test]] = {
    "Flagged": _flagged(FlagStatus.FLAGGED),
    "TaskActive": _flagged(FlagStatus.FLAGGED),
    "TaskCompleted": _flagged(FlagStatus.COMPLETE),
    "TaskOverdue": _overdue,
    "HasAttachment": lambda call: lambda item: item.properties.has_attachments,
    "ToOrCcMe": _for_me,
    "Unread": lambda call: lambda item: getattr(item.properties, "is_read", True) is False,
    # Nothing is ever taken for clutter.
    "Clutter": lambda call: lambda item: False,
}
"""Which items a conversation must have one of to be in a filtered view; All and NoClutter leave nothing out."""


async def get_conversation_items(call: Call, element: Element) -> str:
    """GetConversationItems: the messages of each conversation [MS-OXWSCONV]."""
    try:
        request = read_get(element, call.version)
    except PropertyError as error:
        return write_batch("GetConversationItems", answers([error] * len(read_conversations(element))))
    found = [await _get(call, request, given) for given in request.conversations]
    return write_batch("GetConversationItems", answers(found, lambda written: written))


def _ref(given: ObjectId | None) -> ConversationRef | Failure:
    return malformed() if given is None else ConversationRef(given.mailbox, given.row)


async def _get(call: Call, request: GetConversationItems, given: GivenConversation) -> str | Failure:
    ref = _ref(given.id)
    try:
        if isinstance(ref, Failure):
            raise ref
        found = await call.exchange.conversations.gather(
            call.caller,
            ref,
            _since(given.state),
            [folder_ref(one) for one in request.ignored],
            heavy=request.shape.heavy,
            attachments=request.shape.wants_attachments,
            mailboxes=_mailboxes(call, request.scope, ref),
        )
    except Failure as failure:
        return failure
    return await _conversation(call, request, ref, found)


_STATE = b"\x01"


def _since(state: bytes | None) -> int | None:
    """The write up to which a client knows a conversation."""
    if state is None:
        return None
    if len(state) != 9 or state[:1] != _STATE:
        raise Failure("ErrorInvalidSyncStateData", "Synchronization state data is corrupt or otherwise invalid.")
    return int.from_bytes(state[1:], "big")


async def _conversation(call: Call, request: GetConversationItems, ref: ConversationRef, found: Gathered) -> str:
    tree, descending = request.order.startswith("Tree"), request.order.endswith("Descending")
    nodes = in_order(found.nodes, tree, descending)
    written, left = [], request.limit
    for node in nodes:
        if left <= 0:
            break
        items = [await _item(call, request.shape, item) for item in node.items[:left]]
        written.append(write_node(node.message_id, node.parent, items))
        left -= len(node.items)
    return write_conversation(ref.mailbox, ref.number, _STATE + found.seq.to_bytes(8, "big"), written)


async def _item(call: Call, shape: Shape, item: Item) -> str:
    if not shape.wants_mime:
        return shape.write(item)
    found = (await call.exchange.items.get(call.caller, [ItemRef(item.mailbox, item.id)], mime=True))[0]
    return "" if isinstance(found, Failure) else shape.write(found.item, await mime_element(call, found))


async def apply_conversation_action(call: Call, element: Element) -> str:
    """ApplyConversationAction: one message for each action, done in order [MS-OXWSCONV].

    Everything is done before the answer is sent, whatever ProcessRightAway says.
    """
    done = [await _apply(call, given) for given in read_actions(element, call.zone)]
    return write_batch("ApplyConversationAction", answers(done))


async def _apply(call: Call, given: GivenAction) -> str | Failure:
    try:
        await call.exchange.conversation_actions.apply(call.caller, _action(call, given))
    except Failure as failure:
        return failure
    return ""


def _action(call: Call, given: GivenAction) -> ConversationAction:
    ref = _ref(given.conversation)
    if isinstance(ref, Failure):
        raise ref
    values = dict(given.values)
    if "how" in values:
        values["how"] = DeleteType(values["how"])
    return ConversationAction(
        kind=ActionKind(given.kind),
        conversation=ref,
        context=None if given.context is None else _folder(given.context),
        destination=None if given.destination is None else _folder(given.destination),
        flag=Flag() if given.flag is None else msgspec.convert(localized(given.flag, call.zone), Flag),
        **values,
    )
