"""Answers to C3P requests [MS-CONFBAS]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from samband.wire.conference.cccp import C3pRequest
from samband.wire.conference.names import CCCP, CONFERENCE_INFO
from samband.wire.presence.elements import child, children, read_root
from samband.wire.xml.reading import attribute, local_name
from samband.wire.xml.text import element, escape_attribute

Code = Literal["success", "failure", "pending"]


@dataclass(frozen=True, slots=True)
class C3pAnswer:
    """``name`` is the operation's; ``reason`` a C3P word for why it failed; ``content`` the XML within it."""

    id: str
    sender: str
    receiver: str
    code: str
    name: str
    reason: str = ""
    content: str = ""

    def write(self) -> str:
        """The answer as text."""
        reason = f' reason="{escape_attribute(self.reason)}"' if self.reason else ""
        body = f"<{self.name}{reason}>{self.content}</{self.name}>" if self.content else f"<{self.name}{reason}/>"
        return (
            f'<response xmlns="{CCCP}" C3PVersion="1" requestId="{escape_attribute(self.id)}"'
            f' from="{escape_attribute(self.sender)}" to="{escape_attribute(self.receiver)}" code="{self.code}">'
            f"{body}</response>"
        )


def success(request: C3pRequest, content: str = "") -> str:
    """The operation was done."""
    return C3pAnswer(request.id, request.receiver, request.sender, "success", request.name, "", content).write()


def failure(request: C3pRequest, reason: str) -> str:
    """The operation was not done."""
    return C3pAnswer(request.id, request.receiver, request.sender, "failure", request.name, reason).write()


def capabilities(kinds: Sequence[str]) -> str:
    """What is within the answer to ``GetCapabilities``."""
    return f"<mcu-types>{''.join(element('mcuType', kind) for kind in kinds)}</mcu-types>"


def added_conference(focus: str, version: int) -> str:
    """What is within the answer to ``AddConference``."""
    return f'<conference-info xmlns="{CONFERENCE_INFO}" entity="{escape_attribute(focus)}" version="{version}"/>'


def deleted_conference(focus: str) -> str:
    """What is within the answer to ``DeleteConference`` [MS-CONFBAS 2.2.3.14]."""
    return f'<conference-info xmlns="{CONFERENCE_INFO}" entity="{escape_attribute(focus)}"/>'


def added_user(focus: str, user: str, role: str) -> str:
    """What is within the answer to ``AddUser``: the role is the one granted [MS-CONFBAS 2.2.3.4]."""
    return (
        f'<conferenceKeys confEntity="{escape_attribute(focus)}"/>'
        f'<user xmlns="{CONFERENCE_INFO}" entity="{escape_attribute(user)}">'
        f"<roles>{element('entry', role)}</roles></user>"
    )


@dataclass(frozen=True, slots=True)
class AnswerDocument:
    """An answer as a client reads it: ``conference`` is the focus it names, empty where it names none."""

    id: str
    code: str
    name: str
    reason: str = ""
    conference: str = ""
    kinds: tuple[str, ...] = ()
    role: str = ""


def read_answer(body: bytes) -> AnswerDocument:
    """Raises ``Malformed`` or ``SchemaViolation``."""
    root = read_root(body, "response")
    inner = root[0] if len(root) else root
    info, keys, user = child(inner, "conference-info"), child(inner, "conferenceKeys"), child(inner, "user")
    kinds, roles = child(inner, "mcu-types"), None if user is None else child(user, "roles")
    entry = None if roles is None else child(roles, "entry")
    return AnswerDocument(
        id=attribute(root, "requestId"),
        code=attribute(root, "code"),
        name=local_name(inner),
        reason=inner.get("reason", ""),
        conference=info.get("entity", "") if info is not None else "" if keys is None else keys.get("confEntity", ""),
        kinds=() if kinds is None else tuple(one.text or "" for one in children(kinds, "mcuType")),
        role="" if entry is None else entry.text or "",
    )
