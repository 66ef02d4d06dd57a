"""What of an item an answer holds: a shape, and the writers it is compiled into [MS-OXWSCDATA]."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter, methodcaller
from typing import Any

from samband.wire.ews.fields.bodies import PLAIN, BodyWish, has_blocked_images
from samband.wire.ews.fields.bodies import writer as body_writer
from samband.wire.ews.fields.contents import BODY
from samband.wire.ews.fields.defaults import DEFAULTS
from samband.wire.ews.fields.errors import invalid_request
from samband.wire.ews.fields.extended import Extended
from samband.wire.ews.fields.html_bodies import Wish
from samband.wire.ews.fields.indexed import Indexed, entries_writer
from samband.wire.ews.fields.paths import Path, read_path
from samband.wire.ews.fields.row import Field, InFind, ItemView, WriteItem
from samband.wire.ews.fields.table import FIELDS, KINDS
from samband.wire.ews.names import M, T
from samband.wire.ews.versions import ServerVersion
from samband.wire.xml.reading import Element, bad_element, first, one_of, required
from samband.wire.xml.values import read_boolean, read_integer

_BASES = frozenset({"IdOnly", "Default", "AllProperties", "PcxPeopleSearch"})
_BODY_TYPES = frozenset({"Best", "HTML", "Text"})
_MIME = FIELDS["item:MimeContent"]
_BODY_FIELDS = frozenset(uri for uri, field in FIELDS.items() if field.codec is BODY)
_HEAVY = _BODY_FIELDS | {"item:InternetMessageHeaders", "item:BlockStatus", "item:HasBlockedImages"}
_HEAVY_TAGS = frozenset({"0x1000:String", "0x1013:Binary", "0x007d:String"})
_NEIGHBOURS = frozenset(
    FIELDS[f"calendar:{name}"]
    for name in ("ConflictingMeetingCount", "AdjacentMeetingCount", "ConflictingMeetings", "AdjacentMeetings")
)
_MAX_PATHS = 1000


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape as a client asked for it. ``body_types``: of item:Body, UniqueBody, NormalizedBody; ``Best`` unsaid.

    ``found``: it is FindItem's or SyncFolderItems', which answer less.
    """

    base: str = "IdOnly"
    paths: tuple[Path, ...] = ()
    body_types: tuple[str, str, str] = ("Best", "Best", "Best")
    include_mime: bool = False
    found: bool = False
    bodies: BodyWish = PLAIN
    version: ServerVersion = ServerVersion.Exchange2013
    _writers: dict[str, tuple[WriteItem, ...]] = dataclasses.field(default_factory=dict, compare=False, repr=False)

    @property
    def wants_mime(self) -> bool:
        """Whether ``write`` needs the item's MIME."""
        return self.include_mime or _MIME in self.paths

    @property
    def heavy(self) -> bool:
        """Whether items must be loaded with their bodies and header fields."""
        if self.base != "IdOnly" and not self.found:
            return True
        for path in self.paths:
            uri = path.key if isinstance(path, Extended) else path.field.uri if isinstance(path, Indexed) else path.uri
            if uri in _HEAVY or uri in _HEAVY_TAGS:
                return True
        return False

    @property
    def wants_attachments(self) -> bool:
        """Whether items must be loaded with their attachments."""
        if self.bodies.image_template and self.heavy:
            return True
        return (self.base != "IdOnly" and not self.found) or FIELDS["item:Attachments"] in self.paths

    @property
    def wants_neighbours(self) -> bool:
        """Whether ``write`` needs what else is in the calendar beside an appointment."""
        return not self.found and (self.base == "AllProperties" or not _NEIGHBOURS.isdisjoint(self.paths))

    def write(self, item: ItemView, mime: str = "", extra: str = "") -> str:
        """``item`` as its element. ``mime`` is the written MimeContent element; ``extra`` comes after all else."""
        kind = item.kind
        writers = self._writers.get(kind)
        if writers is None:
            writers = self._writers[kind] = _compiled(self, kind)
        written = "".join([write(item) for write in writers])
        return f"<t:{kind}>{mime}{written}{extra}</t:{kind}>"


def read_shape(
    parent: Element, *, found: bool, version: ServerVersion, tag: str = "ItemShape", refuse: bool = True
) -> Shape:
    """The shape in the child ``tag`` of a request; ``found`` where many items are shown, in base shapes that leave
    out what is dear to read. Such a property asked for by name is refused there, unless ``refuse`` is False: clients
    that synchronise ask for everything and take what comes.

    Raises ``SchemaViolation``, and ``PropertyError`` ErrorInvalidPropertyRequest for what cannot be asked for here.
    """
    element = required(parent, M + tag)
    base = one_of(required(element, T + "BaseShape"), _BASES)
    return read_parts(element, base, found=found, version=version, refuse=refuse)


