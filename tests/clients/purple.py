"""A libpurple client without a window: one account a process, events out and commands in as JSON lines.

Started by ``tests.clients.purple_process``. The first line of standard input is the account::

    {"protocol": "prpl-sipe", "user": "alice@contoso.test", "login": "CONTOSO\\\\alice", "password": "...",
     "server": "127.0.0.1:5061", "transport": "tls", "authentication": "tls-dsk", "home": "/tmp/...", "ca": "/tmp/...",
     "settings": {"email": "..."}, "log": "/tmp/...log"}

Each further line is a command, ``{"do": "im", "to": "bob@contoso.test", "text": "hi"}``; what there is stands in
``COMMANDS``. Needs Debian's ``pidgin-sipe`` and ``libpurple0``; the structures of libpurple 2.14 are spelt out below.
"""

from __future__ import annotations

import base64
import ctypes
import json
import locale
import os
import time
from collections.abc import Callable
from ctypes import CFUNCTYPE, c_char_p, c_int, c_long, c_size_t, c_void_p
from pathlib import Path
from typing import Any

from tests.clients.purple_chats import Chats
from tests.clients.purple_library import (
    EVENT_LOOP,
    READ,
    MenuAction,
    PluginInfo,
    Protocol,
    ProtocolPlugin,
    callback,
    each,
    function,
    libpurple,
    loop,
    owned_text,
    plain,
    purple,
    say,
    send_typing,
    table,
    text,
)
from tests.clients.purple_sax import mend_sax
from tests.clients.purple_search import Search, show_info, show_people

NAME = b"samband-tests"
PORTS = range(15400, 15500)
"""Where it listens for others. SIMPLE would take 5060 of every address, which a server of another test may want."""

# --- what libpurple shows its user -------------------------------------------------------------------------------


def bare(name: str) -> str:
    return name.removeprefix("sip:")


@callback(None, c_void_p, c_int, c_char_p)
def _disconnected_because(connection: int, reason: int, why: bytes) -> None:
    fatal = bool(purple.connection_error_is_fatal(reason))
    say("connection-error", reason=reason, fatal=fatal, text=text(why))


@callback(None, c_void_p, c_char_p, c_char_p, c_char_p, c_int, c_long)
def _written(conversation: int, name: bytes, alias: bytes, message: bytes, flags: int, when: int) -> None:
    if flags & 0x0204:  # a line of the system, or an error
        who = bare(text(purple.conversation_get_name(conversation)))
        say("im-notice", who=who, text=plain(text(message)), error=bool(flags & 0x0200))


@callback(c_void_p, c_int, c_char_p, c_char_p, c_char_p)
def _notified(kind: int, title: bytes, primary: bytes, secondary: bytes) -> int:
    say("notice", kind=("error", "warning", "info")[kind], title=text(title), text=text(primary), more=text(secondary))
    return 1


@callback(c_void_p, c_char_p, c_char_p, c_char_p, c_int, c_void_p, c_char_p, c_void_p, c_void_p, c_size_t, c_void_p)
def _asked(title: bytes, primary: bytes, secondary: bytes, *rest: Any) -> int:
    say("question", title=text(title), text=text(primary), more=text(secondary))
    return 1


@callback(c_void_p, c_void_p, c_char_p, c_char_p, c_char_p, c_char_p, c_int, c_void_p, c_void_p, c_void_p)
def _may_watch(account: int, who: bytes, *rest: Any) -> int:
    """Somebody wants to see our presence: let them."""
    say("watcher", who=bare(text(who)))
    allow, data = CFUNCTYPE(None, c_void_p)(rest[4]), rest[6]
    loop.after(0, lambda: allow(data) or 0)
    return 1


@callback(None, c_void_p, c_char_p, c_char_p, c_char_p, c_char_p)
def _added_by(account: int, who: bytes, own: bytes, alias: bytes, message: bytes) -> None:
    """Somebody who is on no list of ours has put us on theirs."""
    say("added-by", who=bare(text(who)), alias=text(alias))


@callback(None, c_void_p, c_void_p)
def _own_status(account: int, status: int) -> None:
    note = plain(text(purple.status_get_attr_string(status, b"message")))
    say("own-status", status=text(purple.status_get_id(status)), note=note)


