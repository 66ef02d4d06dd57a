"""Somebody with the web client, without a browser: its interface over real HTTPS, its events as they come."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import urllib.parse
from collections.abc import Callable, Mapping
from http.client import HTTPResponse, HTTPSConnection
from typing import Any

from tests.clients.waiting import until

HOST = "mail.contoso.test"


class OwaUser:
    """Signed in from the start; ``close`` at the end."""

    def __init__(self, table: Mapping[str, Any], login: str, password: str) -> None:
        """``table``: ``https`` and ``ca_file``, as a demo says them of itself."""
        self._place = table["https"]
        self._context = ssl.create_default_context(cafile=table["ca_file"])
        self.cookie = ""
        self.canary = ""
        self.events: list[tuple[str, str, Any]] = []
        self._stream: HTTPSConnection | None = None
        form = urllib.parse.urlencode({"username": login, "password": password})
        answer = self.send(
            "POST", "/owa/auth/logon", form.encode(), **{"Content-Type": "application/x-www-form-urlencoded"}
        )
        self.status = answer.status
        self.cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
        if answer.status == 302:
            self.session = self.get("session")
            self.canary = self.session["canary"]

    def connection(self) -> HTTPSConnection:
        host, _, port = self._place.rpartition(":")
        made = HTTPSConnection(HOST, int(port), context=self._context, timeout=60)
        made._create_connection = lambda address, *rest, **named: _connect((host, int(port)))  # type: ignore[attr-defined]
        return made

    def send(self, method: str, path: str, body: bytes = b"", **fields: str) -> HTTPResponse:
        """One request; the answer with its body in ``data``."""
        connection = self.connection()
        headers = {"Cookie": self.cookie, "X-OWA-CANARY": self.canary, **fields}
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        answer.data = answer.read()  # type: ignore[attr-defined]
        connection.close()
        return answer

    def get(self, path: str) -> Any:
        """A document of the interface."""
        answer = self.send("GET", f"/owa/api/{path}")
        data: bytes = answer.data  # type: ignore[attr-defined]
        assert answer.status == 200, (answer.status, data)
        return json.loads(data)

    def post(self, path: str, **values: Any) -> Any:
        """What comes of a wish."""
        body = json.dumps(values).encode()
        answer = self.send("POST", f"/owa/api/{path}", body, **{"Content-Type": "application/json"})
        data: bytes = answer.data  # type: ignore[attr-defined]
        assert answer.status in (200, 201, 204), (answer.status, data)
        return json.loads(data) if data else None

    # --- events

    def listen(self, last: str = "") -> None:
        """Take events from now on, or from after ``last``."""
        self._stream = self.connection()
        headers = {"Cookie": self.cookie, "Accept": "text/event-stream"}
        self._stream.request("GET", "/owa/api/events", headers={**headers, "Last-Event-ID": last} if last else headers)
        answer = self._stream.getresponse()
        assert answer.status == 200
        threading.Thread(target=self._read, args=(answer,), daemon=True).start()
        self.wait("begin")

    def _read(self, answer: HTTPResponse) -> None:
        number, name = "", ""
        try:
            while line := answer.readline():
                key, _, value = line.decode().rstrip("\n").partition(": ")
                if key == "id":
                    number = value
                elif key == "event":
                    name = value
                elif key == "data":
                    self.events.append((number, name, json.loads(value)))
                    number = ""
        except (OSError, ValueError, AttributeError):
            return

    def wait(self, name: str, seconds: float = 60.0, **wanted: Any) -> Any:
        """The first event ``name`` with these values."""

        def look() -> Any:
            return next((one for _, kind, one in self.events if kind == name and wanted.items() <= one.items()), None)

        return until(look, f"{name} {wanted} among {self.events[-8:]}", seconds)

    def news(self, wanted: Callable[[Any], bool], what: str, seconds: float = 60.0) -> Any:
        """The first news of instant messaging of which ``wanted`` is true."""
        return until(
            lambda: next((one for _, kind, one in self.events if kind == "im" and wanted(one)), None), what, seconds
        )

    def im(self, seconds: float = 60.0, **wanted: Any) -> Any:
        """Everything of instant messaging once its values are these."""

        def look() -> Any:
            found = self.get("im")
            return found if wanted.items() <= found.items() else None

        return until(look, f"im {wanted}", seconds)

    def close(self) -> None:
        """Go away."""
        if self._stream is not None and self._stream.sock is not None:
            # To close it would wait for the thread that reads.
            self._stream.sock.shutdown(socket.SHUT_RDWR)


def _connect(address: tuple[str, int]) -> Any:
    return socket.create_connection(address, timeout=60)
