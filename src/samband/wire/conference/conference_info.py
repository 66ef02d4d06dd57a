"""``application/conference-info+xml``: a conference and who is in it, whole or what changed [RFC4575; MS-CONFBAS]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from samband.wire.conference.names import CONFERENCE_INFO, EXTENSIONS
from samband.wire.presence.elements import child, child_text, children, number, read_root
from samband.wire.xml.reading import Element, SchemaViolation, attribute
from samband.wire.xml.text import element, escape_attribute

State = Literal["full", "partial", "deleted"]
_MAX_VERSION = (1 << 32) - 1


@dataclass(frozen=True, slots=True)
class EndpointDocument:
    """One session of a user's client; ``kind`` is its ``session-type``, such as ``focus`` or ``chat``."""

    entity: str
    kind: str
    status: str = "connected"


@dataclass(frozen=True, slots=True)
class UserDocument:
    """Somebody in a conference; with ``deleted`` nothing but ``entity`` counts."""

    entity: str
    name: str = ""
    role: str = ""
    endpoints: tuple[EndpointDocument, ...] = ()
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class DescriptionDocument:
    """What a conference is. ``parts`` are addresses by purpose, such as ``chat``."""

    subject: str
    organizer: str
    organizer_name: str
    id: str
    join_url: str = ""
    parts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ViewDocument:
    """The state of one part: ``entity`` is its address."""

    entity: str
    kind: str
    locked: bool


@dataclass(frozen=True, slots=True)
class ConferenceDocument:
    """A whole document. What is None is not told; ``whole``: nobody else is in the conference."""

    entity: str
    version: int
    whole: bool
    description: DescriptionDocument | None = None
    users: tuple[UserDocument, ...] = ()
    count: int | None = None
    view: ViewDocument | None = None


def write_conference(document: ConferenceDocument) -> str:
    """The document as text."""
    state = "full" if document.whole else "partial"
    parts = [] if document.description is None else [_description(document.description)]
    if document.count is not None:
        parts.append(
            f"<conference-state>{element('user-count', str(document.count))}<active>true</active></conference-state>"
        )
    if document.whole or document.users:
        parts.append(f'<users state="{state}">{"".join(map(_user, document.users))}</users>')
    if document.view is not None:
        parts.append(_view(document.view, state))
    return (
        f'<conference-info xmlns="{CONFERENCE_INFO}" xmlns:msci="{EXTENSIONS}"'
        f' entity="{escape_attribute(document.entity)}" state="{state}" version="{document.version}">'
        f"{''.join(parts)}</conference-info>"
    )


def _description(one: DescriptionDocument) -> str:
    entries = "".join(f"<entry>{element('uri', uri)}<purpose>{purpose}</purpose></entry>" for purpose, uri in one.parts)
    link = element("msci:join-url", one.join_url) if one.join_url else ""
    return (
        f"<conference-description>{element('subject', one.subject)}<conf-uris>{entries}</conf-uris>"
        f"{element('msci:conference-id', one.id)}<msci:organizer>{element('msci:uri', one.organizer)}"
        f"{element('msci:display-name', one.organizer_name)}</msci:organizer>{link}</conference-description>"
    )


def _user(one: UserDocument) -> str:
    entity = escape_attribute(one.entity)
    if one.deleted:
        return f'<user entity="{entity}" state="deleted"/>'
    name = element("display-text", one.name) if one.name else ""
    endpoints = "".join(map(_endpoint, one.endpoints))
    return f'<user entity="{entity}" state="full">{name}<roles>{element("entry", one.role)}</roles>{endpoints}</user>'


def _endpoint(one: EndpointDocument) -> str:
    media = '<media id="1"><type>chat</type></media>' if one.kind == "chat" else ""
    return (
        f'<endpoint entity="{escape_attribute(one.entity)}" msci:session-type="{escape_attribute(one.kind)}">'
        f"{element('status', one.status)}<joining-method>dialed-in</joining-method>{media}</endpoint>"
    )


def _view(one: ViewDocument, state: str) -> str:
    return (
        f'<msci:conference-view state="{state}">'
        f'<msci:entity-view entity="{escape_attribute(one.entity)}" state="full"><msci:entity-state>'
        f"<msci:locked>{str(one.locked).lower()}</msci:locked>"
        f'<media><entry label="{one.kind}"><type>{one.kind}</type></entry></media>'
        f"</msci:entity-state></msci:entity-view></msci:conference-view>"
    )


def read_conference(body: bytes) -> ConferenceDocument:
    """Raises ``Malformed`` or ``SchemaViolation``."""
    root = read_root(body, "conference-info")
    users, state = child(root, "users"), child(root, "conference-state")
    count = None if state is None else child_text(state, "user-count")
    return ConferenceDocument(
        entity=attribute(root, "entity"),
        version=number(root, "version", _MAX_VERSION),
        whole=root.get("state", "full") == "full",
        description=_read_description(child(root, "conference-description")),
        users=() if users is None else tuple(_read_user(one) for one in children(users, "user")),
        count=None if count is None else _count(count),
        view=_read_view(child(root, "conference-view")),
    )


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise SchemaViolation("The element 'user-count' is no number.")
    return int(text)


def _read_description(found: Element | None) -> DescriptionDocument | None:
    if found is None:
        return None
    organizer, parts = child(found, "organizer"), child(found, "conf-uris")
    entries = () if parts is None else tuple(children(parts, "entry"))
    return DescriptionDocument(
        subject=child_text(found, "subject") or "",
        organizer="" if organizer is None else child_text(organizer, "uri") or "",
        organizer_name="" if organizer is None else child_text(organizer, "display-name") or "",
        id=child_text(found, "conference-id") or "",
        join_url=child_text(found, "join-url") or "",
        parts=tuple((child_text(one, "purpose") or "", child_text(one, "uri") or "") for one in entries),
    )


def _read_user(found: Element) -> UserDocument:
    if found.get("state") == "deleted":
        return UserDocument(attribute(found, "entity"), deleted=True)
    roles = child(found, "roles")
    return UserDocument(
        entity=attribute(found, "entity"),
        name=child_text(found, "display-text") or "",
        role="" if roles is None else child_text(roles, "entry") or "",
        endpoints=tuple(
            EndpointDocument(
                attribute(one, "entity"),
                one.get(f"{{{EXTENSIONS}}}session-type", one.get("session-type", "")),
                child_text(one, "status") or "",
            )
            for one in children(found, "endpoint")
        ),
    )


def _read_view(found: Element | None) -> ViewDocument | None:
    entity = None if found is None else child(found, "entity-view")
    state = None if entity is None else child(entity, "entity-state")
    if entity is None or state is None:
        return None
    media = child(state, "media")
    entry = None if media is None else child(media, "entry")
    kind = "" if entry is None else child_text(entry, "type") or ""
    return ViewDocument(attribute(entity, "entity"), kind, child_text(state, "locked") == "true")
