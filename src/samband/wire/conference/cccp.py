"""C3P: what clients ask of the focus factory and of a focus, and the answers [MS-CONFBAS].

One request holds one operation. Users are addresses with their scheme, conferences the addresses of their focus.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from samband.wire.conference.names import CCCP, CONFERENCE_INFO, EXTENSIONS
from samband.wire.presence.elements import child, child_text, children, read_root
from samband.wire.xml.reading import Element, SchemaViolation, attribute, local_name
from samband.wire.xml.text import element, escape_attribute


@dataclass(frozen=True, slots=True)
class GetCapabilities:
    """Which kinds of conferences there are."""


@dataclass(frozen=True, slots=True)
class AddConference:
    """Make a conference. ``expires`` is the text of an instant, empty where the server may choose."""

    id: str
    subject: str = ""
    expires: str = ""
    admission: str = ""
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeleteConference:
    """End a conference for good: named by the address of its focus, or by its id alone [MS-CONFPRO 4.5]."""

    conference: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class AddUser:
    """Join. ``endpoint`` names the client among those of its user, ``lobby``: it waits where it is not let in."""

    conference: str
    user: str
    role: str = ""
    endpoint: str = ""
    lobby: bool = False


@dataclass(frozen=True, slots=True)
class DeleteUser:
    """Turn somebody out."""

    conference: str
    user: str


@dataclass(frozen=True, slots=True)
class SetLobbyAccess:
    """Let somebody in who waits in the lobby, or turn them away [MS-CONFBAS 4.4.8]."""

    conference: str
    user: str
    granted: bool


@dataclass(frozen=True, slots=True)
class ModifyUserRoles:
    """Make somebody a presenter or an attendee."""

    conference: str
    user: str
    role: str


@dataclass(frozen=True, slots=True)
class ModifyConferenceLock:
    """Let nobody in any more, or let them in again."""

    conference: str
    locked: bool


Operation = (
    GetCapabilities
    | AddConference
    | DeleteConference
    | AddUser
    | DeleteUser
    | SetLobbyAccess
    | ModifyUserRoles
    | ModifyConferenceLock
)


@dataclass(frozen=True, slots=True)
class C3pRequest:
    """``operation`` is None where it is none that is read here; ``name`` is its element's name."""

    id: str
    sender: str
    receiver: str
    name: str
    operation: Operation | None


def read_request(body: bytes) -> C3pRequest:
    """Raises ``Malformed`` or ``SchemaViolation``."""
    root = read_root(body, "request")
    if len(root) == 0:
        raise SchemaViolation("The request holds no operation.")
    name = local_name(root[0])
    read = _READERS.get(name)
    return C3pRequest(
        id=attribute(root, "requestId"),
        sender=attribute(root, "from"),
        receiver=attribute(root, "to"),
        name=name,
        operation=None if read is None else read(root[0]),
    )


def _need(parent: Element, *path: str) -> Element:
    for name in path:
        found = child(parent, name)
        if found is None:
            raise SchemaViolation(f"The element '{local_name(parent)}' lacks '{name}'.")
        parent = found
    return parent


def _add_conference(parent: Element) -> AddConference:
    info = _need(parent, "conference-info")
    description = _need(info, "conference-description")
    view = child(info, "conference-view")
    kinds = () if view is None else tuple(attribute(one, "entity") for one in children(view, "entity-view"))
    return AddConference(
        id=child_text(description, "conference-id") or "",
        subject=child_text(description, "subject") or "",
        expires=child_text(description, "expiry-time") or "",
        admission=child_text(description, "admission-policy") or "",
        kinds=kinds,
    )


def _conference(parent: Element) -> str:
    return attribute(_need(parent, "conferenceKeys"), "confEntity")


def _delete_conference(parent: Element) -> DeleteConference:
    keys = _need(parent, "conferenceKeys")
    return DeleteConference(keys.get("confEntity", ""), keys.get(f"{{{EXTENSIONS}}}conference-id", ""))


def _add_user(parent: Element) -> AddUser:
    user = _need(parent, "user")
    endpoint = child(user, "endpoint")
    return AddUser(
        conference=_conference(parent),
        user=attribute(user, "entity"),
        role=_role(user, "roles"),
        endpoint="" if endpoint is None else endpoint.get("entity", ""),
        lobby=endpoint is not None and _lobby_capable(endpoint),
    )


def _lobby_capable(endpoint: Element) -> bool:
    info = child(endpoint, "clientInfo")
    return info is not None and (child_text(info, "lobby-capable") or "").strip() in ("true", "1")


def _role(parent: Element, name: str) -> str:
    roles = child(parent, name)
    return "" if roles is None else child_text(roles, "entry") or ""


def _user_keys(parent: Element) -> tuple[str, str]:
    keys = _need(parent, "userKeys")
    return attribute(keys, "confEntity"), attribute(keys, "userEntity")


