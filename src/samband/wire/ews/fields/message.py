"""Fields of messages, and of what is posted to folders, in the schema's order [MS-OXWSMSG], [MS-OXWSPOST]."""

from __future__ import annotations

from samband.wire.ews.fields.codecs import BASE64, BOOLEAN, INSTANT, TEXT
from samband.wire.ews.fields.people import MAILBOX, MAILBOXES
from samband.wire.ews.fields.row import Field, InFind, composed, derived, stored
from samband.wire.ews.fields.voting import voting_information
from samband.wire.ews.versions import ServerVersion

_RECIPIENTS = {"in_find": InFind.NAMED, "searchable": False, "sortable": False}

MESSAGE: tuple[Field, ...] = (
    stored("message:Sender", MAILBOX, "sender"),
    stored("message:ToRecipients", MAILBOXES, "to_recipients", appendable=True, **_RECIPIENTS),
    stored("message:CcRecipients", MAILBOXES, "cc_recipients", appendable=True, **_RECIPIENTS),
    stored("message:BccRecipients", MAILBOXES, "bcc_recipients", appendable=True, **_RECIPIENTS),
    stored("message:IsReadReceiptRequested", BOOLEAN, "is_read_receipt_requested"),
    stored("message:IsDeliveryReceiptRequested", BOOLEAN, "is_delivery_receipt_requested"),
    derived("message:ConversationIndex", BASE64, "conversation_index"),
    derived("message:ConversationTopic", TEXT, "conversation_topic"),
    stored("message:From", MAILBOX, "from_", column="sender"),
    stored("message:InternetMessageId", TEXT, "internet_message_id"),
    stored("message:IsRead", BOOLEAN, "is_read", column="is_read"),
    stored("message:IsResponseRequested", BOOLEAN, "is_response_requested"),
    stored("message:References", TEXT, "references"),
    stored("message:ReplyTo", MAILBOXES, "reply_to", appendable=True, **_RECIPIENTS),
    stored("message:ReceivedBy", MAILBOX, "received_by", in_find=InFind.NAMED),
    stored("message:ReceivedRepresenting", MAILBOX, "received_representing", in_find=InFind.NAMED),
    composed("message:VotingInformation", voting_information, since=ServerVersion.Exchange2013),
)

POST: tuple[Field, ...] = (derived("postitem:PostedTime", INSTANT, "posted_time"),)

POST_ORDER = (
    "message:ConversationIndex",
    "message:ConversationTopic",
    "message:From",
    "message:InternetMessageId",
    "message:IsRead",
    "postitem:PostedTime",
    "message:References",
    "message:Sender",
)
"""What a PostItem has beyond ItemType."""
