"""A name server over UDP that knows a demo's names, for clients that ask DNS and nothing else."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset


@contextmanager
def name_server(hosts: Mapping[str, str], srv: Mapping[str, Mapping[str, Any]]) -> Iterator[int]:
    """Answer A and SRV questions on 127.0.0.1; the port. Whatever is not in the tables does not exist."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind(("127.0.0.1", 0))
    thread = threading.Thread(target=_serve, args=(listener, hosts, srv), daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.sendto(b"", listener.getsockname())
        thread.join(5)
        listener.close()


def _serve(listener: socket.socket, hosts: Mapping[str, str], srv: Mapping[str, Mapping[str, Any]]) -> None:
    while True:
        data, peer = listener.recvfrom(4096)
        if not data:
            return
        query = dns.message.from_wire(data)
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.AA | dns.flags.RA
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        if name in hosts:
            if question.rdtype == dns.rdatatype.A:
                answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", "A", hosts[name]))
        elif name in srv:
            if question.rdtype == dns.rdatatype.SRV:
                text = f"0 0 {srv[name]['port']} {srv[name]['target']}."
                answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", "SRV", text))
        else:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        listener.sendto(answer.to_wire(), peer)
