"""libpurple through ctypes: its functions with their types, its structures, and the event loop it asks for.

The structures are those of libpurple 2.14 on a 64-bit machine.
"""

from __future__ import annotations

import ctypes
import html
import itertools
import json
import re
import select
import sys
import time
from collections.abc import Callable, Iterator
from ctypes import CFUNCTYPE, Structure, c_char_p, c_int, c_size_t, c_uint, c_ulong, c_void_p
from typing import Any

STARTED = time.monotonic()

libpurple = ctypes.CDLL("libpurple.so.0", mode=ctypes.RTLD_GLOBAL)
_glib = ctypes.CDLL("libglib-2.0.so.0")

_KINDS = {"-": None, "p": c_void_p, "s": c_char_p, "i": c_int, "u": c_uint, "z": c_size_t}
SIGNATURES = """
    savedstatus_set_idleaway -i, account_get_presence pp, presence_set_idle -piz
    account_add_buddy -pp, account_connect -p, account_disconnect -p, account_get_connection pp, account_new pss
    account_remove_buddy -ppp, connection_error_is_fatal ii
    account_remove_group -pp, account_set_bool -psi, account_set_enabled -psi, account_set_int -psi
    account_set_password -ps, account_set_string -pss, accounts_add -p, accounts_set_ui_ops -p
    blist_add_buddy -pppp, blist_add_group -pp, blist_get_handle p, blist_get_root p
    blist_new p, blist_node_get_type ip, blist_node_next ppi, blist_remove_buddy -p, blist_remove_group -p
    blist_rename_group -ps, buddy_get_alias sp, buddy_get_group pp, buddy_get_name sp, buddy_get_presence pp
    buddy_new ppss, certificate_add_ca_search_path is, connection_get_protocol_data pp, connections_get_handle p
    connections_set_ui_ops -p, conv_im_send -ps, conversation_destroy -p, conversation_get_im_data pp
    conv_chat_cb_get_name sp, conv_chat_get_id ip, conv_chat_get_topic sp, conv_chat_get_users pp
    conv_chat_has_left ip, conv_chat_send -ps, conversation_get_chat_data pp, conversation_get_data pps
    conversation_get_name sp, conversation_new pips, conversations_get_handle p, conversations_set_ui_ops -p
    core_init is, core_set_ui_ops -p, debug_set_enabled -i, debug_set_ui_ops -p, debug_set_unsafe -i
    debug_set_verbose -i, eventloop_set_ui_ops -p, find_buddies pps, find_buddy pps
    find_chat ppi, get_chats p
    find_conversation_with_account pisp, find_group ps, find_prpl ps, group_get_name sp, group_new ps
    notify_set_ui_ops -p, notify_user_info_destroy -p, notify_user_info_entry_get_label sp
    notify_user_info_entry_get_value sp, notify_user_info_get_entries pp, notify_user_info_new p
    plugins_add_search_path -s, prefs_load i, prefs_set_bool -si, prefs_set_int -si, prefs_set_string -ss
    presence_get_active_status pp
    presence_is_online ip, request_set_ui_ops -p, savedstatus_activate -p, savedstatus_new psi, set_blist -p
    buddy_icons_find ppp, buddy_icon_get_data ppp, buddy_icon_unref pp
    privacy_deny_add ipsi, privacy_deny_remove ipsi
    signal_connect upsppp, status_get_attr_string sps, status_get_id sp, util_set_user_dir -s
"""


def function(library: ctypes.CDLL, name: str, kinds: str) -> Any:
    found = getattr(library, name)
    found.restype, found.argtypes = _KINDS[kinds[0]], [_KINDS[kind] for kind in kinds[1:]]
    return found


class Purple:
    """libpurple's functions by their names without ``purple_``, each with its types."""

    def __init__(self) -> None:
        for name, kinds in re.findall(r"(\w+) ([-\w]+)", SIGNATURES):
            setattr(self, name, function(libpurple, f"purple_{name}", kinds))

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"purple_{name} is not declared")


