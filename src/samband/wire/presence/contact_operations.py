"""``application/SOAP+xml``: changing a server-side contact list [MS-SIP 2.2.4.2]."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from samband.wire.presence.elements import as_text, child, child_text, number_in, read_root
from samband.wire.presence.names import SOAP_ENVELOPE, SOAP_OPERATIONS
from samband.wire.presence.roaming_contacts import MAX_DELTA, MAX_GROUP, group_numbers
from samband.wire.xml.reading import Element, Malformed, bad_element, local_name, missing
from samband.wire.xml.text import element as write
from samband.wire.xml.text import escape
from samband.wire.xml.values import read_boolean, write_boolean

_M = f"{{{SOAP_OPERATIONS}}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddGroup:
    delta: int
    name: str
    external_uri: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModifyGroup:
    delta: int
    number: int
    name: str
    external_uri: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteGroup:
    delta: int
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetContact:
    """``address`` without scheme, in lower case; ``extension`` an XML element as text."""

    delta: int
    address: str
    name: str = ""
    groups: tuple[int, ...] = ()
    subscribed: bool = True
    external_uri: str = ""
    extension: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteContact:
    delta: int
    address: str


Operation = AddGroup | ModifyGroup | DeleteGroup | SetContact | DeleteContact


def read_operation(body: bytes) -> tuple[str, Operation | None]:
    """The name of the operation, and the operation where it is one of contacts.

    Raises ``Malformed`` or ``SchemaViolation``.
    """
    root = read_root(body, "Envelope")
    inside = child(root, "Body")
    if inside is None or len(inside) == 0:
        raise Malformed("an envelope without a body")
    element = inside[0]
    name = local_name(element)
    reader = _READERS.get(name)
    return name, None if reader is None else reader(element)


def write_operation(operation: Operation) -> str:
    """The request of a client as text."""
    name = type(operation).__name__
    inside = {
        AddGroup: _write_group,
        ModifyGroup: _write_group,
        DeleteGroup: _write_group,
        SetContact: _write_contact,
        DeleteContact: _write_contact,
    }[type(operation)](operation)
    return write_answer(name[0].lower() + name[1:], operation.delta, inside)


def write_answer(name: str, delta: int | None = None, inside: str = "") -> str:
    """The answer to the operation ``name``: the new number of the list, and for ``addGroup`` the group's."""
    told = "" if delta is None else f"<m:deltaNum>{delta}</m:deltaNum>"
    return (
        f'<SOAP-ENV:Envelope xmlns:SOAP-ENV="{SOAP_ENVELOPE}" xmlns:m="{SOAP_OPERATIONS}"><SOAP-ENV:Body>'
        f"<m:{name}>{inside}{told}</m:{name}></SOAP-ENV:Body></SOAP-ENV:Envelope>"
    )


def write_group_added(number: int, delta: int) -> str:
    """The answer to ``addGroup``."""
    return write_answer("addGroup", delta, f"<m:groupID>{number}</m:groupID>")


def write_soap_fault(code: str, text: str) -> str:
    """A SOAP fault: ``code`` such as ``Client.BadCall.WrongDelta``, and a sentence."""
    return (
        f'<SOAP-ENV:Envelope xmlns:SOAP-ENV="{SOAP_ENVELOPE}"><SOAP-ENV:Body><SOAP-ENV:Fault>'
        f"<faultcode>SOAP-ENV:{escape(code)}</faultcode>{write('faultstring', text)}"
        "</SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>"
    )


def _add_group(element: Element) -> AddGroup:
    return AddGroup(delta=_delta(element), name=_name(element), external_uri=_external(element))


def _modify_group(element: Element) -> ModifyGroup:
    return ModifyGroup(
        delta=_delta(element), number=_group(element), name=_name(element), external_uri=_external(element)
    )


def _delete_group(element: Element) -> DeleteGroup:
    return DeleteGroup(delta=_delta(element), number=_group(element))


def _set_contact(element: Element) -> SetContact:
    subscribed = child(element, "subscribed")
    extension = child(element, "contactExtension")
    try:
        watched = subscribed is None or read_boolean(subscribed.text or "")
    except ValueError:
        raise bad_element(element) from None
    return SetContact(
        delta=_delta(element),
        address=_address(element),
        name=child_text(element, "displayName") or "",
        groups=group_numbers(child_text(element, "groups") or ""),
        subscribed=watched,
        external_uri=_external(element),
        extension="" if extension is None else "".join(map(as_text, extension)),
    )


def _delete_contact(element: Element) -> DeleteContact:
    return DeleteContact(delta=_delta(element), address=_address(element))


_READERS: dict[str, Callable[[Element], Operation]] = {
    "addGroup": _add_group,
    "modifyGroup": _modify_group,
    "deleteGroup": _delete_group,
    "setContact": _set_contact,
    "deleteContact": _delete_contact,
}


def _delta(element: Element) -> int:
    return number_in(_needed(element, "deltaNum"), MAX_DELTA)


def _group(element: Element) -> int:
    return number_in(_needed(element, "groupID"), MAX_GROUP)


def _name(element: Element) -> str:
    return (_needed(element, "name").text or "").strip()


def _external(element: Element) -> str:
    return child_text(element, "externalURI") or ""


def _address(element: Element) -> str:
    text = child_text(element, "URI") or child_text(element, "uri") or ""
    if not text:
        raise missing(element, _M + "URI")
    return text.lower().removeprefix("sip:")


def _needed(element: Element, name: str) -> Element:
    found = child(element, name)
    if found is None:
        raise missing(element, _M + name)
    return found


def _tag(name: str, text: str) -> str:
    return f"<m:{name}>{escape(text)}</m:{name}>"


def _write_group(operation: Operation) -> str:
    number = _tag("groupID", str(operation.number)) if isinstance(operation, ModifyGroup | DeleteGroup) else ""
    if not isinstance(operation, AddGroup | ModifyGroup):
        return number
    return number + _tag("name", operation.name) + _tag("externalURI", operation.external_uri)


def _write_contact(operation: Operation) -> str:
    if not isinstance(operation, SetContact):
        return _tag("URI", f"sip:{operation.address}") if isinstance(operation, DeleteContact) else ""
    extension = f"<m:contactExtension>{operation.extension}</m:contactExtension>" if operation.extension else ""
    return (
        _tag("displayName", operation.name)
        + _tag("groups", " ".join(map(str, operation.groups)))
        + _tag("subscribed", write_boolean(operation.subscribed))
        + _tag("URI", f"sip:{operation.address}")
        + _tag("externalURI", operation.external_uri)
        + extension
    )
