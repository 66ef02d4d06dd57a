"""Documents with bytes changed: they are read, or refused in the one way that doors know."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from samband.wire.conference.cccp import read_request, write_request
from samband.wire.conference.cccp_answers import read_answer
from samband.wire.conference.conference_info import read_conference, write_conference
from samband.wire.conference.imdn import read_imdn, write_imdn
from samband.wire.conference.invitation import read_invitation, write_invitation
from samband.wire.xml.reading import Malformed, SchemaViolation
from tests.wire.conference.test_documents import ANSWERS, DOCUMENTS, FOCUS, OPERATIONS, InvitationDocument, Undelivered

Read = Callable[[bytes], object]
HONEST: list[tuple[Read, bytes]] = [
    *((read_request, write_request("7", "sip:a@b", FOCUS, one).encode()) for one in OPERATIONS.values()),
    *((read_answer, text.encode()) for text, _ in ANSWERS),
    *((read_conference, write_conference(one).encode()) for one in DOCUMENTS),
    (read_invitation, write_invitation(InvitationDocument(FOCUS, "x")).encode()),
    (read_imdn, write_imdn("m", [Undelivered("sip:a@b", 408)]).encode()),
]
PIECES = [b"", b"<", b">", b'"', b"&", b"/>", b"<x/>", b"<a><b>", b"\x00", b"\xff", b"-1", b"99999999999999999999"]


@given(
    st.sampled_from(HONEST),
    st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 40), st.sampled_from(PIECES)), min_size=1, max_size=4),
)
def test_changed_documents(honest: tuple[Read, bytes], changes: list[tuple[int, int, bytes]]) -> None:
    read, body = honest
    for at, length, piece in changes:
        at %= len(body) + 1
        body = body[:at] + piece + body[at + length :]
    with contextlib.suppress(Malformed, SchemaViolation):
        read(body)


@given(st.sampled_from(HONEST), st.sampled_from(HONEST))
def test_documents_for_somebody_else(honest: tuple[Read, bytes], other: tuple[Read, bytes]) -> None:
    with contextlib.suppress(Malformed, SchemaViolation):
        honest[0](other[1])
