"""Restrictions: which items or folders a search finds [MS-OXWSSRCH].

A restriction is read once into a test, a plain function of an item. What must be true of an indexed column for the
test to have a chance is kept beside it, so that a store can look there first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from operator import eq, ge, gt, le, lt
from typing import Any, Protocol

from samband.wire.ews.fields.codecs import Term
from samband.wire.ews.fields.errors import PropertyError, unsupported_path
from samband.wire.ews.matching import matcher
from samband.wire.ews.names import T
from samband.wire.xml.reading import (
    Element,
    SchemaViolation,
    attribute,
    attribute_of,
    bad_attribute,
    local_name,
    missing,
    required,
    unexpected,
)

MAX_NODES = 1000
MAX_DEPTH = 60

Test = Callable[[Any], bool]
_Compare = Callable[[Any, Any], bool]


class Path(Protocol):
    """What a restriction asks of a property: a row of the table of fields, or the path of an extended property."""

    @property
    def searchable(self) -> bool: ...
    @property
    def column(self) -> str: ...
    @property
    def path_xml(self) -> str: ...
    def terms(self, item: Any) -> Sequence[Term]: ...
    def constant(self, text: str) -> Term: ...


@dataclass(frozen=True, slots=True)
class Bound:
    """``column`` ``operator`` ``value`` is true of everything that is found.

    Operators are those of SQL and, for texts in any case, ``contains`` and ``begins``.
    """

    column: str
    operator: str
    value: Term


@dataclass(frozen=True, slots=True)
class Words:
    """``text`` stands in one of ``fields`` (letters of the index of words), in any case.

    Unless it ``begins`` (``ends``) where a word does, its first (last) word may be a part of one.
    """

    fields: str
    text: str
    begins: bool = True
    ends: bool = False


@dataclass(frozen=True, slots=True)
class AnyOf:
    """All of one of ``alternatives`` is true."""

    alternatives: tuple[tuple[Condition, ...], ...]


Condition = Bound | Words | AnyOf


@dataclass(frozen=True, slots=True)
class Restriction:
    """``test`` decides; ``bounds`` are true wherever it is. ``exact``: the bounds together say as much as the test.

    ``paths`` are the properties the test looks at.
    """

    test: Test
    bounds: tuple[Condition, ...] = ()
    exact: bool = False
    paths: tuple[Any, ...] = ()


ReadPath = Callable[[Element], Path | None]
"""Reads a path element; None for a property of the schema that nothing here has a value for."""

_COMPARISONS: dict[str, tuple[_Compare, str]] = {
    "IsEqualTo": (eq, "="),
    "IsLessThan": (lt, "<"),
    "IsLessThanOrEqualTo": (le, "<="),
    "IsGreaterThan": (gt, ">"),
    "IsGreaterThanOrEqualTo": (ge, ">="),
}
_PATHS = frozenset({T + "FieldURI", T + "IndexedFieldURI", T + "ExtendedFieldURI"})


def read_restriction(element: Element, read_path: ReadPath, zone: tzinfo = UTC) -> Restriction:
    """The restriction in ``element`` (``m:Restriction``, ``t:Condition``); times without an offset are in ``zone``.

    Raises ``SchemaViolation`` or ``PropertyError``.
    """
    if len(element) == 0:
        raise missing(element, T + "SearchExpression")
    reader = _Reader(read_path, zone)
    return replace(reader.expression(element[0], 1), paths=tuple(reader.paths))


class _Reader:
    """Reads one restriction; counts its nodes."""

    def __init__(self, read_path: ReadPath, zone: tzinfo) -> None:
        self._read_path = read_path
        self._zone = zone
        self._nodes = 0
        self.paths: list[Path] = []

    def expression(self, element: Element, depth: int) -> Restriction:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise PropertyError("ErrorRestrictionTooLong", "The restriction has too many nodes.")
        if depth > MAX_DEPTH:
            raise PropertyError("ErrorRestrictionTooComplex", "The restriction is nested too deeply.")
        name = local_name(element)
        if name in ("And", "Or", "Not"):
            if len(element) == 0:
                raise missing(element, T + "SearchExpression")
            parts = [self.expression(child, depth + 1) for child in element]
            return _combine(element, name, parts)
        if name == "Exists":
            return self._exists(element)
        if name in _COMPARISONS:
            compare, operator = _COMPARISONS[name]
            return self._comparison(element, compare, operator)
        if name == "IsNotEqualTo":
            equal = self._comparison(element, eq, "=").test
            return Restriction(lambda item: not equal(item))
        if name == "Contains":
            return self._contains(element)
        if name == "Excludes":
            return self._excludes(element)
        parent = element.getparent()
        raise unexpected(element if parent is None else parent, element)

    def _path(self, element: Element) -> Path | None:
        for child in element:
            if child.tag in _PATHS:
                path = self._read_path(child)
                if path is not None:
                    if not path.searchable:
                        raise unsupported_path(path.path_xml)
                    self.paths.append(path)
                return path
        raise missing(element, T + "Path")

    def _exists(self, element: Element) -> Restriction:
        path = self._path(element)
        if path is None:
            return Restriction(_never)
        terms = path.terms
        return Restriction(lambda item: len(terms(item)) > 0)

    def _comparison(self, element: Element, compare: _Compare, operator: str) -> Restriction:
        path = self._path(element)
        operand = required(element, T + "FieldURIOrConstant")
        constant = operand.find(T + "Constant")
        if constant is None:
            return self._between_paths(path, self._path(operand), compare)
        if path is None:
            return Restriction(_never)
        value = self._constant(path, attribute(constant, "Value"))
        terms = path.terms
        if _is_category(path) or _is_folder_name(path):
            folded = str(value).casefold()
            return Restriction(lambda item: any(compare(str(term).casefold(), folded) for term in terms(item)))
        bounds: tuple[Condition, ...] = (Bound(path.column, operator, value),) if path.column else ()
        exact = bool(bounds)
        fields = _WORDS.get(getattr(path, "uri", ""), "")
        if fields and operator == "=":
            bounds += (Words(fields, str(value), ends=True),)
            exact = False
        return Restriction(lambda item: any(compare(term, value) for term in terms(item)), bounds, exact)

    def _between_paths(self, path: Path | None, other: Path | None, compare: _Compare) -> Restriction:
        if path is None or other is None:
            return Restriction(_never)
        left, right = path.terms, other.terms

        def test(item: Any) -> bool:
            try:
                return any(compare(a, b) for a in left(item) for b in right(item))
            except TypeError:
                return False

        return Restriction(test)

    def _constant(self, path: Path, text: str) -> Term:
        try:
            value = path.constant(text)
            if isinstance(value, datetime) and value.tzinfo is None:
                value = value.replace(tzinfo=self._zone).astimezone(UTC)
        except (ValueError, OverflowError) as reason:
            if isinstance(reason, SchemaViolation | PropertyError):
                raise
            raise PropertyError(
                "ErrorInvalidValueForProperty", "The specified value is invalid for property.", path.path_xml
            ) from None
        return value

    def _contains(self, element: Element) -> Restriction:
        path = self._path(element)
        wanted = attribute(required(element, T + "Constant"), "Value")
        mode = attribute_of(element, "ContainmentMode", _MODES, "FullString")
        comparison = attribute_of(element, "ContainmentComparison", _CONTAINMENT_COMPARISONS, "Exact")
        if path is None:
            return Restriction(_never)
        if not _is_text(path):
            raise PropertyError(
                "ErrorContainsFilterWrongType", "The Contains filter can only be used for string properties.",
                path.path_xml,
            )  # fmt: skip
        matches = matcher(wanted, mode, "IgnoreCase" if _is_category(path) else comparison)
        terms = path.terms
        bounds = _contained(path, wanted, mode, comparison)
        return Restriction(lambda item: any(matches(str(term)) for term in terms(item)), bounds)

    def _excludes(self, element: Element) -> Restriction:
        path = self._path(element)
        text = attribute(required(element, T + "Bitmask"), "Value")
        try:
            mask = int(text, 16) if text[:2].lower() == "0x" else int(text)
        except ValueError:
            raise bad_attribute("Value", text) from None
        if path is None:
            return Restriction(_always)
        if not _is_whole(path):
            raise PropertyError(
                "ErrorInvalidExcludesRestriction", "The Excludes restriction is only valid for integers.", path.path_xml
            )
        terms = path.terms
        return Restriction(lambda item: not any(int(term) & mask for term in terms(item)))  # type: ignore[arg-type]


_WORDS = {
    "item:Subject": "s",
    "item:Body": "b",
    "item:Categories": "g",
    "message:From": "f",
    "message:Sender": "f",
    "calendar:Organizer": "f",
    "calendar:Location": "l",
}
"""The letters of the index of words under which texts of properties stand."""


def _contained(path: Path, wanted: str, mode: str, comparison: str) -> tuple[Condition, ...]:
    """What is true of every item in which ``wanted`` is contained so."""
    if comparison not in ("Exact", "IgnoreCase"):
        return ()  # Marks of letters are kept, so what ignores them cannot be looked up.
    found: list[Condition] = []
    if fields := _WORDS.get(getattr(path, "uri", ""), ""):
        begins = mode in ("FullString", "Prefixed") or (mode != "Substring" and comparison == "IgnoreCase")
        found.append(Words(fields, wanted, begins=begins, ends=mode in ("FullString", "ExactPhrase")))
    if path.column == "subject":
        found.append(Bound("subject", "begins" if mode in ("FullString", "Prefixed") else "contains", wanted))
    return tuple(found)


_MODES = frozenset({"FullString", "Prefixed", "Substring", "PrefixOnWords", "ExactPhrase"})
_CONTAINMENT_COMPARISONS = frozenset(
    {
        "Exact",
        "IgnoreCase",
        "IgnoreNonSpacingCharacters",
        "Loose",
        "IgnoreCaseAndNonSpacingCharacters",
        "LooseAndIgnoreCase",
        "LooseAndIgnoreNonSpace",
        "LooseAndIgnoreCaseAndIgnoreNonSpace",
    }
)


def every(parts: Sequence[Restriction]) -> Restriction:
    """All of ``parts`` are true."""
    if len(parts) == 1:
        return parts[0]
    tests = [part.test for part in parts]
    bounds = tuple(bound for part in parts for bound in part.bounds)
    exact = all(part.exact for part in parts)
    return Restriction(lambda item: all(test(item) for test in tests), bounds, exact, _paths(parts))


def either(parts: Sequence[Restriction]) -> Restriction:
    """One of ``parts`` is true."""
    if len(parts) == 1:
        return parts[0]
    tests = [part.test for part in parts]
    known = all(part.bounds for part in parts)
    bounds = (AnyOf(tuple(part.bounds for part in parts)),) if known else ()
    exact = known and all(part.exact for part in parts)
    return Restriction(lambda item: any(test(item) for test in tests), bounds, exact, _paths(parts))


def _paths(parts: Sequence[Restriction]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(path for part in parts for path in part.paths))


def _combine(element: Element, name: str, parts: Sequence[Restriction]) -> Restriction:
    tests = [part.test for part in parts]
    if name == "And":
        return every(parts)
    if name == "Or":
        return either(parts)
    if len(tests) > 1:
        raise unexpected(element, element[1])
    test = tests[0]
    return Restriction(lambda item: not test(item))


def _never(_: Any) -> bool:
    return False


def _always(_: Any) -> bool:
    return True


def _is_category(path: Path) -> bool:
    """Categories are the same in any case."""
    return getattr(path, "uri", "") == "item:Categories"


def _is_folder_name(path: Path) -> bool:
    """Two folders cannot have names that differ in case alone; only Contains looks at it."""
    return getattr(path, "uri", "") == "folder:DisplayName"


def _is_text(path: Path) -> bool:
    try:
        return isinstance(path.constant("a"), str)
    except ValueError:
        return False


def _is_whole(path: Path) -> bool:
    try:
        value = path.constant("1")
    except ValueError:
        return False
    return isinstance(value, int) and not isinstance(value, bool)
