"""What can be voted for: the stream of the specification's own example, and broken ones [MS-OXOMSG 4.5]."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.model.items import Item, ItemKind, MessageProperties
from samband.wire.ews.fields.voting import RESPONSE, STREAM, read_options, voting_information

EXAMPLE = bytes.fromhex(
    "02 01 03 00 00 00 04 00 00 00 03 59 65 73 08 49 50 4D 2E 4E 6F 74 65 00 03 59 65 73 00 00 00 00 "
    "00 00 00 00 00 01 00 00 00 02 00 00 00 02 00 00 00 01 00 00 00 FF FF FF FF 04 00 00 00 02 4E 6F "
    "08 49 50 4D 2E 4E 6F 74 65 00 02 4E 6F 00 00 00 00 00 00 00 00 00 01 00 00 00 02 00 00 00 02 00 "
    "00 00 02 00 00 00 FF FF FF FF 04 00 00 00 05 4D 61 79 62 65 08 49 50 4D 2E 4E 6F 74 65 00 05 4D "
    "61 79 62 65 00 00 00 00 00 00 00 00 00 01 00 00 00 02 00 00 00 02 00 00 00 03 00 00 00 FF FF FF "
    "FF 04 01 03 59 00 65 00 73 00 03 59 00 65 00 73 00 02 4E 00 6F 00 02 4E 00 6F 00 05 4D 00 61 00 "
    "79 00 62 00 65 00 05 4D 00 61 00 79 00 62 00 65 00"
)


def test_the_example_of_the_specification() -> None:
    assert [(one.name, one.prompt) for one in read_options(EXAMPLE)] == [
        ("Yes", "VotingOption"),
        ("No", "VotingOption"),
        ("Maybe", "VotingOption"),
    ]
    without_unicode = EXAMPLE[: EXAMPLE.index(b"\x04\x01\x03Y")]
    assert [one.name for one in read_options(without_unicode)] == ["Yes", "No", "Maybe"]
    other_verb = EXAMPLE.replace(b"\x04\x00\x00\x00\x02No", b"\x05\x00\x00\x00\x02No")
    assert [one.name for one in read_options(other_verb)] == ["Yes", "Maybe"]


@given(st.binary(max_size=200), st.integers(0, len(EXAMPLE)))
def test_broken_streams_are_none(data: bytes, cut: int) -> None:
    for stream in (data, EXAMPLE[:cut] + data):
        try:
            read_options(stream)
        except ValueError:
            continue


def message(**extended: str) -> Item:
    own = MessageProperties(
        extended={{"stream": STREAM, "response": RESPONSE}[name]: v for name, v in extended.items()}
    )
    return Item(id=1, mailbox="", folder=1, kind=ItemKind.MESSAGE, item_class="", change_key=1, properties=own)


@pytest.mark.parametrize("stream", ["", "AAAA", "!"])
def test_what_is_no_stream_offers_nothing(stream: str) -> None:
    assert voting_information(message(stream=stream)) == ""
    assert voting_information(message(stream=stream, response="Yes")).endswith(
        "<t:VotingResponse>Yes</t:VotingResponse></t:VotingInformation>"
    )


def test_options_and_an_answer_are_told() -> None:
    told = voting_information(message(stream=base64.b64encode(EXAMPLE).decode()))
    assert told.count("<t:VotingOptionData>") == 3
    assert "<t:DisplayName>Maybe</t:DisplayName><t:SendPrompt>VotingOption</t:SendPrompt>" in told
    assert voting_information(message()) == ""
