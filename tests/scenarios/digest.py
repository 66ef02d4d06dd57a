"""The proof of a password that a plain client sends, by Digest with MD5 [RFC2617]."""

from __future__ import annotations

import hashlib
import re

from tests.scenarios.kept_site import DOMAIN


def digest_proof(challenge: str, name: str, password: str, method: str, uri: str) -> str:
    """What Authorization says to a ``challenge``, a whole answer with 401 or 407."""
    found = re.search(r'nonce="([^"]+)"[^\r]*algorithm=MD5', challenge)
    assert found is not None, challenge
    nonce = found[1]
    secret, request = _digest(f"{name}:{DOMAIN}:{password}"), _digest(f"{method}:{uri}")
    response = _digest(f"{secret}:{nonce}:00000001:c:auth:{request}")
    return (
        f'Digest username="{name}", realm="{DOMAIN}", nonce="{nonce}", uri="{uri}", algorithm=MD5, '
        f'response="{response}", qop=auth, nc=00000001, cnonce="c"'
    )


def _digest(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()
