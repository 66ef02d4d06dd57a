"""The page behind a join link: for people to read, and for clients to find the conference in."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from samband.wire.xml.text import escape

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem;color:#222}"
    "a.join{display:inline-block;padding:.6rem 1.2rem;background:#0b5cad;color:#fff;text-decoration:none}"
    "dt{color:#666}dd{margin:0 0 .6rem 0}.error{color:#a00}"
)
_HREF = re.compile(r'href="(conf[^"]*)"', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class JoinPage:
    """``address`` is the ``conf:`` address; ``until`` is text for a person."""

    subject: str
    organizer: str
    organizer_address: str
    id: str
    address: str
    until: str


def write_page(one: JoinPage) -> bytes:
    """The page of a conference."""
    title = one.subject or "Online meeting"
    return _page(
        title,
        f"<h1>{escape(title)}</h1>"
        f'<p><a class="join" href="{_encoded(one.address)}">Join the meeting</a></p>'
        "<p>The link opens Lync, Skype for Business or another client that knows meeting addresses. You can also"
        " join there by the organizer and the conference ID below.</p>"
        f"<dl><dt>Organizer</dt><dd>{escape(one.organizer)} ({escape(one.organizer_address)})</dd>"
        f"<dt>Conference ID</dt><dd>{escape(one.id)}</dd><dt>Open until</dt><dd>{escape(one.until)}</dd></dl>"
        "<p>The meeting is held in writing: it has no sound and no pictures. You need an account in the organizer's"
        " organization; guests cannot join from the browser yet.</p>",
    )


def write_missing_page() -> bytes:
    """The page where there is no such conference: it does not say what was wrong."""
    return _page(
        "No such meeting",
        '<h1 class="error">This meeting cannot be found</h1>'
        "<p>The link may be incomplete, or the meeting is over. Ask its organizer for a new link.</p>",
    )


def read_address(page: str) -> str:
    """The ``conf:`` address in a page, empty where there is none."""
    found = _HREF.search(page)
    return unquote(html.unescape(found[1])) if found else ""


def _page(title: str, content: str) -> bytes:
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>{content}</body></html>"
    ).encode("utf-8", "replace")


def _encoded(address: str) -> str:
    """As clients look for it: percent-encoded, and the colons and the at sign as entities on top of that."""
    return quote(address, safe=":@;=").replace("%", "&#37;").replace(":", "&#58;").replace("@", "&#64;")
