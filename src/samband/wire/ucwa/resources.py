"""Resources: properties, links and embedded resources in one JSON object."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from samband.wire.jose.strict_json import read_object

JSON_TYPE = "application/json"
ECHOED = "56de7bbf-1081-43e6-bbf2-1cabf3224c83"
"""The property that a PUT must send back: who writes a resource has read it."""
_DATE = re.compile(r'"/Date\((-?\d+)\)/"')
_MILLISECONDS = re.compile(r"/Date\((-?\d{1,17})\)/")
_UNKEPT = re.compile(r"[\ud800-\udfff]|(?<!\\)(?:\\\\)*\\u0000")
"""Surrogates by themselves, and NUL as it is written."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Resource = dict[str, Any]


def resource(rel: str, links: Mapping[str, str], properties: Mapping[str, object] | None = None) -> Resource:
    """A resource as a value; ``links`` by relation, ``self`` among them."""
    return {**(properties or {}), "_links": {name: {"href": href} for name, href in links.items()}, "rel": rel}


def linking(found: Resource, rel: str, hrefs: Iterable[str]) -> Resource:
    """The same with any number of links of one relation."""
    return {**found, "_links": {**found["_links"], rel: [{"href": href} for href in hrefs]}}


def changeable(found: Resource, etag: str) -> Resource:
    """The same for one that a PUT may change."""
    return {**found, ECHOED: "please pass this in a PUT request", "etag": etag}


def embedding(found: Resource, embedded: Mapping[str, object]) -> Resource:
    """The same with other resources in it, by relation."""
    return {**found, "_embedded": dict(embedded)}


def write(found: Resource) -> bytes:
    r"""A resource as JSON, with dates in the form ``\/Date(ms)\/`` that .NET readers ask for."""
    return _DATE.sub(r'"\\/Date(\1)\\/"', json.dumps(found, ensure_ascii=False)).encode("utf-8", "replace")


def read(body: bytes) -> dict[str, Any]:
    """The properties of a request, by their names in lower case; links are left out.

    Texts have whole characters and no NUL, as what keeps them can. Raises ``ValueError``.
    """
    if not body.strip():
        return {}
    found = read_object(body)
    try:
        unkept = b"\\u" in body and _UNKEPT.search(json.dumps(found, ensure_ascii=False))
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None
    if unkept:
        raise ValueError("a text has half a character, or NUL")
    return {name.lower(): value for name, value in found.items()}


def write_date(moment: datetime) -> str:
    """An instant as a property."""
    return f"/Date({int(moment.timestamp() * 1000)})/"


def read_date(text: str) -> datetime:
    """An instant, in either form; one without a zone is UTC. Raises ``ValueError``."""
    found = _MILLISECONDS.fullmatch(text)
    if found is not None:
        try:
            return _EPOCH + timedelta(milliseconds=int(found[1]))
        except OverflowError:
            raise ValueError("no instant") from None
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
