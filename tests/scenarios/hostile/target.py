"""The server under attack: ways to reach its ports byte by byte, and to see that it is well."""

from __future__ import annotations

import contextlib
import itertools
import re
import socket
import ssl
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.clients.running_demo import Demo
from tests.scenarios.ews_session import Connection, EwsSession, basic

Place = tuple[str, int]
_STATUS = re.compile(rb"^SIP/2\.0 (\d{3}) ", re.MULTILINE)
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes = field(repr=False)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name]

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


class Target:
    """A demo, seen by somebody who wants it down."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.ca_file: str = demo.table["ca_file"]
        self.https = _place(demo.table["https"])
        self.http = _place(demo.table["http"])
        self.tcp = _place(demo.table["sip"]["tcp"])
        self.tls = _place(demo.table["sip"]["tls"])
        self.udp = _place(demo.table["sip"]["udp"])

    # --- HTTP

    def post(
        self, path: str, body: bytes, *, host: str = "mail", login: str = "", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """POST over TLS; ``login`` is a person's name, who then proves themselves by Basic."""
        return self.send("POST", path, body, host=host, login=login, headers=headers)

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        host: str = "mail",
        login: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        connection = Connection(self.https, f"{host}.contoso.test", self.ca_file)
        fields = {"Content-Type": "text/xml; charset=utf-8", **(headers or {})}
        if login:
            person = self.demo.person(login)
            fields["Authorization"] = basic(person["login"], person["password"])
        with contextlib.closing(connection):
            connection.request(method, path, body, fields)
            response = connection.getresponse()
            return Answer(response.status, response.getheaders(), response.read())

    def raw_http(self, data: bytes) -> int:
        """Send ``data`` over plain HTTP; the status of the answer, 0 where the connection was closed without one."""
        with connected(self.http) as peer:
            with contextlib.suppress(OSError):
                peer.sendall(data)
            answer = _read_http(peer)
        return int(answer.split(b" ", 2)[1]) if answer else 0

    # --- SIP

    def sip(
        self, data: bytes, place: Place | None = None, *, tls: bool = False, answered: bool = False
    ) -> tuple[list[int], bool]:
        """Send ``data`` by TCP, then a sane request: the statuses of answers to ``data``, and whether we were cut.

        With ``answered`` an answer to ``data`` is waited for, also where it comes after the one to the sane request.
        """
        call = f"sane-{uuid.uuid4().hex}"
        with connected(place or self.tcp) as plain, _wrapped(plain, self.ca_file, tls) as peer:
            try:
                peer.sendall(data)
                peer.sendall(options(call, "TCP", peer.getsockname()))
            except OSError:
                pass
            return _read_sip(peer, call.encode(), answered)

    def datagram(self, data: bytes) -> list[int]:
        """The same by UDP."""
        call = f"sane-{uuid.uuid4().hex}"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.bind(("127.0.0.1", 0))
            peer.settimeout(10)
            peer.sendto(data, self.udp)
            peer.sendto(options(call, "UDP", peer.getsockname()), self.udp)
            found: list[int] = []
            while True:
                answer = peer.recvfrom(65536)[0]
                if call.encode() in answer:
                    return found
                found.append(int(answer.split(b" ", 2)[1]))

    # --- how it is

    def must_be_well(self) -> None:
        """Good requests at each door are answered well."""
        person = self.demo.person("alice")
        with EwsSession(self.https, self.ca_file, person["login"], person["password"]) as session:
            session.ask(
                "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:FolderIds>"
                '<t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>'
            )
        assert self.send("GET", "/healthz").status == 200
        assert self.sip(b"\r\n\r\n") == ([], False)
        assert self.sip(b"\r\n\r\n", self.tls, tls=True) == ([], False)
        assert self.datagram(b"\r\n\r\n") == []

    def memory(self) -> int:
        """Bytes the server's process has for itself (PSS)."""
        for line in Path(f"/proc/{self.demo.process.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
        raise RuntimeError("the kernel does not tell")

    @property
    def log(self) -> str:
        return self.demo.log.read_text(errors="replace")


def options(call: str, transport: str, local: Place) -> bytes:
    """A request nobody has anything against, but that nobody signed in has sent."""
    return (
        f"OPTIONS sip:contoso.test SIP/2.0\r\nVia: SIP/2.0/{transport} {local[0]}:{local[1]};branch=z9hG4bK{call}\r\n"
        f"From: <sip:alice@contoso.test>;tag=1\r\nTo: <sip:contoso.test>\r\nCall-ID: {call}\r\nCSeq: 1 OPTIONS\r\n"
        "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    ).encode()


@contextlib.contextmanager
def connected(place: Place, source: str = "") -> Iterator[socket.socket]:
    """A TCP connection, closed at the end; ``source``: the address it comes from."""
    with socket.create_connection(place, 10, (source, 0) if source else None) as peer:
        yield peer


@contextlib.contextmanager
def _wrapped(plain: socket.socket, ca_file: str, tls: bool) -> Iterator[socket.socket]:
    if not tls:
        yield plain
        return
    context = ssl.create_default_context(cafile=ca_file)
    with context.wrap_socket(plain, server_hostname="lync.contoso.test") as peer:
        yield peer


def _read_http(peer: socket.socket) -> bytes:
    """One whole answer, or what came before the connection was closed."""
    data = b""
    while True:
        head, separator, rest = data.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if separator and length is not None and len(rest) >= int(length.group(1)):
            return data
        try:
            more = peer.recv(65536)
        except ConnectionResetError:
            return data
        if not more:
            return data
        data += more


def _read_sip(peer: socket.socket, call: bytes, answered: bool) -> tuple[list[int], bool]:
    """Statuses of all but the answer to ``call``, and whether the connection was closed before that came.

    Read off the status lines: an answer to a malformed request repeats what was malformed.
    """
    data = b""
    while True:
        starts = [found.start() for found in _STATUS.finditer(data)]
        answers = [data[start:end] for start, end in itertools.pairwise([*starts, len(data)])]
        others = [int(answer[8:11]) for answer in answers if call not in answer]
        sane = len(others) < len(answers) and b"\r\n\r\n" in answers[-1]
        if sane and (others or not answered):
            return others, False
        try:
            more = peer.recv(65536)
        except ConnectionResetError:
            more = b""
        if not more:
            return others, True
        data += more


def _place(text: str) -> Place:
    host, _, port = text.rpartition(":")
    return host, int(port)
