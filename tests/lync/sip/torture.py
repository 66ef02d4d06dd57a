"""The torture messages of RFC 4475 and RFC 5118: what the RFC wants of a server, and what may be answered here.

The server serves the domains in the messages; ``user@example.com`` is somebody, nobody is signed in, and whoever From
names is believed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from samband.lync.sip.admission import Admitted, Verdict
from samband.lync.sip.flow import Flow
from samband.model.people import Person
from samband.wire.sip.address import uri_in
from samband.wire.sip.message import SipRequest
from samband.wire.sip.uri import aor_of
from tests.lync.sip.sides import SEALED, Client, World

FOLDER = Path(__file__).parents[2] / "wire" / "sip"
DOMAINS = frozenset({"example.com", "example.net", "example.org", "chair-dnrc.example.com"})
HERE = ("2001:db8::10", 5060)
"""Where the server listens in RFC 5118's messages."""

WELL = "well-formed: routed like any request"
BAD = "malformed: 400"
DROPPED = "dropped: a response nobody waits for"


@dataclass(frozen=True, slots=True)
class Row:
    """``wants``: the RFC's word in short; ``answers``: every acceptable status, none where nothing may be answered."""

    name: str
    section: str
    wants: str
    answers: tuple[int, ...] = ()
    lenient: str = ""
    """What we do where the RFC leaves a choice, and which way it was taken."""

    @property
    def rfc(self) -> str:
        return "rfc5118" if self.section.startswith("4.") else "rfc4475"

    @property
    def data(self) -> bytes:
        return (FOLDER / self.rfc / f"{self.name}.dat").read_bytes()


