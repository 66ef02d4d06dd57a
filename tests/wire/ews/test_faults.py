from __future__ import annotations

from samband.wire.ews.faults import write_fault, write_schema_fault
from samband.wire.soap.envelope import write_envelope
from tests.exchange.world import NAMES
from tests.schema import valid


def test_a_fault_says_its_code_twice_and_its_values() -> None:
    fault = write_fault("ErrorServerBusy", "Wait <a> while", values={"BackOffMilliseconds": "1500"})
    root = valid(write_envelope(fault))
    find = root.xpath
    assert find("string(//faultcode)") == "a:ErrorServerBusy"
    assert root.find(".//faultcode").nsmap["a"] == NAMES["t"]  # type: ignore[union-attr]
    assert find("string(//faultstring)") == "Wait <a> while"
    assert find("string(//detail/e:ResponseCode)", namespaces=NAMES) == "ErrorServerBusy"
    assert find("string(//detail/e:Message)", namespaces=NAMES) == "Wait <a> while"
    assert find("string(//t:MessageXml/t:Value[@Name='BackOffMilliseconds'])", namespaces=NAMES) == "1500"


def test_a_schema_fault_spells_the_violation() -> None:
    root = valid(write_envelope(write_schema_fault("The 'x' is <wrong>.")))
    assert root.xpath("string(//t:Violation)", namespaces=NAMES) == "The 'x' is <wrong>."
    assert "The 'x' is <wrong>." in root.xpath("string(//faultstring)")
