"""Fields of calendar items and of messages about meetings, in the schema's order [MS-OXWSMTGS]."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from samband.wire.ews.fields.codecs import BOOLEAN, DURATION, INSTANT, INTEGER, TEXT, enumeration
from samband.wire.ews.fields.contents import associated_calendar_item
from samband.wire.ews.fields.meeting_details import (
    CHANGE_HIGHLIGHTS,
    INBOX_REMINDERS,
    LOCATION,
    ONLINE_MEETING,
    enhanced_location,
)
from samband.wire.ews.fields.meeting_zone import MEETING_ZONE
from samband.wire.ews.fields.neighbours import count_of, list_of
from samband.wire.ews.fields.people import ATTENDEES, MAILBOX
from samband.wire.ews.fields.recurrence import (
    DELETED_OCCURRENCES,
    RECURRENCE,
    first_occurrence,
    last_occurrence,
    modified_occurrences,
)
from samband.wire.ews.fields.row import Field, InFind, composed, derived, stored
from samband.wire.ews.fields.zones import ZONE
from samband.wire.ews.versions import ServerVersion

FREE_BUSY = enumeration("Free", "Tentative", "Busy", "OOF", "WorkingElsewhere", "NoData")
RESPONSE = enumeration("Unknown", "Organizer", "Tentative", "Accept", "Decline", "NoResponseReceived")
ITEM_TYPE = enumeration("Single", "Occurrence", "Exception", "RecurringMaster")
REQUEST_TYPE = enumeration(
    "None",
    "FullUpdate",
    "InformationalUpdate",
    "NewMeetingRequest",
    "Outdated",
    "SilentUpdate",
    "PrincipalWantsCopy",
)

_SP1 = ServerVersion.Exchange2007_SP1
_2010 = ServerVersion.Exchange2010
_2013 = ServerVersion.Exchange2013
_UNCOMPARED = {"searchable": False, "sortable": False}
_NAMED = {"in_find": InFind.NAMED, **_UNCOMPARED}


def _conflicting(item: Any) -> Sequence[Any] | None:
    found: Sequence[Any] | None = item.conflicting
    return found


def _adjacent(item: Any) -> Sequence[Any] | None:
    found: Sequence[Any] | None = item.adjacent
    return found


CALENDAR: tuple[Field, ...] = (
    stored("calendar:UID", TEXT, "uid", since=_SP1, searchable=False),
    stored("calendar:RecurrenceId", INSTANT, "recurrence_id", since=_SP1),
    derived("calendar:DateTimeStamp", INSTANT, "date_time_stamp", since=_SP1),
    stored("calendar:Start", INSTANT, "start", column="start_time"),
    stored("calendar:End", INSTANT, "end", column="end_time"),
    derived("calendar:OriginalStart", INSTANT, "original_start"),
    stored("calendar:IsAllDayEvent", BOOLEAN, "is_all_day_event"),
    stored("calendar:LegacyFreeBusyStatus", FREE_BUSY, "legacy_free_busy_status"),
    stored("calendar:Location", TEXT, "location"),
    stored("calendar:When", TEXT, "when"),
    derived("calendar:IsMeeting", BOOLEAN, "is_meeting"),
    derived("calendar:IsCancelled", BOOLEAN, "is_cancelled"),
    derived("calendar:IsRecurring", BOOLEAN, "is_recurring"),
    derived("calendar:MeetingRequestWasSent", BOOLEAN, "meeting_request_was_sent"),
    stored("calendar:IsResponseRequested", BOOLEAN, "is_response_requested", since=_SP1, **_UNCOMPARED),
    derived("calendar:CalendarItemType", ITEM_TYPE, "calendar_item_type"),
    derived("calendar:MyResponseType", RESPONSE, "my_response_type"),
    derived("calendar:Organizer", MAILBOX, "organizer"),
    stored("calendar:RequiredAttendees", ATTENDEES, "required_attendees", appendable=True, **_NAMED),
    stored("calendar:OptionalAttendees", ATTENDEES, "optional_attendees", appendable=True, **_NAMED),
    stored("calendar:Resources", ATTENDEES, "resources", appendable=True, **_NAMED),
    stored("calendar:InboxReminders", INBOX_REMINDERS, "inbox_reminders", listed=False, since=_2013, **_NAMED),
    *(
        composed(f"calendar:{name}", write, in_find=InFind.NEVER)
        for name, write in (
            ("ConflictingMeetingCount", count_of("ConflictingMeetingCount", _conflicting)),
            ("AdjacentMeetingCount", count_of("AdjacentMeetingCount", _adjacent)),
            ("ConflictingMeetings", list_of("ConflictingMeetings", _conflicting)),
            ("AdjacentMeetings", list_of("AdjacentMeetings", _adjacent)),
        )
    ),
    derived("calendar:Duration", DURATION, "duration", **_UNCOMPARED),
    derived("calendar:TimeZone", TEXT, "time_zone", **_UNCOMPARED),
    derived("calendar:AppointmentReplyTime", INSTANT, "appointment_reply_time"),
    derived("calendar:AppointmentSequenceNumber", INTEGER, "appointment_sequence_number"),
    derived("calendar:AppointmentState", INTEGER, "appointment_state"),
    stored("calendar:Recurrence", RECURRENCE, "recurrence", **_NAMED),
    composed("calendar:FirstOccurrence", first_occurrence, in_find=InFind.NAMED),
    composed("calendar:LastOccurrence", last_occurrence, in_find=InFind.NAMED),
    composed("calendar:ModifiedOccurrences", modified_occurrences, in_find=InFind.NAMED),
    derived("calendar:DeletedOccurrences", DELETED_OCCURRENCES, "deleted_occurrences", **_NAMED),
    stored("calendar:MeetingTimeZone", MEETING_ZONE, "start_time_zone", listed=False, **_NAMED),
    stored("calendar:StartTimeZone", ZONE, "start_time_zone", since=_2010, **_NAMED),
    stored("calendar:EndTimeZone", ZONE, "end_time_zone", since=_2010, **_NAMED),
    stored("calendar:ConferenceType", INTEGER, "conference_type"),
    stored("calendar:AllowNewTimeProposal", BOOLEAN, "allow_new_time_proposal"),
    stored("calendar:IsOnlineMeeting", BOOLEAN, "is_online_meeting"),
    stored("calendar:MeetingWorkspaceUrl", TEXT, "meeting_workspace_url"),
    stored("calendar:NetShowUrl", TEXT, "net_show_url"),
    stored(
        "calendar:EnhancedLocation", LOCATION, "enhanced_location", whole=enhanced_location, since=_2013, **_UNCOMPARED
    ),
    derived("calendar:StartWallClock", INSTANT, "start", listed=False, since=_2013),
    derived("calendar:EndWallClock", INSTANT, "end", listed=False, since=_2013),
    derived("calendar:StartTimeZoneId", TEXT, "start_time_zone_id", listed=False, since=_2013, **_UNCOMPARED),
    derived("calendar:EndTimeZoneId", TEXT, "end_time_zone_id", listed=False, since=_2013, **_UNCOMPARED),
    derived("calendar:JoinOnlineMeetingUrl", TEXT, "join_online_meeting_url", listed=False, since=_2013),
    stored("calendar:OnlineMeetingSettings", ONLINE_MEETING, "online_meeting_settings", since=_2013, **_NAMED),
    derived("calendar:IsOrganizer", BOOLEAN, "is_organizer", listed=False, since=_2013),
    stored("calendar:DoNotForwardMeeting", BOOLEAN, "do_not_forward_meeting", listed=False, since=_2013),
)

MEETING: tuple[Field, ...] = (
    composed("meeting:AssociatedCalendarItemId", associated_calendar_item, in_find=InFind.NAMED),
    derived("meeting:IsDelegated", BOOLEAN, "is_delegated"),
    derived("meeting:IsOutOfDate", BOOLEAN, "is_out_of_date"),
    derived("meeting:HasBeenProcessed", BOOLEAN, "has_been_processed"),
    derived("meeting:ResponseType", RESPONSE, "response_type"),
    derived("meetingRequest:MeetingRequestType", REQUEST_TYPE, "meeting_request_type"),
    derived("meetingRequest:IntendedFreeBusyStatus", FREE_BUSY, "intended_free_busy_status"),
    derived("meetingRequest:ChangeHighlights", CHANGE_HIGHLIGHTS, "change_highlights", since=_2013, **_NAMED),
    stored("meeting:ProposedStart", INSTANT, "proposed_start", since=_2013),
    stored("meeting:ProposedEnd", INSTANT, "proposed_end", since=_2013),
)

MEETING_MESSAGE_ORDER = (
    "meeting:AssociatedCalendarItemId",
    "meeting:IsDelegated",
    "meeting:IsOutOfDate",
    "meeting:HasBeenProcessed",
    "meeting:ResponseType",
    "calendar:UID",
    "calendar:RecurrenceId",
    "calendar:DateTimeStamp",
    "calendar:IsOrganizer",
)
"""What a MeetingMessage has beyond a Message."""

REQUEST_ORDER = (
    "meetingRequest:MeetingRequestType",
    "meetingRequest:IntendedFreeBusyStatus",
    "calendar:Start",
    "calendar:End",
    "calendar:OriginalStart",
    "calendar:IsAllDayEvent",
    "calendar:LegacyFreeBusyStatus",
    "calendar:Location",
    "calendar:When",
    "calendar:IsMeeting",
    "calendar:IsCancelled",
    "calendar:IsRecurring",
    "calendar:MeetingRequestWasSent",
    "calendar:CalendarItemType",
    "calendar:MyResponseType",
    "calendar:Organizer",
    "calendar:RequiredAttendees",
    "calendar:OptionalAttendees",
    "calendar:Resources",
    "calendar:ConflictingMeetingCount",
    "calendar:AdjacentMeetingCount",
    "calendar:ConflictingMeetings",
    "calendar:AdjacentMeetings",
    "calendar:Duration",
    "calendar:TimeZone",
    "calendar:AppointmentReplyTime",
    "calendar:AppointmentSequenceNumber",
    "calendar:AppointmentState",
    "calendar:Recurrence",
    "calendar:DeletedOccurrences",
    "calendar:MeetingTimeZone",
    "calendar:StartTimeZone",
    "calendar:EndTimeZone",
    "calendar:ConferenceType",
    "calendar:AllowNewTimeProposal",
    "calendar:IsOnlineMeeting",
    "calendar:MeetingWorkspaceUrl",
    "calendar:NetShowUrl",
    "calendar:EnhancedLocation",
    "meetingRequest:ChangeHighlights",
    "calendar:StartWallClock",
    "calendar:EndWallClock",
    "calendar:StartTimeZoneId",
    "calendar:EndTimeZoneId",
    "calendar:DoNotForwardMeeting",
)
"""What a MeetingRequest has beyond a MeetingMessage."""

RESPONSE_ORDER = (
    "calendar:Start",
    "calendar:End",
    "calendar:Location",
    "calendar:Recurrence",
    "calendar:CalendarItemType",
    "meeting:ProposedStart",
    "meeting:ProposedEnd",
    "calendar:EnhancedLocation",
)
CANCELLATION_ORDER = (
    "calendar:Start",
    "calendar:End",
    "calendar:Location",
    "calendar:Recurrence",
    "calendar:CalendarItemType",
    "calendar:EnhancedLocation",
    "calendar:DoNotForwardMeeting",
)
