"""``application/watcherinfo+xml``: who watches somebody [RFC3858]."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from samband.wire.presence.elements import child, children, number, read_root
from samband.wire.presence.names import WATCHER_INFO
from samband.wire.xml.reading import attribute
from samband.wire.xml.text import escape, escape_attribute


@dataclass(frozen=True, slots=True)
class WatcherDocument:
    """One watcher: ``status`` pending, active, waiting or terminated; ``event`` what brought it there."""

    uri: str
    id: str
    status: str = "pending"
    event: str = "subscribe"
    display_name: str = ""


def write_watcher_info(resource: str, version: int, full: bool, watchers: Iterable[WatcherDocument]) -> str:
    """The document as text."""
    inside = "".join(
        f'<watcher id="{escape_attribute(one.id)}" status="{one.status}" event="{one.event}"'
        + (f' display-name="{escape_attribute(one.display_name)}"' if one.display_name else "")
        + f">{escape(one.uri)}</watcher>"
        for one in watchers
    )
    return (
        f'<watcherinfo xmlns="{WATCHER_INFO}" version="{version}" state="{"full" if full else "partial"}">'
        f'<watcher-list resource="{escape_attribute(resource)}" package="presence">{inside}</watcher-list>'
        "</watcherinfo>"
    )


def read_watcher_info(body: bytes) -> tuple[int, bool, list[WatcherDocument]]:
    """Version, whether it is the full state, and the watchers. Raises ``Malformed`` or ``SchemaViolation``."""
    root = read_root(body, "watcherinfo")
    listed = child(root, "watcher-list")
    watchers = [] if listed is None else list(children(listed, "watcher"))
    return (
        number(root, "version", 0xFFFFFFFF),
        root.get("state") == "full",
        [
            WatcherDocument(
                (one.text or "").strip(),
                attribute(one, "id"),
                attribute(one, "status"),
                attribute(one, "event"),
                one.get("display-name", ""),
            )
            for one in watchers
        ],
    )
