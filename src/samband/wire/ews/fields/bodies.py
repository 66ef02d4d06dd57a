"""Bodies as a shape wants them: filtered, images blocked or pointed elsewhere, cut [MS-OXWSCDATA 2.2.4.42]."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from samband.wire.ews.fields.html_bodies import NOTHING, Wish, has_external_images, rewritten
from samband.wire.ews.ids import IdKind, write_id
from samband.wire.xml.text import escape

SHOWN = "0x1096:Integer"
"""The property that a client sets on a message whose images somebody wanted to see (PidTagBlockStatus)."""


@dataclass(frozen=True, slots=True)
class BodyWish:
    """How bodies are shown. ``image_template`` has ``{id}`` where an attachment's identifier goes, empty: images stay
    as they are; ``limit`` is the most bytes of a body, None: all of it."""

    html: Wish = NOTHING
    image_template: str = ""
    limit: int | None = None

    def __bool__(self) -> bool:
        return bool(self.html) or bool(self.image_template) or self.limit is not None


PLAIN = BodyWish()
"""Bodies as they are."""


def writer(name: str, wish: BodyWish) -> Callable[[Any, Any], str]:
    """Writes a body (the second argument) of an item as the element ``name``."""

    def write(item: Any, body: Any) -> str:
        if body is None:
            return ""
        content, kind, cut = body.content, body.kind, ""
        if kind == "HTML" and (wish.html or wish.image_template):
            content = rewritten(content, wish.html, _images(item, wish.image_template)).markup
        if wish.limit is not None:
            content, truncated = _cut(content, wish.limit)
            cut = f' IsTruncated="{"true" if truncated else "false"}"'
        return f'<t:{name} BodyType="{kind}"{cut}>{escape(content)}</t:{name}>'

    return write


def _cut(content: str, limit: int) -> tuple[str, bool]:
    data = content.encode("utf-8", "replace")
    return (content, False) if len(data) <= limit else (data[:limit].decode("utf-8", "ignore"), True)


def _images(item: Any, template: str) -> Callable[[str], str] | None:
    if not template:
        return None
    known = {one.content_id.strip("<>"): one for one in item.attachments if one.content_id}

    def url(content_id: str) -> str:
        found = known.get(content_id)
        if found is None:
            return ""
        identifier = quote(write_id(IdKind.ATTACHMENT, item.mailbox, found.id, found.ordinal), safe="")
        return template.replace("{id}", identifier).replace("{Id}", identifier)

    return url


def _external(item: Any) -> bool:
    body = item.properties.body
    return body is not None and body.kind == "HTML" and has_external_images(body.content)


def block_status(item: Any) -> str:
    """``<t:BlockStatus>``: whether images from elsewhere stay hidden until somebody wants to see them."""
    blocked = _external(item) and SHOWN not in item.properties.extended
    return f"<t:BlockStatus>{'true' if blocked else 'false'}</t:BlockStatus>"


def has_blocked_images(wish: BodyWish) -> Callable[[Any], str]:
    """``<t:HasBlockedImages>``: whether any image is blocked in the body as this answer shows it."""

    def write(item: Any) -> str:
        blocked = wish.html.block_images and _external(item)
        return f"<t:HasBlockedImages>{'true' if blocked else 'false'}</t:HasBlockedImages>"

    return write
