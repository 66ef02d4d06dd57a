"""Presence of and for plain SIP clients: PIDF by SUBSCRIBE and PUBLISH [RFC3856, RFC3863, RFC3903]."""

from __future__ import annotations

from collections.abc import Callable

from samband.lync.actions.audience import Document
from samband.lync.actions.plain import PlainPublications
from samband.lync.actions.presence import Presence
from samband.lync.actions.registration import Endpoint
from samband.lync.actions.watches import LoneWatch
from samband.lync.sip.inbound import Inbound
from samband.lync.sip.media import check_accepted, media_type
from samband.lync.sip.notifier import Content, Subscription
from samband.lync.sip.places import Way
from samband.lync.sip.presence_documents import pidf_of, plain_presence_of
from samband.lync.sip.refusals import Refusal, Refusals
from samband.model.containers import MemberKind
from samband.model.failures import Failure
from samband.wire.presence.names import PIDF_TYPE
from samband.wire.presence.pidf import read_pidf
from samband.wire.sip.message import SipRequest, respond
from samband.wire.sip.uri import aor_of

SEEN = frozenset({"state", "note"})
"""The categories a PIDF document is made of."""


class PlainWatch(LoneWatch):
    """One person in one dialog, as PIDF: every notification holds the full state."""

    __slots__ = ("_owner", "_subscription")

    def __init__(self, subscription: Subscription, presence: Presence, request: SipRequest) -> None:
        check_accepted(request, PIDF_TYPE, "Presence comes as PIDF")
        self._subscription = subscription
        self._owner = aor_of(request.uri)
        super().__init__(presence, subscription.address, source_of(subscription, presence), SEEN)

    def serve(self, request: SipRequest) -> Content:
        """Watch the person; also anew. Raises ``Failure`` where there is none."""
        document = self.look(self._owner)
        if document is None:
            raise Failure("NotFound", "Nobody has this address")
        return pidf_of(document)

    def hear(self, document: Document) -> None:
        """Tell of what changed."""
        self._subscription.notify(pidf_of(document))


def source_of(subscription: Subscription, presence: Presence) -> MemberKind:
    """The kind of network that whoever subscribed comes from."""
    here = subscription.person is not None
    return MemberKind.SAME_ENTERPRISE if here else presence.source_of(subscription.address)


class PublishDoor:
    """Serves PUBLISH for ``presence`` [RFC3903 6]."""

    def __init__(
        self,
        publications: PlainPublications,
        refusals: Refusals,
        token: Callable[[], str],
        endpoint_of: Callable[[Inbound], Endpoint[Way] | None],
    ) -> None:
        self._publications = publications
        self._refusals = refusals
        self._token = token
        self._endpoint_of = endpoint_of

    def handle(self, inbound: Inbound) -> None:
        """Answer one PUBLISH."""
        try:
            self._publish(inbound)
        except Refusal as error:
            self._refusals.fail(inbound, error)

    def _publish(self, inbound: Inbound) -> None:
        request, person = inbound.request, inbound.person
        if person is None or aor_of(request.uri) != person.sip.lower():
            raise Failure("Forbidden", "Presence is published for oneself only")
        seconds = _seconds(request)
        known = (request.get("SIP-If-Match") or "").strip()
        plain = None
        if request.body:
            if media_type(request) != PIDF_TYPE:
                raise Failure("UnsupportedMediaType", "Presence is published as PIDF", details={"Accept": PIDF_TYPE})
            plain = plain_presence_of(read_pidf(request.body))
        if not known and plain is None:
            raise Failure("BadRequest", "A first publication needs a body")
        endpoint = self._endpoint_of(inbound)
        key = endpoint.key if endpoint is not None else ""
        tag, granted = self._publications.publish(person, known, plain, seconds, key)
        response = respond(request, 200, tag=self._token())
        inbound.reply(response.put("SIP-ETag", tag).put("Expires", str(granted)))


def _seconds(request: SipRequest) -> int | None:
    text = request.get("Expires")
    if text is None:
        return None
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise Failure("BadRequest", "Expires is not a number")
    return int(text)
