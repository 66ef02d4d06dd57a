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
            protocol, version = association.protocol, association.version
            association.sent += 1
            salt, number = self._salts.next(), str(association.sent)
            text = ms_auth.message_text(message, version, protocol, salt, number, self._targets[protocol])
            message.headers["Authentication-Info"] = [_information(association, salt, number, text)]

    def proof(self, dialog: Dialog, method: str, association: SecurityAssociation | None) -> str:
        """What ``seal`` puts on the latest request within ``dialog``, as a line; empty where nothing is signed."""
        if association is None or not association.ready:
            return ""
        protocol, version = association.protocol, association.version
        association.sent += 1
        salt, number = self._salts.next(), str(association.sent)
        text = ms_auth.request_text(dialog, method, version, protocol, salt, number, self._targets[protocol])
        return f"Authentication-Info: {_information(association, salt, number, text)}\r\n"

    # --- theirs

    def shown(self, message: SipMessage) -> ms_auth.Signature | None:
        """The signature for our realm and our name that a message begins its proofs with, as nearly all do."""
        values = message.headers.get("Authorization")
        found = ms_auth.read_signature(values[0]) if values else None
        if found is not None and found[1] == ms_auth.REALM:
            target = self._targets.get(found[0])
            if target is not None and (found[2] == target or found[2].lower() == target.lower()):
                return found
        return None

    def live(self, flow: Flow, signature: ms_auth.Signature) -> SecurityAssociation | None:
        """The association that ``signature`` names, where it may be used now."""
        association = flow.associations.get(signature[3])
        if association is None or association.protocol != signature[0] or not association.live(self._clock()):
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


def _information(association: SecurityAssociation, salt: str, number: str, text: bytes) -> str:
    signature = association.sign(text)
    return f'{association.protocol} rspauth="{signature}", srand="{salt}", snum="{number}"{association.tail}'


def fault_in(message: SipMessage, association: SecurityAssociation, signature: ms_auth.Signature) -> str | None:
    """What is wrong with the signature of a client's message; None, and its number is used up, where nothing is."""
    _, _, target, _, salt, shown, response = signature
    if not (shown.isascii() and shown.isdigit() and len(shown) <= 10):
        return "no number"
    number, received = int(shown), association.received
    if number <= received.highest and not received.fresh(number):
        return REPEATED
    text = ms_auth.message_text(message, association.version, association.protocol, salt, shown, target)
    if not association.verify(text, response):
        return "a wrong signature"
    received.accept(number)
    return None
