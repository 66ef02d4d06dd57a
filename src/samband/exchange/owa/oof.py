"""Out of office in the web client: whether somebody is away, when, and what others are told."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from samband.exchange.owa.call import Call, Handlers, answer, done
from samband.model.bodies import html_of_text, text_of_html
from samband.model.failures import Failure
from samband.model.oof import ExternalAudience, OofSettings, OofState
from samband.wire.http import HttpResponse


class Absence(msgspec.Struct, forbid_unknown_fields=True):
    """What a form shows of the settings. ``internal`` and ``external`` are plain text; times are aware."""

    state: Literal["Disabled", "Enabled", "Scheduled"]
    audience: Literal["None", "Known", "All"] = "None"
    start: datetime | None = None
    end: datetime | None = None
    internal: str = ""
    external: str = ""


async def get(call: Call) -> HttpResponse:
    """The settings."""
    found = await call.exchange.oof.get(call.caller, call.person.primary_smtp)
    shown = Absence(
        found.state.value, found.audience.value, found.start, found.end,
        _text(found.internal_reply), _text(found.external_reply),
    )  # fmt: skip
    return answer(shown)


async def put(call: Call) -> HttpResponse:
    """Set them."""
    wish = call.read(Absence)
    if any(one is not None and one.tzinfo is None for one in (wish.start, wish.end)):
        raise Failure("ErrorInvalidRequest", "The times need a time zone.")
    before = await call.exchange.oof.get(call.caller, call.person.primary_smtp)
    settings = OofSettings(
        state=OofState(wish.state),
        audience=ExternalAudience(wish.audience),
        start=wish.start,
        end=wish.end,
        internal_reply=_reply(wish.internal, before.internal_reply),
        external_reply=_reply(wish.external, before.external_reply),
    )
    await call.exchange.oof.set(call.caller, call.person.primary_smtp, settings)
    return done()


def _text(reply: str) -> str:
    return text_of_html(reply).replace("\r\n", "\n").strip()


def _reply(typed: str, before: str) -> str:
    """A reply as others get it; one whose text was not changed keeps its looks."""
    text = typed.replace("\r\n", "\n").strip()
    if text == _text(before):
        return before
    return html_of_text(text) if text else ""


HANDLERS: Handlers = {("GET", "oof"): get, ("POST", "oof"): put}
