"""Conferences in the libpurple client: its commands and events about chats."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from ctypes import c_char_p, c_int, c_void_p
from typing import Any

from tests.clients.purple_library import each, function, invite_to_chat, leave_chat, plain, purple, say, text


class Chats:
    """What ``Client`` knows of conferences. A chat is named by the number libpurple gives it."""

    connection: int | None
    _sipe: ctypes.CDLL | None
    _on: Callable[..., None]

    def _hear_chats(self, talks: int) -> None:
        p, s, i = c_void_p, c_char_p, c_int
        self._on(talks, "chat-joined", lambda talk: say("chat-joined", **_shown(talk)), p)
        self._on(talks, "chat-left", lambda talk: say("chat-left", chat=_number(talk)), p)
        self._on(talks, "received-chat-msg", self._heard_in_chat, p, s, s, p, i)
        self._on(
            talks,
            "chat-buddy-joined",
            lambda talk, who, flags, new: say("chat-member", chat=_number(talk), who=_bare(who)),
            p,
            s,
            i,
            i,
        )
        self._on(
            talks,
            "chat-buddy-left",
            lambda talk, who, why: say("chat-member-left", chat=_number(talk), who=_bare(who)),
            p,
            s,
            s,
        )

    def _heard_in_chat(self, account: int, who: bytes, words: bytes, talk: int, flags: int) -> None:
        say("chat", chat=_number(talk), who=_bare(who), text=plain(text(words)))

    def do_conf_new(self, who: str) -> None:
        """Make a conference and invite somebody."""
        self._core("sipe_core_buddy_new_chat", "-ps", f"sip:{who}".encode())

    def do_conf_join(self, uri: str = "", organizer: str = "", meeting: str = "") -> None:
        """Join by the URL of a page, by the address of a focus, or by organiser and id."""
        words = [one.encode() or None for one in (uri, organizer, meeting)]
        self._core("sipe_core_conf_create", "-psss", *words)

    def do_chat(self, chat: int, text: str) -> None:
        """Write to everybody in a conference."""
        purple.conv_chat_send(purple.conversation_get_chat_data(self._chat(chat)), text.encode())

    def do_chat_invite(self, chat: int, who: str) -> None:
        """Invite one more."""
        invite_to_chat(self.connection, chat, b"", f"sip:{who}".encode())

    def do_chat_leave(self, chat: int) -> None:
        """Leave."""
        leave_chat(self.connection, chat)

    def do_chat_close(self, chat: int) -> None:
        """Close its window: leaves, and forgets it."""
        purple.conversation_destroy(self._chat(chat))

    def do_chat_lock(self, chat: int, locked: bool = True) -> None:
        """Let nobody in any more, or let them in again."""
        self._core("sipe_core_chat_modify_lock", "-ppi", self._session(chat), int(locked))

    def do_chat_eject(self, chat: int, who: str) -> None:
        """Turn somebody out."""
        self._core("sipe_core_conf_remove_from", "-pps", self._session(chat), f"sip:{who}".encode())

    def do_chat_promote(self, chat: int, who: str) -> None:
        """Make somebody a presenter."""
        self._core("sipe_core_conf_make_leader", "-pps", self._session(chat), f"sip:{who}".encode())

    def do_chats(self) -> None:
        """Say which conferences there are and who is in them."""
        say("chats", chats=[_shown(talk) for talk in each(purple.get_chats())])

    def _chat(self, chat: int) -> int:
        found: int | None = purple.find_chat(self.connection, chat)
        if not found:
            raise LookupError(chat)
        return found

    def _session(self, chat: int) -> int:
        """sipe's own structure of a conference."""
        found: int | None = purple.conversation_get_data(self._chat(chat), b"sipe")
        if not found:
            raise LookupError(chat)
        return found

    def _core(self, name: str, kinds: str, *values: Any) -> None:
        if self._sipe is None:
            raise RuntimeError("only sipe has conferences")
        function(self._sipe, name, kinds)(purple.connection_get_protocol_data(self.connection), *values)


def _bare(name: bytes) -> str:
    return text(name).removeprefix("sip:")


def _number(talk: int) -> int:
    """The number alone: while somebody leaves, the list of members may be half freed."""
    return int(purple.conv_chat_get_id(purple.conversation_get_chat_data(talk)))


def _shown(talk: int) -> dict[str, Any]:
    chat = purple.conversation_get_chat_data(talk)
    members = [text(purple.conv_chat_cb_get_name(one)) for one in each(purple.conv_chat_get_users(chat))]
    return {
        "chat": _number(talk),
        "topic": text(purple.conv_chat_get_topic(chat)),
        "left": bool(purple.conv_chat_has_left(chat)),
        "members": sorted(one.removeprefix("sip:") for one in members),
    }
