"""A client's streaming notifications: which folders it has to look at again."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable

from lxml import etree

from tests.scenarios.ews_session import EwsSession, M, T

_EVENTS = ("NewMail", "Created", "Deleted", "Modified", "Moved", "Copied")
_SUBSCRIBE = (
    '<m:Subscribe><m:StreamingSubscriptionRequest SubscribeToAllFolders="true"><t:EventTypes>'
    + "".join(f"<t:EventType>{name}Event</t:EventType>" for name in _EVENTS)
    + "</t:EventTypes></m:StreamingSubscriptionRequest></m:Subscribe>"
)


class Stream(threading.Thread):
    """Reads events until the connection is closed."""

    def __init__(self, make: Callable[[], EwsSession]) -> None:
        super().__init__(daemon=True)
        self._session = make()
        answer = self._session.ask(_SUBSCRIBE)
        self._subscription = str(answer.findtext(f".//{M}SubscriptionId"))
        self._lock = threading.Condition()
        self._dirty: set[str] = set()
        self._seen: set[str] = set()
        self._connected = False
        self.events = 0
        self.failure: BaseException | None = None

    def take(self) -> set[str]:
        """Folders that something happened in or to since this was last asked; ``""``: to folders themselves."""
        with self._lock:
            found, self._dirty = self._dirty, set()
        return found

    def wait_connected(self) -> None:
        """Until events can come."""
        with self._lock:
            assert self._lock.wait_for(lambda: self._connected or self.failure, 30), "no stream"

    def wait_for(self, item: str) -> None:
        """Until an event told of an item: everything before it was told of too."""
        with self._lock:
            told = self._lock.wait_for(lambda: item in self._seen or self.failure is not None, 60)
        assert told and self.failure is None, f"the stream never told of the last item: {self.failure}"

    def run(self) -> None:
        try:
            response = self._session.open_stream(
                f"<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>{self._subscription}</t:SubscriptionId>"
                "</m:SubscriptionIds><m:ConnectionTimeout>10</m:ConnectionTimeout></m:GetStreamingEvents>"
            )
            rest = b""
            while chunk := response.read1(65536):
                rest += chunk
                while b"</Envelope>" in rest:
                    envelope, _, rest = rest.partition(b"</Envelope>")
                    self._read(etree.fromstring(envelope + b"</Envelope>"))
        except (OSError, http.client.HTTPException, etree.XMLSyntaxError, AttributeError, ValueError) as error:
            with self._lock:
                self.failure = error
                self._lock.notify_all()

    def close(self) -> None:
        """Leave the connection."""
        self._session.abort()

    def _read(self, envelope: etree._Element) -> None:
        codes = {one.text for one in envelope.iter(M + "ResponseCode")}
        assert codes <= {"NoError"}, codes
        with self._lock:
            self._connected = True
            for event in envelope.iterfind(f".//{M}Notification/*"):
                if not etree.QName(event).localname.endswith("Event"):
                    continue
                self.events += 1
                for name in ("ParentFolderId", "OldParentFolderId", "FolderId", "OldFolderId"):
                    self._dirty.update(str(one.get("Id")) for one in event.iterchildren(T + name))
                if event.find(T + "FolderId") is not None:
                    self._dirty.add("")
                self._seen.update(str(one.get("Id")) for one in event.iterchildren(T + "ItemId"))
            self._lock.notify_all()
