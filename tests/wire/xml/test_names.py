"""Documents full of fresh names leave nothing behind."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from lxml import etree

from samband.wire.xml.names import forget_names
from samband.wire.xml.reading import parse

_GROWTH = """
import ctypes, os, sys, threading
from samband.wire.xml.reading import parse

def resident():
    ctypes.CDLL(None).malloc_trim(0)
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

def read(times):
    for _ in range(times):
        names = "".join(f"<a{os.urandom(12).hex()} b{os.urandom(4).hex()}=''/>" for _ in range(20_000))
        parse(f"<r>{names}</r>".encode())

def grow():
    read(10)
    before = resident()
    read(40)
    print(resident() - before)

grow()
thread = threading.Thread(target=grow)
thread.start()
thread.join()
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux's /proc")
def test_names_do_not_pile_up_in_any_thread() -> None:
    done = subprocess.run([sys.executable, "-c", _GROWTH], capture_output=True, text=True, check=True, timeout=100)
    for growth in done.stdout.split():
        assert int(growth) < 15_000_000, "40 documents of 0.9 MB, all of whose names were kept, would take 80 MB"


def test_documents_outlive_the_names_of_their_thread() -> None:
    kept: list[etree._Element] = []

    def read(first: int) -> None:
        for number in range(first, first + 50):
            kept.append(parse(f'<n{number} a{number}="v"><t{number}>text</t{number}></n{number}>'.encode()))
            forget_names()

    read(0)
    thread = threading.Thread(target=read, args=(50,))
    thread.start()
    thread.join()
    for number, root in enumerate(kept):
        assert (root.tag, root.get(f"a{number}"), root.findtext(f"t{number}")) == (f"n{number}", "v", "text")
    home = parse(b"<home/>")
    home.extend(kept)
    assert len(etree.tostring(home)) > 100 * len("<n0><t0>text</t0></n0>")
    assert [child.tag for child in home] == [f"n{number}" for number in range(100)]
