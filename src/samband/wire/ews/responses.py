"""The shapes of an answer: a message for each input of a batch, or one message on the root [MS-OXWSCDATA].

A family writes what is special of it (``<m:Folders>...</m:Folders>``) and these functions write the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from samband.wire.ews.names import DECLARED
from samband.wire.xml.text import escape, escape_attribute


@dataclass(frozen=True, slots=True)
class Refusal:
    """An input that failed: ResponseCode, a sentence, named values, and the path (XML) of the property at fault."""

    code: str
    text: str
    values: Mapping[str, str] = field(default_factory=dict)
    path_xml: str = ""
    warning: bool = False


STOPPED = Refusal(
    "ErrorBatchProcessingStopped", "The batch processing stopped because of an earlier error.", warning=True
)
"""What every input after the one that stopped a batch is answered with."""


def write_batch(operation: str, messages: Iterable[str | Refusal], empty: str = "") -> str:
    """A batched answer: a message for each input, in order.

    A string is the content of a successful message, a ``Refusal`` an error's; ``empty`` is the container Exchange
    still sends inside an error (``<m:Items/>``).
    """
    written = [
        write_success(operation, message) if isinstance(message, str) else write_refused(operation, message, empty)
        for message in messages
    ]
    return (
        f"<m:{operation}Response {DECLARED}><m:ResponseMessages>{''.join(written)}"
        f"</m:ResponseMessages></m:{operation}Response>"
    )


def write_success(operation: str, content: str) -> str:
    """One successful message of a batch."""
    name = f"m:{operation}ResponseMessage"
    return f'<{name} ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>{content}</{name}>'


def write_refused(operation: str, refusal: Refusal, empty: str = "") -> str:
    """One failed message of a batch."""
    name = f"m:{operation}ResponseMessage"
    return f"<{name} {refused_attributes(refusal)}>{refused_content(refusal)}{empty}</{name}>"


def write_single(operation: str, content: str, declared: str = "") -> str:
    """A successful answer that carries its ResponseClass on the root; ``declared`` are further attributes of it."""
    return (
        f'<m:{operation}Response ResponseClass="Success" {DECLARED}{declared}><m:ResponseCode>NoError</m:ResponseCode>'
        f"{content}</m:{operation}Response>"
    )


def write_single_refused(operation: str, refusal: Refusal, empty: str = "") -> str:
    """A failed answer that carries its ResponseClass on the root."""
    return (
        f"<m:{operation}Response {refused_attributes(refusal)} {DECLARED}>{refused_content(refusal)}{empty}"
        f"</m:{operation}Response>"
    )


def refused_attributes(refusal: Refusal) -> str:
    """``ResponseClass`` of a refusal: Error, or Warning where it is one."""
    return 'ResponseClass="Warning"' if refusal.warning else 'ResponseClass="Error"'


def refused_content(refusal: Refusal) -> str:
    """MessageText, ResponseCode, DescriptiveLinkKey and, where there is something to say, MessageXml."""
    values = "".join(
        f'<t:Value Name="{escape_attribute(name)}">{escape(value)}</t:Value>' for name, value in refusal.values.items()
    )
    extra = f"<m:MessageXml>{refusal.path_xml}{values}</m:MessageXml>" if refusal.path_xml or values else ""
    return (
        f"<m:MessageText>{escape(refusal.text)}</m:MessageText><m:ResponseCode>{refusal.code}</m:ResponseCode>"
        f"<m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>{extra}"
    )
