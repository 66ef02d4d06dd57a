"""Pages of what a search found: which part is asked for, and how an answer says where it is [MS-OXWSSRCH]."""

from __future__ import annotations

from dataclasses import dataclass

from samband.wire.ews.fields.errors import PropertyError
from samband.wire.xml.reading import Element, attribute, attribute_of, bad_attribute
from samband.wire.xml.values import read_integer

MAX_PAGE = 1000
"""The most that one answer has, whatever is asked for."""

_BASE_POINTS = frozenset({"Beginning", "End"})


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a view that one answer has: rows ``start`` to ``start + count``, and the answer's attributes."""

    start: int
    count: int
    attributes: str


@dataclass(frozen=True, slots=True)
class IndexedPage:
    """At most ``limit`` rows from ``offset`` on, counted from the beginning or, backwards, from the end."""

    offset: int = 0
    limit: int = MAX_PAGE
    from_end: bool = False

    def window(self, total: int) -> Window:
        """The part of a view of ``total`` rows."""
        if self.from_end:
            end = max(total - self.offset, 0)
            start = max(end - self.limit, 0)
            last = start == 0
        else:
            start = min(self.offset, total)
            end = min(start + self.limit, total)
            last = end == total
        following = "" if last else f' IndexedPagingOffset="{self.offset + end - start}"'
        return Window(start, end - start, f"{following}{_ending(total, last)}")


@dataclass(frozen=True, slots=True)
class FractionalPage:
    """At most ``limit`` rows from ``numerator / denominator`` of the view on."""

    numerator: int
    denominator: int
    limit: int = MAX_PAGE

    def window(self, total: int) -> Window:
        """The part of a view of ``total`` rows."""
        start = min(total * self.numerator // self.denominator, total)
        end = min(start + self.limit, total)
        place = f' NumeratorOffset="{end}" AbsoluteDenominator="{total}"' if total else ""
        return Window(start, end - start, f"{place}{_ending(total, end == total)}")


Page = IndexedPage | FractionalPage


def _ending(total: int, last: bool) -> str:
    return f' TotalItemsInView="{total}" IncludesLastItemInRange="{"true" if last else "false"}"'


def read_page(indexed: Element | None, fractional: Element | None) -> Page:
    """The page a view asks for; without any, the first. Raises ``SchemaViolation`` or ``PropertyError``."""
    if indexed is not None:
        offset = _number(indexed, "Offset")
        if offset < 0:
            raise PropertyError("ErrorInvalidIndexedPagingParameters", "Indexed paging parameters are invalid.")
        from_end = attribute_of(indexed, "BasePoint", _BASE_POINTS) == "End"
        return IndexedPage(offset, read_limit(indexed), from_end)
    if fractional is not None:
        numerator, denominator = _number(fractional, "Numerator"), _number(fractional, "Denominator")
        if denominator <= 0 or not 0 <= numerator <= denominator:
            raise PropertyError("ErrorInvalidFractionalPagingParameters", "Fractional paging parameters are invalid.")
        return FractionalPage(numerator, denominator, read_limit(fractional))
    return IndexedPage()


def read_limit(view: Element) -> int:
    """``MaxEntriesReturned`` of a view, at most ``MAX_PAGE``."""
    if view.get("MaxEntriesReturned") is None:
        return MAX_PAGE
    limit = _number(view, "MaxEntriesReturned")
    if limit <= 0:
        raise PropertyError("ErrorInvalidPagingMaxRows", "MaxEntriesReturned must be greater than zero.")
    return min(limit, MAX_PAGE)


def _number(element: Element, name: str) -> int:
    text = attribute(element, name)
    try:
        value = read_integer(text)
    except ValueError:
        raise bad_attribute(name, text) from None
    if not -(2**31) <= value < 2**31:
        raise bad_attribute(name, text)
    return value
