"""Requests made of the official schema: valid by it, and otherwise anything, with values at every edge."""

from __future__ import annotations

import base64
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

from lxml import etree

from tests.scenarios.ews_session import M, T

_X = "{http://www.w3.org/2001/XMLSchema}"
_DEEPEST = 14
_NUMBERS = ("0", "1", "-1", "2", "7", "31", "100", "512", "2147483647", "-2147483648", "65535")
_TIMES = (
    "2026-11-23T09:00:00Z", "2026-11-23T10:00:00", "2026-11-23T09:00:00.123456789+14:00", "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z", "1601-01-01T00:00:00Z", "2026-03-29T02:30:00-12:00", "2100-02-28T24:00:00",
)  # fmt: skip
_TEXTS = (
    "", " ", "alice@contoso.test", "bob@contoso.test", "SMTP", "IPM.Note", "subject", "åäö €  𝒳 ", "%", "'; DROP--",
    "a" * 3000, "UTC", "W. Europe Standard Time", "\u202e\ufeff", "<b>&amp;</b>", "*", "(((", "AQAAAA==", "0x0037",
    "subject:\"a", "received:today..", "../../etc/passwd", "sip:alice@contoso.test", "text/html", "1", "en-US",
)  # fmt: skip
_SIMPLE: Mapping[str, Sequence[str]] = {
    "string": _TEXTS,
    "boolean": ("true", "false", "0", "1"),
    "dateTime": _TIMES,
    "date": ("2026-11-23", "0001-01-01", "9999-12-31Z", "2026-11-23+14:00"),
    "time": ("00:00:00", "23:59:59.999", "09:00:00Z", "24:00:00"),
    "duration": ("PT0S", "P1D", "-P1Y2M", "PT9999999999S", "P99999Y"),
    "base64Binary": ("", "AAAA", base64.b64encode(bytes(range(256))).decode(), "TWVzc2FnZQ==", "AA AA"),
    "int": _NUMBERS,
    "integer": (*_NUMBERS, "9" * 40),
    "long": (*_NUMBERS, "9223372036854775807"),
    "short": ("0", "1", "-32768", "32767"),
    "unsignedShort": ("0", "1", "65535"),
    "unsignedInt": ("0", "1", "4294967295"),
    "nonNegativeInteger": ("0", "1", "9" * 30),
    "positiveInteger": ("1", "9" * 30),
    "unsignedByte": ("0", "255"),
    "float": ("0", "1e38", "NaN", "-INF"),
    "double": ("0", "1.5", "1e308", "NaN", "INF", "-90.000001"),
    "anyURI": ("http://127.0.0.1:1/", "urn:x", "", "%%%"),
    "language": ("en", "en-US", "sv"),
    "QName": ("a",),
    "normalizedString": _TEXTS[1:4],
    "token": ("a", "b c"),
}

_OF_TYPE: Mapping[str, Sequence[str]] = {
    "GuidType": ("00062002-0000-0000-c000-000000000046", "00020329-0000-0000-c000-000000000046"),
    "PropertyTagType": ("0x0037", "0x1000", "55", "0x8000"),
    "NonEmptyStringType": _TEXTS[2:],
}
_NAMED: Mapping[str, Sequence[str]] = {
    "EmailAddress": ("alice@contoso.test", "bob@contoso.test", "nobody@contoso.test", "x@elsewhere.test", ""),
    "RoutingType": ("SMTP", "EX", "SIP"),
    "Address": ("alice@contoso.test", "bob@contoso.test"),
}


