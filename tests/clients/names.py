"""What a client in a process of its own resolves, in place of the machine's names."""

from __future__ import annotations

import atexit
import functools
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_SOURCE = Path(__file__).with_name("names.c")


def missing() -> str:
    """What keeps names from being given to a client here, empty where nothing does."""
    return "" if shutil.which("gcc") else "needs Debian's gcc and libc6-dev"


@dataclass(frozen=True)
class Names:
    """What the client resolves: ``hosts`` to addresses, ``services`` (SRV) to host and port. Nothing else exists."""

    hosts: Mapping[str, str]
    services: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    own: str = ""
    """What the client takes for the name of its machine: by it sipe tells the endpoints of one person apart."""

    def environment(self, folder: Path) -> dict[str, str]:
        """Preloads that answer in place of the system's resolver; their tables go to ``folder``."""
        hosts, records = folder / "hosts", folder / "resolv"
        hosts.write_text("".join(f"{address} {name}\n" for name, address in self.hosts.items()))
        lines = [f"A {name} {address}\n" for name, address in self.hosts.items()]
        lines += [f"SRV {name} {host} {port}\n" for name, (host, port) in self.services.items()]
        records.write_text("".join(lines))
        found = {
            "LD_PRELOAD": f"{_library()}:libresolv_wrapper.so",
            "CLIENT_NAMES": str(hosts),
            "RESOLV_WRAPPER_HOSTS": str(records),
        }
        return found | ({"CLIENT_MACHINE": self.own} if self.own else {})


@functools.cache
def _library() -> Path:
    """``names.c`` as a library that may be preloaded; it lasts as long as this process."""
    folder = Path(tempfile.mkdtemp(prefix="samband-names-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    library = folder / "names.so"
    subprocess.run(["gcc", "-O1", "-shared", "-fPIC", "-o", str(library), str(_SOURCE)], check=True, timeout=60)
    return library
