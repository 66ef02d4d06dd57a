"""GetUserOofSettings and SetUserOofSettings on the wire [MS-OXWOOF].

Neither has the ordinary shapes of an answer: a ``ResponseMessage`` stands beside the settings.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from samband.wire.ews.names import DECLARED, T
from samband.wire.ews.responses import Refusal, refused_attributes, refused_content
from samband.wire.xml.reading import Element, bad_element, one_of, required, text
from samband.wire.xml.text import escape
from samband.wire.xml.values import read_instant, write_instant

_STATES = frozenset({"Disabled", "Enabled", "Scheduled"})
_AUDIENCES = frozenset({"None", "Known", "All"})


@dataclass(frozen=True, slots=True)
class OofWish:
    """UserOofSettings as a client sends them; None where it left an element out."""

    state: str
    audience: str
    start: datetime | None = None
    end: datetime | None = None
    internal_reply: str | None = None
    external_reply: str | None = None


def read_mailbox(element: Element) -> str:
    """The address a request is about."""
    return text(required(required(element, T + "Mailbox"), T + "Address")).strip()


def read_settings(element: Element, zone: tzinfo) -> OofWish:
    """The UserOofSettings of a request; times without offset are in ``zone``. Raises ``SchemaViolation``."""
    settings = required(element, T + "UserOofSettings")
    duration = settings.find(T + "Duration")
    start = end = None
    if duration is not None:
        start, end = (_instant(required(duration, T + name), zone) for name in ("StartTime", "EndTime"))
    return OofWish(
        one_of(required(settings, T + "OofState"), _STATES),
        one_of(required(settings, T + "ExternalAudience"), _AUDIENCES),
        start,
        end,
        _reply(settings.find(T + "InternalReply")),
        _reply(settings.find(T + "ExternalReply")),
    )


def _instant(element: Element, zone: tzinfo) -> datetime:
    try:
        return read_instant(text(element), zone)
    except ValueError:
        raise bad_element(element) from None


def _reply(element: Element | None) -> str | None:
    return None if element is None else text(element.find(T + "Message"))


def write_settings(
    state: str, audience: str, start: datetime, end: datetime, internal_reply: str, external_reply: str
) -> str:
    """A whole GetUserOofSettingsResponse. Every element is there also while Disabled: Outlook asks for each."""
    return (
        f'<m:GetUserOofSettingsResponse {DECLARED}><m:ResponseMessage ResponseClass="Success">'
        "<m:ResponseCode>NoError</m:ResponseCode></m:ResponseMessage>"
        f"<t:OofSettings><t:OofState>{state}</t:OofState><t:ExternalAudience>{audience}</t:ExternalAudience>"
        f"<t:Duration><t:StartTime>{write_instant(start)}</t:StartTime>"
        f"<t:EndTime>{write_instant(end)}</t:EndTime></t:Duration>"
        f"<t:InternalReply><t:Message>{escape(internal_reply)}</t:Message></t:InternalReply>"
        f"<t:ExternalReply><t:Message>{escape(external_reply)}</t:Message></t:ExternalReply></t:OofSettings>"
        "<m:AllowExternalOof>All</m:AllowExternalOof></m:GetUserOofSettingsResponse>"
    )


def write_set(refusal: Refusal | None = None) -> str:
    """A whole SetUserOofSettingsResponse."""
    head = 'ResponseClass="Success"' if refusal is None else refused_attributes(refusal)
    content = "<m:ResponseCode>NoError</m:ResponseCode>" if refusal is None else refused_content(refusal)
    return (
        f"<m:SetUserOofSettingsResponse {DECLARED}><m:ResponseMessage {head}>{content}</m:ResponseMessage>"
        "</m:SetUserOofSettingsResponse>"
    )
