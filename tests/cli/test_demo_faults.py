"""A demo that fails when it is told to, and clients that see it."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import urllib.error
from collections.abc import Iterator
from typing import Any

import exchangelib
import pytest
from exchangelib.errors import ErrorServerBusy

from tests.clients.running_demo import Demo, names_of, running_demo
from tests.schema import valid

_GET = (
    b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"'
    b' xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"'
    b' xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><s:Body><m:GetFolder><m:FolderShape>'
    b'<t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds>'
    b"</m:GetFolder></s:Body></s:Envelope>"
)


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running_demo("--ports", "free", "--seed", "people") as running:
        yield running


def told(demo: Demo, method: str, **fault: Any) -> list[dict[str, Any]]:
    """What the demo says of the faults it was told."""
    return demo.faults(method, fault)


def asked(demo: Demo) -> tuple[int, http.client.HTTPMessage, bytes]:
    """The answer to a GetFolder of Alice's."""
    alice = demo.person("alice")
    host, _, port = demo.table["https"].partition(":")
    context = ssl.create_default_context(cafile=demo.table["ca_file"])
    connection = http.client.HTTPSConnection(host, int(port), timeout=30, context=context)
    proof = base64.b64encode(f"{alice['login']}:{alice['password']}".encode()).decode()
    connection.request("POST", "/EWS/Exchange.asmx", _GET, {"Authorization": f"Basic {proof}"})
    answer = connection.getresponse()
    try:
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def test_the_next_requests_fail_and_then_no_more(demo: Demo) -> None:
    told(demo, "DELETE")
    told(demo, "POST", operation="GetFolder", status=503, retry_after=7, times=2)
    told(demo, "POST", operation="GetItem", status=500)
    for _ in range(2):
        status, headers, _ = asked(demo)
        assert (status, headers["Retry-After"]) == (503, "7")
    assert asked(demo)[0] == 200
    busy, waiting = told(demo, "GET")
    assert busy == {"operation": "GetFolder", "status": 503, "retry_after": 7, "times": 2, "struck": 2}
    assert waiting == {"operation": "GetItem", "status": 500, "struck": 0}
    assert told(demo, "DELETE") == []


def test_a_busy_server_says_for_how_long(demo: Demo) -> None:
    told(demo, "POST", code="ErrorServerBusy", back_off=250)
    status, _, body = asked(demo)
    root = valid(body)
    assert status == 500
    assert root.findtext(".//{*}ResponseCode") == "ErrorServerBusy"
    assert [(one.get("Name"), one.text) for one in root.iter("{*}Value")] == [("BackOffMilliseconds", "250")]
    assert asked(demo)[0] == 200


def test_an_answer_breaks_off(demo: Demo) -> None:
    told(demo, "POST", broken=True)
    with pytest.raises((http.client.HTTPException, OSError)):
        asked(demo)
    told(demo, "POST", delay=0.01)
    assert asked(demo)[0] == 200
    assert [one["struck"] for one in told(demo, "GET")[-2:]] == [1, 1]


def test_exchangelib_sees_it(demo: Demo) -> None:
    with names_of(demo):
        alice = demo.person("alice")
        config = exchangelib.Configuration(
            service_endpoint=demo.table["ews_url"],
            auth_type="basic",
            credentials=exchangelib.Credentials(alice["login"], alice["password"]),
        )
        account = exchangelib.Account(alice["email"], config=config, access_type=exchangelib.DELEGATE)
        assert account.inbox.total_count is not None
        told(demo, "POST", operation="GetFolder", code="ErrorServerBusy", back_off=100)
        with pytest.raises(ErrorServerBusy):
            account.inbox.refresh()
        account.inbox.refresh()
        account.protocol.close()


@pytest.mark.parametrize("fault", [{"times": 0}, {"status": "x"}, {"code": "<b/>"}, {"operation": "a b"}, {"else": 1}])
def test_what_is_no_fault_is_refused(demo: Demo, fault: dict[str, Any]) -> None:
    before = told(demo, "GET")
    with pytest.raises(urllib.error.HTTPError) as refused:
        told(demo, "POST", **fault)
    assert refused.value.code == 400
    assert json.load(refused.value)["title"] == "NoFault"
    assert told(demo, "GET") == before


@pytest.mark.parametrize(
    ("method", "fields", "status"),
    [
        ("POST", {}, 415),
        ("POST", {"Content-Type": "text/plain"}, 415),
        ("POST", {"Content-Type": "application/json", "Origin": "https://evil.example"}, 403),
        ("POST", {"Content-Type": "application/json", "Origin": "null"}, 403),
        ("POST", {"Content-Type": "application/json", "Sec-Fetch-Site": "cross-site"}, 403),
        ("DELETE", {"Sec-Fetch-Site": "same-site"}, 403),
        ("GET", {"Origin": "https://evil.example"}, 403),
        ("POST", {"Content-Type": "Application/JSON; charset=utf-8", "Sec-Fetch-Site": "none"}, 200),
        ("POST", {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin", "Origin": "own"}, 200),
    ],
)
def test_web_pages_of_others_say_no_faults(demo: Demo, method: str, fields: dict[str, str], status: int) -> None:
    before = told(demo, "DELETE")
    own = demo.table["owa_url"].removesuffix("/owa/")
    fields = {name: own if value == "own" else value for name, value in fields.items()}
    host, _, port = demo.table["http"].partition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=30)
    connection.request(method, "/demo/faults", b'{"status": 503}' if method == "POST" else None, fields)
    answer = connection.getresponse()
    said = json.load(answer)
    connection.close()
    assert answer.status == status
    if status != 200:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert said["status"] == status
        assert told(demo, "GET") == before
    told(demo, "DELETE")


def test_the_host_alone_is_the_web_client(demo: Demo) -> None:
    host, _, port = demo.table["https"].partition(":")
    context = ssl.create_default_context(cafile=demo.table["ca_file"])
    connection = http.client.HTTPSConnection(host, int(port), timeout=30, context=context)
    connection.request("GET", "/", headers={"Host": "mail.contoso.test"})
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Location"]) == (302, demo.table["owa_url"])
    connection.close()
