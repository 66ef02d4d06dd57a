"""What is fuzzed, and what must hold of it: a stranger's bytes are read, refused or dropped, and nothing else."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from samband.wire.conference import cccp, cccp_answers, conference_info, imdn, invitation
from samband.wire.presence import (
    acl,
    batch,
    contact_operations,
    containers,
    fault,
    multipart,
    pidf,
    provisioning,
    publish,
    rlmi,
    roaming_contacts,
    roaming_self,
    subscribers,
    watcher_info,
)
from samband.wire.sip import credentials
from samband.wire.sip.address import parse_address, parse_addresses
from samband.wire.sip.message import SipMessage, SipRequest
from samband.wire.sip.stream import StreamReader, read_datagram
from samband.wire.sip.uri import BadUri, parse_uri
from samband.wire.xml.reading import Malformed, SchemaViolation
from tests.lync.sip.torture import ROWS, torture_world
from tests.wire.sip.equals import same_answers

CORPUS = Path(__file__).parent / "corpus"


@dataclass(frozen=True)
class Target:
    """``check`` raises where something that must hold does not."""

    name: str
    check: Callable[[bytes], None]
    folders: tuple[str, ...]
    words: tuple[bytes, ...]
    more: tuple[bytes, ...] = ()
    """Inputs that are kept elsewhere."""

    @property
    def folder(self) -> Path:
        return CORPUS / self.name

    def corpus(self) -> list[bytes]:
        """What is kept, always in one order."""
        return [*self.more, *(path.read_bytes() for path in sorted(self.folder.iterdir()))]


# --- SIP


def check_sip(data: bytes) -> None:
    """Read as datagram and as stream, cut anywhere to the same end; written and read again; served by a router.

    What runs in C says the same as its equal in Python.
    """
    same_answers(data)
    _read_fields(data)
    whole = [repr(event) for event in StreamReader().feed(data)]
    dice = random.Random(len(data))
    reader, events, at = StreamReader(), [], 0
    while at < len(data):
        size = dice.randrange(1, 400)
        events += [repr(event) for event in reader.feed(data[at : at + size])]
        at += size
    assert events == whole, "another reading where the stream is cut otherwise"
    _serve(data)


def _read_fields(data: bytes) -> None:
    message = read_datagram(data)
    if not isinstance(message, SipMessage):
        return
    again = read_datagram(message.to_bytes())
    assert isinstance(again, SipMessage), "what was read cannot be read when it is written"
    assert (again.headers, again.body) == (message.headers, message.body)
    for name in ("From", "To", "Contact", "Route", "Record-Route", "Refer-To"):
        for value in message.all(name):
            with suppress(BadUri):
                parse_address(value)
            with suppress(BadUri):
                plain = [replace(one, params={}) for one in parse_addresses(value) if one.uri]
                assert [parse_address(str(one)) for one in plain] == plain
    for value in (*message.all("Authorization"), *message.all("Proxy-Authorization")):
        with suppress(credentials.Malformed):
            credentials.read_credentials(value)
    if isinstance(message, SipRequest):
        with suppress(BadUri):
            uri = parse_uri(message.uri)
            assert parse_uri(str(uri)) == uri


def _serve(data: bytes) -> None:
    world = torture_world()
    with _errors() as errors:
        for transport in ("udp", "tcp"):
            client = world.client("stranger", transport)
            client.feed(data)
            assert all(answer.startswith((b"SIP/2.0 ", b"\r\n")) for answer in client.raw)
    assert not errors, errors[0]


class _errors(logging.Handler):
    """What is logged as an error while it is open: a handler that failed is a crash, though the server lives on."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self._found.append(logging.Formatter().format(record))

    def __enter__(self) -> list[str]:
        self._logger = logging.getLogger("samband")
        self._logger.addHandler(self)
        self._spread, self._logger.propagate = self._logger.propagate, False
        return self._found

    def __exit__(self, *_: object) -> None:
        self._logger.removeHandler(self)
        self._logger.propagate = self._spread


# --- documents

READERS: tuple[Callable[[bytes], object], ...] = (
    cccp.read_request,
    cccp_answers.read_answer,
    conference_info.read_conference,
    imdn.read_imdn,
    invitation.read_invitation,
    acl.read_acl,
    batch.read_batch,
    contact_operations.read_operation,
    containers.read_set_members,
    fault.read_fault,
    pidf.read_pidf,
    provisioning.read_group_names,
    provisioning.read_provisioning,
    publish.read_publish,
    rlmi.read_list,
    roaming_contacts.read_contact_list,
    roaming_contacts.read_contact_delta,
    roaming_self.read_roaming_list,
    roaming_self.read_roaming_data,
    subscribers.read_set_subscribers,
    watcher_info.read_watcher_info,
    lambda body: multipart.read_multipart('multipart/related;type="x";boundary=b', body),
)


def check_document(data: bytes) -> None:
    """Every reader takes it, or says that it is malformed or another document."""
    for read in READERS:
        with suppress(Malformed, SchemaViolation):
            read(data)


TARGETS = {
    one.name: one
    for one in (
        Target(
            "sip",
            check_sip,
            ("/wire/sip/", "/lync/sip/", "/actions/registration"),
            (
                *(
                    b"INVITE",
                    b"ACK",
                    b"CANCEL",
                    b"REGISTER",
                    b"SUBSCRIBE",
                    b"MESSAGE",
                    b"OPTIONS",
                    b"SIP/2.0",
                    b"SIP/3.0",
                ),
                *(
                    b"Via: ",
                    b"Route: ",
                    b"Contact: *",
                    b"Expires: ",
                    b"Content-Length: ",
                    b"Max-Forwards: ",
                    b"Require: ",
                ),
                *(
                    b";rport",
                    b";received=",
                    b";branch=z9hG4bK",
                    b";tag=",
                    b";epid=",
                    b";lr",
                    b";gruu;opaque=",
                    b";maddr=",
                ),
                *(b"sip:", b"sips:", b"tel:", b"user@example.com", b"[::1]", b"127.0.0.1:5060", b"lync.contoso.test"),
            ),
            tuple(row.data for row in ROWS),
        ),
        Target(
            "documents",
            check_document,
            ("/wire/conference/", "/wire/presence/", "/wire/xml/"),
            (
                *(
                    b"<",
                    b"/>",
                    b"</",
                    b'=""',
                    b"&amp;",
                    b"&#0;",
                    b"&x;",
                    b"<!DOCTYPE x>",
                    b"<![CDATA[",
                    b"]]>",
                    b"<?x?>",
                ),
                *(b' xmlns="x"', b"true", b"-1", b"2026-11-23T12:00:00Z", b"sip:alice@contoso.test", b"--b", b"--b--"),
            ),
        ),
    )
}
