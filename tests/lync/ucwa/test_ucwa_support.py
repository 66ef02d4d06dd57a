"""The page of what there is of UCWA: nothing of it that no client meets, and nothing that clients meet left out."""

from __future__ import annotations

from pathlib import Path

from tests import ucwa_support
from tests.lync.ucwa import walk

TEXTS = {"plainMessage", "htmlMessage"}
"""Links that hold what they lead to."""


def test_the_page_says_what_clients_meet(tmp_path: Path) -> None:
    seen, known = walk.relations(tmp_path), set(ucwa_support.names())
    assert seen - known - TEXTS <= ucwa_support.OWN.keys(), "neither the reference's nor said to be ours"
    assert not seen & (ucwa_support.LEFT_OUT.keys() | ucwa_support.ELSEWHERE.keys()), "there, but said not to be"
    assert ucwa_support.PARTLY.keys() <= seen, "what is partly there is there"
    absent = ucwa_support.LEFT_OUT.keys() | ucwa_support.ELSEWHERE.keys()
    assert known - seen == absent & known, "there no more, or without a reason"
    assert absent <= known
    assert ucwa_support.PAGE.read_text() == ucwa_support.page(seen), "run python -m tests.ucwa_support"
