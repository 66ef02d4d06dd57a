"""Any request at all, from somebody who has signed in: the server answers each in Exchange's own terms."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from lxml import etree

from samband.exchange.ews.operations import OPERATIONS
from tests.scenarios.ews_session import PATH, EwsSession, M, T, envelope
from tests.scenarios.hostile.from_schema import Maker, Schema, mutilated
from tests.scenarios.hostile.target import Target
from tests.schema import schema_errors

FOLDERS = ("inbox", "calendar", "drafts", "contacts", "tasks", "msgfolderroot", "sentitems", "deleteditems")
_ENDLESS = frozenset({"GetStreamingEvents"})
_ECHO = ("FieldURI", "PropertyTag")
"""What an answer repeats of a request, be it right or wrong."""
_UNLIKE_THE_SCHEMA = frozenset({"SetUserPhoto"})
"""The schema gives its answer no ResponseClass; clients insist on one."""


def known_of(session: EwsSession) -> dict[str, Sequence[Mapping[str, str]]]:
    """Identifiers of what is in a mailbox, by the elements that hold them."""
    wanted = "".join(f'<t:DistinguishedFolderId Id="{name}"/>' for name in FOLDERS)
    shape = "<t:BaseShape>IdOnly</t:BaseShape>"
    folders = session.ask(
        f"<m:GetFolder><m:FolderShape>{shape}</m:FolderShape><m:FolderIds>{wanted}</m:FolderIds></m:GetFolder>"
    )
    items: list[Mapping[str, str]] = []
    for name in FOLDERS[:3]:
        answer = session.ask(
            f"<m:SyncFolderItems><m:ItemShape>{shape}</m:ItemShape><m:SyncFolderId><t:DistinguishedFolderId "
            f'Id="{name}"/></m:SyncFolderId><m:MaxChangesReturned>50</m:MaxChangesReturned></m:SyncFolderItems>'
        )
        items += [{str(key): str(value) for key, value in one.attrib.items()} for one in answer.iter(T + "ItemId")]
    places = [{"Id": str(one.get("Id"))} for one in folders.iter(T + "FolderId")]
    names = [{"Id": name} for name in FOLDERS]
    return {"ItemId": items, "ParentItemId": items, "FolderId": places, "DistinguishedFolderId": names}


def attack(target: Target, session: EwsSession, schema: Schema, dice: random.Random, number: int) -> None:
    """Make ``number`` requests; every fifth is no longer valid by the schema."""
    maker = Maker(schema, dice, known_of(session))
    operations = sorted(name for name in OPERATIONS if name not in _ENDLESS and ("element", M + name) in schema.parts)
    for place in range(number):
        operation = dice.choice(operations)
        request = maker.request(operation)
        if place % 5 == 0:
            mutilated(request, dice)
        body = etree.tostring(request).decode()
        status, content = session.send(PATH, envelope(body))
        assert b"ErrorInternalServerError" not in content, (body, target.log[-3000:])
        if status == 200 and operation not in _UNLIKE_THE_SCHEMA:
            wrong = [one for one in schema_errors(content) if not any(echo in one for echo in _ECHO)]
            assert not wrong, (body, wrong)
        else:
            assert status in (200, 500) or (status, operation) == (404, "GetUserPhoto"), (status, body)
