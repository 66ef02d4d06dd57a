"""How time and memory grow with what is in a mailbox: the same operations on mailboxes of several sizes.

Each operation is asked for over HTTP, several times over; the median and the most memory that the server needed for
it beyond what it held before are printed, and how the time grew from the smallest mailbox to the largest. Whatever
returns as much from each mailbox should not grow; whoever fetches a whole mailbox should pay the same a message.
"""

from __future__ import annotations

import re
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import ews_requests as ask
from bench.ews_scenarios import PASSWORD, NotThere, address, send, understood
from bench.processes import Server, started
from bench.scale_server import RARE

_PAGE = 512


@dataclass(frozen=True, slots=True)
class Found:
    """One operation on one mailbox: milliseconds, megabytes of memory beyond what was held, and what came back."""

    ms: float
    mb: float
    returned: int


Ask = Callable[[int], str]
"""The request by the size of the mailbox."""


def _field(uri: str) -> str:
    return f'<t:FieldURI FieldURI="{uri}"/>'


_ARTICLE = '<t:ExtendedFieldURI PropertyTag="0xe23" PropertyType="Integer"/>'


def _sorted(path: str, part: float, direction: str = "Descending") -> Ask:
    order = f'<m:SortOrder><t:FieldOrder Order="{direction}">{path}</t:FieldOrder></m:SortOrder>'
    return lambda size: ask.find_page(int(size * part), more=order)


def _restricted(restriction: str) -> Ask:
    return lambda size: ask.find_page(0, more=f"<m:Restriction>{restriction}</m:Restriction>")


def _query(text: str) -> Ask:
    return lambda size: ask.find_page(0, query=text)


_UNREAD = (
    f"<t:IsEqualTo>{_field('message:IsRead')}<t:FieldURIOrConstant><t:Constant Value='false'/>"
    "</t:FieldURIOrConstant></t:IsEqualTo>"
)
_WEEK = (
    f"<t:And><t:IsGreaterThanOrEqualTo>{_field('item:DateTimeReceived')}<t:FieldURIOrConstant>"
    "<t:Constant Value='2016-01-10T00:00:00Z'/></t:FieldURIOrConstant></t:IsGreaterThanOrEqualTo>"
    f"<t:IsLessThan>{_field('item:DateTimeReceived')}<t:FieldURIOrConstant>"
    "<t:Constant Value='2016-01-11T00:00:00Z'/></t:FieldURIOrConstant></t:IsLessThan></t:And>"
)


def _contains(uri: str, text: str, mode: str) -> str:
    return (
        f'<t:Contains ContainmentMode="{mode}" ContainmentComparison="IgnoreCase">{_field(uri)}'
        f'<t:Constant Value="{text}"/></t:Contains>'
    )


OPERATIONS: dict[str, Ask] = {
    "GetFolder": lambda size: ask.get_folder(),
    "GetFolder with its size": lambda size: ask.get_folder_size(),
    "FindItem, first page": lambda size: ask.find_page(0),
    "FindItem, page in the middle": lambda size: ask.find_page(size // 2 - 50),
    "FindItem, last page": lambda size: ask.find_page(size - 50),
    "FindItem by subject, first": _sorted(_field("item:Subject"), 0),
    "FindItem by subject, middle": _sorted(_field("item:Subject"), 0.5),
    "FindItem by sender, first": _sorted(_field("message:From"), 0, "Ascending"),
    "FindItem by size, first": _sorted(_field("item:Size"), 0),
    "FindItem by 0x0E23, first": _sorted(_ARTICLE, 0, "Ascending"),
    "FindItem by 0x0E23, middle": _sorted(_ARTICLE, 0.5, "Ascending"),
    "FindItem, unread": _restricted(_UNREAD),
    "FindItem, one day": _restricted(_WEEK),
    "FindItem, subject contains a word": _restricted(_contains("item:Subject", RARE, "PrefixOnWords")),
    "FindItem, subject contains a part": _restricted(_contains("item:Subject", RARE[2:], "Substring")),
    "FindItem, body contains a word": _restricted(_contains("item:Body", RARE, "ExactPhrase")),
    "full text, a word": _query(RARE),
    "full text, from and a word": _query(f"from:person body:{RARE}"),
    "full text, two common words": _query("kakaka kakalo"),
    "SyncFolderItems, first page": lambda size: ask.sync(count=_PAGE),
}


def run(sizes: Sequence[int], runs: int) -> None:
    """Print the table."""
    began = time.perf_counter()
    with started("samband", "bench.scale_server", *map(str, sizes)) as server:
        total = sum(sizes)
        print(f"{total:,} messages stored and indexed in {time.perf_counter() - began:.0f} s", flush=True)
        columns = "".join(f"{f'{size:,}: ms':>14}{'MB':>7}{'items':>8}" for size in sizes)
        print(f"{'operation':36}{columns}{'growth':>9}", flush=True)
        for name, request in OPERATIONS.items():
            _line(name, [_measure(server, who, request(size), runs) for who, size in enumerate(sizes)])
        whole = [_synchronise(server, who) for who in range(len(sizes))]
        _line("SyncFolderItems, a page of all", [page for page, _ in whole])
        _line(
            "SyncFolderItems, no change",
            [_measure(server, who, ask.sync(whole[who][1]), runs) for who in range(len(sizes))],
        )


def _line(name: str, found: Sequence[Found]) -> None:
    columns = "".join(f"{one.ms:14.2f}{one.mb:7.1f}{one.returned:8}" for one in found)
    print(f"{name:36}{columns}{found[-1].ms / found[0].ms:9.2f}", flush=True)


def _measure(server: Server, who: int, body: str, runs: int) -> Found:
    request = ask.http(address(who), PASSWORD, body)
    text = understood(*send(server, request))
    times = []
    with _Memory(server) as memory:
        for _ in range(runs):
            began = time.perf_counter()
            understood(*send(server, request))
            times.append(1000 * (time.perf_counter() - began))
    return Found(statistics.median(times), memory.grown, _items(text))


def _synchronise(server: Server, who: int) -> tuple[Found, str]:
    """Fetch the whole inbox; the time of a page on average, and the state at the end."""
    state, times, items, more = "", [], 0, True
    with _Memory(server) as memory:
        while more:
            request = ask.http(address(who), PASSWORD, ask.sync(state, _PAGE))
            began = time.perf_counter()
            text = understood(*send(server, request))
            times.append(1000 * (time.perf_counter() - began))
            items += _items(text)
            found = re.search(r"SyncState>([^<]*)<", text)
            if found is None:
                raise NotThere("no state came back")
            state = found[1]
            more = re.search(r"IncludesLastItemInRange>\s*true", text) is None
    return Found(statistics.mean(times), memory.grown, items), state


def _items(text: str) -> int:
    return text.count("<t:ItemId ")


class _Memory:
    """How much of its own memory a server takes at most, beyond what it held before: looked at every few milliseconds.

    Pages of the database's file that the kernel keeps for everybody are not counted.
    """

    def __init__(self, server: Server) -> None:
        self._pids = server.pids
        self._before = self._most = self._now()
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)

    def _now(self) -> float:
        lines = [line for pid in self._pids for line in Path(f"/proc/{pid}/status").read_text().splitlines()]
        return sum(int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon:"))

    def _look(self) -> None:
        while not self._over.wait(0.003):
            self._most = max(self._most, self._now())

    @property
    def grown(self) -> float:
        """Megabytes."""
        return self._most - self._before

    def __enter__(self) -> _Memory:
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watch.join()
