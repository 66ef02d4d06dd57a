"""Which container a watcher reads."""

from __future__ import annotations

import pytest

from samband.model.containers import Container, Member, MemberChange, MemberKind, Readers, changed, initial

ENTERPRISE = MemberKind.SAME_ENTERPRISE


def boxes(**named: list[Member]) -> dict[int, Container]:
    return {int(name[1:]): Container(int(name[1:]), 1, frozenset(members)) for name, members in named.items()}


def user(address: str) -> Member:
    return Member(MemberKind.USER, address)


BOB = "bob@contoso.test"
COLLEAGUE = Member(ENTERPRISE)
DOMAIN = Member(MemberKind.DOMAIN, "contoso.test")


@pytest.mark.parametrize(
    ("containers", "expected"),
    [
        (boxes(), 0),
        (boxes(c200=[COLLEAGUE]), 200),
        (boxes(c200=[COLLEAGUE], c300=[user(BOB)]), 300),
        (boxes(c200=[user(BOB)], c300=[COLLEAGUE]), 200),
        (boxes(c200=[COLLEAGUE], c300=[user(BOB)], c32000=[user(BOB)]), 32000),
        (boxes(c400=[DOMAIN], c200=[COLLEAGUE]), 400),
        (boxes(c32000=[DOMAIN], c400=[user(BOB)]), 400),
        (boxes(c100=[Member(MemberKind.EVERYONE)]), 100),
        (boxes(c100=[Member(MemberKind.EVERYONE)], c32000=[Member(MemberKind.PUBLIC_CLOUD)]), 100),
        (boxes(c2=[user(BOB)], c1=[COLLEAGUE]), 0),
    ],
)
def test_best_match(containers: dict[int, Container], expected: int) -> None:
    assert Readers(containers).container(BOB, ENTERPRISE) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [(ENTERPRISE, 200), (MemberKind.FEDERATED, 100), (MemberKind.PUBLIC_CLOUD, 32000)],
)
def test_before_anything_is_set(source: MemberKind, expected: int) -> None:
    assert Readers(initial()).container(BOB, source) == expected


def test_changes_count_versions() -> None:
    box = changed(Container(300), [MemberChange(True, user(BOB)), MemberChange(False, DOMAIN)])
    assert box == Container(300, 1, frozenset([user(BOB)]))
    assert changed(box, [MemberChange(False, user(BOB))]) == Container(300, 2)
