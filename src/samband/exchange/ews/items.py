"""Operations on items."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from samband.exchange.actions.items import Found
from samband.exchange.ews.answers import answers, failure_of
from samband.exchange.ews.call import Call
from samband.exchange.ews.drafts import draft_of, edits_of
from samband.exchange.ews.item_ranges import get_ranges
from samband.exchange.ews.item_references import item_ref, item_refs
from samband.exchange.ews.mime import mime_element
from samband.exchange.ews.references import folder_ref, target_ref
from samband.exchange.ews.timezones import in_zone_of_request
from samband.model.failures import Failure
from samband.model.folders import Place
from samband.model.item_requests import (
    ConflictResolution,
    DeleteType,
    Disposition,
    Draft,
    Edit,
    ItemRef,
    Response,
    ResponseKind,
    SendInvitations,
)
from samband.model.items import Item, ItemKind
from samband.wire.ews.fields.attachments import write_new
from samband.wire.ews.fields.errors import PropertyError
from samband.wire.ews.fields.reading import read_item
from samband.wire.ews.fields.shape import Shape, read_shape
from samband.wire.ews.folder_ids import GivenFolder
from samband.wire.ews.item_ids import read_item_ids
from samband.wire.ews.items import (
    ANSWERS,
    BARE,
    CONFLICT_RESULTS,
    NO_ITEMS,
    REPLIES,
    CreateItem,
    DeleteItem,
    ItemChange,
    UpdateItem,
    has_mime,
    read_create,
    read_delete,
    read_response,
    read_send,
    read_update,
    wants_new_ids,
    write_items,
    write_reference,
)
from samband.wire.ews.names import M
from samband.wire.ews.responses import write_batch
from samband.wire.xml.reading import Element, local_name

T = TypeVar("T")

_RESPONSES = REPLIES | ANSWERS | BARE
_MEETING_RESPONSES = frozenset(
    {
        ResponseKind.ACCEPT,
        ResponseKind.TENTATIVE,
        ResponseKind.DECLINE,
        ResponseKind.CANCEL,
        ResponseKind.REMOVE,
    }
)
_MESSAGES = frozenset(
    {
        ItemKind.MESSAGE,
        ItemKind.MEETING_MESSAGE,
        ItemKind.MEETING_REQUEST,
        ItemKind.MEETING_RESPONSE,
        ItemKind.MEETING_CANCELLATION,
    }
)


async def _each(work: Sequence[Awaitable[T]]) -> list[T | Failure]:
    """The results of all of ``work``, begun in order; a failure stands in its place."""
    results = [await _outcome(work[0])] if len(work) == 1 else await asyncio.gather(*work, return_exceptions=True)
    found: list[T | Failure] = []
    for result in results:
        if isinstance(result, PropertyError):
            found.append(failure_of(result))
        elif isinstance(result, BaseException) and not isinstance(result, Failure):
            raise result
        else:
            found.append(result)
    return found


async def _outcome(work: Awaitable[T]) -> T | Failure | PropertyError:
    """What ``asyncio.gather`` would say of one piece of work, without a task for it."""
    try:
        return await work
    except (Failure, PropertyError) as failure:
        return failure


async def _place(call: Call, given: GivenFolder | None) -> Place | Failure | None:
    if given is None:
        return None
    try:
        return await call.exchange.folders.visit(call.caller, folder_ref(given))
    except Failure as failure:
        return failure


async def create_item(call: Call, element: Element) -> str:
    """CreateItem [MS-OXWSCORE 3.1.4.2]: items of any kind, and what is made of others.

    Everything is read before anything is made: a request that breaks the schema makes nothing.
    """
    request = read_create(element)
    place = await _place(call, request.folder)
    given = [_read(call, item) for item in request.items]
    made = await _each([_create(call, request, place, one) for one in given])
    told = [
        one if isinstance(one, Failure) else _created(one, within_mime=has_mime(asked))
        for one, asked in zip(made, request.items, strict=True)
    ]
    return write_batch("CreateItem", answers(told, str), NO_ITEMS)


def _read(call: Call, element: Element) -> Draft | Response | Failure:
    try:
        if local_name(element) in _RESPONSES:
            return _response(call, element)
        return draft_of(read_item(element), call.zone)
    except PropertyError as error:
        return failure_of(error)
    except Failure as failure:
        return failure


async def _create(
    call: Call, request: CreateItem, place: Place | Failure | None, given: Draft | Response | Failure
) -> list[Item]:
    if isinstance(place, Failure):
        raise place
    if isinstance(given, Failure):
        raise given
    if isinstance(given, Response):
        return await _respond(call, request, place, given)
    if given.kind is ItemKind.CALENDAR_ITEM:
        place = place or Place(call.mailbox, (await call.exchange.folders.ensure(call.mailbox))["calendar"])
        draft = in_zone_of_request(given, call.zone)
        return [await call.exchange.calendar.create(call.caller, draft, place, _invitations(request.send))]
    disposition = _disposition(request.disposition) if given.kind in _MESSAGES else Disposition.SAVE_ONLY
    return await call.exchange.mail.create(call.caller, given, place, disposition)


def _invitations(send: str | None) -> SendInvitations:
    if send is None:
        raise Failure(
            "ErrorSendMeetingInvitationsRequired",
            "The SendMeetingInvitations attribute is required for calendar items.",
        )
    return SendInvitations(send)


def _disposition(disposition: str | None) -> Disposition:
    if disposition is None:
        raise Failure("ErrorMessageDispositionRequired", "The MessageDisposition attribute is required for messages.")
    return Disposition(disposition)


def _response(call: Call, element: Element) -> Response:
    given = read_response(element)
    if given.reference is None:
        raise Failure("ErrorMissingInformationReferenceItemId", "The ReferenceItemId is missing.")
    reference = item_ref(given.reference)
    if isinstance(reference, Failure):
        raise reference
    return Response(
        kind=ResponseKind(given.name),
        reference=reference,
        draft=draft_of(given.item, call.zone),
        new_body=given.new_body,
    )


async def _respond(call: Call, request: CreateItem, place: Place | None, response: Response) -> list[Item]:
    unsent = response.kind.value in BARE or response.kind is ResponseKind.POST_REPLY
    bare = unsent and request.disposition is None
    disposition = Disposition.SAVE_ONLY if bare else _disposition(request.disposition)
    if response.kind in _MEETING_RESPONSES:
        return await call.exchange.calendar.respond(call.caller, response, place, disposition)
    return await call.exchange.mail.respond(call.caller, response, place, disposition)


def _created(items: list[Item], *, within_mime: bool) -> str:
    """References to what was made. What hangs on an item within its MIME content is not told apart from that:
    Thunderbird takes an attachment without a name for a broken answer.
    """
    return write_items("".join(_reference(item, new=not within_mime) for item in items)) if items else NO_ITEMS


def _reference(item: Item, *, new: bool = False) -> str:
    attachments = ""
    if new and item.attachments:
        written = "".join(write_new(item.mailbox, attachment) for attachment in item.attachments)
        attachments = f"<t:Attachments>{written}</t:Attachments>"
    return write_reference(
        item.kind.value,
        item.mailbox,
        item.id,
        item.change_key,
        occurrence=item.occurrence,
        attachments=attachments,
    )


async def get_item(call: Call, element: Element) -> str:
    """GetItem [MS-OXWSCORE 3.1.4.4]."""
    given = read_item_ids(element, M + "ItemIds")
    if any(one.ranges is not None for one in given):
        return await get_ranges(call, element, given)
    refs = [item_ref(one) for one in given]
    try:
        shape = read_shape(element, found=False, version=call.version)
    except PropertyError as error:
        return write_batch("GetItem", answers([error] * len(refs)), NO_ITEMS)
    # MIME content that is not kept is written from the whole item.
    whole = shape.wants_mime
    found = await call.exchange.items.get(
        call.caller, refs, heavy=shape.heavy or whole, attachments=shape.wants_attachments or whole, mime=whole
    )
    if shape.wants_neighbours:
        found = [await _beside(call, one) for one in found]
    if not shape.wants_mime:
        return write_batch("GetItem", answers(found, lambda one: write_items(shape.write(one.item))), NO_ITEMS)
    written = await _each([_with_mime(call, shape, one) for one in found])
    return write_batch("GetItem", answers(written, write_items), NO_ITEMS)


async def _beside(call: Call, found: Found | Failure) -> Found | Failure:
    if isinstance(found, Failure):
        return found
    return found._replace(item=await call.exchange.calendar.beside(found.item))


async def _with_mime(call: Call, shape: Shape, found: Found | Failure) -> str:
    if isinstance(found, Failure):
        raise found
    return shape.write(found.item, await mime_element(call, found))


async def update_item(call: Call, element: Element) -> str:
    """UpdateItem [MS-OXWSCORE 3.1.4.9]."""
    request = read_update(element)
    place = await _place(call, request.folder)
    refs = [item_ref(change.item) for change in request.changes]
    found = await call.exchange.items.get(call.caller, refs, heavy=False, attachments=False)
    work = [
        _update(call, request, place, change, ref, one)
        for change, ref, one in zip(request.changes, refs, found, strict=True)
    ]
    changed = await _each(work)
    return write_batch("UpdateItem", answers(changed, _updated), NO_ITEMS)


def _updated(item: Item | None) -> str:
    return (NO_ITEMS if item is None else write_items(_reference(item))) + CONFLICT_RESULTS


async def _update(
    call: Call,
    request: UpdateItem,
    place: Place | Failure | None,
    change: ItemChange,
    ref: ItemRef | Failure,
    found: Found | Failure,
) -> Item | None:
    for refused in (place, ref, found):
        if isinstance(refused, Failure):
            raise refused
    assert isinstance(ref, ItemRef) and isinstance(found, Found) and not isinstance(place, Failure)
    kind = found.item.kind
    edits = _edits(call, kind, change)
    conflict = ConflictResolution(request.conflict)
    if kind is ItemKind.CALENDAR_ITEM:
        if request.send is None:
            raise Failure(
                "ErrorSendMeetingInvitationsOrCancellationsRequired",
                "The SendMeetingInvitationsOrCancellations attribute is required for calendar items.",
            )
        return await call.exchange.calendar.update(call.caller, ref, edits, conflict, SendInvitations(request.send))
    disposition = _disposition(request.disposition) if kind in _MESSAGES else Disposition.SAVE_ONLY
    return await call.exchange.mail.update(
        call.caller, ref, edits, conflict, disposition, place, suppress_receipts=request.suppress_receipts
    )


def _edits(call: Call, kind: ItemKind, change: ItemChange) -> list[Edit]:
    if isinstance(change.changes, PropertyError):
        raise change.changes
    return edits_of(kind, change.changes, call.zone)


async def delete_item(call: Call, element: Element) -> str:
    """DeleteItem [MS-OXWSCORE 3.1.4.3]."""
    refs = item_refs(element, M + "ItemIds")
    request = read_delete(element)
    found = await call.exchange.items.get(call.caller, refs, heavy=False, attachments=False)
    work = [_delete(call, request, ref, one) for ref, one in zip(refs, found, strict=True)]
    return write_batch("DeleteItem", answers(await _each(work)))


async def _delete(call: Call, request: DeleteItem, ref: ItemRef | Failure, found: Found | Failure) -> None:
    for refused in (ref, found):
        if isinstance(refused, Failure):
            raise refused
    assert isinstance(ref, ItemRef) and isinstance(found, Found)
    how = DeleteType(request.how)
    if found.item.kind is not ItemKind.CALENDAR_ITEM:
        if found.item.kind is ItemKind.TASK and request.occurrences is None:
            raise Failure(
                "ErrorAffectedTaskOccurrencesRequired",
                "The AffectedTaskOccurrences attribute is required for tasks.",
            )
        await call.exchange.deletions.delete(
            call.caller,
            ref,
            how,
            series=request.occurrences != "SpecifiedOccurrenceOnly",
            suppress_receipts=request.suppress_receipts,
        )
        return
    if request.send is None:
        raise Failure(
            "ErrorSendMeetingCancellationsRequired",
            "The SendMeetingCancellations attribute is required for calendar items.",
        )
    await call.exchange.calendar.delete(call.caller, ref, how, SendInvitations(request.send))


async def move_item(call: Call, element: Element) -> str:
    """MoveItem [MS-OXWSCORE 3.1.4.7]."""
    return await _put(call, element, "MoveItem", call.exchange.items.move)


async def copy_item(call: Call, element: Element) -> str:
    """CopyItem [MS-OXWSCORE 3.1.4.1]."""
    return await _put(call, element, "CopyItem", call.exchange.items.copy)


async def _put(call: Call, element: Element, operation: str, put: Callable[..., Awaitable[Item]]) -> str:
    refs = item_refs(element, M + "ItemIds")
    wanted = wants_new_ids(element)
    try:
        place = await call.exchange.folders.visit(call.caller, target_ref(element, M + "ToFolderId"))
    except Failure as failure:
        return write_batch(operation, answers([failure] * len(refs)), NO_ITEMS)
    came = await _each([put(call.caller, ref, place) for ref in refs])
    return write_batch(
        operation, answers(came, lambda item: write_items(_reference(item)) if wanted else NO_ITEMS), NO_ITEMS
    )


async def send_item(call: Call, element: Element) -> str:
    """SendItem [MS-OXWSCORE 3.1.4.8]."""
    refs = item_refs(element, M + "ItemIds")
    keep, folder = read_send(element)
    if folder is not None and not keep:
        failure = Failure("ErrorInvalidSendItemSaveSettings", "A folder is given for a copy that is not kept.")
        return write_batch("SendItem", answers([failure] * len(refs)))
    place = await _place(call, folder)
    return write_batch("SendItem", answers(await _each([_send(call, ref, place, keep) for ref in refs])))


async def _send(call: Call, ref: ItemRef | Failure, place: Place | Failure | None, keep: bool) -> None:
    if isinstance(place, Failure):
        raise place
    await call.exchange.mail.send(call.caller, ref, place, keep=keep)
