"""The accepting side of one NTLM exchange, for connections (HTTP) and for datagrams (SIP) alike."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from samband.model.people import Person
from samband.trust.denied import Denied
from samband.trust.ntlm import keys
from samband.trust.ntlm.messages import (
    AV_FLAG_MIC,
    Authenticate,
    Av,
    Challenge,
    Flags,
    Malformed,
    Negotiate,
    read_pairs,
    without_mic,
    write_pairs,
)
from samband.trust.ntlm.signing import DatagramSigner, Signer, StreamSigner

Lookup = Callable[[str], tuple[Person, bytes] | None]
"""A login (``DOMAIN\\\\name``, ``name`` or ``name@domain``) to its person and NT hash."""

_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_BLOB_HEAD = 28
_ALWAYS = (
    Flags.REQUEST_TARGET | Flags.NTLM | Flags.ALWAYS_SIGN | Flags.TARGET_TYPE_SERVER | Flags.TARGET_INFO | Flags.VERSION
)
_IF_ASKED = (
    Flags.SIGN
    | Flags.SEAL
    | Flags.EXTENDED_SESSION_SECURITY
    | Flags.KEY_EXCHANGE
    | Flags.SEAL_128
    | Flags.SEAL_56
    | Flags.IDENTIFY
)
_DATAGRAM_NEEDS = Flags.SIGN | Flags.EXTENDED_SESSION_SECURITY | Flags.KEY_EXCHANGE | Flags.SEAL_128
_DATAGRAM = _ALWAYS | _DATAGRAM_NEEDS | Flags.UNICODE | Flags.DATAGRAM | Flags.IDENTIFY | Flags.SEAL_56


@dataclass(frozen=True, slots=True)
class TargetNames:
    """What the server calls itself in a challenge."""

    netbios_domain: str
    netbios_computer: str
    dns_domain: str
    dns_computer: str


@dataclass(slots=True, eq=False)
class NtlmSession:
    """A finished exchange: who it was, and the keys that sign what follows."""

    person: Person
    exported_session_key: bytes = field(repr=False)
    flags: Flags
    outgoing: Signer | None = field(repr=False)
    """What signs the server's messages; None where no signing was negotiated."""
    incoming: Signer | None = field(repr=False)
    """What signs the client's."""

    def sign(self, text: bytes) -> bytes:
        """The server's 16-byte signature of ``text``. Raises ``Denied`` where no signing was negotiated."""
        if self.outgoing is None:
            raise Denied("the NTLM session has no message signing")
        return self.outgoing.mac(text)

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Whether ``signature`` is the client's of ``text``."""
        return self.incoming is not None and hmac.compare_digest(self.incoming.mac(text), signature)


class NtlmAcceptor:
    """One exchange: a challenge out, an answer in. A challenge is good for one answer, right or wrong.

    ``lookup`` is asked once an answer; ``random`` gives that many unpredictable bytes; ``clock`` an aware time;
    ``check_age`` raises ``Denied`` for somebody whose password is too old.
    """

    def __init__(
        self,
        names: TargetNames,
        lookup: Lookup,
        *,
        random: Callable[[int], bytes],
        clock: Callable[[], datetime],
        check_age: Callable[[Person], None] = lambda person: None,
    ) -> None:
        self._check_age = check_age
        self._names = names
        self._lookup = lookup
        self._random = random
        self._clock = clock
        self._negotiate = b""
        self._challenge: Challenge | None = None

    @property
    def pending(self) -> bool:
        """Whether a challenge is out that no answer has used up."""
        return self._challenge is not None

    def challenge(self, negotiate: bytes | None, *, datagram: bool = False) -> bytes:
        """The CHALLENGE for a NEGOTIATE message, or for none in datagram mode [MS-NLMP 3.2.5.1.1, 3.2.5.2.1].

        Raises ``Denied`` for bytes that are no NEGOTIATE message, and where one is missing.
        """
        if datagram:
            flags = _DATAGRAM
            self._negotiate = b""
        else:
            flags = _agreed(negotiate or b"")
            self._negotiate = negotiate or b""
        name = self._names.netbios_computer
        self._challenge = Challenge(flags, self._random(8), name, write_pairs(self._target_info()))
        return self._challenge.write()

    def authenticate(self, token: bytes) -> NtlmSession:
        """Check an AUTHENTICATE message against the challenge that is out [MS-NLMP 3.2.5.1.2, 3.2.5.2.2].

        Raises ``Denied``; its ``account`` is the login that the message claims.
        """
        challenge, self._challenge = self._challenge, None
        if challenge is None:
            raise Denied("an NTLM answer without a challenge")
        try:
            message = Authenticate.read(token)
            pairs = _client_pairs(message.nt_response)
        except Malformed as problem:
            raise Denied(f"malformed NTLM message: {problem}") from None
        account = login(message.domain, message.user)
        flags = message.flags & challenge.flags
        person, base_key = self._proven(message, challenge, account)
        exported = _exported_key(message, flags, base_key, account)
        if int.from_bytes(pairs.get(Av.FLAGS, b"")[:4], "little") & AV_FLAG_MIC:
            self._check_mic(token, message, challenge, exported, account)
        return _session(person, exported, flags, challenge, account)

    def _target_info(self) -> dict[int, bytes]:
        names = self._names
        stamp = (self._clock() - _EPOCH) // timedelta(microseconds=1) * 10
        return {
            Av.NETBIOS_DOMAIN: names.netbios_domain.encode("utf-16-le"),
            Av.NETBIOS_COMPUTER: names.netbios_computer.encode("utf-16-le"),
            Av.DNS_DOMAIN: names.dns_domain.encode("utf-16-le"),
            Av.DNS_COMPUTER: names.dns_computer.encode("utf-16-le"),
            Av.TIMESTAMP: stamp.to_bytes(8, "little"),
        }

    def _proven(self, message: Authenticate, challenge: Challenge, account: str) -> tuple[Person, bytes]:
        """The person whose password made the response, and the session base key."""
        found = self._lookup(account)
        if found is None and message.domain and "." in message.domain:
            found = self._lookup(f"{message.user}@{message.domain}")
        # An unknown account costs the same arithmetic as a known one.
        nt = found[1] if found else self._random(16)
        base_key = _matching_key(message, challenge.nonce, nt)
        if found is None or base_key is None:
            raise Denied("unknown account or wrong password", account=account)
        if not found[0].enabled:
            raise Denied("the account is disabled", account=account)
        self._check_age(found[0])
        return found[0], base_key

    def _check_mic(
        self, token: bytes, message: Authenticate, challenge: Challenge, exported: bytes, account: str
    ) -> None:
        expected = hmac.digest(exported, self._negotiate + challenge.write() + without_mic(token), "md5")
        if not hmac.compare_digest(expected, message.mic):
            raise Denied("the NTLM messages were changed on their way", account=account)


