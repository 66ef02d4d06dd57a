"""A reader of vCard 4.0 that takes nothing but what the grammar has [RFC6350 3.3, 6]; nothing of ours is in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_LINE = re.compile(
    r"(?P<name>[A-Za-z0-9-]+)"
    r'(?P<parameters>(?:;[A-Za-z0-9-]+=(?:"[^"\x00-\x1f\x7f]*"|[^";:,\x00-\x1f\x7f]*)'
    r'(?:,(?:"[^"\x00-\x1f\x7f]*"|[^";:,\x00-\x1f\x7f]*))*)*)'
    r":(?P<value>[^\x00-\x08\x0a-\x1f\x7f]*)"
)
_TEXT = re.compile(r"(?:[^\\,]|\\[\\,;nN])*")
_PARTS = re.compile(r"(?:[^\\]|\\[\\,;nN])*")
_UUID = re.compile(r"urn:uuid:.+")
_ONCE = ("VERSION", "N", "UID", "KIND")
_URIS = ("IMPP", "PHOTO", "UID", "MEMBER")


@dataclass
class Card:
    """The values of each property as written, and the parameters of each."""

    values: dict[str, list[str]] = field(default_factory=dict)
    parameters: dict[str, list[str]] = field(default_factory=dict)

    def one(self, name: str) -> str:
        (value,) = self.values[name]
        return value

    def text(self, name: str) -> str:
        return unescaped(self.one(name))

    def parts(self, name: str) -> list[str]:
        """The components of a structured value."""
        value = self.one(name)
        assert _PARTS.fullmatch(value), value
        return [unescaped(part) for part in re.findall(r"(?:^|;)((?:[^\\;]|\\.)*)", value)]


def unescaped(value: str) -> str:
    assert _TEXT.fullmatch(value), value
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)


def read(content: bytes) -> list[Card]:
    """The cards of a file; an ``AssertionError`` says what is wrong with it."""
    assert all(len(line) <= 75 for line in content.split(b"\r\n")), "a line is not folded"
    text = content.decode("utf-8")
    assert "\n" not in text.replace("\r\n", ""), "a line ends otherwise"
    assert text == "" or text.endswith("\r\n")
    lines = text.replace("\r\n ", "").split("\r\n")[:-1]
    found: list[Card] = []
    card: Card | None = None
    for line in lines:
        if line == "BEGIN:VCARD":
            assert card is None
            card = Card()
            continue
        assert card is not None, line
        if line == "END:VCARD":
            _check(card)
            found.append(card)
            card = None
            continue
        matched = _LINE.fullmatch(line)
        assert matched is not None, line
        if not card.values:
            assert line == "VERSION:4.0", "VERSION comes first"
        card.values.setdefault(matched["name"], []).append(matched["value"])
        card.parameters.setdefault(matched["name"], []).append(matched["parameters"].lstrip(";"))
    assert card is None
    return found


def _check(card: Card) -> None:
    assert "FN" in card.values
    assert all(len(card.values.get(name, ())) <= 1 for name in _ONCE)
    assert "N" not in card.values or len(card.parts("N")) == 5
    assert "ADR" not in card.values or len(card.parts("ADR")) == 7
    for name in _URIS:
        assert all(re.fullmatch(r"[a-z]+:[!-~]+", value) for value in card.values.get(name, ())), name
    assert "MEMBER" not in card.values or card.one("KIND") == "group"
    assert all(_UUID.fullmatch(value) for value in card.values.get("MEMBER", ()))
