"""What Lync clients ask for beside what every SIP client does: publishing, polling, watching themselves [MS-PRES]."""

from __future__ import annotations

from bench.sip_requests import DOMAIN, User

_STATE = (
    '<state xmlns="http://schemas.microsoft.com/2006/09/sip/state" manual="{manual}" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="{kind}"><availability>{availability}'
    "</availability><endpointLocation></endpointLocation></state>"
)
_NOTE = '<note xmlns="http://schemas.microsoft.com/2006/09/sip/note"><body type="personal">{text}</body></note>'
_MACHINE, _USER = 985345201, 0x20000000
_BATCH = (
    '<batchSub xmlns="http://schemas.microsoft.com/2006/01/sip/batch-subscribe" uri="sip:{own}">'
    '<action name="subscribe" id="1"><adhocList><resource uri="sip:{other}"/></adhocList>'
    '<categoryList xmlns="http://schemas.microsoft.com/2006/09/sip/categorylist"><category name="state"/>'
    '<category name="note"/><category name="contactCard"/><category name="calendarData"/></categoryList></action>'
    "</batchSub>"
)
_BATCH_FIELDS = (
    "Event: presence\r\nAccept: application/msrtc-event-categories+xml, application/rlmi+xml, multipart/related\r\n"
    "Supported: ms-benotify, ms-piggyback-first-notify, eventlist\r\nProxy-Require: ms-benotify\r\n"
    "Require: adhoclist, categoryList\r\nContent-Type: application/msrtc-adrl-categorylist+xml\r\n"
)
_ROAMING = (
    '<roamingList xmlns="http://schemas.microsoft.com/2006/09/sip/roaming-self"><roaming type="categories"/>'
    '<roaming type="containers"/><roaming type="subscribers"/></roamingList>'
)
TYPING = b'<?xml version="1.0"?>\r\n<KeyboardActivity>\r\n  <status status="type" />\r\n</KeyboardActivity>'


def publish(user: User, call: str, version: int, availability: int, text: str) -> bytes:
    """SERVICE with the state of the machine and of its user, and a note, as a change of both publishes them."""
    parts = [
        ("state", instance, container, expires, _STATE.format(manual=manual, kind=kind, availability=availability))
        for kind, instance, expires, manual in (
            ("machineState", _MACHINE, "endpoint", "false"),
            ("userState", _USER, "static", "true"),
        )
        for container in (2, 3)
    ]
    parts += [("note", 0, container, "static", _NOTE.format(text=text)) for container in (200, 300, 400)]
    publications = "".join(
        f'<publication categoryName="{category}" instance="{instance}" container="{container}" version="{version}" '
        f'expireType="{expires}">{content}</publication>'
        for category, instance, container, expires, content in parts
    )
    body = (
        '<publish xmlns="http://schemas.microsoft.com/2006/09/sip/rich-presence">'
        f'<publications uri="sip:{user.name}@{DOMAIN}">{publications}</publications></publish>'
    )
    return _to_self(user, "SERVICE", call, "Content-Type: application/msrtc-category-publish+xml\r\n", body)


def poll(user: User, other: str, call: str) -> bytes:
    """SUBSCRIBE that ends with its answer: one look at somebody."""
    return _to_self(user, "SUBSCRIBE", call, f"{_BATCH_FIELDS}Expires: 0\r\n", _one(user, other))


def watch(user: User, other: str, call: str) -> bytes:
    """SUBSCRIBE to one person, to be ended by ``leave``."""
    return _to_self(user, "SUBSCRIBE", call, _BATCH_FIELDS, _one(user, other))


def leave(user: User, call: str, receiver: bytes) -> bytes:
    """The end of a subscription, whose dialog ``receiver`` (its To field) names."""
    request = _to_self(user, "SUBSCRIBE", call, "Event: presence\r\nExpires: 0\r\n", "", cseq=2)
    return request.replace(f"To: <sip:{user.name}@{DOMAIN}>".encode(), b"To: " + receiver)


def roaming_self(user: User, call: str) -> bytes:
    """SUBSCRIBE to oneself, which a Lync client does when it has signed in."""
    fields = (
        "Event: vnd-microsoft-roaming-self\r\nAccept: application/vnd-microsoft-roaming-self+xml\r\n"
        "Supported: ms-benotify, ms-piggyback-first-notify\r\nProxy-Require: ms-benotify\r\n"
        "Content-Type: application/vnd-microsoft-roaming-self+xml\r\n"
    )
    return _to_self(user, "SUBSCRIBE", call, fields, _ROAMING)


def _one(user: User, other: str) -> str:
    return _BATCH.format(own=f"{user.name}@{DOMAIN}", other=f"{other}@{DOMAIN}")


def _to_self(user: User, method: str, call: str, fields: str, body: str, cseq: int = 1) -> bytes:
    head = user.head(method, user.name, f"sip:{user.name}@{DOMAIN}", call, cseq)
    return f"{head}{fields}Content-Length: {len(body)}\r\n\r\n{body}".encode()
