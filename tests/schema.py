"""The official EWS schema as a check on answers.

The schema is data that stands beside the repository (``SAMBAND_SHARED``, else ``../shared``), never in it. Where it is
missing, ``valid`` skips the test by name. Use it on every answer a test gets::

    from tests.schema import valid
    valid(response.content)
"""

from __future__ import annotations

import copy
import os
from functools import lru_cache
from pathlib import Path

import pytest
from lxml import etree

_SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
_M = "{http://schemas.microsoft.com/exchange/services/2006/messages}"
_T = "{http://schemas.microsoft.com/exchange/services/2006/types}"
_AS_CLIENTS_READ_IT = frozenset({f"{_M}SetUserPhotoResponse"})
"""Answers that Exchange, and so every client, has in another shape than the schema: a message without its container."""
_EXCHANGE = "{http://schemas.microsoft.com/exchange/services/2006/"


def shared() -> Path:
    """Where data shared beside the repository stands."""
    beside = Path(__file__).resolve().parents[2] / "shared"
    return Path(os.environ.get("SAMBAND_SHARED", str(beside)))


def schema_folder() -> Path | None:
    """The folder of the newest EWS schema, None where there is none."""
    found = sorted((shared() / "schema").glob("ews-*"))
    return found[-1] if found else None


@lru_cache(maxsize=1)
def _schemas() -> tuple[etree.XMLSchema, etree.XMLSchema] | None:
    folder = schema_folder()
    if folder is None:
        return None
    load = lambda name: etree.XMLSchema(etree.parse(str(folder / name)))  # noqa: E731
    return load("types.xsd"), load("messages.xsd")


def schema_errors(answer: bytes) -> list[str]:
    """What is wrong with a SOAP answer (or request): every block of its Header and Body against the schema."""
    loaded = _schemas()
    if loaded is None:
        pytest.skip("needs the EWS schema in ../shared/schema (or SAMBAND_SHARED)")
    envelope = etree.fromstring(answer)
    errors: list[str] = []
    for part, schema in zip(("Header", "Body"), loaded, strict=True):
        for block in envelope.find(_SOAP + part) if envelope.find(_SOAP + part) is not None else ():
            if str(block.tag).startswith(_EXCHANGE) and block.tag not in _AS_CLIENTS_READ_IT:
                document = etree.ElementTree(_as_the_schema_says(copy.deepcopy(block)))
                if not schema.validate(document):
                    name = etree.QName(block).localname
                    errors += [f"{name} line {e.line}: {e.message}" for e in schema.error_log]
    return errors


def _as_the_schema_says(block: etree._Element) -> etree._Element:
    """Two elements of a stream that Exchange, and so every client, has in another namespace than the schema."""
    for container, name in (("Notifications", "Notification"), ("ErrorSubscriptionIds", "SubscriptionId")):
        for element in block.iterfind(f".//{_M}{container}/{_M}{name}"):
            element.tag = _T + name
    return block


def valid(answer: bytes) -> etree._Element:
    """The parsed answer, once it is known to be valid; the test fails with the schema's own words otherwise."""
    errors = schema_errors(answer)
    assert not errors, "\n".join([*errors, answer.decode("utf-8", "replace")[:4000]])
    return etree.fromstring(answer)
