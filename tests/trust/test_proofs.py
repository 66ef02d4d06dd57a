"""What was right a moment ago."""

from hypothesis import given
from hypothesis import strategies as st

from samband.trust.proofs import Proofs
from tests.trust.fakes import Clock


def test_a_proof_lasts_a_minute_and_is_of_one_pair_of_words() -> None:
    clock = Clock()
    proofs = Proofs(b"k" * 32, clock)
    proofs.add(proofs.tag("alice", "secret"), "guid")
    assert proofs.person(proofs.tag("alice", "secret")) == "guid"
    assert proofs.person(proofs.tag("alices", "ecret")) is None
    assert proofs.person(proofs.tag("alice", "Secret")) is None
    clock.now += 61
    assert proofs.person(proofs.tag("alice", "secret")) is None
    assert len(proofs) == 0


def test_no_password_is_held() -> None:
    proofs = Proofs(b"k" * 32, Clock())
    tag = proofs.tag("alice", "correct horse")
    proofs.add(tag, "guid")
    assert b"horse" not in tag
    assert "horse" not in repr(proofs.__dict__)
    assert Proofs(b"other" * 6, Clock()).tag("alice", "correct horse") != tag


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 50), st.booleans()), max_size=100))
def test_voiding_leaves_nothing_of_a_person(steps: list[tuple[int, int, bool]]) -> None:
    proofs = Proofs(b"k" * 32, Clock(), limit=8)
    for who, word, void in steps:
        if void:
            proofs.void(str(who))
            assert all(proofs.person(proofs.tag(str(who), str(other))) is None for other in range(51))
        else:
            proofs.add(proofs.tag(str(who), str(word)), str(who))
            assert proofs.person(proofs.tag(str(who), str(word))) == str(who)
        assert len(proofs) <= 8
        assert sum(map(len, proofs._of_person.values())) == len(proofs)
