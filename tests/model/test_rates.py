"""How often somebody may do something, and who is forgotten of many."""

from __future__ import annotations

from samband.model.rates import Bucket, Buckets


def test_a_bucket_fills_again() -> None:
    bucket = Bucket(1.0, 3.0)
    assert not bucket.is_empty(0.0)
    assert [bucket.take(0.0) for _ in range(4)] == [True, True, True, False]
    assert [bucket.is_empty(now) for now in (0.0, 0.9, 1.0)] == [True, True, False]
    assert [bucket.take(1.0), bucket.take(1.0)] == [True, False]
    assert [bucket.take(99.0) for _ in range(4)] == [True, True, True, False]


def test_a_crowd_of_newcomers_does_not_free_who_is_held_up() -> None:
    buckets = Buckets(1.0, 3.0, limit=5)
    assert [buckets.take("eve", 0.0) for _ in range(4)] == [True, True, True, False]
    for number in range(100):
        assert buckets.take(f"other {number}", 0.0)
    assert len(buckets) == 5
    assert not buckets.take("eve", 0.5)
    assert buckets.take("eve", 1.0)


def test_where_all_are_held_up_newcomers_are_too() -> None:
    buckets = Buckets(1.0, 1.0, limit=3)
    assert all(buckets.take(name, 0.0) for name in "abc")
    assert not buckets.take("d", 0.5)
    assert not any(buckets.take(name, 0.5) for name in "abc")
    assert buckets.take("d", 1.5)
    assert len(buckets) == 3
