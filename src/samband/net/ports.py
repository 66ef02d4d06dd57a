"""Finding out which ports a listener may take, before anything is built on the numbers."""

from __future__ import annotations

import errno
import itertools
import random
import socket
from collections.abc import Sequence
from contextlib import ExitStack

# Below what the systems we know give to outgoing connections: a port found free here is not taken by the next of those.
_LOWEST, _COUNT = 20_000, 12_000
# Every process starts elsewhere and never offers a port twice before it has offered all.
_offered = itertools.count(random.randrange(_COUNT))

TCP = (socket.SOCK_STREAM,)
UDP = (socket.SOCK_DGRAM,)


def take(address: str, port: int, kinds: Sequence[socket.SocketKind] = TCP) -> int:
    """``port``, or a free one for 0, free for each of ``kinds``.

    Raises ``OSError`` that names address and port where it cannot be had.
    """
    if port:
        _try(address, port, kinds)
        return port
    for number in itertools.islice(_offered, _COUNT):
        port = _LOWEST + number % _COUNT
        try:
            _try(address, port, kinds)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            continue
        return port
    raise OSError(errno.EADDRINUSE, f"no port of {address} from {_LOWEST} to {_LOWEST + _COUNT - 1} is free")


def _try(address: str, port: int, kinds: Sequence[socket.SocketKind]) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with ExitStack() as probes:
        for kind in kinds:
            probe = probes.enter_context(socket.socket(family, kind))
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError as error:
                raise OSError(error.errno, _why(error, address, port)) from None


def _why(error: OSError, address: str, port: int) -> str:
    kind = {
        errno.EADDRINUSE: "is in use by another program",
        errno.EACCES: "may only be taken by root (or choose a port above 1023)",
        errno.EADDRNOTAVAIL: "is not an address of this machine",
    }.get(error.errno or 0, str(error.strerror))
    what = address if error.errno == errno.EADDRNOTAVAIL else f"{address}:{port}"
    return f"{what} {kind}"
