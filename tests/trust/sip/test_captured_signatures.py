"""Every signature of a recorded NTLM session, recomputed: what a real client signs, and what it accepted."""

from __future__ import annotations

import pytest

from samband.trust.ntlm import keys, signing
from samband.trust.ntlm.messages import Authenticate, Challenge
from samband.wire.sip import ms_auth
from samband.wire.sip.credentials import Credentials, read_credentials
from samband.wire.sip.message import SipMessage
from tests.trust.sip.captured_messages import PASSWORD, Captured, captured_messages

MESSAGES = captured_messages()


def credentials(message: SipMessage) -> Credentials:
    names = ("Authorization", "Authentication-Info", "WWW-Authenticate")
    return read_credentials(next(value for name in names if (value := message.get(name))))


def signers() -> tuple[signing.DatagramSigner, signing.DatagramSigner]:
    """Of the client and of the server, from the recorded handshake and the known password."""
    tokens = [ms_auth.read_token(credentials(one.message).get("gssapi-data")) for one in MESSAGES[:2]]
    challenge, answer = Challenge.read(tokens[0]), Authenticate.read(tokens[1])
    key = keys.response_key(keys.nt_hash(PASSWORD), answer.user, answer.domain)
    proof = keys.nt_proof(key, challenge.nonce, answer.nt_response[16:])
    assert proof == answer.nt_response[:16]
    exported = keys.rc4_once(keys.session_base_key(key, proof), answer.encrypted_session_key)
    flags = challenge.flags & answer.flags
    return (
        signing.DatagramSigner(exported, keys.TO_SERVER, flags),
        signing.DatagramSigner(exported, keys.TO_CLIENT, flags),
    )


CLIENT, SERVER = signers()


@pytest.mark.parametrize("one", MESSAGES[1:], ids=repr)
def test_signature(one: Captured) -> None:
    found = credentials(one.message)
    side, shown = ("c", found.get("response")) if one.from_client else ("s", found.get("rspauth"))
    part = ms_auth.message_part(one.message, 4)
    text = ms_auth.signed_text(
        "NTLM", found.get(side + "rand"), found.get(side + "num"), found.get("realm"), found.get("targetname"), part
    )
    assert (CLIENT if one.from_client else SERVER).mac(text).hex() == shown.lower()


def test_the_recording_has_both_sides_and_every_kind() -> None:
    kinds = {getattr(one.message, "method", "response") for one in MESSAGES if one.from_client}
    assert kinds == {"REGISTER", "SUBSCRIBE", "SERVICE", "INVITE", "ACK", "MESSAGE", "INFO", "BYE", "response"}
    assert {"BENOTIFY", "MESSAGE"} <= {getattr(one.message, "method", "") for one in MESSAGES if not one.from_client}
