"""The page of what there is: every name of the schema's, and nothing of it that the endpoint does not answer."""

from __future__ import annotations

import re

import pytest

from samband.exchange.ews.operations import OPERATIONS
from tests import ews_support
from tests.exchange.foreign import FOREIGN, OWN
from tests.schema import schema_folder


def test_the_page_has_every_operation_that_is_there() -> None:
    there = {name for name in ews_support.names("ews_operations.txt") if ews_support.operation(name)[0] != "No"}
    named = {name.removesuffix("Request") for name in OPERATIONS}
    assert there == named & set(ews_support.names("ews_operations.txt"))
    assert set(ews_support.PARTLY) <= there, "what is partly there is there"
    assert named - there == set(ews_support.BEYOND), "operations that the schema does not know"


def test_every_operation_is_classified() -> None:
    assert not FOREIGN.keys() & OWN.keys()
    assert FOREIGN.keys() | OWN.keys() == OPERATIONS.keys(), "say in tests/exchange/foreign.py what a stranger gets"


@pytest.mark.parametrize("word", ["Yes", "Partly", "No"])
def test_the_page_says_how_many(word: str) -> None:
    page = ews_support.page()
    rows = [line for line in page.splitlines() if f"| {word} |" in line]
    assert sum(int(count) for count in re.findall(rf"(\d+) {word}\b", page)) == len(rows)


def test_the_names_are_the_schemas() -> None:
    folder = schema_folder()
    if folder is None:
        pytest.skip("the EWS schema does not stand beside the repository")
    types, services = ((folder / name).read_text() for name in ("types.xsd", "services.wsdl"))
    assert all(f'"{uri}"' in types for uri in ews_support.names("ews_fields.txt"))
    assert all(f'operation name="{name}"' in services for name in ews_support.names("ews_operations.txt"))
