"""SOAP faults in the form Exchange gives them [MS-OXWUMS 2.2.2.1]."""

from __future__ import annotations

from collections.abc import Mapping

from samband.wire.ews.names import ERRORS, TYPES
from samband.wire.xml.text import escape, escape_attribute


def write_fault(code: str, text: str, *, detail_text: str = "", values: Mapping[str, str] | None = None) -> str:
    """A ``s:Fault``: faultcode ``a:`` and ``code``; ``values`` become ``t:Value`` elements of ``MessageXml``.

    ``detail_text`` is the shorter sentence of ``e:Message``, by default ``text``.
    """
    message_xml = "".join(
        f'<t:Value Name="{escape_attribute(name)}">{escape(value)}</t:Value>' for name, value in (values or {}).items()
    )
    extra = f'<t:MessageXml xmlns:t="{TYPES}">{message_xml}</t:MessageXml>' if message_xml else ""
    return _fault(code, text, detail_text or text, extra)


def write_schema_fault(violation: str) -> str:
    """The fault of a request that breaks the schema, the violation spelled out in it."""
    extra = (
        f'<t:MessageXml xmlns:t="{TYPES}"><t:LineNumber>1</t:LineNumber><t:LinePosition>1</t:LinePosition>'
        f"<t:Violation>{escape(violation)}</t:Violation></t:MessageXml>"
    )
    short = "The request failed schema validation."
    return _fault("ErrorSchemaValidation", f"The request failed schema validation: {violation}", short, extra)


def _fault(code: str, text: str, message: str, extra: str) -> str:
    return (
        f'<s:Fault><faultcode xmlns:a="{TYPES}">a:{code}</faultcode>'
        f'<faultstring xml:lang="en-US">{escape(text)}</faultstring><detail>'
        f'<e:ResponseCode xmlns:e="{ERRORS}">{code}</e:ResponseCode>'
        f'<e:Message xmlns:e="{ERRORS}">{escape(message)}</e:Message>{extra}</detail></s:Fault>'
    )
