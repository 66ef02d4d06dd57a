"""The client's end of Autodiscover: one address asked for, in SOAP by GetUserSettings or in plain XML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from samband.wire.autodiscover.pox import OUTLOOK, REQUEST, RESPONSE
from samband.wire.soap.envelope import SOAP
from samband.wire.xml.reading import Element, Malformed, parse, text
from samband.wire.xml.text import escape

_A = "http://schemas.microsoft.com/exchange/2010/Autodiscover"
_WSA = "http://www.w3.org/2005/08/addressing"
_A_ = "{" + _A + "}"


@dataclass(frozen=True, slots=True)
class UserSettings:
    """One UserResponse: ErrorCode (``NoError``), its sentence, where to ask instead, and the settings by name."""

    error_code: str
    error_message: str = ""
    redirect_target: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)


def user_settings_request(url: str, address: str, *names: str) -> bytes:
    """GetUserSettings of ``address`` for the settings ``names``, sent to ``url``."""
    wanted = "".join(f"<a:Setting>{name}</a:Setting>" for name in names)
    return (
        f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{SOAP}" xmlns:a="{_A}" xmlns:wsa="{_WSA}">'
        "<s:Header><a:RequestedServerVersion>Exchange2013</a:RequestedServerVersion>"
        f"<wsa:Action>{_A}/Autodiscover/GetUserSettings</wsa:Action><wsa:To>{escape(url)}</wsa:To></s:Header>"
        f"<s:Body><a:GetUserSettingsRequestMessage><a:Request><a:Users><a:User>"
        f"<a:Mailbox>{escape(address)}</a:Mailbox></a:User></a:Users>"
        f"<a:RequestedSettings>{wanted}</a:RequestedSettings></a:Request></a:GetUserSettingsRequestMessage>"
        "</s:Body></s:Envelope>"
    ).encode()


def read_user_settings(body: bytes) -> UserSettings:
    """The first UserResponse, or the error of the whole answer. Raises ``Malformed``."""
    soap = "{" + SOAP + "}"
    answer = parse(body).find(f"{soap}Body/{_A_}GetUserSettingsResponseMessage/{_A_}Response")
    if answer is None:
        raise Malformed("no GetUserSettings answer")
    user = answer.find(f"{_A_}UserResponses/{_A_}UserResponse")
    found = answer if user is None else user
    return UserSettings(
        error_code=text(found.find(f"{_A_}ErrorCode"), "NoError"),
        error_message=text(found.find(f"{_A_}ErrorMessage")),
        redirect_target=text(found.find(f"{_A_}RedirectTarget")),
        settings=dict(_settings(found)),
    )


def _settings(user: Element) -> list[tuple[str, str]]:
    return [
        (text(one.find(f"{_A_}Name")), text(one.find(f"{_A_}Value")))
        for one in user.iterfind(f"{_A_}UserSettings/{_A_}UserSetting")
    ]


@dataclass(frozen=True, slots=True)
class PoxAnswer:
    """What plain XML says of an address: its mailbox's own address and EWS address, or an error."""

    address: str = ""
    ews_url: str = ""
    error: str = ""


def pox_request(address: str) -> bytes:
    """A plain request for ``address`` [MS-OXDSCLI]."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?><Autodiscover xmlns="{REQUEST}"><Request>'
        f"<EMailAddress>{escape(address)}</EMailAddress>"
        f"<AcceptableResponseSchema>{OUTLOOK}</AcceptableResponseSchema></Request></Autodiscover>"
    ).encode()


def read_pox_answer(body: bytes) -> PoxAnswer:
    """Read the answer; the first protocol that has an EWS address counts. Raises ``Malformed``."""
    root = parse(body)
    error = root.find(f"{{{RESPONSE}}}Response/{{{RESPONSE}}}Error")
    if error is not None:
        said = f"{{{RESPONSE}}}"
        return PoxAnswer(error=f"{text(error.find(said + 'ErrorCode'))} {text(error.find(said + 'Message'))}".strip())
    answer = root.find(f"{{{OUTLOOK}}}Response")
    if answer is None:
        raise Malformed("no Autodiscover answer")
    inner = f"{{{OUTLOOK}}}"
    urls = [text(one) for one in answer.iterfind(f"{inner}Account/{inner}Protocol/{inner}EwsUrl")]
    return PoxAnswer(
        text(answer.find(f"{inner}User/{inner}AutoDiscoverSMTPAddress")), next((url for url in urls if url), "")
    )
