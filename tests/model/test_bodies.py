"""Bodies in the other kind: text as HTML and back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from samband.model.bodies import html_of_text, text_of_html

_LINES = st.lists(st.text(alphabet="ab<&>\"'é", min_size=1, max_size=8), min_size=1, max_size=5)


@given(_LINES)
def test_the_lines_of_a_text_come_back(lines: list[str]) -> None:
    assert text_of_html(html_of_text("\r\n".join(lines))).split("\r\n") == lines


def test_the_end_of_a_line_is_shown_once() -> None:
    shown = html_of_text("a\r\nb\nc")
    inside = shown.partition("pre-wrap")[2]
    assert inside.count("<br>") == 2
    assert "\n" not in inside, "it would be one more end of a line there"
