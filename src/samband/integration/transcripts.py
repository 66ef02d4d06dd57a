"""A conversation as the message that stands for it in a member's mailbox, written and read."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from lxml import etree
from lxml import html as documents

from samband.model.conversation_history import Copy, Kind, Party, Text
from samband.model.rich_text import harmless
from samband.wire.ews.client.conversation_history import CONVERSATION_CLASS, MISSED_CLASS, HistoryItem

_ADDRESS = re.compile(r"[^\s<>\"'/?#;,]{1,128}@[^\s<>\"'/?#;,@]{1,128}")
_NAMED = 5
"""How many people a subject names."""
_PAGE = (
    '<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head>'
    '<body style="font-family: Segoe UI, sans-serif; font-size: 10pt">{}</body></html>'
)

Mail = Callable[[Party], str]
"""The e-mail address by which a mailbox knows somebody."""


def history_item(copy: Copy, mail: Mail, zone: ZoneInfo) -> HistoryItem:
    """What ``copy`` is in the mailbox of its owner; times are shown in ``zone``."""
    missed = copy.kind is Kind.MISSED
    began, *others = copy.parties
    receivers = tuple((one.name, mail(one)) for one in others) or ((copy.owner.name, mail(copy.owner)),)
    return HistoryItem(
        item_class=MISSED_CLASS if missed else CONVERSATION_CLASS,
        subject=_subject(copy),
        body=_PAGE.format("".join(_lines(copy, zone))),
        sender=(began.name, mail(began)),
        receivers=receivers,
        began=copy.started,
        ended=copy.texts[-1].sent,
        is_read=not missed,
        mark=copy.mark,
    )


def _subject(copy: Copy) -> str:
    others = [one.name for one in copy.parties if one.address != copy.owner.address] or [copy.owner.name]
    if copy.kind is Kind.MISSED:
        return f"Missed conversation with {others[0]}"
    if copy.subject:
        return copy.subject
    more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
    return f"Conversation with {', '.join(others[:_NAMED])}{more}"


def _lines(copy: Copy, zone: ZoneInfo) -> list[str]:
    parts: list[str] = []
    if copy.kind is Kind.MISSED:
        names = html.escape(copy.texts[0].sender.name)
        parts.append(f"<div>You missed an instant message from {names}.</div>")
    day: date | None = None
    for text in copy.texts:
        moment = text.sent.astimezone(zone)
        if moment.date() != day:
            day = moment.date()
            parts.append(f'<div style="color: #666666">{day:%A, %d %B %Y}</div>')
        parts.append(
            f'<div style="margin-top: 6px"><b title="{html.escape(text.sender.address)}">'
            f'{html.escape(text.sender.name)}</b> <span style="color: #666666" '
            f'title="{text.sent.astimezone(UTC).isoformat()}">[{moment:%H:%M}]</span></div>'
            f'<div style="margin-left: 12px">{_words(text)}</div>'
        )
    return parts


def _words(text: Text) -> str:
    if text.html:
        return harmless(text.content)
    return html.escape(text.content.strip()).replace("\r\n", "\n").replace("\r", "\n").replace("\n", "<br>")


def read_texts(body: str) -> tuple[Text, ...]:
    """What ``history_item`` wrote; nothing where somebody else wrote the body.

    A text is a line that names who wrote it and when, exactly in what readers show as a hint, and one with its words.
    What people wrote stands deeper, where their own markup is not taken for such a line.
    """
    try:
        lines = documents.document_fromstring(body).findall("body/div") if body.strip() else []
    except (etree.ParserError, ValueError):
        return ()
    found = []
    for head, words in pairwise(lines):
        sender, sent = _head(head)
        if sender is not None and sent is not None:
            found.append(Text(sent, sender, *_content(words)))
    return tuple(found)


def _head(line: documents.HtmlElement) -> tuple[Party | None, datetime | None]:
    name, moment = line.find("b[@title]"), line.find("span[@title]")
    if name is None or moment is None or not _ADDRESS.fullmatch(name.get("title", "")):
        return None, None
    try:
        sent = datetime.fromisoformat(moment.get("title", ""))
    except ValueError:
        return None, None
    return Party(name.get("title", "").lower(), name.text_content()), sent if sent.tzinfo is not None else None


def _content(words: documents.HtmlElement) -> tuple[bool, str]:
    """Whether a text is HTML, and the text."""
    if all(one.tag == "br" for one in words):
        return False, (words.text or "") + "".join("\n" + (one.tail or "") for one in words)
    markup = (documents.tostring(one, encoding="unicode") for one in words)
    return True, html.escape(words.text or "", quote=False) + "".join(markup)
