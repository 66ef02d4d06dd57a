"""A Lync side in memory with clients that are lists of bytes: no socket, no clock but the test's."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence

from samband.lync.actions.bindings import Bindings
from samband.lync.actions.registration import Limits
from samband.lync.sip.admission import Admitted, Verdict
from samband.lync.sip.flow import Flow
from samband.lync.sip.lync_side import LyncSide, Session
from samband.lync.sip.places import Places
from samband.model.bindings import Binding
from samband.model.groups import Group
from samband.model.people import Person
from samband.trust.sip.association import SecurityAssociation
from samband.wire.sip.address import uri_in
from samband.wire.sip.dialog import Dialog
from samband.wire.sip.message import SipMessage, SipRequest, SipResponse, respond
from samband.wire.sip.stream import KeepAlive, StreamReader, read_datagram
from samband.wire.sip.uri import aor_of

NAMES = ("alice", "bob", "carol", "dave", "erin")


def person(name: str) -> Person:
    return Person(
        objectGUID=f"guid-{name}",
        sAMAccountName=name,
        userPrincipalName=f"{name}@contoso.test",
        displayName=name.title(),
        msRTCSIP_PrimaryUserAddress=f"sip:{name}@contoso.test",
        msRTCSIP_UserEnabled=True,
    )


class Everyone:
    """A directory of a few people."""

    def __init__(self, names: Iterable[str] = NAMES) -> None:
        self.known = {name: person(name) for name in names}
        self.groups: dict[str, Group] = {}
        """By mail address."""
        self.hearers: dict[Callable[[], None], None] = {}
        """Who hears of groups."""

    def put_group(self, name: str, *member: str) -> None:
        """A group at ``name@contoso.test`` of people and groups by their names; without any the group is gone."""
        mail = f"{name}@contoso.test"
        self.groups.pop(mail, None)
        if member:
            guids = tuple(f"guid-{one}" for one in member)
            self.groups[mail] = Group(
                objectGUID=f"guid-{name}", sAMAccountName=name, displayName=name, mail=mail, member=guids
            )
        for hear in list(self.hearers):
            hear()

    def group_by_smtp(self, address: str) -> Group | None:
        return self.groups.get(address.lower())

    def group_members(self, group: Group) -> list[Person | Group]:
        groups = {one.objectGUID: one for one in self.groups.values()}
        found = [self.by_guid(guid) or groups.get(guid) for guid in group.member]
        return [one for one in found if one is not None]

    def listen_to_groups(self, hear: Callable[[], None]) -> Callable[[], None]:
        self.hearers[hear] = None
        return lambda: self.hearers.pop(hear, None)

    def by_sip(self, address: str) -> Person | None:
        return next((one for one in self.known.values() if one.sip.lower() == address.lower()), None)

    def by_guid(self, guid: str) -> Person | None:
        return next((one for one in self.known.values() if one.objectGUID == guid), None)

    def people(self) -> Iterable[Person]:
        return self.known.values()

    def listen(self, hear: Callable[[frozenset[str]], None]) -> Callable[[], None]:
        return lambda: None


class OpenGate:
    """Believes From; marks what it seals, so that tests see who signs what."""

    def __init__(self, directory: Everyone) -> None:
        self._directory = directory
        self.unsigned: set[str] = set()
        """Names of those who sign nothing."""

    def inspect(self, request: SipRequest, flow: Flow) -> Verdict:
        found = self._directory.by_sip(aor_of(uri_in(request.headers["From"][0])))
        if found is None:
            return respond(request, 403, tag="gate")
        return Admitted(found, None if found.sAMAccountName in self.unsigned else SEALED)

    def hear(self, response: SipResponse, flow: Flow) -> bool:
        return True

    def seal(self, message: SipMessage, association: SecurityAssociation) -> None:
        message.headers["Authentication-Info"] = ["sealed"]

    def proof(self, dialog: Dialog, method: str, association: SecurityAssociation) -> str:
        return "Authentication-Info: sealed\r\n"


SEALED: SecurityAssociation = object()  # type: ignore[assignment]
"""An association that only shows that there is one."""


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class World:
    """One Lync side, its clock and its clients."""

    def __init__(
        self,
        limits: Limits | None = None,
        names: Sequence[str] = NAMES,
        bindings: Bindings | None = None,
        before: Sequence[Binding] = (),
    ) -> None:
        self.clock = Clock()
        self.directory = Everyone(names)
        words = itertools.count(1)
        self.gate = OpenGate(self.directory)
        self.side = LyncSide(
            directory=self.directory,  # type: ignore[arg-type]
            guard=self.gate,
            places=Places("lync.contoso.test", frozenset({"contoso.test"}), frozenset({"lync.contoso.test"})),
            now=self.clock,
            token=lambda: f"{next(words):08x}",
            limits=limits,
            bindings=bindings,
            before=before,
        )
        self.side.bound("127.0.0.1", 5060)
        self._ports = itertools.count(40001)

    def client(self, name: str, transport: str = "tcp", host: str = "127.0.0.9") -> Client:
        return Client(self, name, transport, (host, next(self._ports)))

    def signed_in(self, name: str, transport: str = "tcp", **how: str) -> Client:
        client = self.client(name, transport)
        client.register(**how)
        assert client.take_response().status == 200
        return client

    def sleep(self, seconds: float) -> None:
        """Let time pass in small steps, as the listeners' ticks would."""
        for _ in range(int(seconds / 0.1) + 1):
            self.clock.now += 0.1
            self.side.tick()


