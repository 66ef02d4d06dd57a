"""What of an answer is new: where the message that it answers begins in its body, as mail clients write it."""

from __future__ import annotations

import re

from samband.model.item_values import Body, BodyKind

_TEXT = re.compile(
    r"^(?:_{10,}\s*$|-{2,} ?(?:Original Message|Forwarded message|Ursprungligt meddelande"
    r"|Ursprüngliche Nachricht) ?-{2,}|On [^\n]{6,200}(?:\n[^\n]{1,100})?wrote:\s*$|>)",
    re.MULTILINE | re.IGNORECASE,
)
_HTML = re.compile(
    r"""<hr\b[^>]*>\s*<div[^>]*>\s*(?:<font[^>]*>\s*)?<b>|<blockquote[^>]*\btype=["']?cite|"""
    r"""<div[^>]*\bclass=["']?(?:gmail_quote|moz-cite-prefix|yahoo_quoted)|"""
    r"""<(?:div|hr)[^>]*\bid=["']?(?:x_)?(?:divRplyFwdMsg|appendonsend|reply-intro)|"""
    r"""<div[^>]*border-top:\s*solid #(?:E1E1E1|B5C4DF)""",
    re.IGNORECASE,
)


def without(body: Body) -> Body:
    """``body`` up to where it begins to quote."""
    found = (_HTML if body.kind is BodyKind.HTML else _TEXT).search(body.content)
    if found is None:
        return body
    kept = body.content[: found.start()].rstrip()
    if body.kind is BodyKind.HTML and "<body" in kept.lower():
        kept += "</body></html>"
    return Body(body.kind, kept)