# --- the client --------------------------------------------------------------------------------------------------


class Client(Chats, Search):
    """One account."""

    def __init__(self, wanted: dict[str, Any]) -> None:
        self.wanted = wanted
        self.connection: int | None = None
        self._pending = b""
        self._leaving = False
        self._sipe: ctypes.CDLL | None = None

    # --- beginning

    def start(self) -> None:
        self._open_library()
        plugin = purple.find_prpl(self.wanted["protocol"].encode())
        if not plugin:
            raise SystemExit(f"libpurple has no {self.wanted['protocol']}")
        info = PluginInfo.from_address(ProtocolPlugin.from_address(plugin).info)
        self._protocol = Protocol.from_address(info.protocol)
        sax = ""
        if self.wanted["protocol"] == "prpl-sipe":
            self._sipe = ctypes.CDLL(text(ProtocolPlugin.from_address(plugin).path))
            sax = mend_sax(self._sipe)
        self._hear()
        self.account = self._new_account()
        loop.watch(0, READ, self._read)
        say("ready", sax=sax)
        # Kept as long as the process: libpurple looks the status up when it connects.
        purple.account_set_enabled(self.account, NAME, 1)
        purple.savedstatus_activate(purple.savedstatus_new(None, 2))

    def _open_library(self) -> None:
        purple.util_set_user_dir(self.wanted["home"].encode())
        self._log = Path(self.wanted["log"]).open("w", encoding="utf-8")  # noqa: SIM115 - open to the end
        purple.debug_set_enabled(0)
        purple.debug_set_verbose(1)
        purple.debug_set_unsafe(1)  # only then does sipe log whole messages
        log = self._log

        @callback(None, c_int, c_char_p, c_char_p)
        def write(level: int, category: bytes, line: bytes) -> None:
            if log is not None:
                log.write(f"{text(category)}: {text(line)}")
                log.flush()

        @callback(c_int, c_int, c_char_p)
        def wanted(level: int, category: bytes) -> int:
            return int(log is not None)

        @callback(None)
        def quietly() -> None:
            purple.debug_set_ui_ops(table(write, wanted))

        @callback(None)
        def shown() -> None:
            purple.connections_set_ui_ops(table(None, None, None, None, None, None, None, _disconnected_because))
            purple.conversations_set_ui_ops(table(None, None, None, None, _written))
            purple.notify_set_ui_ops(table(_notified, None, None, None, show_people, None, show_info))
            purple.request_set_ui_ops(table(None, None, _asked))
            purple.accounts_set_ui_ops(table(None, _own_status, _added_by, _may_watch))

        purple.core_set_ui_ops(table(None, quietly, shown))
        purple.eventloop_set_ui_ops(EVENT_LOOP)
        purple.plugins_add_search_path(b"/usr/lib/purple-2")
        if not purple.core_init(NAME):
            raise SystemExit("libpurple did not start")
        purple.set_blist(purple.blist_new())
        purple.prefs_load()
        for name in (b"/purple/logging/log_ims", b"/purple/logging/log_chats", b"/purple/logging/log_system"):
            purple.prefs_set_bool(name, 0)
        purple.prefs_set_string(b"/purple/away/idle_reporting", b"none")
        purple.prefs_set_bool(b"/purple/network/ports_range_use", 1)
        for name, port in ((b"start", PORTS[0]), (b"end", PORTS[-1])):
            purple.prefs_set_int(b"/purple/network/ports_range_" + name, port)
        if self.wanted.get("ca"):
            purple.certificate_add_ca_search_path(self.wanted["ca"].encode())

    def _new_account(self) -> int:
        wanted = self.wanted
        host, _, port = wanted.get("server", "").partition(":")
        user = f"{wanted['user']},{wanted.get('login', '')}"
        if wanted["protocol"] == "prpl-simple":
            user = f"{wanted['user'].partition('@')[0]}@{host}"
        account: int = purple.account_new(user.encode(), wanted["protocol"].encode())
        purple.account_set_password(account, wanted["password"].encode())
        settings: dict[str, Any] = dict(wanted.get("settings", {}))
        if wanted["protocol"] == "prpl-simple":
            settings |= {"port": int(port or 5060), "udp": wanted.get("transport") == "udp", "dopublish": True}
            settings |= {"useproxy": bool(wanted.get("proxy")), "proxy": wanted.get("proxy", "")}
            if wanted.get("login"):
                settings["authuser"] = wanted["login"]
        else:
            for name in ("server", "transport", "authentication"):
                if wanted.get(name):
                    settings[name] = wanted[name]
        for name, value in settings.items():
            if isinstance(value, bool):
                purple.account_set_bool(account, name.encode(), int(value))
            elif isinstance(value, int):
                purple.account_set_int(account, name.encode(), value)
            else:
                purple.account_set_string(account, name.encode(), str(value).encode())
        purple.accounts_add(account)
        return account

    # --- hearing

    def _hear(self) -> None:
        p, s, i = c_void_p, c_char_p, c_int
        connections, blist, talks = (
            purple.connections_get_handle(),
            purple.blist_get_handle(),
            purple.conversations_get_handle(),
        )
        self._on(connections, "signed-on", self._signed_on, p)
        self._on(connections, "signed-off", self._signed_off, p)
        self._on(connections, "connection-error", self._failed, p, i, s)
        self._on(blist, "buddy-status-changed", lambda buddy, old, new: self._about(buddy, "buddy-status"), p, p, p)
        self._on(blist, "buddy-idle-changed", lambda buddy, old, new: self._about(buddy, "buddy-status"), p, i, i)
        self._on(blist, "buddy-added", lambda buddy: self._about(buddy, "buddy-added"), p)
        self._on(blist, "buddy-icon-changed", self._icon, p)
        self._on(blist, "buddy-removed", lambda buddy: say("buddy-removed", who=self._name(buddy)), p)
        self._hear_chats(talks)
        self._on(talks, "received-im-msg", self._im, p, s, s, p, i)
        self._on(talks, "sent-im-msg", lambda account, to, words: say("im-sent", to=bare(text(to))), p, s, s)
        self._on(talks, "buddy-typing", lambda account, who: say("typing", who=bare(text(who)), typing=True), p, s)
        self._on(
            talks, "buddy-typing-stopped", lambda account, who: say("typing", who=bare(text(who)), typing=False), p, s
        )

    def _on(self, source: int, signal: str, act: Callable[..., Any], *kinds: Any) -> None:
        heard = callback(None, *kinds, c_void_p)(lambda *values: act(*values[:-1]))
        purple.signal_connect(source, signal.encode(), id(self) & 0x7FFFFFFF, ctypes.cast(heard, c_void_p), None)

    def _signed_on(self, connection: int) -> None:
        self.connection = connection
        say("signed-on")

    def _signed_off(self, connection: int) -> None:
        self.connection = None
        say("signed-off")
        loop.stopped = self._leaving

    def _failed(self, connection: int, reason: int, why: bytes) -> None:
        """Connect anew after a loss that is not final, as Pidgin does: libpurple leaves that to its user."""
        if self.wanted.get("reconnect") and not purple.connection_error_is_fatal(reason):
            loop.after(self.wanted["reconnect"], self._connect)

    def _connect(self) -> int:
        purple.account_connect(self.account)
        return 0

    def _im(self, account: int, who: bytes, words: bytes, conversation: int | None, flags: int) -> None:
        say("im", who=bare(text(who)), text=plain(text(words)), html=text(words))

    def _name(self, buddy: int) -> str:
        return bare(text(purple.buddy_get_name(buddy)))

    def _icon(self, buddy: int) -> None:
        """Say which picture of somebody is shown now."""
        icon = purple.buddy_icons_find(self.account, purple.buddy_get_name(buddy))
        picture = b""
        if icon:
            size = c_size_t()
            place = purple.buddy_icon_get_data(icon, ctypes.addressof(size))
            picture = ctypes.string_at(place, size.value)
            purple.buddy_icon_unref(icon)
        say("buddy-icon", who=self._name(buddy), picture=base64.b64encode(picture).decode())

    def _about(self, buddy: int, event: str) -> None:
        say(event, **self.describe(buddy))

    def describe(self, buddy: int) -> dict[str, Any]:
        """Everything libpurple shows of a buddy."""
        presence = purple.buddy_get_presence(buddy)
        status, group = purple.presence_get_active_status(presence), purple.buddy_get_group(buddy)
        return {
            "who": self._name(buddy),
            "alias": text(purple.buddy_get_alias(buddy)),
            "group": text(purple.group_get_name(group)) if group else "",
            "status": text(purple.status_get_id(status)),
            "online": bool(purple.presence_is_online(presence)),
            "text": self._status_text(buddy),
            "tooltip": self._tooltip(buddy),
        }

    def _status_text(self, buddy: int) -> str:
        if self.connection is None or not self._protocol.status_text:
            return ""
        return plain(owned_text(CFUNCTYPE(c_void_p, c_void_p)(self._protocol.status_text)(buddy)))

    def _tooltip(self, buddy: int) -> dict[str, str]:
        if self.connection is None or not self._protocol.tooltip_text:
            return {}
        shown = purple.notify_user_info_new()
        CFUNCTYPE(None, c_void_p, c_void_p, c_int)(self._protocol.tooltip_text)(buddy, shown, 1)
        lines = {
            text(purple.notify_user_info_entry_get_label(entry)): plain(
                text(purple.notify_user_info_entry_get_value(entry))
            )
            for entry in each(purple.notify_user_info_get_entries(shown))
        }
        purple.notify_user_info_destroy(shown)
        return lines

    # --- commands

    def _read(self, happened: int) -> None:
        data = os.read(0, 65536)
        if not data:
            self.do_quit()
            return
        *lines, self._pending = (self._pending + data).split(b"\n")
        for line in lines:
            self._obey(json.loads(line))

    def _obey(self, command: dict[str, Any]) -> None:
        words = dict(command)
        name = words.pop("do")
        try:
            if self.connection is None and name not in ("quit", "sign-on"):
                raise RuntimeError("not signed on")
            getattr(self, "do_" + name.replace("-", "_"))(**words)
        except Exception as error:
            say("failed", do=name, error=repr(error))
        else:
            say("done", do=name)

    def _buddy(self, who: str) -> int:
        found: int | None = purple.find_buddy(self.account, f"sip:{who}".encode())
        found = found or purple.find_buddy(self.account, who.encode())
        if not found:
            raise LookupError(who)
        return found

    def _group(self, name: str) -> int:
        found: int | None = purple.find_group(name.encode())
        if not found:
            found = purple.group_new(name.encode())
            purple.blist_add_group(found, None)
        return found  # type: ignore[return-value]

    def do_im(self, to: str, text: str) -> None:
        """Send a message; ``text`` is HTML to libpurple."""
        name = f"sip:{to}".encode()
        talk = purple.find_conversation_with_account(1, name, self.account)
        talk = talk or purple.conversation_new(1, self.account, name)
        purple.conv_im_send(purple.conversation_get_im_data(talk), text.encode())

    def do_close_im(self, to: str) -> None:
        """Close a conversation: ends its dialog."""
        talk = purple.find_conversation_with_account(1, f"sip:{to}".encode(), self.account)
        if not talk:
            raise LookupError(to)
        purple.conversation_destroy(talk)

    def do_typing(self, to: str, state: str = "typing") -> None:
        """Show the peer that somebody types, or no longer does."""
        send_typing(self.connection, f"sip:{to}".encode(), {"not": 0, "typing": 1, "typed": 2}[state])

    def do_status(self, status: str, note: str | None = None) -> None:
        """``available``, ``busy``, ``do-not-disturb``, ``be-right-back``, ``away``, ``invisible``."""
        words = [] if note is None else [c_char_p(b"message"), c_char_p(note.encode())]
        libpurple.purple_account_set_status(c_void_p(self.account), c_char_p(status.encode()), c_int(1), *words, None)

    def do_idle(self, idle: bool = True) -> None:
        """Have the machine notice that its user is away, which is no choice of theirs, or that they are back."""
        purple.savedstatus_set_idleaway(int(idle))
        since = int(time.time()) - 600 if idle else 0
        purple.presence_set_idle(purple.account_get_presence(self.account), int(idle), since)

    def do_add(self, who: str, group: str = "Friends") -> None:
        """Put somebody on the contact list."""
        place = self._group(group)
        buddy = purple.buddy_new(self.account, who.encode(), None)
        purple.blist_add_buddy(buddy, None, place, None)
        purple.account_add_buddy(self.account, buddy)

    def do_remove(self, who: str) -> None:
        """Take somebody off the contact list, out of every group."""
        self._buddy(who)
        for name in (f"sip:{who}", who):
            for buddy in list(each(purple.find_buddies(self.account, name.encode()))):
                purple.account_remove_buddy(self.account, buddy, purple.buddy_get_group(buddy))
                purple.blist_remove_buddy(buddy)

    def do_move(self, who: str, group: str) -> None:
        """Move somebody to another group."""
        purple.blist_add_buddy(self._buddy(who), None, self._group(group), None)

    def do_block(self, who: str) -> None:
        """Let somebody see nothing and say nothing."""
        purple.privacy_deny_add(self.account, who.encode(), 0)

    def do_unblock(self, who: str) -> None:
        purple.privacy_deny_remove(self.account, who.encode(), 0)

    def do_rename_group(self, old: str, new: str) -> None:
        purple.blist_rename_group(purple.find_group(old.encode()), new.encode())

    def do_remove_group(self, group: str) -> None:
        """Remove a group that is empty."""
        found = purple.find_group(group.encode())
        if not found:
            raise LookupError(group)
        purple.account_remove_group(self.account, found)
        purple.blist_remove_group(found)

    def do_buddies(self) -> None:
        """Say what the contact list shows now."""
        node, found = purple.blist_get_root(), []
        while node:
            if purple.blist_node_get_type(node) == 2:
                found.append(self.describe(node))
            node = purple.blist_node_next(node, 1)
        say("buddies", buddies=found)

    def do_menu(self, who: str, path: list[str]) -> None:
        """Choose from the menu of a buddy, by the labels on the way."""
        buddy = self._buddy(who)
        found = CFUNCTYPE(c_void_p, c_void_p)(self._protocol.buddy_menu)(buddy)
        for label in path:
            actions = [MenuAction.from_address(one) for one in each(found)]
            action = next((one for one in actions if label in text(one.label)), None)
            if action is None:
                raise LookupError(f"{label} is not among {[text(one.label) for one in actions]}")
            found = action.children
        CFUNCTYPE(None, c_void_p, c_void_p)(action.callback)(buddy, action.data)

    def do_sign_on(self) -> None:
        """Sign in again, after the server or the network ended it."""
        self._connect()

    def do_later(self, seconds: float) -> None:
        """Have so much time pass for whatever waits for it."""
        loop.skip(seconds)

    def do_calendar(self) -> None:
        """Have sipe fetch its user's calendar and publish it now."""
        if self._sipe is None:
            raise RuntimeError("only sipe has a calendar")
        update = function(self._sipe, "sipe_core_update_calendar", "-p")
        update(purple.connection_get_protocol_data(self.connection))

    def do_quit(self) -> None:
        """Sign off and end."""
        self._leaving = True
        if purple.account_get_connection(self.account):
            purple.account_disconnect(self.account)
            loop.after(3, self._stop)
        else:
            loop.stopped = True

    def _stop(self) -> int:
        loop.stopped = True
        return 0


COMMANDS = sorted(name.removeprefix("do_").replace("_", "-") for name in dir(Client) if name.startswith("do_"))


def main() -> None:
    os.environ.setdefault("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
    locale.setlocale(locale.LC_ALL, "C.UTF-8")  # sipe's NTLM asks the locale for its character set
    client = Client(json.loads(_first_line()))
    client.start()
    loop.run()
    say("ended")
    os._exit(0)  # libpurple's own clean-up is not what is tested


def _first_line() -> bytes:
    """Byte by byte: what follows must stay in the pipe for the loop."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            raise SystemExit("no account on standard input")
        line += byte
    return line


if __name__ == "__main__":
    main()
