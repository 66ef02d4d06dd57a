"""A web client of our own: it knows one address and a password, and finds everything else by links, over real HTTPS."""

from __future__ import annotations

import re
import time
import uuid
from typing import Any
from urllib.parse import unquote_plus, urljoin

import requests

_OFFER = re.compile(r'MsRtcOAuth href="([^"]*)",grant_type="([^"]*)"')
_FORM = "application/x-www-form-urlencoded;charset='utf-8'"


class WebClient:
    """Somebody who is signed in; ``application`` is theirs, ``events`` what was told and not yet looked at."""

    def __init__(self, discover: str, login: str, password: str) -> None:
        """``discover`` is ``https://lyncdiscover.domain[:port]/``."""
        self._session = requests.Session()
        self._session.headers["Accept"] = "application/json"
        self.log: list[str] = []
        user = self._follow(discover, self._get(discover), "user")
        self._base = user
        self.token = self._token(user, login, password)
        self._session.headers["Authorization"] = f"Bearer {self.token}"
        self._base = self._follow(user, self._get(user), "applications")
        wanted = {"UserAgent": "Samband test", "EndpointId": str(uuid.uuid4()), "Culture": "en-US"}
        self.application = self.ask("POST", self._base, wanted, 201)
        self._next = self.link(self.application, "events")
        self.events: list[Any] = []

    def _get(self, url: str) -> Any:
        answer = self._session.get(url, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    @staticmethod
    def _follow(base: str, document: Any, rel: str) -> str:
        return urljoin(base, document["_links"][rel]["href"])

    def _token(self, user: str, login: str, password: str) -> str:
        challenged = self._session.get(user, timeout=60)
        assert challenged.status_code == 401
        offer = _OFFER.search(challenged.headers["WWW-Authenticate"])
        assert offer is not None
        assert "password" in offer[2].split(",")
        form = {"grant_type": "password", "username": login, "password": password}
        body = requests.models.RequestEncodingMixin._encode_params(form)
        answer = self._session.post(offer[1], body, headers={"Content-Type": _FORM}, timeout=60)
        assert answer.status_code == 200, (answer.text, answer.headers)
        return str(answer.json()["access_token"])

    # --- asking

    def send(self, method: str, href: str, body: Any = None, **fields: str) -> requests.Response:
        """One request; a text is sent as it is, anything else as JSON."""
        headers = {name.replace("_", "-"): value for name, value in fields.items()}
        words: dict[str, Any] = {"json": body} if isinstance(body, (dict, list)) else {"data": body}
        answer = self._session.request(method, urljoin(self._base, href), headers=headers, timeout=240, **words)
        self.log.append(f"{method} {href} {answer.status_code}")
        return answer

    def ask(self, method: str, href: str, body: Any = None, status: int = 200, **fields: str) -> Any:
        """The same, with the answer's JSON (None where there is none)."""
        answer = self.send(method, href, body, **fields)
        assert answer.status_code == status, (self.log[-1], answer.text)
        return answer.json() if answer.content else None

    @staticmethod
    def link(resource: Any, rel: str) -> str:
        """Where a link leads."""
        return str(resource["_links"][rel]["href"])

    def part(self, rel: str) -> Any:
        """A part of the application as it is now."""
        return self.ask("GET", self.link(self.application["_embedded"][rel], "self"))

    # --- what it does

    def make_available(self, choice: str = "Online") -> None:
        """Be there for others."""
        wanted = {"signInAs": choice, "supportedModalities": ["Messaging"], "supportedMessageFormats": ["Plain"]}
        self.ask("POST", self.link(self.part("me"), "makeMeAvailable"), wanted, 204)

    def poll(self) -> None:
        """One hanging GET."""
        found = self.ask("GET", self._next)
        links = found["_links"]
        self._next = next(links[rel]["href"] for rel in ("next", "resume", "resync") if rel in links)
        for sender in found.get("sender", ()):
            self.events += [{**event, "sender": sender["rel"]} for event in sender["events"]]

    def wait(self, rel: str, kind: str, **wanted: Any) -> Any:
        """The first event of that kind, with ``wanted`` in it or in its resource; what came before is dropped."""
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            while self.events:
                event = self.events.pop(0)
                shown = event.get("_embedded", {}).get(rel, {})
                if (event["link"]["rel"], event["type"]) == (rel, kind) and wanted.items() <= {
                    **event,
                    **shown,
                }.items():
                    return event
            self.poll()
        raise AssertionError(f"{rel} {kind} {wanted} was not told")

    def close(self) -> None:
        """Sign out."""
        self.ask("DELETE", self.link(self.application, "self"), status=204)


def text_of(event: Any) -> str:
    """The text of a message that was told."""
    href = event["_embedded"]["message"]["_links"]["plainMessage"]["href"]
    return unquote_plus(href.partition(",")[2])
