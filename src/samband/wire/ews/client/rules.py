"""Inbox rules of another server, made ready to be made here [MS-OXWSRULES]."""

from __future__ import annotations

import copy
from collections.abc import Mapping

from lxml import etree

from samband.wire.ews.client.answers import answered, check
from samband.wire.ews.ids import IdKind, write_id
from samband.wire.ews.names import M, T
from samband.wire.xml.reading import Element, text
from samband.wire.xml.text import element as leaf

_MADE_BY_THE_SERVER = ("RuleId", "IsNotSupported", "IsInError")


class MissingFolder(Exception):
    """A rule puts messages into a folder that is not here."""


def ask_rules(address: str) -> str:
    """GetInboxRules of the mailbox with ``address``."""
    return f"<m:GetInboxRules>{leaf('m:MailboxSmtpAddress', address)}</m:GetInboxRules>"


def read_rules(body: bytes) -> list[tuple[str, Element]]:
    """Rules with their names, in the order in which they run. Raises ``Refused`` or ``Malformed``."""
    answer = answered(body)
    check(answer)
    return [(text(one.find(T + "DisplayName")), one) for one in answer.iterfind(f"{M}InboxRules/{T}Rule")]


def create_request(rule: Element, folders: Mapping[str, tuple[str, int]]) -> Element:
    """UpdateInboxRules that makes ``rule``; ``folders`` are mailboxes and rows here by identifiers there.

    Raises ``MissingFolder``.
    """
    made = copy.deepcopy(rule)
    for name in _MADE_BY_THE_SERVER:
        for one in made.findall(T + name):
            made.remove(one)
    for folder in made.iter(T + "FolderId"):
        here = folders.get(folder.get("Id", ""))
        if here is None:
            raise MissingFolder
        folder.attrib.clear()
        folder.set("Id", write_id(IdKind.FOLDER, *here))
    request = etree.Element(M + "UpdateInboxRules")
    etree.SubElement(request, M + "RemoveOutlookRuleBlob").text = "false"
    etree.SubElement(etree.SubElement(request, M + "Operations"), T + "CreateRuleOperation").append(made)
    return request
