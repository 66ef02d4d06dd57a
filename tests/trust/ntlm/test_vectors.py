"""The worked examples of [MS-NLMP 4.2], and one sign-in as a real Lync client (pidgin-sipe 1.25) made it."""

import base64
from datetime import UTC, datetime

import pytest

from samband.model.people import Person
from samband.trust.ntlm import keys
from samband.trust.ntlm.acceptor import NtlmAcceptor, TargetNames
from samband.trust.ntlm.md4 import md4
from samband.trust.ntlm.messages import Authenticate, Av, Challenge, Flags, read_pairs, write_pairs
from samband.trust.ntlm.signing import StreamSigner

NONCE = bytes.fromhex("0123456789abcdef")
EXPORTED = b"\x55" * 16
BLOB = bytes.fromhex(
    "01010000000000000000000000000000aaaaaaaaaaaaaaaa0000000002000c0044006f006d00610069006e00"
    "01000c0053006500720076006500720000000000" + "00000000"
)
FLAGS = Flags(0xE28A8233)


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        (b"", "31d6cfe0d16ae931b73c59d7e0c089c0"),
        (b"a", "bde52cb31de33e46245e05fbdbd6fb24"),
        (b"abc", "a448017aaf21d8525fc10ae87aa6729d"),
        (b"message digest", "d9130a8164549fe818874806e1c7014b"),
        (b"1234567890" * 8, "e33b4ddc9c38f2199c3e7b164fcc0536"),
    ],
)
def test_md4_of_rfc1320(text: bytes, digest: str) -> None:
    assert md4(text).hex() == digest


def test_nt_hash() -> None:
    assert keys.nt_hash("Password").hex() == "a4f49c406510bdcab6824ee7c30fd852"


def test_response_and_session_keys() -> None:
    key = keys.response_key(keys.nt_hash("Password"), "User", "Domain")
    assert key.hex() == "0c868a403bfd7a93a3001ef22ef02e3f"
    proof = keys.nt_proof(key, NONCE, BLOB)
    assert proof.hex() == "68cd0ab851e51c96aabc927bebef6a1c"
    base = keys.session_base_key(key, proof)
    assert base.hex() == "8de40ccadbc14a82f15cb0ad0de95ca3"
    assert keys.rc4_once(base, EXPORTED).hex() == "c5dad2544fc9799094ce1ce90bc9d03e"


def test_signature_of_a_sealed_message() -> None:
    text = "Plaintext".encode("utf-16-le")
    assert keys.seal_key(EXPORTED, keys.TO_SERVER, FLAGS).hex() == "59f600973cc4960a25480a7c196e4c58"
    assert keys.sign_key(EXPORTED, keys.TO_SERVER).hex() == "4788dc861b4782f35d43fd98fe1a2d39"
    signer = StreamSigner(EXPORTED, keys.TO_SERVER, FLAGS)
    # In the example the message itself was encrypted first, on the same RC4 stream.
    assert signer._stream.update(text).hex() == "54e50165bf1936dc996020c1811b0f06fb5f"
    assert signer.mac(text).hex() == "010000007fb38ec5c55d497600000000"


def test_challenge_message_both_ways() -> None:
    names = {Av.NETBIOS_DOMAIN: "Domain".encode("utf-16-le"), Av.NETBIOS_COMPUTER: "Server".encode("utf-16-le")}
    challenge = Challenge(FLAGS, NONCE, "Server", write_pairs(names))
    example = bytes.fromhex(
        "4e544c4d53535000020000000c000c003800000033828ae20123456789abcdef00000000000000002400240044000000"
        "060070170000000f53006500720076006500720002000c0044006f006d00610069006e0001000c0053006500720076006500720000000000"
    )
    ours = challenge.write()
    assert (ours[:48], ours[56:]) == (example[:48], example[56:])  # between them: the version of the product
    assert Challenge.read(example) == challenge
    assert read_pairs(challenge.target_info) == names


@pytest.mark.parametrize(("name", "capitals"), [("alice", "ALICE"), ("åsa", "ÅSA"), ("groß", "GROß"), ("ﬁn", "ﬁN")])
def test_capitals_keep_the_number_of_characters(name: str, capitals: str) -> None:
    assert keys.upper(name) == capitals


ALICE = Person(objectGUID="1", sAMAccountName="alice", userPrincipalName="alice@contoso.test", displayName="Alice")
LYNC_NONCE = bytes.fromhex("2ec6f3436f4d2806")
LYNC_AUTHENTICATE = base64.b64decode(
    "TlRMTVNTUAADAAAAGAAYAGQAAABqAGoAfAAAAA4ADgBIAAAACgAKAFYAAAAEAAQAYAAAABAAEADmAAAAVYKYYgUBKAoAAAAPQwBPAE4AVABPAF"
    "MATwBhAGwAaQBjAGUAVgBNAHbklFF2aAKKlYUpOzkGOnQ/QCdtpw9JQGBCtvga8jyO6l4C0pNQT5IBAQAAAAAAAGTU4wYAe90BP0AnbacPSUAA"
    "AAAAAQAEAFYATQACABYAVwBPAFIASwBTAFQAQQBUAEkATwBOAAMABAB2AG0ABwAIAGTU4wYAe90BAAAAAAAAAADEaK8XuT5wRkPVQ8aWfHJn"
)
CALL = "C714g285AaF8BFi5EDFm1D29t1C06b02B5xCDF2x"
REGISTER = (
    "<NTLM><36bd0aec><1><SIP Communications Service><lync.contoso.test>"
    f"<{CALL}><3><REGISTER><sip:alice@contoso.test><5191312670><sip:alice@contoso.test><><><><>"
).encode()
ANSWER = (
    "<NTLM><F48C1A47><1><SIP Communications Service><lync.contoso.test>"
    f"<{CALL}><3><REGISTER><sip:alice@contoso.test><5191312670><sip:alice@contoso.test><29F011AA78F90EE9>"
    "<><><7200><200>"
).encode()


def test_sign_in_of_a_lync_client() -> None:
    asked: list[str] = []

    def lookup(login: str) -> tuple[Person, bytes]:
        asked.append(login)
        return ALICE, keys.nt_hash("pw-alice")

    acceptor = NtlmAcceptor(
        TargetNames("CONTOSO", "LYNC", "contoso.test", "lync.contoso.test"),
        lookup,
        random=lambda size: LYNC_NONCE[:size],
        clock=lambda: datetime(2026, 1, 1, tzinfo=UTC),
    )
    acceptor.challenge(None, datagram=True)
    session = acceptor.authenticate(LYNC_AUTHENTICATE)
    assert asked == ["CONTOSO\\alice"]
    assert session.person is ALICE
    assert session.verify(REGISTER, bytes.fromhex("010000005ACBE005E289F10E64000000"))
    assert not session.verify(REGISTER + b" ", bytes.fromhex("010000005ACBE005E289F10E64000000"))
    assert session.sign(ANSWER).hex() == "01000000434f131ae5aa43d464000000"
    assert Authenticate.read(LYNC_AUTHENTICATE).workstation == "VM"
