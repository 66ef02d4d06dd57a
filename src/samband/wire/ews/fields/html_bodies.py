"""HTML bodies as a client wants to show them: without what is dangerous, images blocked or pointed elsewhere.

What may stay is listed; everything else goes, so that what nobody thought of goes too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from lxml import etree

_GONE_NAMES = """
    applet audio button canvas datalist fieldset form frameset iframe math noembed noframes noscript object optgroup
    option plaintext script select style svg template textarea title video xml
"""
_GONE = frozenset(_GONE_NAMES.split())
"""Elements that go with all that is in them; those that hold nothing just go."""
_KEPT_NAMES = """
    a abbr acronym address area article aside b bdi bdo big blockquote body br caption center cite code col colgroup dd
    del details dfn dir div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 head header hr html i img ins kbd
    label legend li main map mark menu nav ol p pre q rp rt ruby s samp section small span strike strong sub summary sup
    table tbody td tfoot th thead time tr tt u ul var wbr
"""
_KEPT = frozenset(_KEPT_NAMES.split())
"""Elements that stay; of any other one what is in it stays."""
_ATTRIBUTE_NAMES = """
    abbr align alt axis background bgcolor border bordercolor cellpadding cellspacing char charoff cite class clear
    color cols colspan compact coords datetime dir face frame headers height href hspace id lang language nohref noshade
    nowrap rel rowspan rules scope shape size span src start style summary tabindex target title type usemap valign
    value vspace width
"""
_ATTRIBUTES = frozenset(_ATTRIBUTE_NAMES.split())
_LINKS = frozenset({"href", "cite"})
_IMAGES = frozenset({"src", "background"})
_LINK_SCHEMES = frozenset({"http", "https", "mailto", "ftp", "tel", "sip", "cid", ""})
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_INVISIBLE = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f\ufeff]+")
_PICTURE = re.compile(r"data:image/(?:png|gif|jpe?g|bmp|webp);base64,", re.IGNORECASE)
_BAD_STYLE = re.compile(
    r"url\s*\(|expression|behavio|binding|javascript|vbscript|@import|position\s*:|[\\<]|/\*", re.IGNORECASE
)
_EXTERNAL = re.compile(
    r"""<(?:img|table|td|th|body|tr)\b[^>]*?\b(?:src|background)\s*=\s*["']?\s*(?:https?:|//)""", re.IGNORECASE
)
_UNCARRIED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

_DOCUMENT = re.compile(r"<(?:html|head|body)[\s>]", re.IGNORECASE)
_AFTER = re.compile(r"(<(?:html|head|meta|body)\b[^>]*>|</(?:head|body|html)>)\s*")
_LAST_WORDS = re.compile(r"(?<=[^\s>])\s*</body>")
_BEFORE = re.compile(r"\s*</body>")

ImageUrl = Callable[[str], str]
"""The address of an inline image by its Content-ID; empty where there is none."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be done with HTML bodies."""

    filter: bool = False
    block_images: bool = False
    blank_targets: bool = False

    def __bool__(self) -> bool:
        return self.filter or self.block_images or self.blank_targets


NOTHING = Wish()


class Rewritten(NamedTuple):
    """A document, and whether images from elsewhere were blocked in it."""

    markup: str
    blocked: bool


def has_external_images(markup: str) -> bool:
    """Whether a document shows images from somewhere else."""
    return _EXTERNAL.search(markup) is not None


def rewritten(markup: str, wish: Wish, image_url: ImageUrl | None = None) -> Rewritten:
    """``markup`` as ``wish`` has it; inline images are where ``image_url`` says. Never fails."""
    parser = etree.HTMLParser(recover=True, no_network=True, remove_comments=wish.filter, remove_pis=wish.filter)
    carried = _UNCARRIED.sub("", markup) or " "
    if not _DOCUMENT.search(carried):
        # Words that stand in no element would be put into a paragraph.
        carried = f"<html><body>{carried}</body></html>"
    try:
        parser.feed(carried)
        root = parser.close()
    except (etree.LxmlError, ValueError):
        return Rewritten("", False)
    if root is None:
        return Rewritten("", False)
    if wish.filter:
        _filter(root)
    blocked = False
    for element in root.iter(etree.Element):
        blocked = _show(element, wish, image_url) or blocked
    if wish.filter:
        _declare(root)
    written = etree.tostring(root, method="html", encoding="unicode")
    if wish.filter:
        # Exchange's white space: a line a tag, and a blank between a body's last words and the line's end.
        lines = _BEFORE.sub("\n</body>", _AFTER.sub(r"\1\n", written))
        written = _LAST_WORDS.sub(" \n</body>", lines)
    return Rewritten(re.sub(r"\r?\n", "\r\n", written), blocked)


