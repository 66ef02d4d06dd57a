"""What a list of conversations shows of each: sums over its items in the folders looked at, and over the mailbox."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from samband.model import conversations
from samband.model.conversation_actions import number_of
from samband.model.item_values import FlagStatus, Importance
from samband.model.items import Item

_IMPORTANCE = (Importance.LOW, Importance.NORMAL, Importance.HIGH)
_FLAGS = (FlagStatus.NOT_FLAGGED, FlagStatus.COMPLETE, FlagStatus.FLAGGED)


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def _name(person: Any) -> str:
    return person.name or person.address if person is not None else ""


def _author(item: Item) -> Any:
    own = item.properties
    return getattr(own, "from_", None) or getattr(own, "sender", None) or getattr(own, "organizer", None)


@dataclass(frozen=True)
class Side:
    """Sums over some items of a conversation, the latest received first."""

    items: tuple[Item, ...]

    @cached_property
    def recipients(self) -> tuple[str, ...]:
        """Names of everybody a message was for, each once."""
        return _once(_name(person) for item in self.items for person in getattr(item.properties, "to_recipients", ()))

    @cached_property
    def senders(self) -> tuple[str, ...]:
        """Names of everybody who wrote, each once, the latest first."""
        return _once(_name(_author(item)) for item in self.items)

    @cached_property
    def unread(self) -> tuple[Item, ...]:
        """What is not read."""
        return tuple(item for item in self.items if getattr(item.properties, "is_read", True) is False)

    @property
    def unread_senders(self) -> tuple[str, ...]:
        return _once(_name(_author(item)) for item in self.unread)

    @property
    def unread_count(self) -> int:
        return len(self.unread)

    @property
    def message_count(self) -> int:
        return len(self.items)

    @property
    def size(self) -> int:
        """Bytes, at most what an xs:int holds."""
        return min(sum(item.size for item in self.items), 2**31 - 1)

    @property
    def last_delivery_time(self) -> datetime | None:
        return max((one for item in self.items if (one := item.properties.date_time_received)), default=None)

    @property
    def last_modified_time(self) -> datetime | None:
        return max((one for item in self.items if (one := item.properties.last_modified_time)), default=None)

    @property
    def categories(self) -> tuple[str, ...]:
        return _once(category for item in self.items for category in item.properties.categories)

    @property
    def flag_status(self) -> str:
        """Flagged where anything is, else Complete where anything is."""
        return max((item.properties.flag.status for item in self.items), key=_FLAGS.index, default=_FLAGS[0])

    @property
    def importance(self) -> str:
        """The highest there is."""
        return max((item.properties.importance for item in self.items), key=_IMPORTANCE.index, default=_IMPORTANCE[1])

    @property
    def has_attachments(self) -> bool:
        return any(item.properties.has_attachments for item in self.items)

    @property
    def has_irm(self) -> bool:
        """Whether anything is protected by rights management."""
        return any(item.item_class.lower() == "ipm.note.rpmsg" for item in self.items)

    @property
    def item_classes(self) -> tuple[str, ...]:
        return _once(item.item_class for item in self.items)

    @property
    def drafts(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.properties.is_draft)

    @property
    def icon_index(self) -> str:
        return self.items[0].icon_index if self.items else "Default"


@dataclass(frozen=True)
class ConversationView:
    """A conversation: ``here`` in the folders looked at, ``everywhere`` in the mailbox."""

    mailbox: str
    key: bytes
    here: Side
    everywhere: Side

    @property
    def number(self) -> int:
        """What its identifier holds."""
        return number_of(self.key)

    @property
    def topic(self) -> str:
        """The topic of its latest item."""
        latest = self.everywhere.items[0].properties
        return getattr(latest, "conversation_topic", "") or conversations.topic(latest.subject)

    @property
    def preview(self) -> str:
        """The beginning of the latest item here."""
        return next((item.properties.preview for item in self.here.items if item.properties.preview), "")

    @property
    def sender_address(self) -> str:
        """The SMTP address of who wrote last here."""
        author = next((found for item in self.here.items if (found := _author(item)) is not None), None)
        return author.address if author is not None and author.routing_type.upper() == "SMTP" else ""


def views(
    mailbox: str, keys: Sequence[bytes], items: Iterable[Item], is_here: Callable[[Item], bool], hidden: set[int]
) -> list[ConversationView]:
    """The conversations ``keys`` in order, made of their ``items``; those in the folders ``hidden`` do not count."""
    found: dict[bytes, list[Item]] = {key: [] for key in keys}
    for item in items:
        if is_here(item) or item.folder not in hidden:
            found[item.properties.conversation].append(item)
    shown = []
    for key, members in found.items():
        here = tuple(item for item in members if is_here(item))
        if here:
            shown.append(ConversationView(mailbox, key, Side(here), Side(tuple(members))))
    return shown


@dataclass(frozen=True, slots=True)
class ConversationNode:
    """The items of a conversation that are one message: what came, and what was kept when it was sent."""

    message_id: str
    parent: str
    """The message it answers, empty for none."""
    items: tuple[Item, ...]

    @property
    def at(self) -> tuple[float, int]:
        """When the first of it came."""
        return min(_when(item) for item in self.items)


def _when(item: Item) -> tuple[float, int]:
    received = item.properties.date_time_received
    return (received.timestamp() if received is not None else 0.0, item.id)


def nodes_of(items: Iterable[Item]) -> list[ConversationNode]:
    """The messages of a conversation, the first one first."""
    members: dict[str, list[Item]] = {}
    for item in items:
        own = getattr(item.properties, "internet_message_id", "") or f"\0{item.id}"
        members.setdefault(own, []).append(item)
    nodes = []
    for own, some in members.items():
        ordered = tuple(sorted(some, key=_when))
        nodes.append(ConversationNode("" if own.startswith("\0") else own, _parent(ordered[0], own, members), ordered))
    return sorted(nodes, key=lambda node: node.at)


def _parent(item: Item, own: str, members: dict[str, list[Item]]) -> str:
    """What ``item`` answers: the nearest that is there of what it refers to, else what it says it answers."""
    answered = conversations.message_ids(item.properties.in_reply_to)
    referred = [*answered, *reversed(conversations.message_ids(getattr(item.properties, "references", "")))]
    there = next((one for one in referred if one in members and one != own), "")
    return there or next((one for one in referred if one != own), "")


def in_tree_order(nodes: Sequence[ConversationNode]) -> list[ConversationNode]:
    """Each message before its answers, answers to the same message by when they came."""
    ids = {node.message_id for node in nodes if node.message_id}
    below: dict[str, list[ConversationNode]] = {}
    for node in nodes:
        below.setdefault(node.parent if node.parent in ids else "", []).append(node)
    found: list[ConversationNode] = []
    waiting = list(reversed(below.pop("", [])))
    while waiting or below:
        if not waiting:  # answers in a circle: begin with the earliest
            waiting = list(reversed(below.pop(next(iter(below)))))
        node = waiting.pop()
        found.append(node)
        waiting.extend(reversed(below.pop(node.message_id, [])) if node.message_id else ())
    return found
