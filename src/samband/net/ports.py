"""Finding out which ports a listener may take, before anything is built on the numbers."""

from __future__ import annotations

import errno
import socket


def take(address: str, port: int, *, datagram: bool = False) -> int:
    """``port``, or a free one for 0. Raises ``OSError`` that names address and port where it cannot be had."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM if datagram else socket.SOCK_STREAM) as probe:
        if not datagram:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise OSError(error.errno, _why(error, address, port)) from None
        return int(probe.getsockname()[1])


def _why(error: OSError, address: str, port: int) -> str:
    kind = {
        errno.EADDRINUSE: "is in use by another program",
        errno.EACCES: "may only be taken by root (or choose a port above 1023)",
        errno.EADDRNOTAVAIL: "is not an address of this machine",
    }.get(error.errno or 0, str(error.strerror))
    what = address if error.errno == errno.EADDRNOTAVAIL else f"{address}:{port}"
    return f"{what} {kind}"
