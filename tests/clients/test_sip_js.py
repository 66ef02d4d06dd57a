"""SIP.js, a client that nobody here wrote, in a browser, beside pidgin-sipe; installed from npm for the test."""

from __future__ import annotations

import functools
import http.server
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.chromium import Browser, browsing, missing_browser
from tests.clients.names import Names
from tests.clients.purple_process import Account, PurpleProcess, missing_packages
from tests.clients.test_presence import shown
from tests.clients.waiting import until
from tests.scenarios.kept_site import ADDRESS, DOMAIN, KeptSite

VERSION = "0.21.2"
HOST = f"lync.{DOMAIN}"
ALICE, BOB = f"alice@{DOMAIN}", f"bob@{DOMAIN}"
AWAY = (
    "<?xml version='1.0' encoding='UTF-8'?><presence xmlns='urn:ietf:params:xml:ns:pidf'"
    " xmlns:dm='urn:ietf:params:xml:ns:pidf:data-model' xmlns:rpid='urn:ietf:params:xml:ns:pidf:rpid'"
    f" entity='sip:{ALICE}'><tuple id='t1'><status><basic>open</basic></status></tuple>"
    "<dm:person id='p1'><rpid:activities><rpid:away/></rpid:activities></dm:person></presence>"
)

WHY = missing_browser() or missing_packages() or ("" if shutil.which("npm") else "needs npm")
pytestmark = pytest.mark.skipif(bool(WHY), reason=WHY or "never")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_words: Any) -> None:
        pass


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The origin of a page with the library, which is none of the site's."""
    folder = tmp_path_factory.mktemp("sip-js")
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", f"sip.js@{VERSION}"]
    try:
        made = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    except subprocess.TimeoutExpired:
        pytest.skip(f"sip.js {VERSION} could not be installed in time")
    if made.returncode != 0:
        pytest.skip(f"sip.js {VERSION} could not be installed: {made.stderr[-200:]}")
    library = folder / "node_modules" / "sip.js"
    shutil.copy(Path(__file__).with_name("sip_js.html"), library / "index.html")
    server = http.server.ThreadingHTTPServer((ADDRESS, 0), functools.partial(_Quiet, directory=str(library)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://{ADDRESS}:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, page: str) -> Iterator[KeptSite]:
    """Alice and Bob, and a page that may connect."""
    with KeptSite(tmp_path_factory.mktemp("site") / "contoso") as made:
        settings = made.folder / "samband.toml"
        settings.write_text(settings.read_text().replace("origins = []", f'origins = ["{page}"]'))
        for name in ("alice", "bob"):
            made.add_person(name, f"pw-{name}")
        made.start()
        yield made


@pytest.fixture
def browser(site: KeptSite, tmp_path: Path) -> Iterator[Browser]:
    with browsing({HOST: ADDRESS}, tmp_path / "chromedriver.log") as opened:
        yield opened


def heard(browser: Browser, kind: str, text: str = "") -> dict[str, Any]:
    """The first event of a kind with ``text`` in it; fails with what the library logged."""

    def look() -> dict[str, Any] | None:
        script = "return events.find(e => e.kind === arguments[0] && JSON.stringify(e).includes(arguments[1])) || null"
        found: dict[str, Any] | None = browser.run(script, kind, text)
        return found

    try:
        return until(look, f"{kind} {text!r}")
    except AssertionError as problem:
        raise AssertionError(f"{problem}\n{browser.run('return JSON.stringify(events, null, 1)')[-6000:]}") from None


def sign_in(browser: Browser, site: KeptSite, page: str) -> None:
    browser.open(f"{page}/index.html")
    until(lambda: browser.run("return document.title") == "ready", "the page")
    server = f"wss://{HOST}:{site.ports['https']}/sip"
    account = {"user": ALICE, "login": "alice", "password": "pw-alice", "server": server}
    browser.run("begin(arguments[0]).catch(error => events.push({kind: 'failed', error: String(error)}))", account)


def lync(site: KeptSite) -> PurpleProcess:
    account = Account(
        user=BOB,
        login="CONTOSO\\bob",
        password="pw-bob",
        server=f"{HOST}:{site.ports['sip_tls']}",
        transport="tls",
        authentication="tls-dsk",
        ca_file=site.ca_file,
    )
    client = PurpleProcess(account, Names({HOST: ADDRESS}))
    client.wait("signed-on")
    until(lambda: "contactList" in client.log and "msrtc-category-publish" in client.log, "the contact list")
    return client


def test_a_page_beside_a_lync_client(site: KeptSite, page: str, browser: Browser) -> None:
    sign_in(browser, site, page)
    assert heard(browser, "registered")["status"] == 200
    with lync(site) as bob:
        browser.run("say(arguments[0], arguments[1])", BOB, "hallå from a page")
        assert heard(browser, "said")["status"] == 200
        bob.wait("im", who=ALICE, text="hallå from a page")
        bob.do("im", to=ALICE, text="hallå from pidgin")
        assert heard(browser, "message", "hallå from pidgin")["from"] == f"sip:{BOB}"
        browser.run("watch(arguments[0])", BOB)
        heard(browser, "presence", "open")
        bob.do("status", status="busy", note="with a page")
        heard(browser, "presence", "with a page")
        bob.do("add", who=ALICE)
        browser.run("publish(arguments[0])", AWAY)
        shown(bob, ALICE, status="away")
        browser.run("end()")
        assert heard(browser, "unregistered")["status"] == 200
        shown(bob, ALICE, online=False)
    assert "Traceback" not in site.log


def test_a_page_of_another_origin_is_refused(site: KeptSite, page: str, browser: Browser) -> None:
    """The same page under another name: the browser says so, and the server does not shake hands."""
    sign_in(browser, site, page.replace(ADDRESS, "localhost"))
    heard(browser, "failed")
    assert not browser.run("return events.some(e => e.kind === 'connected')")
    assert f"another origin: '{page.replace(ADDRESS, 'localhost')}'" in site.log
