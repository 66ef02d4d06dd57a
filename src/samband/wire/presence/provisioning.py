"""``vnd-microsoft-provisioning-v2``: settings a client asks for by groups [MS-SIPREGE]."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from samband.wire.presence.elements import child, children, read_root
from samband.wire.presence.names import PROVISIONING, PROVISIONING_REQUEST
from samband.wire.xml.reading import Element, attribute, local_name
from samband.wire.xml.text import element as write
from samband.wire.xml.text import escape, escape_attribute


@dataclass(frozen=True, slots=True)
class ProvisionGroup:
    """One group: ``settings`` are its elements in order, ``properties`` the entries of its property list."""

    name: str
    settings: tuple[tuple[str, str], ...] = ()
    properties: tuple[tuple[str, str], ...] = ()


def read_group_names(body: bytes) -> tuple[str, ...]:
    """The groups a client asks for; none where the body is empty. Raises ``Malformed`` or ``SchemaViolation``."""
    if not body.strip():
        return ()
    root = read_root(body, "provisioningGroupList")
    return tuple(attribute(group, "name") for group in children(root, "provisioningGroup"))


def write_group_names(names: Iterable[str]) -> str:
    """The request of a client as text."""
    inside = "".join(f'<provisioningGroup name="{escape_attribute(name)}"/>' for name in names)
    return f'<provisioningGroupList xmlns="{PROVISIONING_REQUEST}">{inside}</provisioningGroupList>'


def write_provisioning(groups: Iterable[ProvisionGroup]) -> str:
    """The notification as text."""
    return f'<provisionGroupList xmlns="{PROVISIONING}">{"".join(map(_write, groups))}</provisionGroupList>'


def read_provisioning(body: bytes) -> list[ProvisionGroup]:
    """Raises ``Malformed`` or ``SchemaViolation``."""
    root = read_root(body, "provisionGroupList")
    return [_read(group) for group in children(root, "provisionGroup")]


def _write(group: ProvisionGroup) -> str:
    settings = "".join(write(name, value) for name, value in group.settings)
    entries = "".join(
        f'<property name="{escape_attribute(name)}">{escape(value)}</property>' for name, value in group.properties
    )
    listed = f"<propertyEntryList>{entries}</propertyEntryList>" if entries else ""
    return f'<provisionGroup name="{escape_attribute(group.name)}">{settings}{listed}</provisionGroup>'


def _read(element: Element) -> ProvisionGroup:
    entries = child(element, "propertyEntryList")
    return ProvisionGroup(
        attribute(element, "name"),
        tuple((local_name(one), one.text or "") for one in element if local_name(one) != "propertyEntryList"),
        ()
        if entries is None
        else tuple((attribute(one, "name"), one.text or "") for one in children(entries, "property")),
    )
