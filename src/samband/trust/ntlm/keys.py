"""The key arithmetic of NTLM version 2 [MS-NLMP 3.3.2, 3.4.5]."""

from __future__ import annotations

import hashlib
import hmac

from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext

from samband.trust.ntlm.md4 import md4
from samband.trust.ntlm.messages import Flags

_MAGIC = "session key to {} {} key magic constant\0"
TO_SERVER = "client-to-server"
TO_CLIENT = "server-to-client"


def nt_hash(password: str) -> bytes:
    """NTOWFv1: MD4 of the password in UTF-16. As good as the password to whoever holds it."""
    return md4(password.encode("utf-16-le", "surrogatepass"))


def upper(name: str) -> str:
    """A user name in capitals, one character for one as Windows does it: ``ß`` stays ``ß``."""
    return "".join(big if len(big := char.upper()) == 1 else char for char in name)


def response_key(nt: bytes, user: str, domain: str) -> bytes:
    """NTOWFv2 from an NT hash."""
    return hmac.digest(nt, (upper(user) + domain).encode("utf-16-le", "surrogatepass"), "md5")


def nt_proof(key: bytes, nonce: bytes, blob: bytes) -> bytes:
    """NTProofStr over the server's challenge and the client's blob."""
    return hmac.digest(key, nonce + blob, "md5")


def session_base_key(key: bytes, proof: bytes) -> bytes:
    """SessionBaseKey; in version 2 it is the KeyExchangeKey as well [MS-NLMP 3.4.5.1]."""
    return hmac.digest(key, proof, "md5")


def rc4(key: bytes) -> CipherContext:
    """An RC4 stream at its beginning."""
    return Cipher(ARC4(key), None).encryptor()


def rc4_once(key: bytes, data: bytes) -> bytes:
    """RC4K: ``data`` under a stream of its own."""
    return rc4(key).update(data)


def sign_key(exported: bytes, direction: str) -> bytes:
    """SIGNKEY with extended session security [MS-NLMP 3.4.5.2]."""
    return hashlib.md5(exported + _MAGIC.format(direction, "signing").encode(), usedforsecurity=False).digest()


def seal_key(exported: bytes, direction: str, flags: Flags) -> bytes:
    """SEALKEY with extended session security [MS-NLMP 3.4.5.3]."""
    if not flags & Flags.SEAL_128:
        exported = exported[:7] if flags & Flags.SEAL_56 else exported[:5]
    return hashlib.md5(exported + _MAGIC.format(direction, "sealing").encode(), usedforsecurity=False).digest()
