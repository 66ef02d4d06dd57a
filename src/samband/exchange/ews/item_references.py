"""Items and attachments that requests name, from wire to model."""

from __future__ import annotations

from samband.exchange.actions.attachments import AttachmentRef
from samband.exchange.ews.references import malformed
from samband.model.failures import Failure
from samband.model.item_requests import ItemRef
from samband.wire.ews.ids import IdKind, MalformedId, ObjectId, read_change_key
from samband.wire.ews.item_ids import GivenItemId, read_attachment_ids, read_item_ids
from samband.wire.xml.reading import Element


def item_ref(given: GivenItemId) -> ItemRef | Failure:
    """A reference the verbs understand; a text that is no identifier is a failure in its place of the batch."""
    if given.id is None:
        return malformed()
    if given.ranges is not None:
        return Failure("ErrorInvalidOperation", "Ranges of occurrences can only be read.")
    occurrence = given.id.ordinal if given.id.kind is IdKind.OCCURRENCE else 0
    if given.master and not occurrence:
        return Failure("ErrorCalendarCannotUseIdForOccurrenceId", "The identifier is not that of an occurrence.")
    if given.instance is not None:
        if occurrence:
            return Failure("ErrorCalendarCannotUseIdForRecurringMasterId", "The identifier is not that of a series.")
        if given.instance < 1:
            text = "Occurrence index is out of recurrence range."
            return Failure("ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange", text)
        occurrence = given.instance
    elif given.master:
        occurrence = 0
    try:
        change_key = read_change_key(given.change_key) if given.change_key else None
    except MalformedId:
        return Failure("ErrorInvalidChangeKey", "The change key is invalid.")
    return ItemRef(given.id.mailbox, given.id.row, occurrence, change_key)


def item_refs(parent: Element, tag: str) -> list[ItemRef | Failure]:
    """The references in the required child ``tag`` (``ItemIds``) of ``parent``, in order."""
    return [item_ref(given) for given in read_item_ids(parent, tag)]


def attachment_ref(given: ObjectId | None) -> AttachmentRef | Failure:
    """A reference to an attachment."""
    if given is None:
        return malformed()
    return AttachmentRef(given.mailbox, given.row, given.ordinal)


def attachment_refs(parent: Element, tag: str) -> list[AttachmentRef | Failure]:
    """The references in the required child ``tag`` (``AttachmentIds``) of ``parent``, in order."""
    return [attachment_ref(given) for given in read_attachment_ids(parent, tag)]
