"""What ``externalURI`` of a group on a contact list says where the group is not the owner's own: an escaped element."""

from __future__ import annotations

from samband.wire.presence.elements import child_text
from samband.wire.xml.reading import Malformed, local_name, parse
from samband.wire.xml.text import element as write


def write_distribution_group(address: str) -> str:
    """The element that makes a group stand for the members of a distribution group, named by its SMTP address."""
    return f'<groupExtension groupType="dg">{write("email", address)}</groupExtension>'


def read_distribution_group(external_uri: str) -> str:
    """The SMTP address of the distribution group that a group stands for; empty where it stands for none."""
    if "groupExtension" not in external_uri:
        return ""
    try:
        root = parse(external_uri.encode())
    except Malformed:
        return ""
    if local_name(root) != "groupExtension" or root.get("groupType", "").lower() != "dg":
        return ""
    return (child_text(root, "email") or "").strip()
