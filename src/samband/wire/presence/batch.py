"""``application/msrtc-adrl-categorylist+xml``: subscribing to many people at once [MS-PRES; MS-SIP]."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from msgspec import Struct

from samband.wire.presence.elements import child, children, read_root
from samband.wire.presence.names import BATCH, CATEGORY_LIST
from samband.wire.xml.reading import Element, SchemaViolation, attribute, attribute_of
from samband.wire.xml.text import escape_attribute

_VERBS = frozenset({"subscribe", "unsubscribe", "query"})


class ResourceDocument(Struct, frozen=True):
    """Somebody to watch. ``added`` where the watcher has just put them on a contact list (``context``)."""

    uri: str
    added: bool = False


@dataclass(frozen=True, slots=True)
class BatchAction:
    """``subscribe``, ``unsubscribe`` or ``query`` of resources and categories."""

    verb: str
    id: str
    resources: tuple[ResourceDocument, ...]
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchDocument:
    """A whole request; ``uri`` is the watcher's own address."""

    uri: str
    actions: tuple[BatchAction, ...]


def read_batch(body: bytes) -> BatchDocument:
    """Raises ``Malformed`` or ``SchemaViolation``."""
    root = read_root(body, "batchSub")
    actions = tuple(_read_action(action) for action in children(root, "action"))
    if not actions:
        raise SchemaViolation("A batch needs an 'action'.")
    return BatchDocument(root.get("uri", ""), actions)


def _read_action(element: Element) -> BatchAction:
    people = child(element, "adhocList")
    wanted = child(element, "categoryList")
    return BatchAction(
        attribute_of(element, "name", _VERBS),
        element.get("id", ""),
        () if people is None else tuple(_read_resource(one) for one in children(people, "resource")),
        () if wanted is None else tuple(attribute(one, "name") for one in children(wanted, "category")),
    )


def _read_resource(element: Element) -> ResourceDocument:
    added = len(element) > 0 and child(element, "context") is not None
    return ResourceDocument(attribute(element, "uri").strip(), added)


def write_batch(uri: str, actions: Iterable[BatchAction]) -> str:
    """The request of a client as text."""
    inside = "".join(_write_action(action) for action in actions)
    return f'<batchSub xmlns="{BATCH}" uri="{escape_attribute(uri)}" name="">{inside}</batchSub>'


def _write_action(action: BatchAction) -> str:
    people = "".join(
        f'<resource uri="{escape_attribute(one.uri)}"' + ("><context/></resource>" if one.added else "/>")
        for one in action.resources
    )
    wanted = "".join(f'<category name="{escape_attribute(name)}"/>' for name in action.categories)
    listed = f'<categoryList xmlns="{CATEGORY_LIST}">{wanted}</categoryList>' if wanted else ""
    return (
        f'<action name="{action.verb}" id="{escape_attribute(action.id)}">'
        f"<adhocList>{people}</adhocList>{listed}</action>"
    )