purple = Purple()
send_typing = function(libpurple, "serv_send_typing", "upsi")
invite_to_chat = function(libpurple, "serv_chat_invite", "-piss")
leave_chat = function(libpurple, "serv_chat_leave", "-pi")
g_free = function(_glib, "g_free", "-p")
g_main_context_iteration = function(_glib, "g_main_context_iteration", "ipi")


class _ListNode(Structure):
    _fields_ = [("data", c_void_p), ("next", c_void_p)]


def each(pointer: int | None) -> Iterator[int]:
    """The elements of a GList."""
    while pointer:
        node = _ListNode.from_address(pointer)
        yield node.data
        pointer = node.next


def text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")


def owned_text(pointer: int | None) -> str:
    """A string that is ours to free."""
    if not pointer:
        return ""
    value = text(ctypes.string_at(pointer))
    g_free(pointer)
    return value


def plain(value: str) -> str:
    """Text of a piece of HTML."""
    return html.unescape(re.sub(r"<[^>]*>", "", re.sub(r"<br ?/?>", "\n", value)))


def say(event: str, **fields: Any) -> None:
    """One event."""
    line = json.dumps({"event": event, "at": round(time.monotonic() - STARTED, 3), **fields})
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


_kept: list[Any] = []
"""Callbacks that C holds: they must not be collected."""


def callback(result: Any, *kinds: Any) -> Callable[[Callable[..., Any]], Any]:
    """A Python function for C to call; an exception in it becomes an event."""

    def make(function: Callable[..., Any]) -> Any:
        def guarded(*values: Any) -> Any:
            try:
                return function(*values)
            except Exception as error:
                say("driver-error", where=function.__name__, error=repr(error))
                return None if result is None else 0

        kept = CFUNCTYPE(result, *kinds)(guarded)
        _kept.append(kept)
        return kept

    return make


# --- event loop --------------------------------------------------------------------------------------------------

_TimerFunction = CFUNCTYPE(c_int, c_void_p)
_InputFunction = CFUNCTYPE(None, c_void_p, c_int, c_int)
READ, WRITE = 1, 2


