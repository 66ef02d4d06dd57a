"""The icon a list shows beside an item: what it is, and what was done with it. Texts are those of IconIndexType."""

from __future__ import annotations

from datetime import datetime

from samband.model.item_properties import CalendarProperties, ItemProperties
from samband.model.item_values import CalendarItemType

LAST_VERB = "0x1081:Integer"
"""What was last done with a message [MS-OXPROPS]: ``REPLIED``, ``REPLIED_ALL``, ``FORWARDED``, or anything else."""
REPLIED, REPLIED_ALL, FORWARDED = "102", "103", "104"

_VERB_TIME = "0x1082:SystemTime"
VERBS = {"ReplyToItem": REPLIED, "ReplyAllToItem": REPLIED_ALL, "ForwardItem": FORWARDED}
"""What response objects are called in ``LAST_VERB``."""


def after(verb: str, at: datetime) -> dict[str, str]:
    """The extended properties of a message that ``verb`` was done with."""
    return {LAST_VERB: verb, _VERB_TIME: at.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"}


_BY_VERB = {REPLIED: "MailReplied", REPLIED_ALL: "MailReplied", FORWARDED: "MailForwarded"}
_BY_CLASS = (
    ("ipm.note.smime.multipartsigned", "MailSmimeSigned"),
    ("ipm.note.smime", "MailEncrypted"),
    ("ipm.note.rpmsg", "MailIrm"),
    ("ipm.schedule.meeting.request", "AppointmentMeet"),
    ("ipm.schedule.meeting.canceled", "AppointmentMeetCancel"),
    ("ipm.schedule.meeting.resp.pos", "AppointmentMeetYes"),
    ("ipm.schedule.meeting.resp.neg", "AppointmentMeetNo"),
    ("ipm.schedule.meeting.resp.tent", "AppointmentMeetMaybe"),
    ("ipm.post", "PostItem"),
    ("ipm.contact", "OutlookDefaultForContacts"),
    ("ipm.distlist", "OutlookDefaultForContacts"),
)


def icon_of(item_class: str, properties: ItemProperties) -> str:
    """The icon of an item."""
    lowered = item_class.lower()
    if isinstance(properties, CalendarProperties):
        return _of_appointment(properties)
    if lowered.startswith("ipm.task"):
        return "TaskRecur" if getattr(properties, "is_recurring", False) else "TaskItem"
    for start, icon in _BY_CLASS:
        if lowered.startswith(start):
            return icon
    verb = properties.extended.get(LAST_VERB, "")
    if isinstance(verb, str) and verb in _BY_VERB:
        return _BY_VERB[verb]
    is_read = getattr(properties, "is_read", None)
    return "Default" if is_read is None else "MailRead" if is_read else "MailUnread"


def _of_appointment(properties: CalendarProperties) -> str:
    series = properties.calendar_item_type is not CalendarItemType.SINGLE
    if properties.is_meeting:
        return "AppointmentMeetRecur" if series else "AppointmentMeet"
    return "AppointmentRecur" if series else "AppointmentItem"
