"""``application/rlmi+xml``: which people a notification of many speaks of [RFC4662 5]."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from msgspec import Struct

from samband.wire.presence.elements import child, children, number, read_root
from samband.wire.presence.names import RLMI
from samband.wire.xml.reading import attribute
from samband.wire.xml.text import escape_attribute
from samband.wire.xml.values import write_boolean


class ListedResource(Struct, frozen=True):
    """One person of the list: ``state`` active, pending or terminated (then with a reason), ``cid`` of the part."""

    uri: str
    cid: str = ""
    state: str = "active"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ResourceList:
    """The root part. ``version`` counts the notifications of a subscription."""

    uri: str
    version: int
    full: bool
    resources: tuple[ListedResource, ...]


def write_list(uri: str, version: int, full: bool, resources: Iterable[ListedResource]) -> str:
    """The document as text."""
    inside = "".join([_written(one) for one in resources])
    return (
        f'<list xmlns="{RLMI}" uri="{escape_attribute(uri)}" version="{version}" fullState="{write_boolean(full)}">'
        f"{inside}</list>"
    )


def _written(one: ListedResource) -> str:
    uri = escape_attribute(one.uri)
    if one.state == "active" and one.cid and not one.reason:
        return f'<resource uri="{uri}"><instance id="0" state="active" cid="{escape_attribute(one.cid)}"/></resource>'
    reason = f' reason="{escape_attribute(one.reason)}"' if one.reason else ""
    cid = f' cid="{escape_attribute(one.cid)}"' if one.cid else ""
    return f'<resource uri="{uri}"><instance id="0" state="{escape_attribute(one.state)}"{reason}{cid}/></resource>'


def read_list(body: bytes) -> ResourceList:
    """Raises ``Malformed`` or ``SchemaViolation``."""
    root = read_root(body, "list")
    resources = []
    for one in children(root, "resource"):
        instance = child(one, "instance")
        uri = attribute(one, "uri")
        if instance is None:
            resources.append(ListedResource(uri))
        else:
            told = instance.get("cid", ""), instance.get("state", "active"), instance.get("reason", "")
            resources.append(ListedResource(uri, *told))
    version = number(root, "version", 0xFFFFFFFF)
    return ResourceList(attribute(root, "uri"), version, root.get("fullState") == "true", tuple(resources))