def read_parts(element: Element, base: str, *, found: bool, version: ServerVersion, refuse: bool = True) -> Shape:
    """The shape in ``element`` on top of ``base``. Raises like ``read_shape``."""
    mime = first(element, T + "IncludeMimeContent")
    additional = first(element, T + "AdditionalProperties")
    paths: dict[Path, None] = {}
    for child in () if additional is None else additional:
        path = read_path(child)
        if found and refuse and isinstance(path, Field) and path.in_find is InFind.NEVER:
            raise invalid_request(path.path_xml)
        paths[path] = None
        if len(paths) > _MAX_PATHS:
            raise invalid_request(path.path_xml)
    types = [_body_type(element, name) for name in ("BodyType", "UniqueBodyType", "NormalizedBodyType")]
    chosen = tuple(kind or types[0] or "Best" for kind in types)
    if types[0] is not None and not found:
        paths[FIELDS["item:Body"]] = None
    shape = Shape(
        base=base,
        paths=tuple(paths),
        body_types=(chosen[0], chosen[1], chosen[2]),
        include_mime=_said(mime) and not found,
        found=found,
        bodies=_bodies(element),
        version=version,
    )
    return _interned(shape)


@lru_cache(maxsize=512)
def _interned(shape: Shape) -> Shape:
    """The one object for a shape: its writers are compiled once."""
    return shape


def _said(element: Element | None) -> bool:
    if element is None:
        return False
    try:
        return read_boolean(element.text or "")
    except ValueError:
        raise bad_element(element) from None


def _bodies(element: Element) -> BodyWish:
    said = [
        _said(first(element, T + name))
        for name in ("FilterHtmlContent", "BlockExternalImages", "AddBlankTargetToLinks")
    ]
    _said(first(element, T + "ConvertHtmlCodePageToUTF8"))  # bodies are in no other
    limit = first(element, T + "MaximumBodySize")
    return BodyWish(Wish(*said), element.findtext(T + "InlineImageUrlTemplate") or "", _size(limit))


def _size(element: Element | None) -> int | None:
    if element is None:
        return None
    try:
        size = read_integer(element.text or "")
    except ValueError:
        raise bad_element(element) from None
    return None if size <= 0 else size


def _body_type(element: Element, name: str) -> str | None:
    found = first(element, T + name)
    return None if found is None else one_of(found, _BODY_TYPES)


def _compiled(shape: Shape, kind: str) -> tuple[WriteItem, ...]:
    """The writers of ``shape`` for items of ``kind``, in the schema's order."""
    named = {path for path in shape.paths if isinstance(path, Field)}
    entries: dict[Field, list[Indexed]] = {}
    for path in shape.paths:
        if isinstance(path, Indexed) and path.field not in named:
            entries.setdefault(path.field, []).append(path)
    writers: list[WriteItem] = []
    for field in KINDS[kind]:
        if field in named or _in_base(shape, kind, field):
            writers.append(_writer(shape, field))
        elif field in entries:
            writers.append(entries_writer(entries[field]))
        if field.uri == "item:HasAttachments":
            writers += [path.writer() for path in shape.paths if isinstance(path, Extended)]
    return tuple(writers)


def _in_base(shape: Shape, kind: str, field: Field) -> bool:
    if field.uri == "item:ItemId":
        return True
    if shape.base == "IdOnly" or field.since > shape.version:
        return False
    if shape.found and field.in_find is not InFind.SHAPES:
        return False
    return field.listed if shape.base == "AllProperties" else field.uri in DEFAULTS[kind]


_BODY_PLACES = {"item:Body": 0, "item:UniqueBody": 1, "item:NormalizedBody": 2}


def _writer(shape: Shape, field: Field) -> WriteItem:
    if field.uri == "item:HasBlockedImages":
        return has_blocked_images(shape.bodies)
    if field.uri not in _BODY_FIELDS:
        return field.writer()
    get = _body(shape, field)
    if shape.bodies:
        show = body_writer(field.element, shape.bodies)
        return lambda item: show(item, get(item.properties))
    write = BODY.writer(field.element)
    return lambda item: write(get(item.properties))


def _body(shape: Shape, field: Field) -> Callable[[Any], Any]:
    """What a body's field shows of an item's properties."""
    place = _BODY_PLACES.get(field.uri)
    if place is None:
        return attrgetter(field.attribute)
    return methodcaller("unique_body" if field.uri == "item:UniqueBody" else "body_as", shape.body_types[place])
