"""Looking for people in the libpurple client: its commands, and what it shows of them."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import Structure, c_char_p, c_void_p, string_at

from tests.clients.purple_library import callback, each, plain, purple, say, text


class _Results(Structure):
    _fields_ = [("columns", c_void_p), ("rows", c_void_p), ("buttons", c_void_p)]


@callback(c_void_p, c_void_p, c_char_p, c_char_p, c_char_p, c_void_p, c_void_p)
def show_people(connection: int, title: bytes, primary: bytes, secondary: bytes, results: int, data: int) -> int:
    """A table of people: address, name, company, country, mail."""
    rows = [
        [text(string_at(cell)) if cell else "" for cell in each(row)]
        for row in each(_Results.from_address(results).rows)
    ]
    say("found", rows=rows, text=text(secondary))
    return 1


@callback(c_void_p, c_void_p, c_char_p, c_void_p)
def show_info(connection: int, who: bytes, info: int) -> int:
    """What is known of somebody, by label."""
    lines = {
        text(purple.notify_user_info_entry_get_label(entry)): plain(
            text(purple.notify_user_info_entry_get_value(entry))
        )
        for entry in each(purple.notify_user_info_get_entries(info))
    }
    say("info", who=text(who).removeprefix("sip:"), lines=lines)
    return 1


class Search:
    """What ``Client`` knows of searches."""

    _core: Callable[..., None]

    def do_search(
        self, given: str = "", surname: str = "", email: str = "", sip: str = "", company: str = "", country: str = ""
    ) -> None:
        """Look for people as its user would by "Contact search..."; what is empty is not asked for."""
        words = [one.encode() or None for one in (given, surname, email, sip, company, country)]
        self._core("sipe_core_buddy_search", "-ppssssss", None, *words)

    def do_info(self, who: str) -> None:
        """Ask for what is known of somebody."""
        self._core("sipe_core_buddy_get_info", "-ps", f"sip:{who}".encode())
