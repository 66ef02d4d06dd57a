"""Random operations of several clients on one mailbox: what each was told adds up to what is there."""

from __future__ import annotations

import os
import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.scenarios.ews_session import EwsSession, M, T
from tests.scenarios.kept_site import ADDRESS, KeptSite
from tests.scenarios.stress.client import Client
from tests.scenarios.stress.model import Mailbox, difference

CLIENTS = 4
ROUNDS = 5
OPERATIONS = int(os.environ.get("SAMBAND_STRESS_OPERATIONS", "10000"))


def test_every_client_knows_what_is_there(dice: random.Random, tmp_path: Path) -> None:
    with KeptSite(tmp_path / "site") as site:
        for login in ("alice", "bob"):
            site.add_person(login, f"pw-{login}")
        site.start()

        def session(login: str) -> Callable[[], EwsSession]:
            place = (ADDRESS, site.ports["https"])
            return lambda: EwsSession(place, site.ca_file, f"CONTOSO\\{login}", f"pw-{login}")

        clients = [
            Client(f"client{number}", random.Random(dice.random()), session("alice"), session("bob"))
            for number in range(CLIENTS)
        ]
        with session("alice")() as watcher:
            for client in clients:
                client.begin()
            for _ in range(ROUNDS):
                _together([lambda one=client: one.work(OPERATIONS // CLIENTS // ROUNDS) for client in clients])
                _quiet(watcher, clients)
        for client in clients:
            client.close()
        site.stop()
        assert "Traceback" not in site.log, site.log[-5000:]
    done = sum((client.done for client in clients), Counter())
    codes = sum((client.codes for client in clients), Counter())
    events = sum(client.stream.events for client in clients)
    print(f"{sum(done.values())} operations, {events} events: {dict(done)}; {dict(codes)}")
    assert sum(done.values()) >= OPERATIONS * 0.99
    assert codes["NoError"] > sum(codes.values()) * 0.6


def _together(work: Sequence[Callable[[], None]]) -> None:
    failures: list[BaseException] = []

    def run(one: Callable[[], None]) -> None:
        try:
            one()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def _quiet(watcher: EwsSession, clients: Sequence[Client]) -> None:
    """Nobody acts: old knowledge and what was told since is what a new client finds."""
    made = watcher.ask(
        '<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId><t:DistinguishedFolderId Id="inbox"/>'
        "</m:SavedItemFolderId><m:Items><t:Message><t:Subject>quiet</t:Subject></t:Message></m:Items></m:CreateItem>"
    )
    last = str(next(made.iter(T + "ItemId")).get("Id"))
    _together([lambda one=client: one.settle(last) for client in clients])
    fresh = Mailbox().everything(watcher)
    for client in clients:
        assert difference(client.mailbox, fresh) == "", "a client knows something else than a new one finds"
    for folder, items in fresh.items.items():
        _check_counts(watcher, folder, items)


def _check_counts(watcher: EwsSession, folder: str, items: dict) -> None:
    answer = watcher.ask_quickly(
        "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
        f'<m:FolderIds><t:FolderId Id="{folder}"/></m:FolderIds></m:GetFolder>'
    )
    assert int(answer.findtext(f".//{T}TotalCount") or 0) == len(items)
    unread = answer.findtext(f".//{T}UnreadCount")
    if unread is not None:
        assert int(unread) == sum(item.is_read == "false" for item in items.values())
    found = watcher.ask_quickly(
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>'
        f'<m:ParentFolderIds><t:FolderId Id="{folder}"/></m:ParentFolderIds></m:FindItem>'
    )
    assert found.find(f".//{M}RootFolder") is not None
    assert {str(one.get("Id")) for one in found.iter(T + "ItemId")} == set(items)
