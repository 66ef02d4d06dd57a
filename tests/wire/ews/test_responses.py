from __future__ import annotations

from lxml import etree

from samband.wire.ews.responses import STOPPED, Refusal, write_batch, write_single, write_single_refused
from samband.wire.soap.envelope import write_envelope
from tests.exchange.world import NAMES
from tests.schema import valid


def test_a_batch_has_a_message_for_each_input_in_order() -> None:
    refusal = Refusal(
        "ErrorInvalidPropertyRequest", "No <such> property", {"Name": "a & b"}, '<t:FieldURI FieldURI="item:Subject"/>'
    )
    root = valid(write_envelope(write_batch("GetFolder", ["<m:Folders/>", refusal, STOPPED], "<m:Folders/>")))
    messages = root.xpath("//m:GetFolderResponseMessage", namespaces=NAMES)
    assert [message.get("ResponseClass") for message in messages] == ["Success", "Error", "Warning"]
    assert [message.findtext("{*}ResponseCode") for message in messages] == [
        "NoError",
        "ErrorInvalidPropertyRequest",
        "ErrorBatchProcessingStopped",
    ]
    assert [etree.QName(part).localname for part in messages[1]] == [
        "MessageText",
        "ResponseCode",
        "DescriptiveLinkKey",
        "MessageXml",
        "Folders",
    ]
    assert messages[1].xpath("string(m:MessageXml/t:Value[@Name='Name'])", namespaces=NAMES) == "a & b"
    assert messages[0].find("{*}DescriptiveLinkKey") is None


def test_a_single_answer_has_its_class_on_the_root() -> None:
    root = valid(write_envelope(write_single("FindPeople", "<m:People/>")))
    assert root.xpath("string(//m:FindPeopleResponse/@ResponseClass)", namespaces=NAMES) == "Success"
    root = valid(write_envelope(write_single_refused("FindPeople", Refusal("ErrorAccessDenied", "No."))))
    assert root.xpath("string(//m:FindPeopleResponse/@ResponseClass)", namespaces=NAMES) == "Error"