def _delete_user(parent: Element) -> DeleteUser:
    return DeleteUser(*_user_keys(parent))


def _set_lobby_access(parent: Element) -> SetLobbyAccess:
    user = (_need(parent, "userEntity").text or "").strip()
    access = (_need(parent, "access").text or "").strip()
    if not user or access not in ("granted", "denied"):
        raise SchemaViolation("The element 'access' is neither 'granted' nor 'denied', or nobody is named.")
    return SetLobbyAccess(_conference(parent), user, access == "granted")


def _modify_roles(parent: Element) -> ModifyUserRoles:
    return ModifyUserRoles(*_user_keys(parent), _role(parent, "user-roles"))


def _modify_lock(parent: Element) -> ModifyConferenceLock:
    text = (_need(parent, "locked").text or "").strip()
    if text not in ("true", "false", "1", "0"):
        raise SchemaViolation("The element 'locked' is no boolean.")
    return ModifyConferenceLock(_conference(parent), text in ("true", "1"))


_READERS: dict[str, Callable[[Element], Operation]] = {
    "getConferencingCapabilities": lambda parent: GetCapabilities(),
    "addConference": _add_conference,
    "deleteConference": _delete_conference,
    "addUser": _add_user,
    "deleteUser": _delete_user,
    "setLobbyAccess": _set_lobby_access,
    "modifyUserRoles": _modify_roles,
    "modifyConferenceLock": _modify_lock,
}


def write_request(request_id: str, sender: str, receiver: str, operation: Operation) -> str:
    """A request as text."""
    head = f'requestId="{escape_attribute(request_id)}" from="{escape_attribute(sender)}"'
    return (
        f'<request xmlns="{CCCP}" C3PVersion="1" to="{escape_attribute(receiver)}" {head}>'
        f"{_operation(operation)}</request>"
    )


def _operation(operation: Operation) -> str:
    match operation:
        case GetCapabilities():
            return "<getConferencingCapabilities/>"
        case AddConference():
            return _write_add_conference(operation)
        case DeleteConference(conference, number):
            keys = f'<conferenceKeys xmlns:msci="{EXTENSIONS}" msci:conference-id="{escape_attribute(number)}"/>'
            return f"<deleteConference>{keys if number else _conference_keys(conference)}</deleteConference>"
        case AddUser(conference, user, role, endpoint, lobby):
            roles = f"<ci:roles>{element('ci:entry', role)}</ci:roles>" if role else ""
            info = f'<clientInfo xmlns="{EXTENSIONS}"><lobby-capable>true</lobby-capable></clientInfo>' if lobby else ""
            client = f'<ci:endpoint entity="{escape_attribute(endpoint)}">{info}</ci:endpoint>' if endpoint else ""
            who = f'<ci:user xmlns:ci="{CONFERENCE_INFO}" entity="{escape_attribute(user)}">{roles}{client}</ci:user>'
            return f"<addUser>{_conference_keys(conference)}{who}</addUser>"
        case DeleteUser(conference, user):
            return f"<deleteUser>{_keys_of_user(conference, user)}</deleteUser>"
        case SetLobbyAccess(conference, user, granted):
            access = element("access", "granted" if granted else "denied")
            named = f"{_conference_keys(conference)}{element('userEntity', user)}{access}"
            return f"<setLobbyAccess>{named}</setLobbyAccess>"
        case ModifyUserRoles(conference, user, role):
            roles = f'<user-roles xmlns="{CONFERENCE_INFO}">{element("entry", role)}</user-roles>'
            return f"<modifyUserRoles>{_keys_of_user(conference, user)}{roles}</modifyUserRoles>"
        case ModifyConferenceLock(conference, locked):
            switch = f"<locked>{str(locked).lower()}</locked>"
            return f"<modifyConferenceLock>{_conference_keys(conference)}{switch}</modifyConferenceLock>"


def _write_add_conference(operation: AddConference) -> str:
    views = "".join(f'<msci:entity-view entity="{escape_attribute(kind)}"/>' for kind in operation.kinds)
    fields = "".join(
        element(f"msci:{name}", text)
        for name, text in (
            ("conference-id", operation.id),
            ("expiry-time", operation.expires),
            ("admission-policy", operation.admission),
        )
        if text
    )
    description = f"{element('ci:subject', operation.subject)}{fields}"
    return (
        f'<addConference><ci:conference-info xmlns:ci="{CONFERENCE_INFO}" xmlns:msci="{EXTENSIONS}" entity="">'
        f"<ci:conference-description>{description}</ci:conference-description>"
        f"<msci:conference-view>{views}</msci:conference-view></ci:conference-info></addConference>"
    )


def _conference_keys(conference: str) -> str:
    return f'<conferenceKeys confEntity="{escape_attribute(conference)}"/>'


def _keys_of_user(conference: str, user: str) -> str:
    return f'<userKeys confEntity="{escape_attribute(conference)}" userEntity="{escape_attribute(user)}"/>'