ROWS = (
    Row("wsinv", "3.1.1.1", WELL, (404,)),
    Row(
        "intmeth", "3.1.1.2", "well-formed, an unknown method: a proxy routes it, 404 where the user is unknown", (404,)
    ),
    Row("esc01", "3.1.1.3", WELL, (404,)),
    Row("escnull", "3.1.1.4", "well-formed: `%00` is part of the user's name; registered", (200,)),
    Row("esc02", "3.1.1.5", "well-formed: `%` is no escape in a method, so the method is unknown", (404,)),
    Row("lwsdisp", "3.1.1.6", WELL, (480,)),
    Row("longreq", "3.1.1.7", WELL, (480,)),
    Row("dblreq", "3.1.1.8", "well-formed REGISTER; over UDP what follows its body is ignored", (200,)),
    Row("semiuri", "3.1.1.9", "well-formed: the semicolon belongs to the user", (404,)),
    Row("transports", "3.1.1.10", "well-formed: unknown transports in Via do no harm", (480,)),
    Row("mpart01", "3.1.1.11", "well-formed, with a binary body in parts", (404,)),
    Row("unreason", "3.1.1.12", "a well-formed response whose reason is not ASCII", (), DROPPED),
    Row("noreason", "3.1.1.13", "a well-formed response without a reason", (), DROPPED),
    Row("badinv01", "3.1.2.1", BAD, (400,)),
    Row("clerr", "3.1.2.2", "Content-Length is greater than the datagram: 400", (400,)),
    Row("ncl", "3.1.2.3", "Content-Length is negative: 400, and a stream is closed", (400,)),
    Row("scalar02", "3.1.2.4", "numbers out of range: 400", (400,)),
    Row("scalarlg", "3.1.2.5", "a response with numbers out of range: dropped"),
    Row("quotbal", "3.1.2.6", "an open quote: 400", (400,)),
    Row("ltgtruri", "3.1.2.7", "Request-URI in brackets: 400, a proxy may mend it", (400,), "not mended"),
    Row("lwsruri", "3.1.2.8", "blanks in the Request-URI: 400, or mended", (400,), "not mended"),
    Row("lwsstart", "3.1.2.9", "several blanks in the request line: 400, or read", (400,), "not read"),
    Row("trws", "3.1.2.10", "blanks behind the request line: 400, or read", (400,), "not read"),
    Row("escruri", "3.1.2.11", "header fields in the Request-URI: 400, or they are ignored", (400,), "not ignored"),
    Row(
        "baddate", "3.1.2.12", "Date is not in GMT: 400, or Date is ignored", (480,), "ignored: nothing here uses Date"
    ),
    Row("regbadct", "3.1.2.13", "Contact with `?` and no brackets: 400", (400,)),
    Row("badaspec", "3.1.2.14", "blanks within the brackets: 400, or they are ignored", (404,), "ignored"),
    Row("baddn", "3.1.2.15", "a display name that is no token: 400, or read", (400,), "not read"),
    Row("badvers", "3.1.2.16", "an unknown version of the protocol: 505", (505,)),
    Row("mismatch01", "3.1.2.17", "CSeq names another method: 400", (400,)),
    Row("mismatch02", "3.1.2.18", "CSeq names another method, the method is unknown: 400 or 501", (400,), "400"),
    Row("bigcode", "3.1.2.19", "a response with a status that is too great: dropped"),
    Row("badbranch", "3.2.1", "the branch is the magic cookie alone: matched as RFC 2543 has it", (480,)),
    Row("insuf", "3.3.1", "needed header fields are missing: 400", (400,)),
    Row("unkscm", "3.3.2", "an unknown scheme in the Request-URI: 416", (416,)),
    Row("novelsc", "3.3.3", "a known scheme that is not routed here: 416", (416,)),
    Row("unksm2", "3.3.4", "To of a REGISTER is no SIP address: a registrar says 400", (400,)),
    Row("bext01", "3.3.5", "Proxy-Require of unknown extensions: a proxy says 420", (420,)),
    Row("invut", "3.3.6", "a body of unknown type: a proxy routes it", (480,)),
    Row("regaut01", "3.3.7", "an unknown scheme of credentials: like none", (200,)),
    Row("multi01", "3.3.8", "header fields that may stand once stand twice: 400", (400,)),
    Row("mcl01", "3.3.9", "two values of Content-Length: 400, and a stream is closed", (400,)),
    Row("bcast", "3.3.10", "a response whose second Via is a broadcast address: dropped"),
    Row("zeromf", "3.3.11", "Max-Forwards is 0: a proxy may answer OPTIONS itself, or say 483", (483,), "483"),
    Row("cparam01", "3.3.12", "an unknown parameter of Contact: registered", (200,)),
    Row("cparam02", "3.3.13", "an unknown parameter of the contact's address: registered with it", (200,)),
    Row("regescrt", "3.3.14", "a contact with header fields: registered with them", (200,)),
    Row("sdp01", "3.3.15", "Accept of an unknown type: a proxy routes it", (480,)),
    Row("inv2543", "3.4.1", "an INVITE as RFC 2543 has it: routed", (404,)),
    Row("test", "", "in the archive, not in the text: no version, no Via", (), "dropped: nobody to answer"),
    Row("ipv6-good", "4.1", "well-formed REGISTER: registered", (200,)),
    Row("ipv6-bad", "4.2", "an IPv6 address without brackets: 400", (400,)),
    Row("port-ambiguous", "4.3", "within the brackets it is no port: another address, not ours", (404,)),
    Row("port-unambiguous", "4.4", "behind the brackets it is a port: not one of ours", (404,)),
    Row("via-received-param-with-delim", "4.5", "`received` in brackets is read", (481,)),
    Row("via-received-param-no-delim", "4.5", "`received` without brackets is read", (200,)),
    Row("ipv6-in-sdp", "4.6", WELL, (404,)),
    Row("mult-ip-in-header", "4.7", WELL, (404,)),
    Row("mult-ip-in-sdp", "4.8", WELL, (404,)),
    Row("ipv4-mapped-ipv6", "4.9", WELL, (480,)),
    Row("ipv6-bug-abnf-3-colons", "4.10", "three colons, as RFC 3261's grammar lets them stand, are read", (404,)),
    Row("ipv6-correct-abnf-2-colons", "4.10", WELL, (404,)),
)


def torture_world() -> World:
    """A Lync side for the messages' domains, where whoever From names is believed."""
    world = World()
    world.side.places.domains |= DOMAINS
    world.side.bound(*HERE)
    world.directory.known["user"] = _person("user@example.com")

    def anybody(request: SipRequest, flow: Flow) -> Verdict:
        return Admitted(_person(aor_of(uri_in(request.headers["From"][0]))), SEALED)

    world.gate.inspect = anybody  # type: ignore[method-assign]
    return world


def _person(address: str) -> Person:
    return Person(
        objectGUID=address,
        sAMAccountName=address,
        userPrincipalName=address,
        displayName=address,
        msRTCSIP_PrimaryUserAddress=f"sip:{address}",
        msRTCSIP_UserEnabled=True,
    )


def torturer(world: World, row: Row, transport: str) -> Client:
    """Whoever sends ``row``: over IPv6 for the messages of RFC 5118."""
    host = "2001:db8::9:1" if row.rfc == "rfc5118" else "127.0.0.9"
    return world.client("torturer", transport, host)


def statuses(client: Client) -> list[int]:
    """Read off the status lines: an answer to a malformed request repeats what was malformed."""
    return [int(data.split(b" ", 2)[1]) for data in client.raw]
