"""Many people in one dialog of a plain client, each as PIDF, mostly those that the request lists [RFC4662, RFC5367]."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from samband.lync.actions.audience import Document
from samband.lync.actions.presence import Presence
from samband.lync.sip.media import check_accepted, media_type
from samband.lync.sip.notifier import Content, Subscription
from samband.lync.sip.pidf_door import SEEN
from samband.lync.sip.presence_documents import pidf_of
from samband.model.failures import Failure
from samband.wire.presence.multipart import Part, related_type, write_multipart
from samband.wire.presence.names import PIDF_TYPE, RESOURCE_LISTS_TYPE, RLMI_TYPE
from samband.wire.presence.resource_lists import read_resource_lists
from samband.wire.presence.rlmi import ListedResource, write_list
from samband.wire.sip.message import SipRequest
from samband.wire.sip.uri import aor_of

MOST = 1000
"""Most people one list may name."""


class PeopleWatch(ABC):
    """Many people, who are listed somewhere. The first notification, and that of every further request, tells of all of
    them; a change is told of whom it is about."""

    def __init__(
        self, subscription: Subscription, presence: Presence, token: Callable[[], str], request: SipRequest
    ) -> None:
        """Raises ``Failure`` where the client could not read the answer."""
        if "eventlist" not in request.tokens("Supported"):
            raise Failure("ExtensionRequired", "A list is told of to who supports it", details={"Require": "eventlist"})
        check_accepted(request, PIDF_TYPE, "Presence comes as PIDF")
        self.subscription = subscription
        self._token = token
        self._uri = request.uri
        self._watch = presence.watch(subscription.address, self._hear)
        self.listed: dict[str, str] = {}
        """``user@domain`` -> the address as the list has it; those that cannot be read stand for themselves."""
        self._version = subscription.first_version

    @abstractmethod
    def accept(self, request: SipRequest) -> None:
        """Take what a request says of the list. Raises ``Failure``."""

    def serve(self, request: SipRequest) -> Content:
        """Take a request, and tell of everybody. Raises ``Failure``."""
        self.accept(request)
        return self._all()

    def close(self) -> None:
        """Watch nobody."""
        self._watch.close()
        self.listed = {}

    def watch_only(self, wanted: dict[str, str]) -> None:
        """Watch these in place of those who were listed."""
        for key in self.listed.keys() - wanted.keys():
            self._watch.remove(key)
        self.listed = wanted

    def tell_all(self) -> None:
        """Tell of everybody, unasked."""
        self.subscription.notify(self._all())

    def _all(self) -> Content:
        return self._content({key: self._watch.add(key, SEEN) for key in self.listed}, full=True)

    def _hear(self, document: Document) -> None:
        self.subscription.notify(self._content({document.owner: document}, full=False))

    def _content(self, found: dict[str, Document | None], *, full: bool) -> Content:
        listed, parts = [], []
        place = f"{self._token()}@{self.subscription.address.rpartition('@')[2]}"
        for number, (key, document) in enumerate(found.items(), 1):
            uri = self.listed.get(key, f"sip:{key}")
            if document is None:
                listed.append(ListedResource(uri, state="terminated", reason="noresource"))
                continue
            cid = f"{number}.{place}"
            listed.append(ListedResource(uri, cid))
            parts.append(Part(cid, PIDF_TYPE, pidf_of(document).body))
        root = write_list(self._uri, self._version, full, listed).encode("utf-8", "replace")
        self._version += 1
        boundary = self._token() + self._token()
        body = write_multipart(boundary, [Part(f"0.{place}", RLMI_TYPE, root), *parts])
        return Content(related_type(boundary, f"0.{place}"), body, is_list=True)


class ListWatch(PeopleWatch):
    """The people that requests of the subscriber list themselves [RFC5367]."""

    def accept(self, request: SipRequest) -> None:
        """Take the list of a request in place of what was listed; without one the list stays. Raises ``Failure``."""
        if not request.body:
            return
        if media_type(request) != RESOURCE_LISTS_TYPE:
            raise Failure("UnsupportedMediaType", "The body is no list", details={"Accept": RESOURCE_LISTS_TYPE})
        uris = read_resource_lists(request.body)
        if len(uris) > MOST:
            raise Failure("LimitExceeded", f"A list names at most {MOST} people")
        self.watch_only({aor_of(uri) or uri: uri for uri in uris})