def _filter(root: etree._Element) -> None:
    """Take out what may not stay."""
    for element in list(root.iter()):
        name = element.tag if isinstance(element.tag, str) else ""
        if name in _KEPT:
            _keep_attributes(element)
        elif element is not root:
            (_drop if name in _GONE or not name else _unwrap)(element)


def _keep_attributes(element: etree._Element) -> None:
    for name, value in list(element.attrib.items()):
        if not _is_harmless(str(name), str(value)):
            del element.attrib[name]
        elif name == "style":
            _set(element, "style", _style(str(value)))


def _is_harmless(name: str, value: str) -> bool:
    if name not in _ATTRIBUTES:
        return False
    plain = _INVISIBLE.sub("", value)
    scheme = _SCHEME.match(plain)
    if name in _LINKS:
        return (scheme.group(1).lower() if scheme else "") in _LINK_SCHEMES
    if name in _IMAGES:
        known = scheme is None or scheme.group(1).lower() in ("http", "https", "cid")
        return known or _PICTURE.match(plain) is not None
    return True


def _style(text: str) -> str:
    """The declarations of a style that do nothing but style."""
    return ";".join(part for part in text.split(";") if part.strip() and not _BAD_STYLE.search(part))


def _set(element: etree._Element, name: str, value: str) -> None:
    if value:
        element.set(name, value)
    else:
        del element.attrib[name]


def _drop(element: etree._Element) -> None:
    """Take an element out with what is in it; the text after it stays."""
    parent = element.getparent()
    if parent is None:
        return
    _join(element, element.tail)
    parent.remove(element)


def _unwrap(element: etree._Element) -> None:
    """Take an element out; what is in it stays."""
    parent = element.getparent()
    if parent is None:
        return
    place = parent.index(element)
    children = list(element)
    _join(element, element.text)
    if children:
        last = children[-1]
        last.tail = (last.tail or "") + (element.tail or "")
    else:
        _join(element, element.tail)
    element.tail = None
    parent.remove(element)
    for child in reversed(children):
        parent.insert(place, child)


def _join(element: etree._Element, text: str | None) -> None:
    """Put ``text`` before where ``element`` is."""
    if not text:
        return
    before, parent = element.getprevious(), element.getparent()
    if before is not None:
        before.tail = (before.tail or "") + text
    elif parent is not None:
        parent.text = (parent.text or "") + text


def _show(element: etree._Element, wish: Wish, image_url: ImageUrl | None) -> bool:
    """Links and images of one element; whether an image was blocked."""
    if wish.blank_targets and element.tag in ("a", "area") and element.get("href"):
        element.set("target", "_blank")
        element.set("rel", "noopener noreferrer")
    blocked = False
    for name in _IMAGES & set(map(str, element.attrib)):
        address = (element.get(name) or "").strip()
        if address[:4].lower() == "cid:" and image_url is not None:
            url = image_url(address[4:])
            if url:
                element.set(name, url)
        elif wish.block_images and re.match(r"https?:|//", address, re.IGNORECASE):
            del element.attrib[name]
            element.set(f"blockedimage{name}", address)
            blocked = True
    return blocked


def _declare(root: etree._Element) -> None:
    """Say in the document what it is written in."""
    head = root.find("head")
    if head is None:
        head = etree.Element("head")
        root.insert(0, head)
    meta = etree.Element("meta")
    meta.set("http-equiv", "Content-Type")
    meta.set("content", "text/html; charset=utf-8")
    head.insert(0, meta)
