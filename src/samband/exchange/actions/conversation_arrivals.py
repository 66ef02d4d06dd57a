"""What becomes of messages that come into a mailbox by the conversation they are in."""

from __future__ import annotations

import msgspec

from samband.exchange.actions.mailboxes import Mailboxes
from samband.model import conversations
from samband.model.item_requests import DeleteType
from samband.model.items import MeetingMessageProperties, MessageProperties
from samband.store import conversations as rows
from samband.store import folders as folder_rows
from samband.store.api import Blobs, Tx


def threaded(tx: Tx, blobs: Blobs, mailbox: str, message: MessageProperties) -> MessageProperties:
    """A message that comes into ``mailbox``, in the conversation of what it refers to where that is there.

    Messages about meetings stay with their meeting.
    """
    if isinstance(message, MeetingMessageProperties):
        return message
    known = rows.of_message(tx, blobs, mailbox, conversations.referred_to(message))
    return message if known is None else conversations.following(message, known.properties)


def arrival(
    tx: Tx, mailboxes: Mailboxes, mailbox: str, message: MessageProperties, folder: int
) -> tuple[MessageProperties, int]:
    """A message that comes into ``folder``, and where it goes, after what is always done with its conversation.

    What is deleted, however thoroughly, can be recovered: nobody saw it yet.
    """
    always = rows.standing(tx, mailbox, message.conversation)
    if always is None:
        return message, folder
    if always.categories:
        message = msgspec.structs.replace(message, categories=always.categories)
    if always.delete is not None:
        soft = always.delete is not DeleteType.MOVE_TO_DELETED
        name = "recoverableitemsdeletions" if soft else "deleteditems"
        return message, mailboxes.default(tx, mailbox, name) or folder
    if always.folder and folder_rows.get(tx, always.folder) is not None:
        return message, always.folder
    return message, folder
