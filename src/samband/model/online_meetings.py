"""Online meetings of calendar items: what the organizer's Lync side is asked for, and what stands in the item then."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from samband.model.item_edits import inside_html
from samband.model.item_properties import CalendarProperties
from samband.model.item_values import Body, BodyKind, EmailAddress

GRACE = timedelta(days=14)
"""How long after its end a meeting can still be joined."""
LONGEST = timedelta(days=3600)
"""How long a series without an end has its meeting; no Lync side keeps one for more than ten years."""
_RULE = "." * 72
_OPEN, _CLOSE = '<div data-online-meeting="', "<!-- online meeting --></div>"

SipOf = Callable[[EmailAddress], str]
"""The SIP address, ``user@domain``, of a correspondent; empty where there is none."""


@dataclass(frozen=True, slots=True)
class MeetingTerms:
    """What the Lync side is told of a meeting. ``attendees`` are ``user@domain``, without the organizer."""

    subject: str
    attendees: tuple[str, ...]
    expires: datetime


@dataclass(frozen=True, slots=True)
class OnlineMeeting:
    """A meeting that the Lync side made: its id, the link people follow, and the ``conf:`` URI clients follow."""

    id: str
    join_url: str
    conf_link: str


class NoOnlineMeeting(Exception):
    """The Lync side cannot be asked, or refuses; the text says why. ``step`` is the one to look at, or 0."""

    def __init__(self, reason: str, step: int = 0) -> None:
        super().__init__(reason)
        self.step = step


def terms_of(properties: CalendarProperties, sip_of: SipOf, now: datetime) -> MeetingTerms:
    """What the Lync side is told of a calendar item."""
    people = [one.mailbox for one in (*properties.required_attendees, *properties.optional_attendees)]
    found = dict.fromkeys(address.lower() for one in people if (address := sip_of(one)))
    return MeetingTerms(properties.subject, tuple(found), _end(properties, now) + GRACE)


def _end(properties: CalendarProperties, now: datetime) -> datetime:
    if properties.recurrence is None:
        return properties.end or now
    last = properties.last_occurrence
    return min(last.end, now + LONGEST) if last is not None else now + LONGEST


def linked(properties: CalendarProperties, meeting: OnlineMeeting) -> CalendarProperties:
    """A calendar item with the way into its meeting: in properties for clients, in the body for people."""
    return msgspec.structs.replace(
        properties,
        is_online_meeting=True,
        online_meeting_id=meeting.id,
        online_meeting_conf_link=meeting.conf_link,
        join_online_meeting_url=meeting.join_url,
        body=_with_block(properties.body, meeting),
    )


def again(properties: CalendarProperties, before: CalendarProperties) -> CalendarProperties:
    """``properties`` with the meeting that ``before`` has, also in a body that was written anew."""
    meeting = OnlineMeeting(before.online_meeting_id, before.join_online_meeting_url, before.online_meeting_conf_link)
    if properties.body is not None and meeting.join_url in properties.body.content:
        return properties
    return linked(properties, meeting)


def unlinked(properties: CalendarProperties) -> CalendarProperties:
    """A calendar item without an online meeting."""
    return msgspec.structs.replace(
        properties,
        is_online_meeting=False,
        online_meeting_id="",
        online_meeting_conf_link="",
        join_online_meeting_url="",
        body=_without_block(properties.body),
    )


def _with_block(body: Body | None, meeting: OnlineMeeting) -> Body:
    body = _without_block(body) or Body(BodyKind.TEXT, "")
    if body.kind is BodyKind.HTML:
        link = html.escape(meeting.join_url)
        block = f'{_OPEN}{html.escape(meeting.id)}"><hr><p><a href="{link}">Join online meeting</a></p><hr>{_CLOSE}'
        return Body(body.kind, inside_html(body.content, block))
    block = f"{_RULE}\r\nJoin online meeting\r\n{meeting.join_url}\r\n{_RULE}\r\n"
    return Body(body.kind, f"{body.content}\r\n{block}" if body.content else block)


def _without_block(body: Body | None) -> Body | None:
    if body is None:
        return None
    first, last = (_OPEN, _CLOSE) if body.kind is BodyKind.HTML else (f"{_RULE}\r\nJoin online", f"{_RULE}\r\n")
    start = body.content.find(first)
    end = body.content.find(last, start + len(first)) if start >= 0 else -1
    if end < 0:
        return body
    return Body(body.kind, body.content[:start].removesuffix("\r\n") + body.content[end + len(last) :])
