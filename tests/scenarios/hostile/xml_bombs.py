"""Documents that are meant to hurt whoever parses them, at every door that reads XML."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.scenarios.hostile.target import Answer, Target

SECRET = "samband-secret-of-the-file-system"
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_AROUND = f'<s:Envelope xmlns:s="{_SOAP}"><s:Body>{{}}</s:Body></s:Envelope>'


def _doctype(subset: str, content: str, outer: str = "") -> bytes:
    return f'<?xml version="1.0"?><!DOCTYPE x {outer}[{subset}]>{_AROUND.format(content)}'.encode()


def _laughs() -> bytes:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    return _doctype(f'<!ENTITY l0 "ha">{levels}', "&l11;")


def _deep(levels: int) -> bytes:
    return _AROUND.format("<a>" * levels + "</a>" * levels).encode()


def _many_names() -> bytes:
    return _AROUND.format("<a " + " ".join(f'a{n}="x"' for n in range(100_000)) + "/>").encode()


def _many_namespaces() -> bytes:
    return _AROUND.format("".join(f'<p{n}:a xmlns:p{n}="urn:{n}"/>' for n in range(20_000))).encode()


def documents(file_with_secret: str, canary: int) -> dict[str, bytes]:
    """Name to document. ``canary``: a port on which nobody may ever be asked for anything."""
    url = f"http://127.0.0.1:{canary}/x"
    include = f'<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="file://{file_with_secret}" parse="text"/>'
    return {
        "billion laughs": _laughs(),
        "quadratic": _doctype(f'<!ENTITY q "{"q" * 100_000}">', "&q;" * 20_000),
        "file entity": _doctype(f'<!ENTITY f SYSTEM "file://{file_with_secret}">', "<a>&f;</a>"),
        "network entity": _doctype(f'<!ENTITY n SYSTEM "{url}">', "<a>&n;</a>"),
        "parameter entity": _doctype(f'<!ENTITY % p SYSTEM "{url}"> %p;', "<a/>"),
        "external subset": _doctype("", "<a/>", f'SYSTEM "{url}" '),
        "attribute default": _doctype('<!ATTLIST a b CDATA "x">', "<a/>"),
        "empty document type": _doctype("", "<a/>"),
        "hidden in UTF-16": _laughs().decode().replace("?>", ' encoding="UTF-16"?>', 1).encode("utf-16"),
        "hidden in UTF-7": b'<?xml version="1.0" encoding="UTF-7"?>+ADw-+ACE-DOCTYPE x+AD4-',
        "UTF-32": "<a/>".encode("utf-32"),
        "XInclude": _AROUND.format(include).encode(),
        "style sheet": b'<?xml version="1.0"?><?xml-stylesheet href="' + url.encode() + b'"?><a/>',
        "schema location": _AROUND.format(
            f'<a xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="urn:x {url}"/>'
        ).encode(),
        "201 levels": _deep(201),
        "300 levels": _deep(300),
        "a million levels": _deep(1_000_000),
        "levels that never end": b"<a>" * 1_000_000,
        "a hundred thousand attributes": _many_names(),
        "twenty thousand namespaces": _many_namespaces(),
        "a name of a megabyte": b"<" + b"a" * 1_000_000 + b"/>",
        "a text of 12 megabytes": _AROUND.format("x" * 12_000_000).encode(),
        "broken UTF-8": b"<a>\xff\xfe\xfa</a>",
        "a null": b"<a>\x00</a>",
        "no character of XML": b"<a>&#1;&#xFFFE;</a>",
        "cut": _AROUND.format("<a>").encode()[:60],
        "nothing": b"",
        "two roots": b"<a/><a/>",
        "no XML": bytes(range(256)) * 16,
    }


@dataclass(frozen=True)
class Door:
    """Something that reads XML, and how it says that it will not."""

    host: str
    path: str
    login: str
    refuses: Callable[[Answer], None]


def _ews_fault(answer: Answer) -> None:
    assert answer.status == 500
    assert "Fault>" in answer.text
    assert "ErrorInvalidRequest" in answer.text or "ErrorSchemaValidation" in answer.text, answer.text


def _soap_fault(answer: Answer) -> None:
    assert answer.status == 500
    assert "Fault>" in answer.text


def _pox_error(answer: Answer) -> None:
    assert answer.status == 200
    assert "<ErrorCode>600</ErrorCode>" in answer.text


DOORS = {
    "EWS": Door("mail", "/EWS/Exchange.asmx", "heidi", _ews_fault),
    "Autodiscover POX": Door("autodiscover", "/autodiscover/autodiscover.xml", "heidi", _pox_error),
    "Autodiscover SOAP": Door("autodiscover", "/autodiscover/autodiscover.svc", "heidi", _soap_fault),
    "web tickets": Door("lync", "/WebTicket/WebTicketService.svc", "heidi", _soap_fault),
    "certificates": Door("lync", "/CertProv/CertProvisioningService.svc", "", _soap_fault),
}


def attack(target: Target, door: Door, document: bytes) -> None:
    """The document is refused in the door's own way, and nothing of the file system comes back."""
    answer = target.post(door.path, document, host=door.host, login=door.login)
    door.refuses(answer)
    assert SECRET not in answer.text
