"""The floor for SIP: the least a Python server on uvloop can do for the bytes of these scenarios, over TCP.

REGISTER with Digest, MESSAGE relayed with its transaction kept, presence handed on as it came. No policy, no timers of
subscriptions, no store: a bound, not a target. ``python -m bench.floor_sip USERS`` prints its port.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import sys
import time
from collections import deque
from hashlib import md5
from typing import cast

import uvloop

from bench.sip_requests import DOMAIN, user_name

LIFE = 32.0
"""Seconds a transaction is kept for its answer."""
_PARAMETER = re.compile(r'(\w+)=(?:"([^"]*)"|([^,\s]*))')


class Floor:
    """All state there is."""

    def __init__(self, users: int, password: str) -> None:
        names = [user_name(number) for number in range(users)]
        self.ha1 = {name: _hash(f"{name}:{DOMAIN}:{password}") for name in names}
        self.nonces: set[str] = set()
        self.places: dict[str, tuple[Wire, str]] = {}
        self.transactions: dict[str, Wire] = {}
        self.due: deque[tuple[float, str]] = deque()
        self.documents: dict[str, bytes] = {}
        self.watchers: dict[str, list[Subscription]] = {}
        self.numbers = itertools.count(1)
        self.port = 0

    def expire(self) -> None:
        """Forget transactions nobody answered."""
        now = time.monotonic()
        while self.due and self.due[0][0] < now:
            self.transactions.pop(self.due.popleft()[1], None)


class Subscription:
    """One watcher."""

    __slots__ = ("call", "contact", "count", "local", "remote", "wire")

    def __init__(self, wire: Wire, contact: str, remote: str, local: str, call: str) -> None:
        self.wire, self.contact, self.remote, self.local, self.call = wire, contact, remote, local, call
        self.count = 0


class Wire(asyncio.Protocol):
    """One connection."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.rest = b""
        self.methods = {
            "REGISTER": self.register,
            "MESSAGE": self.relay,
            "INVITE": self.relay,
            "ACK": self.relay,
            "BYE": self.relay,
            "SUBSCRIBE": self.subscribe,
            "PUBLISH": self.publish,
        }

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.write = cast(asyncio.Transport, transport).write

    def data_received(self, data: bytes) -> None:
        if self.rest:
            data = self.rest + data
        start, end = 0, len(data)
        while start < end:
            head = data.find(b"\r\n\r\n", start)
            if head < 0:
                break
            length = data.rfind(b"Content-Length:", start, head + 2)
            stop = head + 4 + (int(data[length + 15 : data.find(b"\r", length)]) if length >= 0 else 0)
            if stop > end:
                break
            self.handle(data[start:stop])
            start = stop
        self.rest = data[start:]

    def handle(self, data: bytes) -> None:
        head, _, body = data.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        fields: dict[str, str] = {}
        vias: list[str] = []
        for line in lines[1:]:
            name, _, value = line.partition(":")
            if name == "Via":
                vias.append(line)
            else:
                fields[name] = value.strip()
        if lines[0].startswith("SIP/2.0 "):
            self.response(lines[0], vias, fields, body)
            return
        method, uri, _ = lines[0].split(" ", 2)
        self.methods[method](method, uri, vias, fields, body)

    def reply(self, status: str, vias: list[str], fields: dict[str, str], extra: str = "", tag: str = "s1") -> None:
        via = "\r\n".join(vias)
        self.write(
            f"SIP/2.0 {status}\r\n{via}\r\nFrom: {fields['From']}\r\nTo: {fields['To']};tag={tag}\r\n"
            f"Call-ID: {fields['Call-ID']}\r\nCSeq: {fields['CSeq']}\r\n{extra}Content-Length: 0\r\n\r\n".encode()
        )

    def register(self, method: str, uri: str, vias: list[str], fields: dict[str, str], body: bytes) -> None:
        floor = self.floor
        credentials = fields.get("Authorization")
        if credentials is not None:
            proof = {name: quoted or plain for name, quoted, plain in _PARAMETER.findall(credentials)}
            nonce, name = proof["nonce"], proof["username"]
            if nonce in floor.nonces and name in floor.ha1:
                floor.nonces.discard(nonce)
                ha2 = _hash(f"REGISTER:{proof['uri']}")
                middle = f"{nonce}:{proof['nc']}:{proof['cnonce']}:{proof['qop']}"
                if _hash(f"{floor.ha1[name]}:{middle}:{ha2}") == proof["response"]:
                    contact = fields["Contact"]
                    floor.places[name] = (self, contact[1:-1])
                    self.reply("200 OK", vias, fields, f"Contact: {contact};expires=3600\r\n")
                    return
        nonce = os.urandom(12).hex()
        floor.nonces.add(nonce)
        challenge = f'WWW-Authenticate: Digest realm="{DOMAIN}", nonce="{nonce}", qop="auth"\r\n'
        self.reply("401 Unauthorized", vias, fields, challenge)

    def relay(self, method: str, uri: str, vias: list[str], fields: dict[str, str], body: bytes) -> None:
        floor = self.floor
        place = floor.places.get(_user(uri))
        if place is None:
            self.reply("404 Not Found", vias, fields)
            return
        branch = f"z9hG4bKp{next(floor.numbers):x}"
        if method != "ACK":
            floor.transactions[branch] = self
            floor.due.append((time.monotonic() + LIFE, branch))
        fields.pop("Route", None)
        if method == "INVITE":
            fields["Record-Route"] = f"<sip:127.0.0.1:{floor.port};transport=tcp;lr>"
        rest = "".join([f"{name}: {value}\r\n" for name, value in fields.items()])
        via = "\r\n".join(vias)
        place[0].write(
            f"{method} {place[1]} SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:{floor.port};branch={branch}\r\n"
            f"{via}\r\n{rest}\r\n".encode()
            + body
        )

    def response(self, start: str, vias: list[str], fields: dict[str, str], body: bytes) -> None:
        branch = vias[0].partition("branch=")[2].partition(";")[0]
        asker = self.floor.transactions.pop(branch, None)
        if asker is not None and len(vias) > 1:
            rest = "".join([f"{name}: {value}\r\n" for name, value in fields.items()])
            via = "\r\n".join(vias[1:])
            asker.write(f"{start}\r\n{via}\r\n{rest}\r\n".encode() + body)

    def subscribe(self, method: str, uri: str, vias: list[str], fields: dict[str, str], body: bytes) -> None:
        floor = self.floor
        tag = f"n{next(floor.numbers):x}"
        name = _user(uri)
        local = f"{fields['To']};tag={tag}"
        subscription = Subscription(self, fields["Contact"][1:-1], fields["From"], local, fields["Call-ID"])
        floor.watchers.setdefault(name, []).append(subscription)
        extra = f"Expires: 3600\r\nContact: <sip:127.0.0.1:{floor.port}>\r\n"
        self.reply("200 OK", vias, fields, extra, tag)
        self.notify(subscription, floor.documents.get(name, b""))

    def publish(self, method: str, uri: str, vias: list[str], fields: dict[str, str], body: bytes) -> None:
        floor = self.floor
        name = _user(uri)
        floor.documents[name] = body
        self.reply("200 OK", vias, fields, f"SIP-ETag: e{next(floor.numbers):x}\r\nExpires: 3600\r\n")
        for subscription in floor.watchers.get(name, ()):
            self.notify(subscription, body)

    def notify(self, subscription: Subscription, body: bytes) -> None:
        floor = self.floor
        subscription.count += 1
        branch = f"z9hG4bK{next(floor.numbers):x}"
        floor.transactions[branch] = self
        floor.due.append((time.monotonic() + LIFE, branch))
        kind = "Content-Type: application/pidf+xml\r\n" if body else ""
        subscription.wire.write(
            f"NOTIFY {subscription.contact} SIP/2.0\r\n"
            f"Via: SIP/2.0/TCP 127.0.0.1:{floor.port};branch={branch}\r\nMax-Forwards: 70\r\n"
            f"From: {subscription.local}\r\nTo: {subscription.remote}\r\nCall-ID: {subscription.call}\r\n"
            f"CSeq: {subscription.count} NOTIFY\r\nContact: <sip:127.0.0.1:{floor.port}>\r\nEvent: presence\r\n"
            f"Subscription-State: active;expires=3600\r\n{kind}Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )

    def connection_lost(self, error: Exception | None) -> None:
        watchers = self.floor.watchers
        for name, held in watchers.items():
            watchers[name] = [one for one in held if one.wire is not self]


def _user(uri: str) -> str:
    return uri[4 : uri.find("@")]


def _hash(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()


async def main(users: int) -> None:
    floor = Floor(users, "pw")
    server = await asyncio.get_running_loop().create_server(lambda: Wire(floor), "127.0.0.1", 0)
    floor.port = int(server.sockets[0].getsockname()[1])
    print(floor.port, flush=True)
    while True:
        await asyncio.sleep(1)
        floor.expire()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
