"""EWS by hand: one request over HTTPS to a running demo."""

from __future__ import annotations

import base64
import ssl
import urllib.error
import urllib.request

from lxml import etree

from tests.clients.running_demo import Demo
from tests.exchange.world import NAMES, envelope


def ask(demo: Demo, name: str, body: str) -> etree._Element:
    """The answer to a SOAP request of one of the people; the demo's names must resolve (``named_demo``)."""
    person = demo.person(name)
    proof = base64.b64encode(f"{person['login']}:{person['password']}".encode()).decode()
    request = urllib.request.Request(
        demo.table["ews_url"],
        envelope(body),
        {"Content-Type": "text/xml; charset=utf-8", "Authorization": f"Basic {proof}"},
    )
    trusted = ssl.create_default_context(cafile=demo.table["ca_file"])
    try:
        with urllib.request.urlopen(request, timeout=60, context=trusted) as answer:
            return etree.fromstring(answer.read())
    except urllib.error.HTTPError as error:
        return etree.fromstring(error.read())


def identifiers(answer: etree._Element, path: str) -> list[str]:
    """The ``Id`` of each element of an XPath."""
    return [str(found.get("Id")) for found in answer.xpath(path, namespaces=NAMES)]


def set_flag(demo: Demo, login: str, item: str, status: str) -> None:
    """Flag the message with the identifier ``item`` as its owner does in another client."""
    answer = ask(
        demo,
        login,
        '<m:UpdateItem ConflictResolution="AlwaysOverwrite" MessageDisposition="SaveOnly"><m:ItemChanges>'
        f'<t:ItemChange><t:ItemId Id="{item}"/><t:Updates><t:SetItemField><t:FieldURI FieldURI="item:Flag"/>'
        f"<t:Message><t:Flag><t:FlagStatus>{status}</t:FlagStatus></t:Flag></t:Message></t:SetItemField></t:Updates>"
        "</t:ItemChange></m:ItemChanges></m:UpdateItem>",
    )
    assert answer.findtext(".//{*}ResponseCode") == "NoError"
