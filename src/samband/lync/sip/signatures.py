"""Signatures of messages: ours, which Lync clients demand, and theirs [MS-SIPAE 3.3.5].

Every message to a client with a ready association is signed, whatever it is: clients drop what is not, without a word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from samband.lync.sip.flow import Flow
from samband.model.people import Person
from samband.trust.sip.association import SecurityAssociation
from samband.trust.sip.words import Words
from samband.wire.sip import ms_auth
from samband.wire.sip.credentials import Credentials
from samband.wire.sip.dialog import Dialog
from samband.wire.sip.message import SipMessage

REPEATED: Final = "a number seen before"


class Signatures:
    """``targets`` maps the names of signing protocols to what they call the server; ``clock`` gives aware time."""

    def __init__(
        self, targets: Mapping[str, str], clock: Callable[[], datetime], random: Callable[[int], bytes]
    ) -> None:
        self._targets = targets
        self._clock = clock
        self._salts = Words(random, 8, upper=True)

    # --- ours

    def seal(self, message: SipMessage, association: SecurityAssociation | None) -> None:
        """Sign a message for the holder of a ready association; nothing may be changed on it afterwards."""
        if association is not None and association.ready:
            part = ms_auth.message_part(message, association.version)
            message.headers["Authentication-Info"] = [self._information(part, association)]

    def proof(self, dialog: Dialog, method: str, association: SecurityAssociation | None) -> str:
        """What ``seal`` puts on the latest request within ``dialog``, as a line; empty where nothing is signed."""
        if association is None or not association.ready:
            return ""
        part = ms_auth.request_part(dialog, method, association.version)
        return f"Authentication-Info: {self._information(part, association)}\r\n"

    def _information(self, part: str, association: SecurityAssociation) -> str:
        number = association.sent = association.sent + 1
        salt = self._salts.next()
        protocol = association.protocol
        target = self._targets[protocol]
        signature = association.sign(ms_auth.signed_text(protocol, salt, str(number), ms_auth.REALM, target, part))
        return f'{protocol} rspauth="{signature}", srand="{salt}", snum="{number}"{association.tail}'

    # --- theirs

    def live(self, flow: Flow, credentials: Credentials) -> SecurityAssociation | None:
        """The association that ``credentials`` name, where it may be used now."""
        association = flow.associations.get(credentials.params.get("opaque", ""))
        if association is None or association.protocol != credentials.scheme or not association.live(self._clock()):
            return None
        return association

    def newest(self, flow: Flow, person: Person | None = None) -> SecurityAssociation | None:
        """The newest ready association of a flow, of anybody or of one person: what signs messages to them."""
        now = self._clock()
        for association in reversed(flow.associations.values()):
            owner = association.person
            if association.live(now) and (person is None or (owner and owner.objectGUID == person.objectGUID)):
                return association
        return None


def fault_in(message: SipMessage, association: SecurityAssociation, credentials: Credentials) -> str | None:
    """What is wrong with the signature of a client's message; None, and its number is used up, where nothing is."""
    get = credentials.params.get
    shown = get("cnum", "")
    if not (shown.isascii() and shown.isdigit() and len(shown) <= 10):
        return "no number"
    number = int(shown)
    if not association.received.fresh(number):
        return REPEATED
    part = ms_auth.message_part(message, association.version)
    text = ms_auth.signed_text(
        association.protocol, get("crand", ""), shown, ms_auth.REALM, get("targetname", ""), part
    )
    if not association.verify(text, get("response", "")):
        return "a wrong signature"
    association.received.accept(number)
    return None