def login(domain: str, user: str) -> str:
    """The names of an AUTHENTICATE message as one login."""
    return f"{domain}\\{user}" if domain and "@" not in user else user


def claimed_login(token: bytes) -> str:
    """The login that an AUTHENTICATE message claims, empty for anything else."""
    try:
        message = Authenticate.read(token)
    except Malformed:
        return ""
    return login(message.domain, message.user)


def _agreed(negotiate: bytes) -> Flags:
    try:
        asked = Negotiate.read(negotiate).flags
    except Malformed as problem:
        raise Denied(f"malformed NTLM message: {problem}") from None
    text = Flags.UNICODE if asked & Flags.UNICODE or not asked & Flags.OEM else Flags.OEM
    return _ALWAYS | text | (asked & _IF_ASKED)


def _client_pairs(response: bytes) -> dict[int, bytes]:
    """The AV_PAIRs of an NTLMv2_RESPONSE [MS-NLMP 2.2.2.7, 2.2.2.8]; anything older is refused."""
    if not response:
        raise Malformed("no NTLM response")
    if len(response) < 16 + _BLOB_HEAD or response[16:18] != b"\x01\x01":
        raise Malformed("not a version 2 response")
    return read_pairs(response[16 + _BLOB_HEAD :])


def _matching_key(message: Authenticate, nonce: bytes, nt: bytes) -> bytes | None:
    """The session base key where the response was made with this NT hash.

    Some clients leave the domain out of the key; servers should take that too [MS-NLMP 3.2.5.1.2].
    """
    proof, blob = message.nt_response[:16], message.nt_response[16:]
    for domain in (message.domain, "") if message.domain else ("",):
        key = keys.response_key(nt, message.user, domain)
        if hmac.compare_digest(keys.nt_proof(key, nonce, blob), proof):
            return keys.session_base_key(key, proof)
    return None


def _exported_key(message: Authenticate, flags: Flags, base_key: bytes, account: str) -> bytes:
    if not (flags & Flags.KEY_EXCHANGE and flags & (Flags.SIGN | Flags.SEAL)):
        return base_key
    if len(message.encrypted_session_key) != 16:
        raise Denied("malformed NTLM message: the session key has a wrong length", account=account)
    return keys.rc4_once(base_key, message.encrypted_session_key)


def _session(person: Person, exported: bytes, flags: Flags, challenge: Challenge, account: str) -> NtlmSession:
    datagram = bool(challenge.flags & Flags.DATAGRAM)
    if datagram and flags & _DATAGRAM_NEEDS != _DATAGRAM_NEEDS:
        raise Denied("the client does not agree to signed messages with 128-bit keys", account=account)
    if not (flags & Flags.SIGN and flags & Flags.EXTENDED_SESSION_SECURITY):
        return NtlmSession(person, exported, flags, None, None)
    signer = DatagramSigner if datagram else StreamSigner
    outgoing = signer(exported, keys.TO_CLIENT, flags)
    return NtlmSession(person, exported, flags, outgoing, signer(exported, keys.TO_SERVER, flags))