class Client:
    """One client: what it sends is served at once; what it gets waits in ``inbox``."""

    def __init__(self, world: World, name: str, transport: str, peer: tuple[str, int]) -> None:
        self.world = world
        self.name = name
        self.aor = f"sip:{name}@contoso.test"
        self.transport = transport
        self.peer = peer
        self.raw: list[bytes] = []
        self.closed = False
        self.contact = f"sip:{name}@{peer[0]}:{peer[1]};transport={transport}"
        self._reader = StreamReader()
        self._counter = itertools.count(1)
        self._read = 0
        local = ("127.0.0.1", 5060)
        if transport == "udp":
            datagrams = world.side.datagrams(local, lambda data, peer: self.raw.append(data))
            self.feed = lambda data: datagrams.feed(data, peer)
        else:
            self.session: Session = world.side.open(transport, peer, local, self.raw.append, self._closed)
            self.feed = self.session.feed

    def _closed(self) -> None:
        self.closed = True

    def hang_up(self) -> None:
        self.session.lost()

    def request(
        self,
        method: str,
        uri: str,
        *,
        to: str = "",
        body: bytes = b"",
        call_id: str = "",
        cseq: int = 1,
        **fields: str,
    ) -> SipRequest:
        """A request from this client; ``fields`` are further header fields with ``_`` for ``-``."""
        number = next(self._counter)
        request = SipRequest(method, uri, {}, body)
        request.put(
            "Via", f"SIP/2.0/{self.transport.upper()} {self.peer[0]}:{self.peer[1]};branch=z9hG4bK{self.name}{number}"
        )
        request.put("From", f"<{self.aor}>;tag={self.name}-tag").put("To", to or f"<{uri}>")
        request.put("Call-ID", call_id or f"{self.name}-{self.peer[1]}-{number}").put("CSeq", f"{cseq} {method}")
        request.put("Max-Forwards", "70")
        for name, value in fields.items():
            request.put(name.replace("_", "-"), value)
        return request

    def send(self, message: SipMessage) -> SipMessage:
        self.feed(message.to_bytes())
        return message

    def register(
        self,
        *,
        expires: str = "",
        contact: str = "",
        epid: str = "",
        instance: str = "",
        lync: bool = False,
        cseq: int = 1,
        call_id: str = "",
    ) -> SipRequest:
        request = self.request(
            "REGISTER", "sip:contoso.test", to=f"<{self.aor}>", cseq=cseq, call_id=call_id or f"reg-{self.peer[1]}"
        )
        value = contact or f"<{self.contact}>"
        if instance:
            value += f';+sip.instance="<urn:uuid:{instance}>"'
        request.put("Contact", value)
        if lync:
            request.put("Supported", "gruu-10, adhoclist, msrtc-event-categories").put("Event", "registration")
        if epid:
            request.put("From", f"<{self.aor}>;tag={self.name}-tag;epid={epid}")
        if expires:
            request.put("Expires", expires)
        self.send(request)
        return request

    def inbox(self) -> list[SipMessage]:
        """What arrived since the last look."""
        fresh, self._read = self.raw[self._read :], len(self.raw)
        if self.transport == "udp":
            events = [read_datagram(data) for data in fresh]
        else:
            events = [event for data in fresh for event in self._reader.feed(data) if not isinstance(event, KeepAlive)]
        assert all(isinstance(event, SipMessage) for event in events), events
        return events  # type: ignore[return-value]

    def take(self) -> SipMessage:
        """The one message that arrived since the last look."""
        messages = self.inbox()
        assert len(messages) == 1, messages
        return messages[0]

    def take_response(self) -> SipResponse:
        message = self.take()
        assert isinstance(message, SipResponse), message
        return message

    def take_request(self) -> SipRequest:
        message = self.take()
        assert isinstance(message, SipRequest), message
        return message

    def answer(
        self,
        request: SipRequest,
        status: int,
        *,
        tag: str = "",
        contact: bool = False,
        body: bytes = b"",
        **fields: str,
    ) -> SipResponse:
        response = respond(request, status, tag=tag or f"{self.name}-{self.peer[1]}", body=body)
        for name, value in fields.items():
            response.put(name, value)
        if "Record-Route" in request.headers:
            response.headers["Record-Route"] = request.headers["Record-Route"]
        if contact:
            response.put("Contact", f"<{self.contact}>")
        self.send(response)
        return response
