"""A folder with more messages than a command carries before it is killed, and the killing."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Sequence

from tests.scenarios.ews_session import EwsSession, M, T
from tests.scenarios.mailbox_view import listed
from tests.scenarios.rich_mailbox import create, make_folder

NAME = "many"
_OTHERS = ("inbox", "drafts", "calendar", "contacts", "tasks", "notes")


def make_many(session: EwsSession, count: int) -> None:
    """The folder with messages ``s0`` and on; the body of each is 37 times its number."""
    folder = make_folder(session, NAME)
    for start in range(0, count, 100):
        items = "".join(
            f'<t:Message><t:Subject>s{number}</t:Subject><t:Body BodyType="Text">{number * 37}</t:Body></t:Message>'
            for number in range(start, min(start + 100, count))
        )
        create(session, folder, items)


def held(session: EwsSession) -> int:
    """How many items are in the folder and in the usual ones."""
    folders = [f'<t:DistinguishedFolderId Id="{name}"/>' for name in _OTHERS]
    many = _reference(session)
    return sum(len(listed(session, folder)) for folder in [*folders, *([many] if many else [])])


def _reference(session: EwsSession) -> str:
    found = session.ask_quickly(
        '<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>'
        '<m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindFolder>'
    )
    for folder in found.iter(T + "Folder"):
        if folder.findtext(T + "DisplayName") == NAME:
            return f'<t:FolderId Id="{folder.find(T + "FolderId").get("Id")}"/>'  # type: ignore[union-attr]
    return ""


def subjects(session: EwsSession) -> list[str]:
    """The subjects in the folder, sorted."""
    answer = session.ask_quickly(
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>'
        f"<m:ParentFolderIds>{_reference(session)}</m:ParentFolderIds></m:FindItem>"
    )
    assert answer.find(f".//{M}RootFolder") is not None
    return sorted(str(one.text) for one in answer.iter(T + "Subject"))


def killed_after(line: Sequence[str], password: str, begun: Callable[[], bool], then: float) -> bool:
    """Run a command until it has ``begun`` and for some seconds more, and kill it; whether it still ran then."""
    environment = os.environ | {"SAMBAND_EWS_PASSWORD": password}
    process = subprocess.Popen(line, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not begun():
        time.sleep(0.002)
    time.sleep(then)
    killed = process.poll() is None
    process.kill()
    process.wait()
    return killed
