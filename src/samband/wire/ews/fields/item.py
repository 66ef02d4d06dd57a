"""Fields that every item has, in the order of the schema's ItemType [MS-OXWSCORE]."""

from __future__ import annotations

from samband.wire.ews.fields.attachments import write_attachments
from samband.wire.ews.fields.bodies import PLAIN, block_status, has_blocked_images
from samband.wire.ews.fields.codecs import BOOLEAN, CATEGORIES, INSTANT, INTEGER, TEXT, Codec, enumeration
from samband.wire.ews.fields.contents import (
    BODY,
    FLAG,
    HEADERS,
    conversation_id,
    effective_rights,
    instance_key,
    item_id,
    no_reading,
    parent_folder_id,
    response_objects,
    store_entry_id,
)
from samband.wire.ews.fields.retention import RETENTION_TAG
from samband.wire.ews.fields.row import Field, InFind, composed, derived, stored
from samband.wire.ews.versions import ServerVersion

ICON = Codec(no_reading, TEXT.writer)
"""One of the many words of IconIndexType."""
IMPORTANCE = enumeration("Low", "Normal", "High")
SENSITIVITY = enumeration("Normal", "Personal", "Private", "Confidential")

_2010 = ServerVersion.Exchange2010
_2013 = ServerVersion.Exchange2013
_UNCOMPARED = {"searchable": False, "sortable": False}
_HEAVY = {"in_find": InFind.NAMED, "sortable": False}


def _mime_content(item: object) -> str:
    """MIME is not a property that is kept: the door puts it before everything else where a shape asks for it."""
    return ""


ITEM: tuple[Field, ...] = (
    composed("item:MimeContent", _mime_content, in_find=InFind.NEVER, listed=False),
    composed("item:ItemId", item_id),
    composed("item:ParentFolderId", parent_folder_id),
    Field("item:ItemClass", "ItemClass", TEXT, "item_class", of_item=True, column="item_class"),
    stored("item:Subject", TEXT, "subject", column="subject"),
    stored("item:Sensitivity", SENSITIVITY, "sensitivity"),
    stored("item:Body", BODY, "body", appendable=True, searched="text_body", **_HEAVY),
    composed("item:Attachments", write_attachments, in_find=InFind.NEVER),
    derived("item:DateTimeReceived", INSTANT, "date_time_received", column="received"),
    Field("item:Size", "Size", INTEGER, "size", of_item=True, writable=False, column="size"),
    stored("item:Categories", CATEGORIES, "categories"),
    stored("item:Importance", IMPORTANCE, "importance"),
    stored("item:InReplyTo", TEXT, "in_reply_to"),
    derived("item:IsSubmitted", BOOLEAN, "is_submitted"),
    derived("item:IsDraft", BOOLEAN, "is_draft"),
    derived("item:IsFromMe", BOOLEAN, "is_from_me"),
    derived("item:IsResend", BOOLEAN, "is_resend"),
    derived("item:IsUnmodified", BOOLEAN, "is_unmodified"),
    derived("item:InternetMessageHeaders", HEADERS, "internet_headers", searchable=False, **_HEAVY),
    derived(
        "item:DateTimeSent",
        INSTANT,
        "date_time_sent",
    ),
    derived("item:DateTimeCreated", INSTANT, "date_time_created"),
    composed("item:ResponseObjects", response_objects, in_find=InFind.NEVER),
    stored("item:ReminderDueBy", INSTANT, "reminder_due_by"),
    stored("item:ReminderIsSet", BOOLEAN, "reminder_is_set"),
    stored("item:ReminderNextTime", INSTANT, "reminder_next_time", listed=False, since=_2013),
    stored("item:ReminderMinutesBeforeStart", INTEGER, "reminder_minutes_before_start"),
    derived("item:DisplayCc", TEXT, "display_cc"),
    derived("item:DisplayTo", TEXT, "display_to"),
    derived("item:DisplayBcc", TEXT, "display_bcc", listed=False, since=_2013),
    derived("item:HasAttachments", BOOLEAN, "has_attachments"),
    stored("item:Culture", TEXT, "culture", **_UNCOMPARED),
    composed("item:EffectiveRights", effective_rights, since=ServerVersion.Exchange2007_SP1),
    derived("item:LastModifiedName", TEXT, "last_modified_name", since=ServerVersion.Exchange2007_SP1),
    derived("item:LastModifiedTime", INSTANT, "last_modified_time", since=ServerVersion.Exchange2007_SP1),
    stored("item:IsAssociated", BOOLEAN, "is_associated", since=_2010, column="associated"),
    composed("item:ConversationId", conversation_id, since=_2010),
    derived("item:UniqueBody", BODY, "body", listed=False, searchable=False, since=_2010, **_HEAVY),
    stored("item:Flag", FLAG, "flag", since=_2013, **_UNCOMPARED),
    composed("item:StoreEntryId", store_entry_id, listed=False, since=_2013),
    composed("item:InstanceKey", instance_key, since=_2013),
    derived("item:NormalizedBody", BODY, "body", listed=False, searchable=False, since=_2013, **_HEAVY),
    stored("item:PolicyTag", RETENTION_TAG, "policy_tag", since=_2013),
    stored("item:ArchiveTag", RETENTION_TAG, "archive_tag", since=_2013),
    derived("item:RetentionDate", INSTANT, "retention_date", since=_2013),
    derived("item:Preview", TEXT, "preview", since=_2013, **_UNCOMPARED),
    composed("item:BlockStatus", block_status, listed=False, since=_2013, in_find=InFind.NAMED),
    composed("item:HasBlockedImages", has_blocked_images(PLAIN), listed=False, since=_2013, in_find=InFind.NAMED),
    derived("item:TextBody", BODY, "text_body", listed=False, searchable=False, since=_2013, **_HEAVY),
    Field(
        "item:IconIndex",
        "IconIndex",
        ICON,
        "icon_index",
        of_item=True,
        writable=False,
        searchable=False,
        sortable=False,
        since=_2013,
    ),
)
