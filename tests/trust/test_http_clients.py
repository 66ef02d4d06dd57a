"""Real HTTP clients on real connections: requests with requests_ntlm, and curl where it is installed."""

import asyncio
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from requests.auth import AuthBase, HTTPBasicAuth
from requests_ntlm import HttpNtlmAuth

from samband.model.caller import Caller
from samband.net.http_server import HttpServer
from samband.trust.http import HttpAuthenticator
from samband.wire.http import HttpRequest, HttpResponse
from tests.trust.test_http import door

PASSWORD = "pässword: €1"
PLAIN = "plain-secret"
"""curl does not turn other letters into UTF-16 for NTLM."""
CURL = shutil.which("curl")


def serve(folder: Path, client: Callable[[str], None]) -> list[str]:
    """Run ``client`` in a thread against a server that says who asks; the peers and methods it saw, in order."""
    seen: list[str] = []

    async def run() -> None:
        async with door(folder) as made:
            await made.passwords.set("guid-bob", PLAIN)
            # Without Negotiate, for which curl has nothing but Kerberos and then gives up.
            http = made.other("ntlm", "basic")
            server = HttpServer(lambda request: answer(http, request))
            port = await server.listen("127.0.0.1", 0, None)
            try:
                await asyncio.to_thread(client, f"http://127.0.0.1:{port}/EWS/Exchange.asmx")
            finally:
                await server.close()

    async def answer(http: HttpAuthenticator, request: HttpRequest) -> HttpResponse:
        caller = await http.authenticate(request)
        if isinstance(caller, Caller):
            seen.append(f"{request.connection.peer} {caller.method}")
            return HttpResponse(200, [("Content-Type", "text/plain")], caller.name.encode())
        seen.append(f"{request.connection.peer} {caller.status}")
        return caller

    asyncio.run(run())
    return seen


def test_ntlm_by_requests_authenticates_one_connection_for_all_its_requests(tmp_path: Path) -> None:
    def client(url: str) -> None:
        with requests.Session() as session:
            session.auth = HttpNtlmAuth("CONTOSO\\alice", PASSWORD)
            for _ in range(3):
                answer = session.post(url, data=b"<x/>")
                assert (answer.status_code, answer.text) == (200, "alice@contoso.test")

    seen = serve(tmp_path, client)
    assert len({line.split()[0] for line in seen}) == 1
    assert [line.split()[1] for line in seen] == ["401", "401", "ntlm", "ntlm", "ntlm"]


@pytest.mark.parametrize(
    "auth", [HttpNtlmAuth("CONTOSO\\alice", "wrong"), HTTPBasicAuth("alice", "wrong"), HTTPBasicAuth("bob", "wrong")]
)
def test_wrong_passwords(tmp_path: Path, auth: AuthBase) -> None:
    def client(url: str) -> None:
        for _ in range(2):
            assert requests.post(url, data=b"<x/>", auth=auth).status_code == 401

    assert all(line.endswith("401") for line in serve(tmp_path, client))


def test_basic_by_requests(tmp_path: Path) -> None:
    def client(url: str) -> None:
        auth = HTTPBasicAuth(b"alice@contoso.test", PASSWORD.encode())
        assert requests.get(url, auth=auth).text == "alice@contoso.test"

    assert [line.split()[1] for line in serve(tmp_path, client)] == ["basic"]


@pytest.mark.skipif(CURL is None, reason="curl is not installed")
@pytest.mark.parametrize("scheme", ["--ntlm", "--basic", "--anyauth"])
@pytest.mark.parametrize(("password", "status"), [(PLAIN, "200"), ("wrong", "401")])
def test_curl(tmp_path: Path, scheme: str, password: str, status: str) -> None:
    def client(url: str) -> None:
        twice = [url, "-o", "/dev/null"] * 2
        command = [str(CURL), "-s", "-w", "%{http_code} ", scheme, "-u", f"CONTOSO\\bob:{password}", "-d", "<x/>"]
        done = subprocess.run([*command, *twice], capture_output=True, text=True, timeout=30, check=True)
        assert done.stdout.split() == [status, status]

    serve(tmp_path, client)