class Loop:
    """Timers and files of libpurple, turned in Python; GLib's own sources get their turn too."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._timers: dict[int, tuple[float, float, Callable[[], int]]] = {}
        self._inputs: dict[int, tuple[int, int, Callable[[int], None]]] = {}
        self.stopped = False

    def after(self, seconds: float, act: Callable[[], int]) -> int:
        """Call ``act`` again and again, as long as it returns something true."""
        number = next(self._numbers)
        self._timers[number] = (time.monotonic() + seconds, seconds, act)
        return number

    def watch(self, descriptor: int, condition: int, act: Callable[[int], None]) -> int:
        number = next(self._numbers)
        self._inputs[number] = (descriptor, condition, act)
        return number

    def forget(self, number: int) -> int:
        return int(self._timers.pop(number, None) is not None or self._inputs.pop(number, None) is not None)

    def skip(self, passed: float) -> None:
        """Have every timer ring so many seconds sooner."""
        self._timers = {number: (due - passed, every, act) for number, (due, every, act) in self._timers.items()}

    def run(self) -> None:
        while not self.stopped:
            self._turn()

    def _turn(self) -> None:
        self._look()
        self._ring()
        # Only then what GLib does when idle: sipe frees a connection there that an earlier timer still has to close.
        while g_main_context_iteration(None, 0):
            self._ring()

    def _ring(self) -> None:
        """Call every timer that is due, once; also those that this sets."""
        rung: set[int] = set()
        while ready := [
            number for number, (due, _, _) in self._timers.items() if due <= time.monotonic() and number not in rung
        ]:
            for number in ready:
                rung.add(number)
                if number not in self._timers:
                    continue
                _, seconds, act = self._timers[number]
                self._timers[number] = (time.monotonic() + seconds, seconds, act)
                if not act():
                    self._timers.pop(number, None)

    def _look(self) -> None:
        """Wait a little for files, and call whoever waits for what happened."""
        poll = select.poll()
        wanted: dict[int, int] = {}
        for descriptor, condition, _ in self._inputs.values():
            events = (select.POLLIN if condition & READ else 0) | (select.POLLOUT if condition & WRITE else 0)
            wanted[descriptor] = wanted.get(descriptor, 0) | events
        for descriptor, events in wanted.items():
            poll.register(descriptor, events)
        now = time.monotonic()
        next_due = min((due for due, _, _ in self._timers.values()), default=now + 0.05)
        ready = dict(poll.poll(max(0.0, min(next_due - now, 0.05)) * 1000))
        for number, (descriptor, condition, act) in list(self._inputs.items()):
            found = ready.get(descriptor, 0)
            broken = found & (select.POLLHUP | select.POLLERR | select.POLLNVAL)
            happened = (READ if found & select.POLLIN or broken else 0) | (
                WRITE if found & select.POLLOUT or broken else 0
            )
            if happened & condition and number in self._inputs:
                act(happened & condition)


loop = Loop()


@callback(c_uint, c_uint, c_void_p, c_void_p)
def _timeout_add(milliseconds: int, function: int, data: int | None) -> int:
    act = _TimerFunction(function)
    return loop.after(milliseconds / 1000, lambda: act(data))


@callback(c_uint, c_uint, c_void_p, c_void_p)
def _timeout_add_seconds(seconds: int, function: int, data: int | None) -> int:
    act = _TimerFunction(function)
    return loop.after(seconds, lambda: act(data))


@callback(c_uint, c_int, c_int, c_void_p, c_void_p)
def _input_add(descriptor: int, condition: int, function: int, data: int | None) -> int:
    act = _InputFunction(function)
    return loop.watch(descriptor, condition, lambda happened: act(data, descriptor, happened))


@callback(c_int, c_uint)
def _forget(number: int) -> int:
    return loop.forget(number)


def table(*entries: Any) -> Any:
    """A structure of function pointers; None stands for one that is not there."""
    array = (c_void_p * (len(entries) + 8))()
    for index, entry in enumerate(entries):
        if entry is not None:
            array[index] = ctypes.cast(entry, c_void_p).value
    _kept.append(array)
    return ctypes.cast(array, c_void_p)


EVENT_LOOP = table(_timeout_add, _forget, _input_add, _forget, None, _timeout_add_seconds)
"""PurpleEventLoopUiOps over ``loop``."""

# --- structures


class ProtocolPlugin(Structure):
    """PurplePlugin."""

    _fields_ = [("native", c_int), ("loaded", c_int), ("handle", c_void_p), ("path", c_char_p), ("info", c_void_p)]


class PluginInfo(Structure):
    """PurplePluginInfo."""

    _fields_ = [
        ("magic", c_uint),
        ("major", c_uint),
        ("minor", c_uint),
        ("type", c_int),
        ("ui", c_char_p),
        ("flags", c_ulong),
        ("dependencies", c_void_p),
        ("priority", c_int),
        ("texts", c_char_p * 7),
        ("acts", c_void_p * 3),
        ("ui_info", c_void_p),
        ("protocol", c_void_p),
    ]


class _IconSpec(Structure):
    """PurpleBuddyIconSpec."""

    _fields_ = [("format", c_char_p), ("sizes", c_int * 4), ("bytes", c_size_t), ("rules", c_int)]


class Protocol(Structure):
    """The head of PurplePluginProtocolInfo."""

    _fields_ = [
        ("options", c_int),
        ("splits", c_void_p),
        ("account_options", c_void_p),
        ("icon", _IconSpec),
        ("list_icon", c_void_p),
        ("list_emblem", c_void_p),
        ("status_text", c_void_p),
        ("tooltip_text", c_void_p),
        ("status_types", c_void_p),
        ("buddy_menu", c_void_p),
    ]


class MenuAction(Structure):
    """PurpleMenuAction."""

    _fields_ = [("label", c_char_p), ("callback", c_void_p), ("data", c_void_p), ("children", c_void_p)]
