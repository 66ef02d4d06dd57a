"""What is asked of an EWS server: mailboxes to ask about, and every scenario as ready HTTP requests."""

from __future__ import annotations

import http.client
import io
import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from bench import ews_requests as ask
from bench.processes import Server

MAILBOXES = 30
LARGE = 4
PASSWORD = "pw"
PATH = "/EWS/Exchange.asmx"


class NotThere(Exception):
    """The server cannot do what a scenario needs; the text says why."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Requests to send in turn; ``reason`` where there are none."""

    name: str
    requests: list[bytes]
    reason: str = ""

    @property
    def writes(self) -> bool:
        return self.name.startswith("CreateItem")


def address(number: int) -> str:
    return f"u{number % MAILBOXES}@bench.test"


def send(server: Server, request: bytes) -> tuple[int, bytes]:
    """Status and body that ``server`` answers one whole HTTP request with, outside the measuring."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, path, _ = first.split(" ")
    headers = dict(line.split(": ", 1) for line in lines)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def call(server: Server, body: str, who: int = 0) -> str:
    """One operation as ``who``. Raises ``NotThere`` where it is refused."""
    return understood(*send(server, ask.http(address(who), PASSWORD, body)))


def understood(status: int, answer: bytes) -> str:
    """The text of an answer. Raises ``NotThere`` where it refuses."""
    text = answer.decode("utf-8", "replace")
    if status not in (200, 304) or 'ResponseClass="Error"' in text:
        found = re.search(r"<(?:faultstring|m:MessageText|e:Message)[^>]*>([^<]*)", text)
        raise NotThere(f"{status}: {found[1] if found else text[:200] or 'no answer'}")
    return text


def populate(server: Server) -> None:
    """1,000 messages in four mailboxes, 20 in the others, 300 appointments in each."""
    for who in range(MAILBOXES):
        for at in range(0, 1000 if who < LARGE else 20, 20):
            call(server, ask.create_messages("".join(ask.message(n, address(1)) for n in range(at, at + 20))), who)
        for at in range(0, 300, 20):
            items = "".join(ask.appointment(n + 13 * who) for n in range(at, at + 20))
            call(server, ask.create_appointments(items), who)
        if who < LARGE:
            call(server, ask.set_photo(address(who), picture()), who)


def picture() -> bytes:
    """A picture of about 8 KB."""
    chance = random.Random(1)
    image = Image.frombytes("RGB", (96, 96), chance.randbytes(96 * 96 * 3))
    content = io.BytesIO()
    image.save(content, "JPEG", quality=60)
    return content.getvalue()


def scenarios(server: Server) -> list[Scenario]:
    """Every scenario; identifiers and sync states in them are this server's own."""
    others = [address(n) for n in range(20)]
    five = tuple(address(n) for n in range(5, 10))
    makers: dict[str, Callable[[], list[bytes]]] = {
        "GetFolder": lambda: _each(lambda n: ask.get_folder()),
        "GetItem": lambda: _own(*(ask.get_items([one]) for one in _identifiers(server))),
        "GetItem x10": lambda: _own(ask.get_items(_identifiers(server)[:10])),
        "FindItem 50 of 1,000": lambda: _each(lambda n: ask.find_items()),
        "FindItem calendar view 7 d": lambda: _each(lambda n: ask.calendar_view(n % 7 * 7)),
        "GetUserAvailability 1 x 7 d": lambda: _each(lambda n: ask.availability([address(n)], n % 7 * 7)),
        "GetUserAvailability 20 x 7 d": lambda: _each(lambda n: ask.availability(others, n % 7 * 7)),
        "SyncFolderItems no change": lambda: _own(ask.sync(_latest_state(server))),
        "SyncFolderItems first 100": lambda: _each(lambda n: ask.sync()),
        "GetUserPhoto, SOAP": lambda: _each(lambda n: ask.get_photo(address(n % LARGE))),
        "GetUserPhoto, GET": lambda: [_photo(n) for n in range(LARGE)],
        "GetUserPhoto, GET, 304": lambda: [_photo(n, _tag(server, n)) for n in range(LARGE)],
        "CreateItem message (durable)": lambda: _each(lambda n: ask.create_messages(ask.message(n, five[0]), "drafts")),
        "CreateItem meeting, 5 people": lambda: _each(lambda n: ask.create_appointments(ask.appointment(n, five))),
    }
    return [_made(server, name, make) for name, make in makers.items()]


def _made(server: Server, name: str, make: Callable[[], list[bytes]]) -> Scenario:
    try:
        requests = make()
        understood(*send(server, requests[0]))
    except NotThere as reason:
        return Scenario(name, [], str(reason))
    return Scenario(name, requests)


def _each(body: Callable[[int], str], count: int = 28) -> list[bytes]:
    """Requests of the owners of the large mailboxes in turn."""
    return [ask.http(address(n % LARGE), PASSWORD, body(n)) for n in range(count)]


def _own(*bodies: str) -> list[bytes]:
    return [ask.http(address(0), PASSWORD, body) for body in bodies]


def _photo(who: int, known: str = "") -> bytes:
    path = f"{PATH}/s/GetUserPhoto?email={address(who)}&size=HR96x96"
    return ask.http_get(address(who), PASSWORD, path, known)


def _tag(server: Server, who: int) -> str:
    """The ETag of the photo of ``who``."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    try:
        first, *lines = _photo(who).decode().strip().split("\r\n")
        connection.request("GET", first.split(" ")[1], headers=dict(line.split(": ", 1) for line in lines))
        answer = connection.getresponse()
        answer.read()
        return (answer.getheader("ETag") or "").strip('"')
    except http.client.HTTPException as reason:
        raise NotThere(str(reason)) from None
    finally:
        connection.close()


def _identifiers(server: Server) -> list[str]:
    found = re.findall(r'ItemId Id="([^"]+)"', call(server, ask.sync()))
    if not found:
        raise NotThere("the mailbox is empty")
    return found


def _latest_state(server: Server) -> str:
    state = ""
    for _ in range(100):
        text = call(server, ask.sync(state, 500))
        state = re.search(r"SyncState>([^<]*)<", text)[1]  # type: ignore[index]
        if re.search(r"IncludesLastItemInRange>\s*true", text):
            return state
    raise NotThere("synchronisation does not come to an end")
