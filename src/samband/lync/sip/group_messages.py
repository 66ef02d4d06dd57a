"""A single message to the address of a distribution group: everybody in it gets it, each as a message of its own.

The group's address stands for the list that a client would send along otherwise [RFC5365]. What a member answers goes
to the sender alone: who wants to speak with all of them together makes a conference.
"""

from __future__ import annotations

from dataclasses import dataclass

from samband.lync.actions.address_book import AddressBook
from samband.lync.sip.admission import Admitted
from samband.lync.sip.hosted_line import HostedLine
from samband.lync.sip.im_text import ACCEPTED, is_notice, read_text
from samband.lync.sip.inbound import Inbound
from samband.lync.sip.lync_side import LyncSide
from samband.lync.sip.refusals import Refusals
from samband.lync.sip.timers import Timer
from samband.model.groups import Group
from samband.model.people import Person
from samband.model.rates import Buckets
from samband.wire.sip.address import tag_in, uri_in
from samband.wire.sip.message import Headers, SipRequest, SipResponse, respond
from samband.wire.sip.uri import aor_of

MOST = 100
"""Most people that one message goes to."""
RATE, MOST_AT_ONCE, MOST_SENDERS = 0.2, 10.0, 10_000
"""Messages to groups that one sender may write: so many a second, and at once after a rest."""
PATIENCE = 5.0
"""Seconds after which a message is taken, whoever has not answered until then."""
_PORT = 5061
_COPIED = ("Content-Type", "Content-Disposition", "Content-Language", "Date", "Subject")


@dataclass(slots=True, eq=False)
class _Sending:
    """One message on its way."""

    inbound: Inbound
    line: HostedLine
    left: int
    taken: bool = False
    """Whether anybody has taken it."""
    timer: Timer | None = None


class GroupMessages:
    """Takes what the proxy knows no receiver of, where it is for a group."""

    def __init__(self, side: LyncSide, book: AddressBook) -> None:
        self._side = side
        self._book = book
        self._refusals = Refusals(side.places.host)
        self._pace = Buckets(RATE, MOST_AT_ONCE, MOST_SENDERS)
        side.proxy.unknown = self.take

    def take(self, inbound: Inbound) -> bool:
        """Serve a request; False where it is none to a group, which is for the organisation's own people alone."""
        request, person = inbound.request, inbound.person
        if request.method != "MESSAGE" or tag_in(request.headers["To"][0]) or person is None:
            return False
        group = self._book.group(aor_of(request.uri))
        if group is None:
            return False
        # What becomes of it is kept with each of its copies.
        inbound.witness = None
        kind = request.get("Content-Type") or "text/plain"
        if is_notice(kind, request.body):
            inbound.agree()
        elif read_text(kind, request.body) is None:
            inbound.refuse(415, Accept=ACCEPTED)
        elif not self._pace.take(person.objectGUID, self._side.now()):
            self._refusals.refuse(inbound, 503, "You write to groups too often: wait a moment", Retry_After="5")
        else:
            self._send(inbound, person, group)
        return True

    def _send(self, inbound: Inbound, sender: Person, group: Group) -> None:
        everybody = self._book.everybody(group)
        receivers = [one for one in everybody or () if one.objectGUID != sender.objectGUID]
        if everybody is None or len(receivers) > MOST:
            self._refusals.refuse(inbound, 403, f"A message goes to at most {MOST} people, and the group has more")
        elif not receivers:
            self._refusals.refuse(inbound, 480, "Nobody else in this group can be written to")
        else:
            place = (f"{self._side.router.token()}.invalid", _PORT)
            line = HostedLine(self._side, Admitted(sender), place, _nothing, lambda: None, sessions=False)
            sending = _Sending(inbound, line, len(receivers))
            sending.timer = self._side.timers.after(PATIENCE, self._waited, sending)
            for one in receivers:
                line.ask(self._copy(inbound.request, one, group), lambda response: self._heard(sending, response))

    def _copy(self, request: SipRequest, receiver: Person, group: Group) -> SipRequest:
        token = self._side.router.token()
        address = f"sip:{receiver.sip.lower()}"
        headers: Headers = {
            "From": [f"{_without_tag(request.headers['From'][0])};tag={token}"],
            "To": [f"<{address}>"],
            "Call-ID": [token + self._side.router.token()],
            "CSeq": ["1 MESSAGE"],
            "Max-Forwards": ["70"],
        }
        headers |= {name: request.headers[name] for name in _COPIED if name in request.headers}
        if "Subject" not in headers:
            headers["Subject"] = [" ".join(group.displayName.split())]
        return SipRequest("MESSAGE", address, headers, request.body)

    def _heard(self, sending: _Sending, response: SipResponse) -> None:
        if response.status < 200:
            return
        sending.left -= 1
        sending.taken = sending.taken or response.status < 300
        if not sending.left:
            sending.line.hang_up()
            self._answer(sending)

    def _waited(self, sending: _Sending) -> None:
        sending.timer, sending.taken = None, True
        self._answer(sending)

    def _answer(self, sending: _Sending) -> None:
        if sending.timer is not None:
            self._side.timers.cancel(sending.timer)
            sending.timer = None
        if not sending.inbound.pending:
            return
        if sending.taken:
            sending.inbound.reply(respond(sending.inbound.request, 202, tag=self._side.router.token()))
        else:
            self._refusals.refuse(sending.inbound, 480, "Nobody in this group has taken it now")


def _without_tag(field: str) -> str:
    """Who a From names, without the parameters of the dialog."""
    name = field.partition("<")[0].strip() if "<" in field else ""
    return f"{name} <{uri_in(field)}>".strip()


def _nothing(_request: SipRequest) -> None:
    """Nobody asks the server anything at such a place."""
