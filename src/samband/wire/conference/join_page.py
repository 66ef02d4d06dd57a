"""The page behind a join link: for people to read and join by, and for clients to find the conference in."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from samband.wire.xml.text import escape, escape_attribute

STATIC = "/meet/static/"
"""Where the files of the page are, on every host that serves pages."""
_HREF = re.compile(r'href="(conf[^"]*)"', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class JoinPage:
    """``address`` is the ``conf:`` address, ``focus`` the one of the focus; ``until`` is text for a person.

    ``ways`` are those to join in the browser: ``guest``, ``passcode`` (as a guest who knows it), ``password``,
    ``windows``.
    """

    subject: str
    organizer: str
    organizer_address: str
    id: str
    address: str
    focus: str
    until: str
    ways: tuple[str, ...] = ()


def write_page(one: JoinPage) -> bytes:
    """The page of a conference."""
    title = one.subject or "Online meeting"
    data = f'data-focus="{escape_attribute(one.focus)}" data-id="{escape_attribute(one.id)}"'
    return _page(
        title,
        f'<main id="meeting" class="card" {data} data-ways="{" ".join(one.ways)}">'
        f'<h1>{escape(title)}</h1><p class="quiet">A meeting of {escape(one.organizer)}</p>'
        '<div id="join"><noscript><p>To join in the browser, switch on JavaScript. Lync clients do not need it.</p>'
        "</noscript></div>"
        f'<p class="client"><a class="button" href="{_encoded(one.address)}">Open in Lync or Skype for Business</a></p>'
        f"<dl><dt>Organizer</dt><dd>{escape(one.organizer)} ({escape(one.organizer_address)})</dd>"
        f"<dt>Conference ID</dt><dd>{escape(one.id)}</dd><dt>Open until</dt><dd>{escape(one.until)}</dd></dl></main>",
        script=True,
    )


def write_missing_page() -> bytes:
    """The page where there is no such conference: it does not say what was wrong."""
    return _apology(
        "This meeting cannot be found",
        "The link may be incomplete, or the organizer has ended the meeting. Ask them for a new link.",
    )


def write_expired_page(until: str) -> bytes:
    """The page of a conference that has expired."""
    return _apology("This meeting has expired", f"It was open until {until}. Ask its organizer for a new link.")


def _apology(title: str, sentence: str) -> bytes:
    return _page(title, f'<main class="card"><h1 class="error">{escape(title)}</h1><p>{escape(sentence)}</p></main>')


def read_address(page: str) -> str:
    """The ``conf:`` address in a page, empty where there is none."""
    found = _HREF.search(page)
    return unquote(html.unescape(found[1])) if found else ""


def _page(title: str, content: str, *, script: bool = False) -> bytes:
    module = f'<script type="module" src="{STATIC}meeting.js"></script>' if script else ""
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f'<title>{escape(title)}</title><link rel="icon" href="{STATIC}icon.svg">'
        f'<link rel="stylesheet" href="{STATIC}meeting.css"><link rel="stylesheet" href="{STATIC}media.css">'
        f"{module}</head><body>"
        f'<p id="brand"><img src="{STATIC}icon.svg" alt="" width="28" height="28"> Samband</p>{content}</body></html>'
    ).encode("utf-8", "replace")


def _encoded(address: str) -> str:
    """As clients look for it: percent-encoded, and the colons and the at sign as entities on top of that."""
    return quote(address, safe=":@;=").replace("%", "&#37;").replace(":", "&#58;").replace("@", "&#64;")
