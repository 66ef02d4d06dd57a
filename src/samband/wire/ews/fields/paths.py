"""How clients name properties: FieldURI, IndexedFieldURI, ExtendedFieldURI [MS-OXWSCDATA].

Every path has ``value(item)``, ``terms(item)`` (what filters compare and sorting orders), ``constant(text)`` (a
filter's constant as a term), ``searchable``, ``sortable``, ``column`` and ``path_xml``.
"""

from __future__ import annotations

from collections.abc import Callable

from samband.wire.ews.fields.errors import PropertyError, invalid_request, unsupported_path
from samband.wire.ews.fields.extended import Extended
from samband.wire.ews.fields.extended import read_path as read_extended
from samband.wire.ews.fields.indexed import Indexed, read_indexed
from samband.wire.ews.fields.row import Field
from samband.wire.ews.fields.table import FIELDS, FOREIGN
from samband.wire.ews.names import T
from samband.wire.xml.reading import Element, attribute, bad_attribute, local_name, unexpected

Path = Field | Indexed | Extended

PATHS = (T + "FieldURI", T + "IndexedFieldURI", T + "ExtendedFieldURI")
"""The elements that name a property."""


def read_path(element: Element, refuse: Callable[[str], PropertyError] = invalid_request) -> Path:
    """The property an element names.

    Raises ``SchemaViolation`` for what the schema does not know, and ``refuse(path_xml)`` for a property that is no
    item's.
    """
    if element.tag == PATHS[0]:
        uri = attribute(element, "FieldURI")
        field = FIELDS.get(uri)
        if field is not None:
            return field
        if uri.startswith(FOREIGN):
            raise refuse(f'<t:FieldURI FieldURI="{uri}"/>')
        raise bad_attribute("FieldURI", uri)
    if element.tag == PATHS[1]:
        return read_indexed(element)
    if element.tag == PATHS[2]:
        return read_extended(element)
    parent = element.getparent()
    raise unexpected(element if parent is None else parent, element)


def find_path(parent: Element) -> Element:
    """The child of ``parent`` that names a property. Raises ``SchemaViolation`` where there is none."""
    for child in parent:
        if child.tag in PATHS:
            return child
    raise bad_attribute("FieldURI", local_name(parent))


def read_query_path(parent: Element, *, sort: bool = False) -> Path:
    """The property a restriction (or, with ``sort``, a sort order) names in ``parent``.

    Raises ``SchemaViolation``, and ``PropertyError`` ErrorUnsupportedPathForQuery (…ForSortGroup) where it cannot.
    """
    refuse = _unsortable if sort else unsupported_path
    path = read_path(find_path(parent), refuse)
    if not (path.sortable if sort else path.searchable):
        raise refuse(path.path_xml)
    return path


def _unsortable(path_xml: str) -> PropertyError:
    return PropertyError(
        "ErrorUnsupportedPathForSortGroup", "The property can not be used for sorting or grouping.", path_xml
    )
