"""EWS requests as text, for a server that asks another server."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from samband.wire.ews.names import MESSAGES, TYPES
from samband.wire.soap.envelope import SOAP
from samband.wire.xml.text import escape

_UTC_ZONE = (
    "<t:TimeZone><t:Bias>0</t:Bias><t:StandardTime><t:Bias>0</t:Bias><t:Time>00:00:00</t:Time>"
    "<t:DayOrder>0</t:DayOrder><t:Month>0</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek></t:StandardTime>"
    "<t:DaylightTime><t:Bias>0</t:Bias><t:Time>00:00:00</t:Time><t:DayOrder>0</t:DayOrder><t:Month>0</t:Month>"
    "<t:DayOfWeek>Sunday</t:DayOfWeek></t:DaylightTime></t:TimeZone>"
)


def availability_request(address: str, start: datetime, end: datetime, interval: int) -> bytes:
    """GetUserAvailability of one mailbox, DetailedMerged, in UTC, ``interval`` in minutes."""
    window = (
        f"<t:TimeWindow><t:StartTime>{_local(start)}</t:StartTime><t:EndTime>{_local(end)}</t:EndTime></t:TimeWindow>"
    )
    return envelope(
        f"<m:GetUserAvailabilityRequest>{_UTC_ZONE}<m:MailboxDataArray><t:MailboxData>"
        f"<t:Email><t:Address>{escape(address)}</t:Address></t:Email><t:AttendeeType>Required</t:AttendeeType>"
        f"<t:ExcludeConflicts>false</t:ExcludeConflicts></t:MailboxData></m:MailboxDataArray>"
        f"<t:FreeBusyViewOptions>{window}"
        f"<t:MergedFreeBusyIntervalInMinutes>{interval}</t:MergedFreeBusyIntervalInMinutes>"
        "<t:RequestedView>DetailedMerged</t:RequestedView></t:FreeBusyViewOptions></m:GetUserAvailabilityRequest>"
    )


def oof_request(address: str) -> bytes:
    """GetUserOofSettings of one mailbox."""
    return envelope(
        f"<m:GetUserOofSettingsRequest><t:Mailbox><t:Address>{escape(address)}</t:Address></t:Mailbox>"
        "</m:GetUserOofSettingsRequest>"
    )


def subscribe_request(folders: Iterable[str], events: Iterable[str]) -> bytes:
    """Subscribe, streaming, to distinguished ``folders`` of the mailbox that is acted for."""
    ids = "".join(f'<t:DistinguishedFolderId Id="{folder}"/>' for folder in folders)
    types = "".join(f"<t:EventType>{event}</t:EventType>" for event in events)
    return envelope(
        f"<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds>{ids}</t:FolderIds>"
        f"<t:EventTypes>{types}</t:EventTypes></m:StreamingSubscriptionRequest></m:Subscribe>"
    )


def streaming_events_request(subscriptions: Iterable[str], minutes: int) -> bytes:
    """GetStreamingEvents of several subscriptions over one connection that lasts ``minutes``."""
    ids = "".join(f"<t:SubscriptionId>{escape(name)}</t:SubscriptionId>" for name in subscriptions)
    return envelope(
        f"<m:GetStreamingEvents><m:SubscriptionIds>{ids}</m:SubscriptionIds>"
        f"<m:ConnectionTimeout>{minutes}</m:ConnectionTimeout></m:GetStreamingEvents>"
    )


def _local(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def envelope(body: str) -> bytes:
    """A whole request."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{SOAP}" xmlns:t="{TYPES}" xmlns:m="{MESSAGES}">'
        f'<s:Header><t:RequestServerVersion Version="Exchange2013"/></s:Header><s:Body>{body}</s:Body></s:Envelope>'
    ).encode()
