"""GetDelegate on the wire."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from samband.wire.ews.fields.people import read_mailbox
from samband.wire.ews.names import M, T
from samband.wire.ews.responses import Refusal, refused_attributes, refused_content
from samband.wire.xml.reading import Element, at_most, attribute, bad_attribute, required, text
from samband.wire.xml.values import read_boolean

MAX_USERS = 1000


@dataclass(frozen=True, slots=True)
class GivenUser:
    """A user as a request names one; either text may be empty."""

    sid: str
    address: str


def read_get_delegate(element: Element) -> tuple[str, list[GivenUser]]:
    """(whose delegates, who is asked about: nobody where everyone is). Raises ``SchemaViolation``."""
    said = attribute(element, "IncludePermissions")
    try:
        read_boolean(said)
    except ValueError:
        raise bad_attribute("IncludePermissions", said) from None
    mailbox = read_mailbox(required(element, M + "Mailbox"))[1]
    users = element.find(M + "UserIds")
    if users is None:
        return mailbox, []
    at_most(users, MAX_USERS)
    return mailbox, [
        GivenUser(text(user.find(T + "SID")).strip(), text(user.find(T + "PrimarySmtpAddress")).strip())
        for user in users
    ]


def write_delegates(messages: Iterable[Refusal]) -> str:
    """``<m:ResponseMessages>`` where there are any, and how invitations reach a mailbox without delegates."""
    written = "".join(
        f"<m:DelegateUserResponseMessageType {refused_attributes(one)}>{refused_content(one)}"
        "</m:DelegateUserResponseMessageType>"
        for one in messages
    )
    inner = f"<m:ResponseMessages>{written}</m:ResponseMessages>" if written else ""
    return f"{inner}<m:DeliverMeetingRequests>NoForward</m:DeliverMeetingRequests>"
