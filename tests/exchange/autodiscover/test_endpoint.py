"""Autodiscover as its clients see it: Outlook's kind, Evolution, SIPE, Thunderbird, the managed API, exchangelib."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from exchangelib.services import GetUserSettings
from exchangelib.version import EXCHANGE_2013
from lxml import etree

from samband.exchange.autodiscover.endpoint import AutodiscoverEndpoint
from samband.exchange.autodiscover.settings import AutodiscoverSettings
from samband.model.caller import Caller
from samband.wire.autodiscover.client import read_user_settings, user_settings_request
from samband.wire.http import Connection, Headers, HttpRequest, HttpResponse
from tests.exchange.world import ALICE, BOB, Door, People, person
from tests.wire.xml.test_reading import HOSTILE

EWS = "https://mail.contoso.test:8443/EWS/Exchange.asmx"
SITE = AutodiscoverSettings(
    base_url="https://autodiscover.contoso.test:8443",
    ews_url=EWS,
    server="mail.contoso.test",
    accepted_domains=("contoso.test",),
    web_url="https://mail.contoso.test:8443/owa/",
    deployment_id="d-1",
)
RICH = replace(person("rich"), msExchArchiveGUID="0f8fad5b-d9cb-469f-a165-70867728950e")
O = "{http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a}"  # noqa: E741
R = "{http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006}"
A = "{http://schemas.microsoft.com/exchange/2010/Autodiscover}"
OUTLOOK = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"


def send(
    method: str,
    path: str,
    body: bytes = b"",
    who: str = "bob",
    connection: Connection | None = None,
    site: AutodiscoverSettings = SITE,
) -> HttpResponse:
    people = People([ALICE, BOB, RICH, replace(person("guest"), msExchMailboxGuid="")])
    door = Door({"bob": Caller(BOB, "basic")})
    endpoint = AutodiscoverEndpoint(people, door, site, lambda: datetime(2027, 1, 2, 3, 4, 5, 678900, UTC))
    headers = Headers([("Content-Type", "text/xml"), ("X-Caller", who)])
    request = HttpRequest(method, "autodiscover.contoso.test", path, headers=headers, body=body)
    request.connection = connection or Connection("127.0.0.1:1", "127.0.0.1:443", tls=True)
    return asyncio.run(endpoint(request))


def pox(inner: str, schema: str = OUTLOOK) -> bytes:
    return (
        '<?xml version="1.0"?><Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/'
        f'requestschema/2006"><Request>{inner}<AcceptableResponseSchema>{schema}</AcceptableResponseSchema>'
        "</Request></Autodiscover>"
    ).encode()


def header(answer: HttpResponse, name: str) -> str:
    return next(value for key, value in answer.headers if key.lower() == name.lower())


@pytest.mark.parametrize("path", ["/autodiscover/autodiscover.xml", "/Autodiscover/AutoDiscover.xml"])
@pytest.mark.parametrize(
    "who", [f"<EMailAddress>{ALICE.mail.upper()}</EMailAddress>", f"<LegacyDN>{ALICE.legacyExchangeDN}</LegacyDN>"]
)
def test_plain_settings(path: str, who: str) -> None:
    answer = send("POST", path, pox(who))
    assert answer.status == 200 and header(answer, "content-type").startswith("text/xml")
    root = etree.fromstring(answer.content)
    response = root.find(f"{O}Response")
    assert root.tag == R + "Autodiscover" and response is not None
    assert response.findtext(f"{O}User/{O}AutoDiscoverSMTPAddress") == ALICE.mail
    assert response.findtext(f"{O}User/{O}LegacyDN") == ALICE.legacyExchangeDN
    assert response.findtext(f"{O}Account/{O}Action") == "settings"
    protocols = {one.findtext(f"{O}Type"): one for one in response.iterfind(f"{O}Account/{O}Protocol")}
    assert list(protocols) == ["EXCH", "EXPR", "WEB"]
    for kind in ("EXCH", "EXPR"):
        urls = [protocols[kind].findtext(O + name) for name in ("ASUrl", "EwsUrl", "OOFUrl", "OABUrl")]
        assert urls == [EWS, EWS, EWS, None], "there is no address book to download"
    assert protocols["EXPR"].findtext(f"{O}AuthPackage") == "Ntlm"
    assert protocols["WEB"].findtext(f"{O}Internal/{O}OWAUrl") == SITE.web_url


@pytest.mark.parametrize(
    ("method", "body", "code"),
    [
        ("GET", b"", "600"),
        ("POST", b"<x/>", "600"),
        ("POST", pox(""), "600"),
        ("POST", pox("<EMailAddress>alice@contoso.test</EMailAddress>", "http://other"), "601"),
        ("POST", pox("<EMailAddress>x@contoso.test</EMailAddress>"), "500"),
        ("POST", pox("<EMailAddress>guest@contoso.test</EMailAddress>"), "500"),
        *[("POST", body, "600") for body in HOSTILE.values()],
    ],
)
def test_plain_errors(method: str, body: bytes, code: str) -> None:
    answer = send(method, "/autodiscover/autodiscover.xml", body)
    error = etree.fromstring(answer.content).find(f"{R}Response/{R}Error")
    assert answer.status == 200 and error is not None
    assert error.findtext(f"{R}ErrorCode") == code
    assert error.get("Time") == "03:04:05.6789000"


def test_the_probe_reads_headers_of_the_refusal() -> None:
    answer = send("GET", "/autodiscover/autodiscover.xml", who="stranger")
    assert answer.status == 401
    assert header(answer, "X-SOAP-Enabled") == header(answer, "X-OAuth-Enabled") == "True"


@pytest.mark.parametrize("path", ["/autodiscover/autodiscover.xml", "/Autodiscover/Autodiscover.svc"])
def test_plain_http_is_sent_to_https_before_anybody_shows_a_password(path: str) -> None:
    answer = send("GET", path, who="stranger", connection=Connection("127.0.0.1:1", "127.0.0.1:80"))
    assert (answer.status, header(answer, "location")) == (302, SITE.base_url + path.lower())


def soap(operation: str, inner: str) -> bytes:
    return (
        f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:a="{A[1:-1]}"><s:Header/><s:Body>'
        f"<a:{operation}RequestMessage><a:Request>{inner}</a:Request></a:{operation}RequestMessage></s:Body>"
        "</s:Envelope>"
    ).encode()


@pytest.mark.parametrize(
    "path", ["/autodiscover/autodiscover.svc", "/autodiscover/autodiscover.svc/wssecurity/symmetrickey"]
)
def test_soap_settings(path: str) -> None:
    names = ("ExternalEwsUrl", "UserDisplayName", "ExternalOABUrl", "no such", "ExternalWebClientUrls")
    body = user_settings_request(SITE.base_url, ALICE.mail, *names)
    answer = send("POST", path, body)
    read = read_user_settings(answer.content)
    assert read.error_code == "NoError"
    assert read.settings["ExternalEwsUrl"] == EWS and read.settings["UserDisplayName"] == "Alice"
    root = etree.fromstring(answer.content)
    errors = {
        one.findtext(A + "SettingName"): one.findtext(A + "ErrorCode") for one in root.iter(A + "UserSettingError")
    }
    assert errors == {"ExternalOABUrl": "SettingIsNotAvailable", "no such": "InvalidSetting"}
    assert root.findtext(f".//{A}WebClientUrl/{A}Url") == SITE.web_url
    assert root.findtext(f".//{A}ServerVersionInfo/{A}MajorVersion") == "15"


def test_an_archive_is_told_of() -> None:
    plain = etree.fromstring(
        send("POST", "/autodiscover/autodiscover.xml", pox(f"<EMailAddress>{RICH.mail}</EMailAddress>")).content
    )
    told = {one.tag.removeprefix(O): one.text for one in plain.find(f".//{O}AlternativeMailbox")}
    assert told == {
        "Type": "Archive",
        "DisplayName": "In-Place Archive - Rich",
        "LegacyDN": f"{RICH.legacyExchangeDN}/guid={RICH.msExchArchiveGUID}",
        "Server": f"{RICH.msExchArchiveGUID}@contoso.test",
    }
    asked = [user_settings_request(SITE.base_url, one.mail, "AlternateMailboxes") for one in (RICH, ALICE)]
    rich, poor = (etree.fromstring(send("POST", "/autodiscover/autodiscover.svc", body).content) for body in asked)
    assert {one.tag.removeprefix(A): one.text for one in rich.find(f".//{A}AlternateMailbox")} == told
    assert poor.find(f".//{A}AlternateMailbox") is None
    assert poor.findtext(f".//{A}UserSettingError/{A}ErrorCode") == "SettingIsNotAvailable"


def test_soap_errors_of_users_and_of_the_whole() -> None:
    asked = "<a:RequestedSettings><a:Setting>ExternalEwsUrl</a:Setting></a:RequestedSettings>"
    users = "<a:Users>" + "".join(
        f"<a:User><a:Mailbox>{one}</a:Mailbox></a:User>" for one in ("x@y.test", ALICE.mail, "guest@contoso.test")
    )
    root = etree.fromstring(
        send("POST", "/autodiscover/autodiscover.svc", soap("GetUserSettings", users + "</a:Users>" + asked)).content
    )
    codes = [one.findtext(A + "ErrorCode") for one in root.iter(A + "UserResponse")]
    assert codes == ["InvalidUser", "NoError", "InvalidUser"]
    assert next(root.iter(A + "UserResponse")).findtext(A + "ErrorMessage") == "Invalid user 'x@y.test'"
    nobody = etree.fromstring(send("POST", "/autodiscover/autodiscover.svc", soap("GetUserSettings", asked)).content)
    assert nobody.findtext(f".//{A}Response/{A}ErrorCode") == "InvalidRequest"
    wrong = send("POST", "/autodiscover/autodiscover.svc", soap("GetNothing", asked))
    assert wrong.status == 500 and b"<s:Fault>" in wrong.content
    for body in HOSTILE.values():
        assert send("POST", "/autodiscover/autodiscover.svc", body).status == 500
    assert send("GET", "/autodiscover/autodiscover.svc").status == 200


def test_settings_of_domains() -> None:
    asked = (
        "<a:Domains><a:Domain>Contoso.test</a:Domain><a:Domain>other.test</a:Domain></a:Domains>"
        "<a:RequestedSettings><a:Setting>ExternalEwsUrl</a:Setting><a:Setting>Other</a:Setting></a:RequestedSettings>"
    )
    root = etree.fromstring(send("POST", "/autodiscover/autodiscover.svc", soap("GetDomainSettings", asked)).content)
    first, second = root.iter(A + "DomainResponse")
    assert first.findtext(f"{A}DomainSettings/{A}DomainSetting/{A}Value") == EWS
    assert first.findtext(f"{A}DomainSettingErrors/{A}DomainSettingError/{A}ErrorCode") == "InvalidSetting"
    assert second.findtext(A + "ErrorCode") == "InvalidDomain"


@pytest.mark.parametrize("address", [ALICE.mail, "x@contoso.test"])
def test_exchangelib_reads_what_it_asks_for(address: str) -> None:
    service = GetUserSettings(SimpleNamespace(version=SimpleNamespace(build=EXCHANGE_2013)))
    payload = service.get_payload(
        users=[address], settings=["auto_discover_smtp_address", "external_ews_url", "ews_supported_schemas"]
    )
    body = (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        + etree.tostring(payload, encoding="unicode")
        + "</s:Body></s:Envelope>"
    )
    answer = etree.fromstring(send("POST", "/autodiscover/autodiscover.svc", body.encode()).content)
    message = answer.find(f"{{http://schemas.xmlsoap.org/soap/envelope/}}Body/{GetUserSettings._response_tag()}")
    (found,) = service._elems_to_objs(service._get_element_container(message, service.element_container_name))
    if address == ALICE.mail:
        assert found.autodiscover_smtp_address == ALICE.mail and found.ews_url == EWS
        assert found.version.api_version == "Exchange2013_SP1"
        found.raise_errors()
    else:
        with pytest.raises(Exception, match=r"Invalid user 'x@contoso\.test'"):
            found.raise_errors()
