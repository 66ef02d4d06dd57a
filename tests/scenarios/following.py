"""A client that follows a folder by SyncFolderItems as strictly as can be: nothing twice, nothing unknown."""

from __future__ import annotations

from lxml import etree

from samband.wire.ews.ids import read_change_key
from tests.scenarios.ews_session import EwsSession, M, T

_REQUEST = (
    "<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
    '<t:FieldURI FieldURI="item:Subject"/></t:AdditionalProperties></m:ItemShape>'
    '<m:SyncFolderId><t:DistinguishedFolderId Id="{folder}"/></m:SyncFolderId>{state}'
    "<m:MaxChangesReturned>{limit}</m:MaxChangesReturned></m:SyncFolderItems>"
)


class Follower:
    """What one client knows of a folder: identifier -> subject."""

    def __init__(self, folder: str = "inbox", limit: int = 100) -> None:
        self.folder = folder
        self.limit = limit
        self.state = ""
        self.known: dict[str, str] = {}
        self.last_change = 0

    def step(self, session: EwsSession) -> bool:
        """Take one answer in. Whether there was nothing more to tell."""
        state = f"<m:SyncState>{self.state}</m:SyncState>" if self.state else ""
        answer = session.ask(_REQUEST.format(folder=self.folder, state=state, limit=self.limit))
        (changes,) = answer.iter(M + "Changes")
        assert len(changes) <= self.limit
        for change in changes:
            self._apply(change)
        self.state = answer.findtext(f".//{M}SyncState") or ""
        return answer.findtext(f".//{M}IncludesLastItemInRange") == "true"

    def catch_up(self, session: EwsSession) -> None:
        """Take in everything there is."""
        for _ in range(10_000):
            if self.step(session):
                return
        raise AssertionError("no end of changes")

    def _apply(self, change: etree._Element) -> None:
        kind = etree.QName(change).localname
        found = next(change.iter(T + "ItemId"))
        item = str(found.get("Id"))
        if kind == "Delete":
            assert item in self.known, f"told of the end of an item never heard of: {item}"
            del self.known[item]
            return
        assert kind in ("Create", "Update"), kind
        assert (item in self.known) is (kind == "Update"), f"{kind} of {item}"
        self.known[item] = change.findtext(f"*/{T}Subject") or ""
        number = read_change_key(str(found.get("ChangeKey")))
        self.last_change = max(self.last_change, number)
