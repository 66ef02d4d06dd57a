"""ews-javascript-api, a strict reader that nobody here wrote, against a demo; installed from npm for the test."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients import names
from tests.clients.names import Names
from tests.clients.running_demo import Demo
from tests.clients.test_exchangelib import account_of, arrived

VERSION = "0.15.3"
SCRIPT = Path(__file__).with_name("ews_javascript.js")

MISSING = names.missing() or ("" if shutil.which("node") and shutil.which("npm") else "needs node and npm")
pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the library in it."""
    folder = tmp_path_factory.mktemp("ews-javascript")
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", f"ews-javascript-api@{VERSION}"]
    try:
        made = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    except subprocess.TimeoutExpired:
        pytest.skip(f"ews-javascript-api {VERSION} could not be installed in time")
    if made.returncode != 0:
        pytest.skip(f"ews-javascript-api {VERSION} could not be installed: {made.stderr[-200:]}")
    shutil.copy(SCRIPT, folder / SCRIPT.name)
    yield folder
    shutil.rmtree(folder)


def test_what_the_library_writes_and_reads(library: Path, demo: Demo) -> None:
    person, subject = demo.person("heidi"), f"Läge {uuid.uuid4()}"
    words = {"url": demo.table["ews_url"], "login": person["login"], "password": person["password"]}
    words |= {"email": person["email"], "other": "bob@contoso.test", "subject": subject}
    environment = os.environ | Names(demo.table["hosts"]).environment(library)
    environment["NODE_EXTRA_CA_CERTS"] = demo.table["ca_file"]
    command = ["node", SCRIPT.name, json.dumps(words)]
    done = subprocess.run(command, cwd=library, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "inbox": "Inbox",
        "message": {"subject": subject, "body": "Räksmörgås", "from": person["email"], "read": False},
        "attachments": ["a.txt"],
        "marked": True,
        "attendees": ["bob@contoso.test"],
        "names": ["bob@contoso.test"],
        "oof": ["Enabled", "Away åäö"],
        "changes": True,
    }
    assert arrived(account_of(demo, "bob"), subject).organizer.email_address == person["email"]
