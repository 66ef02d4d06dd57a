"""What the fuzzer found is served, and so is a little of what it would try next."""

from __future__ import annotations

import random

import pytest

from tests.fuzz.mutations import mutated
from tests.fuzz.targets import TARGETS

MORE = {"sip": 1500, "documents": 3000}


@pytest.mark.parametrize("name", TARGETS)
def test_the_corpus(name: str) -> None:
    target = TARGETS[name]
    corpus = target.corpus()
    assert len(corpus) > 10
    for data in corpus:
        target.check(data)


@pytest.mark.parametrize("name", TARGETS)
def test_mutations_of_the_corpus(name: str) -> None:
    target, dice = TARGETS[name], random.Random(name)
    corpus = target.corpus()
    for _ in range(MORE[name]):
        data = mutated(dice.choice(corpus), corpus, target.words, dice)
        try:
            target.check(data)
        except Exception as error:
            error.add_note(f"input: {data!r}")
            raise
