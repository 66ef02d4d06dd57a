"""The server's end of SOAP Autodiscover: GetUserSettings and GetDomainSettings [MS-OXWSADISC]."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from samband.wire.autodiscover.pox import AlternateMailbox
from samband.wire.soap.envelope import read_envelope, write_envelope
from samband.wire.xml.reading import Element, Malformed, local_name, namespace, parse, text
from samband.wire.xml.text import element, escape

NAMESPACE = "http://schemas.microsoft.com/exchange/2010/Autodiscover"
_A = "{" + NAMESPACE + "}"
_WSA = "http://www.w3.org/2005/08/addressing"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"

_MAX_BYTES = 256 * 1024
USER, DOMAIN = "GetUserSettings", "GetDomainSettings"


@dataclass(frozen=True, slots=True)
class SoapRequest:
    """``operation`` is ``USER`` or ``DOMAIN``; ``names`` are addresses or domains; ``settings`` are asked of each."""

    operation: str
    names: tuple[str, ...]
    settings: tuple[str, ...]


def read_request(body: bytes) -> SoapRequest:
    """Read a request. Raises ``Malformed`` for anything that is none."""
    asked = read_envelope(parse(body, _MAX_BYTES)).operation
    operation = local_name(asked).removesuffix("RequestMessage")
    if namespace(asked) != NAMESPACE or operation not in (USER, DOMAIN):
        raise Malformed("no operation of Autodiscover")
    request = asked.find(_A + "Request")
    if request is None:
        raise Malformed("no Request")
    names = _texts(request, "Users/User/Mailbox") if operation == USER else _texts(request, "Domains/Domain")
    return SoapRequest(operation, names, _texts(request, "RequestedSettings/Setting"))


def _texts(request: Element, path: str) -> tuple[str, ...]:
    qualified = "/".join(_A + step for step in path.split("/"))
    return tuple(text(found).strip() for found in request.iterfind(qualified))


@dataclass(frozen=True, slots=True)
class Settings:
    """What is said of one user or domain: values by name, and of the names that have none the ErrorCode and why.

    A value that is a list holds (authentication methods, URL) of a WebClientUrlCollectionSetting; an
    ``AlternateMailbox`` is the one of an AlternateMailboxCollectionSetting.
    """

    values: Mapping[str, str | Sequence[tuple[str, str]] | AlternateMailbox] = field(default_factory=dict)
    errors: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """Why nothing is said of one user, one domain, or at all: ErrorCode and a sentence."""

    code: str
    text: str


def write_answer(operation: str, answers: Sequence[Settings | Refused] | Refused, version: tuple[int, ...]) -> bytes:
    """A whole answer; ``version`` is the server's, four numbers."""
    kind = "User" if operation == USER else "Domain"
    if isinstance(answers, Refused):
        said = _code(answers.code, answers.text) + f'<{kind}Responses i:nil="true"/>'
    else:
        responses = "".join(_response(kind, answer) for answer in answers)
        said = _code("NoError", "") + f"<{kind}Responses>{responses}</{kind}Responses>"
    body = (
        f'<{operation}ResponseMessage xmlns="{NAMESPACE}"><Response xmlns:i="{_XSI}">{said}</Response>'
        f"</{operation}ResponseMessage>"
    )
    return write_envelope(body, _header(operation, version))


def _header(operation: str, version: tuple[int, ...]) -> str:
    names = ("MajorVersion", "MinorVersion", "MajorBuildNumber", "MinorBuildNumber")
    numbers = "".join(f"<h:{name}>{number}</h:{name}>" for name, number in zip(names, version, strict=True))
    return (
        f'<a:Action xmlns:a="{_WSA}" s:mustUnderstand="1">{NAMESPACE}/Autodiscover/{operation}Response</a:Action>'
        f'<h:ServerVersionInfo xmlns:h="{NAMESPACE}">{numbers}<h:Version>Exchange2013</h:Version>'
        "</h:ServerVersionInfo>"
    )


def _code(code: str, sentence: str) -> str:
    return f"<ErrorCode>{code}</ErrorCode>{element('ErrorMessage', sentence)}"


def _response(kind: str, answer: Settings | Refused) -> str:
    nowhere = '<RedirectTarget i:nil="true"/>'
    if isinstance(answer, Refused):
        head, errors, settings = _code(answer.code, answer.text), "", ""
    else:
        head = _code("NoError", "No error.")
        errors, settings = _errors(kind, answer), _values(kind, answer)
    parts = f"<{kind}SettingErrors>{errors}</{kind}SettingErrors><{kind}Settings>{settings}</{kind}Settings>"
    parts = nowhere + parts if kind == "User" else parts + nowhere
    return f"<{kind}Response>{head}{parts}</{kind}Response>"


def _errors(kind: str, answer: Settings) -> str:
    return "".join(
        f"<{kind}SettingError>{_code(code, why)}{element('SettingName', name)}</{kind}SettingError>"
        for name, (code, why) in answer.errors.items()
    )


def _values(kind: str, answer: Settings) -> str:
    written = []
    for name, value in answer.values.items():
        if isinstance(value, str):
            typed = "StringSetting" if kind == "User" else "DomainStringSetting"
            inside = element("Value", value)
        elif isinstance(value, AlternateMailbox):
            typed, inside = "AlternateMailboxCollectionSetting", _mailboxes(value)
        else:
            typed, inside = "WebClientUrlCollectionSetting", _urls(value)
        head = f'<{kind}Setting i:type="{typed}">{element("Name", name)}'
        written.append(f"{head}{inside}</{kind}Setting>")
    return "".join(written)


def _mailboxes(one: AlternateMailbox) -> str:
    said = "".join(
        element(name, value)
        for name, value in (
            ("Type", one.kind),
            ("DisplayName", one.display_name),
            ("LegacyDN", one.legacy_dn),
            ("Server", one.server),
        )
    )
    return f"<AlternateMailboxes><AlternateMailbox>{said}</AlternateMailbox></AlternateMailboxes>"


def _urls(pages: Iterable[tuple[str, str]]) -> str:
    return (
        "<WebClientUrls>"
        + "".join(
            f"<WebClientUrl><AuthenticationMethods>{escape(methods)}</AuthenticationMethods>{element('Url', url)}"
            "</WebClientUrl>"
            for methods, url in pages
        )
        + "</WebClientUrls>"
    )


def write_fault(sentence: str) -> bytes:
    """What is no request gets."""
    return write_envelope(f"<s:Fault><faultcode>s:Client</faultcode>{element('faultstring', sentence)}</s:Fault>")
