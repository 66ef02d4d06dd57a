"""How texts contain texts: where (whole, prefix, anywhere, words) and how exactly [MS-OXWSSRCH]."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

Fold = Callable[[str], str]


def matcher(wanted: str, mode: str, comparison: str) -> Callable[[str], bool]:
    """A test of texts for ``wanted``; ``mode`` is a ContainmentMode, ``comparison`` a ContainmentComparison."""
    fold = _fold(comparison)
    needle = fold(wanted)
    if mode == "FullString":
        return lambda text: fold(text) == needle
    if mode == "Prefixed":
        return lambda text: fold(text).startswith(needle)
    if mode == "Substring":
        return lambda text: needle in fold(text)
    if mode == "PrefixOnWords":
        return _words_test(rf"(?<!\w){re.escape(needle)}", fold)
    return _words_test(rf"(?<!\w){re.escape(needle)}(?!\w)", fold)


def _words_test(pattern: str, fold: Fold) -> Callable[[str], bool]:
    search = re.compile(pattern).search
    return lambda text: search(fold(text)) is not None


def _fold(comparison: str) -> Fold:
    loose = comparison.startswith("Loose")
    ignore_case = "IgnoreCase" in comparison or loose
    ignore_marks = "NonSpac" in comparison or loose
    if ignore_case and ignore_marks:
        return lambda text: _without_marks(text).casefold()
    if ignore_case:
        return str.casefold
    if ignore_marks:
        return _without_marks
    return lambda text: text


def _without_marks(text: str) -> str:
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char))
