"""The XML form of what UCWA says and hears, for clients that ask for it instead of JSON.

The published reference knows properties that are texts, numbers, instants, and lists of those. What has more structure
(resources of our own have) is the JSON of it in the property's text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from samband.wire.ucwa.resources import Resource, read_date
from samband.wire.xml.reading import Element, Malformed, local_name, namespace, parse
from samband.wire.xml.text import element, escape, escape_attribute
from samband.wire.xml.values import write_instant

XML_TYPE = "application/xml"
NAMESPACE = "http://schemas.microsoft.com/rtc/2012/03/ucwa"
_HEAD = '<?xml version="1.0" encoding="utf-8"?>'
_ROOTS = ("input", "resource")
"""What the body of a request may be: properties, or a resource as it was read and then changed."""
_APART = ("_links", "_embedded")


def write(found: Resource) -> bytes:
    """A resource, or what the event channel says."""
    if found.get("rel") == "events":
        return "".join((_HEAD, *_events(found))).encode("utf-8", "replace")
    return "".join((_HEAD, *_resource(found, found.get("rel", ""), root=True))).encode("utf-8", "replace")


def write_error(found: Mapping[str, Any]) -> bytes:
    """Code, subcode, message and parameters of a refusal."""
    return f'{_HEAD}<reason xmlns="{NAMESPACE}">{"".join(_reason(found))}</reason>'.encode("utf-8", "replace")


def read(body: bytes) -> dict[str, Any]:
    """The properties of a request, by their names in lower case, its links under ``_links``. Raises ``ValueError``."""
    if not body.strip():
        return {}
    root = parse(body)
    if local_name(root) not in _ROOTS or namespace(root) != NAMESPACE:
        raise Malformed("neither input nor a resource")
    found: dict[str, Any] = {}
    links: dict[str, Resource] = {}
    for child in root:
        match local_name(child):
            case "property":
                _put(found, child, child.text or "")
            case "propertyList":
                _put(found, child, [one.text or "" for one in child if local_name(one) == "item"])
            case "link":
                links[child.get("rel", "")] = {"href": child.get("href", "")}
            case "resource":
                pass
            case other:
                raise Malformed(f"an element {other}")
    return found | {"_links": links} if links else found


def _put(found: dict[str, Any], child: Element, value: object) -> None:
    name = child.get("name", "").lower()
    if not name or name in found:
        raise Malformed("a property without a name, or with one that was there before")
    found[name] = value


# --- writing


def _resource(found: Resource, rel: str, *, root: bool = False) -> Iterator[str]:
    links = found.get("_links", {})
    space = f' xmlns="{NAMESPACE}"' if root else ""
    yield f"<resource{space}{_named(rel, links.get('self', {}).get('href', ''))}>"
    for name, link in links.items():
        for one in link if isinstance(link, list) else [link] if name != "self" else []:
            more = {key: value for key, value in one.items() if key != "href"}
            yield f"<link{_named(name, one['href'], more)}/>"
    for name, value in found.items():
        if name not in _APART:
            yield from _property(name, value)
    for name, embedded in found.get("_embedded", {}).items():
        for one in embedded if isinstance(embedded, list) else [embedded]:
            yield from _resource(one, name)
    yield "</resource>"


def _property(name: str, value: object) -> Iterator[str]:
    named = escape_attribute(name)
    if isinstance(value, (list, tuple)):
        items = "".join(element("item", _text(one)) for one in value)
        yield f'<propertyList name="{named}">{items}</propertyList>'
    else:
        yield f'<property name="{named}">{escape(_text(value))}</property>'


def _text(value: object) -> str:
    if isinstance(value, str):
        return _instant(value) if value.startswith("/Date(") else value
    if isinstance(value, bool):
        return str(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else str(value)


def _instant(text: str) -> str:
    try:
        return write_instant(read_date(text))
    except ValueError:
        return text


def _events(found: Resource) -> Iterator[str]:
    links = found["_links"]
    own = links.get("self", {}).get("href", "")
    yield f'<events xmlns="{NAMESPACE}"' + (f' href="{escape_attribute(own)}"' if own else "") + ">"
    for name, link in links.items():
        if name != "self":
            yield f"<link{_named(name, link['href'])}/>"
    for sender in found.get("sender", ()):
        yield f"<sender{_named(sender['rel'], sender['href'])}>"
        for event in sender["events"]:
            yield from _event(event)
        yield "</sender>"
    yield "</events>"


def _event(event: Resource) -> Iterator[str]:
    kind, link = event["type"], event["link"]
    more = {"status": event["status"]} if "status" in event else {}
    yield f"<{kind}{_named(link['rel'], link['href'], more)}>"
    if "in" in event:
        yield f"<in{_named(event['in']['rel'], event['in']['href'])}/>"
    for name, embedded in event.get("_embedded", {}).items():
        yield from _resource(embedded, name)
    if "reason" in event:
        yield f"<reason>{''.join(_reason(event['reason']))}</reason>"
    yield f"</{kind}>"


def _reason(found: Mapping[str, Any]) -> Iterator[str]:
    for name in ("code", "subcode", "message"):
        if name in found:
            yield element(name, found[name])
    if "parameters" in found:
        inside = (_property(one["name"], one["reason"]) for one in found["parameters"])
        yield f"<parameters>{''.join(piece for pieces in inside for piece in pieces)}</parameters>"


def _named(rel: str, href: str, more: Mapping[str, object] | None = None) -> str:
    given = {"rel": rel, "href": href, **(more or {})}
    return "".join(f' {name}="{escape_attribute(str(value))}"' for name, value in given.items())