class Schema:
    """The named parts of the EWS schema in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.parts: dict[tuple[str, str], etree._Element] = {}
        self._instead: dict[str, list[etree._Element]] = {}
        for file, space in (("types.xsd", T), ("messages.xsd", M)):
            root = etree.parse(str(folder / file)).getroot()
            for part in root.iterchildren(tag=etree.Element):
                if part.get("name"):
                    self.parts[etree.QName(part).localname, space + str(part.get("name"))] = part
                if part.get("substitutionGroup"):
                    self._instead.setdefault(self._name(part, str(part.get("substitutionGroup"))), []).append(part)

    def find(self, kind: str, at: etree._Element, name: str) -> etree._Element | None:
        return self.parts.get((kind, self._name(at, name)))

    def instead_of(self, element: etree._Element) -> list[etree._Element]:
        """What may stand in place of a top-level element."""
        return self._instead.get(space_of(element) + str(element.get("name")), [])

    @staticmethod
    def _name(at: etree._Element, name: str) -> str:
        prefix, _, local = name.rpartition(":")
        space = at.nsmap.get(prefix or None)
        return f"{{{space}}}{local}"


def space_of(part: etree._Element) -> str:
    """The namespace a part of the schema defines names in, in braces."""
    return f"{{{part.getroottree().getroot().get('targetNamespace')}}}"


class Maker:
    """Makes elements; ``known`` are texts to be used for elements and attributes of a name, such as real ids."""

    def __init__(self, schema: Schema, dice: random.Random, known: Mapping[str, Sequence[Mapping[str, str]]]) -> None:
        self._schema = schema
        self._dice = dice
        self._known = known

    def request(self, operation: str) -> etree._Element:
        """A request element of ``messages.xsd``."""
        return self._element(self._schema.parts["element", M + operation], 0)

    def _element(self, part: etree._Element, depth: int) -> etree._Element:
        ref = part.get("ref")
        if ref:
            part = self._schema.find("element", part, ref)  # type: ignore[assignment]
        others = self._schema.instead_of(part)
        if others and (part.get("abstract") == "true" or self._dice.random() < 0.5):
            part = self._dice.choice(others)
        name = str(part.get("name"))
        made = etree.Element(space_of(part) + name)
        known = self._known.get(name)
        if known and self._dice.random() < 0.8:
            for key, value in self._dice.choice(known).items():
                made.set(key, value)
            return made
        kind = part.get("type")
        inner = self._schema.find("complexType", part, kind) if kind else part.find(_X + "complexType")
        if inner is not None:
            self._complex(made, inner, depth)
        else:
            simple = part.find(_X + "simpleType")
            made.text = self._simple(simple) if simple is not None else self._named(part, kind or "xs:string")
        return made

    # --- content

    def _complex(self, made: etree._Element, part: etree._Element, depth: int) -> None:
        for child in part.iterchildren(tag=etree.Element):
            what = etree.QName(child).localname
            if what in ("simpleContent", "complexContent"):
                self._extended(made, child, depth)
            elif what == "attribute":
                self._attribute(made, child)
            elif what in ("sequence", "choice", "all", "group"):
                self._particle(made, child, depth)

    def _extended(self, made: etree._Element, part: etree._Element, depth: int) -> None:
        (inner,) = (child for child in part.iterchildren(tag=etree.Element) if child.get("base"))
        base = str(inner.get("base"))
        parent = self._schema.find("complexType", inner, base)
        if parent is not None:
            self._complex(made, parent, depth)
        else:
            made.text = self._named(inner, base)
        self._complex(made, inner, depth)

    def _attribute(self, made: etree._Element, part: etree._Element) -> None:
        if part.get("name") and (part.get("use") == "required" or self._dice.random() < 0.3):
            simple = part.find(_X + "simpleType")
            kind = part.get("type") or "xs:string"
            made.set(str(part.get("name")), self._simple(simple) if simple is not None else self._named(part, kind))

    def _particle(self, made: etree._Element, part: etree._Element, depth: int) -> None:
        for _ in range(self._times(part, depth)):
            what = etree.QName(part).localname
            children = list(part.iterchildren(tag=etree.Element))
            if what == "element":
                made.append(self._element(part, depth + 1))
            elif what == "group" and part.get("ref"):
                group = self._schema.find("group", part, str(part.get("ref")))
                for child in group.iterchildren(tag=etree.Element) if group is not None else ():
                    self._particle(made, child, depth)
            elif what == "choice" and children:
                self._particle(made, self._dice.choice(children), depth)
            elif what in ("sequence", "all"):
                for child in children:
                    self._particle(made, child, depth)

    def _times(self, part: etree._Element, depth: int) -> int:
        least, most = int(part.get("minOccurs", "1")), part.get("maxOccurs", "1")
        more = 3 if most == "unbounded" else max(int(most) - least, 0)
        if depth > _DEEPEST or (part.getparent() is not None and least and depth > 4):
            return least
        wanted = 0.6 if depth < 2 else 0.25
        return least + sum(self._dice.random() < wanted for _ in range(min(more, 3)))

    # --- values

    def _named(self, at: etree._Element, name: str) -> str:
        usual = _NAMED.get(str(at.get("name"))) or _OF_TYPE.get(name.rpartition(":")[2])
        if usual and self._dice.random() < 0.9:
            return self._dice.choice(usual)
        simple = self._schema.find("simpleType", at, name)
        if simple is not None:
            return self._simple(simple)
        return self._dice.choice(_SIMPLE.get(name.rpartition(":")[2], _TEXTS))

    def _simple(self, part: etree._Element) -> str:
        values = [str(one.get("value")) for one in part.iter(_X + "enumeration")]
        listed = part.find(_X + "list")
        if listed is not None:
            if values:
                return " ".join(self._dice.sample(values, min(len(values), self._dice.randrange(1, 4))))
            return " ".join(self._named(listed, str(listed.get("itemType"))) for _ in range(2))
        if values:
            return self._dice.choice(values)
        union = part.find(_X + "union")
        if union is not None:
            return self._dice.choice(("0", "0x0037", "65535", "SMTP"))
        restriction = part.find(_X + "restriction")
        if restriction is None:
            return self._dice.choice(_TEXTS)
        shortest = restriction.find(_X + "minLength")
        text = self._named(restriction, str(restriction.get("base")))
        return text or ("a" if shortest is not None else text)


def mutilated(root: etree._Element, dice: random.Random) -> etree._Element:
    """The same with something lost, doubled, moved or filled with what does not belong there."""
    for _ in range(dice.randrange(1, 4)):
        elements = list(root.iter())
        one = dice.choice(elements)
        parent = one.getparent()
        kind = dice.randrange(6)
        if kind == 0 and parent is not None:
            parent.remove(one)
        elif kind == 1 and parent is not None:
            parent.insert(0, etree.fromstring(etree.tostring(one)))
        elif kind == 2:
            one.text = dice.choice(_TEXTS + _NUMBERS + _TIMES)
        elif kind == 3 and one.attrib:
            one.set(dice.choice(list(one.attrib)), dice.choice(_TEXTS + _NUMBERS))
        elif kind == 4 and one.attrib:
            del one.attrib[dice.choice(list(one.attrib))]
        elif kind == 5 and len(one):
            one.append(etree.fromstring(etree.tostring(dice.choice(elements[len(elements) // 2 :]))))
    return root
