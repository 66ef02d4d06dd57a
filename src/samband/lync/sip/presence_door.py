"""SUBSCRIBE for ``presence``: many people in one dialog, as Lync clients do, or one [MS-SIP; MS-PRES; RFC3856]."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from samband.lync.actions.audience import Document
from samband.lync.actions.presence import Presence
from samband.lync.actions.watches import LoneWatch
from samband.lync.sip.group_list_door import GroupLists
from samband.lync.sip.inbound import Inbound
from samband.lync.sip.media import accepted, media_type
from samband.lync.sip.notifier import Content, Subscription
from samband.lync.sip.pidf_door import PlainWatch, source_of
from samband.lync.sip.presence_documents import categories_of
from samband.lync.sip.resource_list_door import ListWatch, PeopleWatch
from samband.model.failures import Failure
from samband.wire.presence.batch import BatchAction, ResourceDocument, read_batch
from samband.wire.presence.multipart import Part, content_type, write_multipart
from samband.wire.presence.names import BATCH_TYPE, CATEGORIES_TYPE, RESOURCE_LISTS_TYPE, RLMI_TYPE
from samband.wire.presence.rlmi import ListedResource, write_list
from samband.wire.sip.message import SipRequest
from samband.wire.sip.uri import aor_of

MAX_BATCH = 1000
"""Most people one request may name."""
MAX_CATEGORIES = 64
USUAL = frozenset({"calendarData", "contactCard", "note", "state"})
"""Categories of who asks for none by name."""


class PresencePackage:
    """Event ``presence`` for everyone: the first request of a dialog tells what kind of watcher sends it."""

    def __init__(
        self, presence: Presence, token: Callable[[], str], groups: GroupLists, is_abroad: Callable[[str], bool]
    ) -> None:
        """``is_abroad``: whether a domain is another organisation's that is spoken with."""
        self._presence = presence
        self._groups = groups
        self._token = token
        self._is_abroad = is_abroad

    def subscribe(self, subscription: Subscription, inbound: Inbound) -> Content:
        """See ``Package``."""
        request = inbound.request
        watcher = subscription.state
        if not isinstance(watcher, Watcher):
            watcher = self._new(subscription, request)
            subscription.state = watcher
            subscription.closing = watcher.close
        return watcher.serve(request)

    def _new(self, subscription: Subscription, request: SipRequest) -> Watcher:
        if request.body:
            kind = media_type(request)
            if kind == RESOURCE_LISTS_TYPE:
                return ListWatch(subscription, self._presence, self._token, request)
            if kind != BATCH_TYPE:
                details = {"Accept": f"{BATCH_TYPE}, {RESOURCE_LISTS_TYPE}"}
                raise Failure("UnsupportedMediaType", "The body is no batch subscription, and no list", details=details)
            return BatchWatch(subscription, self._presence, self._token, self._is_abroad)
        headers = request.headers
        listed = "Require" in headers and "categorylist" in request.tokens("Require")
        if listed or CATEGORIES_TYPE in accepted(request):
            return SingleWatch(subscription, self._presence, request)
        group = self._groups.watch(subscription, self._presence, self._token, request)
        return group or PlainWatch(subscription, self._presence, request)


_Watched = frozenset[str] | tuple[str, frozenset[str]]
"""What is watched of somebody; with their address before it where the client wrote another one than ``sip:`` and them.

There are a hundred of these for everybody who is signed in: they share what they can.
"""


def _uri_and_names(key: str, kept: _Watched) -> tuple[str, frozenset[str]]:
    return kept if isinstance(kept, tuple) else (f"sip:{key}", kept)


@lru_cache(maxsize=64)
def _shared(names: frozenset[str]) -> frozenset[str]:
    """The same object for everybody who asks for the same: most kinds of clients ask for ``USUAL``."""
    return USUAL if names == USUAL else names


