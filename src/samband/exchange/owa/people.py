"""People in the web client: who is signed in, whom the directory and one's contacts know, photos."""

from __future__ import annotations

import hashlib
import html
from typing import Any

from samband.exchange.owa.attachments import MAX_FILES
from samband.exchange.owa.call import ALWAYS, Call, Handlers, answer, done
from samband.model.failures import Failure
from samband.model.im_client import ImStatus
from samband.model.items import ContactProperties, Item
from samband.model.people import Person
from samband.wire.http import HttpResponse

MOST = 30
"""People that a search shows."""
_COLOURS = ("#0f6cbd", "#8764b8", "#038387", "#c239b3", "#ca5010", "#498205", "#a4262c", "#4f6bed", "#69797e")


async def session(call: Call) -> HttpResponse:
    """Who is signed in, the canary of the session, and whether there is instant messaging."""
    status = call.im.view(call.person).status if call.im is not None else ImStatus.OFF
    person = call.person
    return answer(
        {
            "name": person.displayName,
            "email": person.primary_smtp,
            "sip": person.proxy_sip,
            "canary": call.session.canary,
            "im": status.value,
            "mostFiles": MAX_FILES,
        }
    )


async def search(call: Call) -> HttpResponse:
    """People whose names or addresses begin like what was typed."""
    found = await call.exchange.personas.find(call.caller, call.word("q")[:200], None)
    shown = [_found(one) for one in found[: MOST * 2]]
    return answer([one for one in shown if one is not None and one["email"] != call.person.primary_smtp][:MOST])


def _found(one: Person | Item) -> dict[str, Any] | None:
    if isinstance(one, Person):
        if one.is_resource:
            return None
        about = ", ".join(word for word in (one.title, one.department) if word)
        return {"name": one.displayName, "email": one.primary_smtp, "sip": one.proxy_sip, "about": about}
    own = one.properties
    if not isinstance(own, ContactProperties):
        return None
    mail = next((address.address for address in own.email_addresses.values() if address.address), "")
    im = next(iter(own.im_addresses.values()), "").removeprefix("sip:")
    about = ", ".join(word for word in (own.job_title, own.company_name) if word)
    name = own.display_name or own.file_as or own.subject
    return {"id": one.id, "name": name, "email": mail, "sip": im, "about": about}


async def photo(call: Call) -> HttpResponse:
    """Somebody's photo; their initials where they have none."""
    address = call.word("address")[:320]
    size = call.number("size", 96, 648)
    if not address:
        raise Failure("ErrorInvalidRequest", "address is missing")
    found = await call.exchange.photos.get(address, size)
    if found is None:
        return _picture("image/svg+xml", _initials(call.word("name")[:100] or address))
    tag = f'"{found.tag}"'
    if call.request.headers.get("If-None-Match") == tag:
        return HttpResponse(304, [("ETag", tag), *ALWAYS])
    response = _picture("image/jpeg", found.content)
    response.headers.append(("ETag", tag))
    return response


def _picture(kind: str, content: bytes) -> HttpResponse:
    headers = [("Content-Type", kind), ("Cache-Control", "private, max-age=300")]
    return HttpResponse(200, [*headers, ("Content-Security-Policy", "default-src 'none'"), *ALWAYS], content)


def _initials(name: str) -> bytes:
    words = [word for word in name.partition("@")[0].replace(".", " ").split() if word[0].isalnum()]
    letters = html.escape("".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?")
    colour = _COLOURS[hashlib.sha256(name.lower().encode()).digest()[0] % len(_COLOURS)]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96">'
        f'<rect width="96" height="96" fill="{colour}"/><text x="48" y="50" fill="#fff" font-size="38"'
        ' font-family="Segoe UI, system-ui, sans-serif" text-anchor="middle" dominant-baseline="central">'
        f"{letters}</text></svg>"
    ).encode()


async def set_photo(call: Call) -> HttpResponse:
    """Take the picture in the body for one's own photo."""
    await call.exchange.photos.set(call.caller, call.person.primary_smtp, call.request.body)
    return done()


HANDLERS: Handlers = {
    ("GET", "session"): session,
    ("GET", "people"): search,
    ("GET", "photo"): photo,
    ("POST", "photo"): set_photo,
}
