"""EWS spoken by hand over one TLS connection: every byte of a request is the test's own."""

from __future__ import annotations

import base64
import contextlib
import http.client
import socket
import ssl
from collections import Counter
from pathlib import Path
from types import TracebackType

from lxml import etree

from tests.schema import schema_folder, valid

T = "{http://schemas.microsoft.com/exchange/services/2006/types}"
M = "{http://schemas.microsoft.com/exchange/services/2006/messages}"
PATH = "/EWS/Exchange.asmx"
_CHECKED, _CHECKED_AFTER = 5, 20
"""How many answers to each operation are held against the schema, and then every which one."""
_ENVELOPE = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types" '
    'xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages">'
    '<s:Header><t:RequestServerVersion Version="Exchange2013"/></s:Header><s:Body>{}</s:Body></s:Envelope>'
)


class Connection(http.client.HTTPSConnection):
    """HTTPS to ``place``, whatever the name in the certificate resolves to."""

    def __init__(self, place: tuple[str, int], name: str, ca_file: Path | str, timeout: float = 60.0) -> None:
        self._place = place
        self._context_of_ours = ssl.create_default_context(cafile=str(ca_file))
        super().__init__(name, place[1], timeout=timeout, context=self._context_of_ours)

    def connect(self) -> None:
        plain = socket.create_connection(self._place, self.timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = self._context_of_ours.wrap_socket(plain, server_hostname=self.host)


def basic(login: str, password: str) -> str:
    """The value of an Authorization header."""
    return "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode()


def envelope(body: str) -> bytes:
    """A request around an operation's element, which may use the prefixes ``m`` and ``t``."""
    return _ENVELOPE.format(body).encode()


class EwsSession:
    """One person's connection to EWS, by Basic."""

    def __init__(self, place: tuple[str, int], ca_file: Path | str, login: str, password: str) -> None:
        self._connection = Connection(place, "mail.contoso.test", ca_file)
        self._asked: Counter[str] = Counter()
        self._headers = {"Content-Type": "text/xml; charset=utf-8", "Authorization": basic(login, password)}

    def post(self, body: str) -> bytes:
        """Ask; the answer's bytes. Raises ``OSError`` or ``HTTPException`` where none came whole."""
        status, content = self.send(PATH, envelope(body))
        assert status == 200, (status, content[:2000])
        name = body[1:80].partition(">")[0].partition(" ")[0]
        self._asked[name] += 1
        if schema_folder() and (self._asked[name] <= _CHECKED or self._asked[name] % _CHECKED_AFTER == 0):
            valid(content)
        return content

    def send(self, path: str, body: bytes, **headers: str) -> tuple[int, bytes]:
        """Post anything; status and body of the answer. Raises like ``post``."""
        self._connection.request("POST", path, body, self._headers | headers)
        response = self._connection.getresponse()
        return response.status, response.read()

    def ask(self, body: str) -> etree._Element:
        """Ask; an answer that is successful, and valid where there is a schema to tell."""
        content = self.post(body)
        return self._successful(valid(content) if schema_folder() else etree.fromstring(content))

    def ask_quickly(self, body: str) -> etree._Element:
        """The same without a look at the schema, for a burst."""
        return self._successful(etree.fromstring(self.post(body)))

    def answer(self, body: str) -> etree._Element:
        """The same, whatever the answer says."""
        return etree.fromstring(self.post(body))

    def open_stream(self, body: str) -> http.client.HTTPResponse:
        """Ask for an answer without end. Raises like ``post``."""
        self._connection.request("POST", PATH, envelope(body), self._headers)
        response = self._connection.getresponse()
        assert response.status == 200, response.read()[:2000]
        if self._connection.sock is not None:
            self._connection.sock.settimeout(90)
        return response

    def abort(self) -> None:
        """Cut the connection, also where somebody reads from it."""
        if self._connection.sock is not None:
            with contextlib.suppress(OSError):
                self._connection.sock.shutdown(socket.SHUT_RDWR)
        self._connection.close()

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> EwsSession:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @staticmethod
    def _successful(answer: etree._Element) -> etree._Element:
        codes = [one.text for one in answer.iter(M + "ResponseCode")]
        assert codes, etree.tostring(answer)[:2000]
        assert set(codes) == {"NoError"}, etree.tostring(answer)[:2000]
        return answer