class BatchWatch:
    """Many people in one dialog; further requests add to them [MS-SIP]."""

    def __init__(
        self,
        subscription: Subscription,
        presence: Presence,
        token: Callable[[], str],
        is_abroad: Callable[[str], bool],
    ) -> None:
        self._subscription = subscription
        self._token = token
        self._is_abroad = is_abroad
        self._watch = presence.watch(subscription.address, self._hear)
        self._watched: dict[str, _Watched] = {}
        """By ``user@domain``."""
        self._version = 0

    def serve(self, request: SipRequest) -> Content:
        """Watch more people or fewer; a request without a body asks for all that is watched anew."""
        if not request.body:
            again = [(key, *_uri_and_names(key, kept)) for key, kept in self._watched.items()]
            return self._content([(uri, self._watch.add(key, names)) for key, uri, names in again])
        if media_type(request) != BATCH_TYPE:
            raise Failure("UnsupportedMediaType", "The body is no batch subscription", details={"Accept": BATCH_TYPE})
        batch = read_batch(request.body)
        if sum(len(action.resources) for action in batch.actions) > MAX_BATCH:
            raise Failure("LimitExceeded", f"A batch names at most {MAX_BATCH} people")
        found: dict[str, tuple[str, Document | None]] = {}
        for action in batch.actions:
            names = _shared(frozenset(action.categories) or USUAL)
            if len(names) > MAX_CATEGORIES:
                raise Failure("LimitExceeded", f"A batch names at most {MAX_CATEGORIES} categories")
            for resource in action.resources:
                key = aor_of(resource.uri)
                document = self._act(action, resource, key, names)
                if action.verb != "unsubscribe":
                    found[key or resource.uri] = (resource.uri, document)
        return self._content(list(found.values()))

    def close(self) -> None:
        """Watch nobody."""
        self._watch.close()
        self._watched.clear()

    def _act(self, action: BatchAction, resource: ResourceDocument, key: str, names: frozenset[str]) -> Document | None:
        if action.verb == "unsubscribe":
            self._watch.remove(key)
            self._watched.pop(key, None)
            return None
        document = self._watch.add(key, names, added=resource.added)
        if action.verb == "query" and key not in self._watched:
            self._watch.remove(key)
        elif document is not None and action.verb == "subscribe":
            usual = resource.uri == f"sip:{key}"
            self._watched[document.owner if document.owner == key else key] = names if usual else (resource.uri, names)
        return document

    def _content(self, found: list[tuple[str, Document | None]]) -> Content:
        listed = []
        parts = []
        for uri, document in found:
            if document is None and self._is_abroad(aor_of(uri).rpartition("@")[2]):
                # The client is to subscribe with the person's own server [MS-PRES].
                listed.append(ListedResource(uri, state="resubscribe"))
            elif document is None:
                listed.append(ListedResource(uri, state="terminated", reason="noresource"))
            else:
                listed.append(ListedResource(uri, document.owner))
                parts.append(Part(document.owner, CATEGORIES_TYPE, categories_of(document).body))
        own = f"sip:{self._subscription.address}"
        root = write_list(own, self._version, False, listed).encode("utf-8", "replace")
        self._version += 1
        boundary = self._token() + self._token()
        body = write_multipart(boundary, [Part("resourceList", RLMI_TYPE, root), *parts])
        return Content(content_type(boundary), body, is_list=True)

    def _hear(self, document: Document) -> None:
        self._subscription.notify(categories_of(document, is_list=True))


class SingleWatch(LoneWatch):
    """One person in one dialog, as categories."""

    __slots__ = ("_owner", "_subscription")

    def __init__(self, subscription: Subscription, presence: Presence, request: SipRequest) -> None:
        self._subscription = subscription
        self._owner = aor_of(request.uri)
        super().__init__(presence, subscription.address, source_of(subscription, presence), USUAL)

    def serve(self, request: SipRequest) -> Content:
        """Watch the person; also anew. Raises ``Failure`` where there is none."""
        document = self.look(self._owner)
        if document is None:
            raise Failure("NotFound", "Nobody has this address")
        return categories_of(document)

    def hear(self, document: Document) -> None:
        """Tell of what changed."""
        self._subscription.notify(categories_of(document))


Watcher = BatchWatch | SingleWatch | PlainWatch | PeopleWatch
