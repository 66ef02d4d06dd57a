"""Whose certificates open a connection to the access edge, as the policy changes under a listener that stays."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvloop

from samband.net.tls import PartnerListener
from samband.trust.certificates import SiteCertificates

HOST = "127.0.0.1"


def organisation(folder: Path, name: str) -> tuple[SiteCertificates, Path]:
    """Its certificates, and the chain and key that its server shows."""
    folder.mkdir()
    site = SiteCertificates(folder, name, lambda: datetime.now(UTC))
    return site, site.server("edge", [f"sip.{name}.test", HOST])


async def gets_in(port: int, own: Path, authority: Path, server_name: str | None) -> bool:
    """Whether a server with ``own`` gets a connection and an answer over it."""
    context = ssl.create_default_context(cafile=str(authority))
    context.check_hostname = False
    context.load_cert_chain(own)
    try:
        reader, writer = await asyncio.open_connection(HOST, port, ssl=context, server_hostname=server_name or "")
        writer.write(b"x")
        answer = await asyncio.wait_for(reader.read(1), 20)
    except OSError:
        return False
    writer.close()
    return answer == b"x"


@pytest.mark.parametrize("server_name", ["sip.contoso.test", None])
def test_an_authority_that_was_removed_opens_nothing(tmp_path: Path, server_name: str | None) -> None:
    contoso, own = organisation(tmp_path / "contoso", "contoso")
    fabrikam, theirs = organisation(tmp_path / "fabrikam", "fabrikam")
    northwind, others = organisation(tmp_path / "northwind", "northwind")
    first, second = fabrikam.authority_file.read_text(), northwind.authority_file.read_text()

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read(1))
        writer.close()

    async def main() -> None:
        listener = PartnerListener(own, first)
        server = await asyncio.start_server(echo, HOST, 0, ssl=listener.context)
        port = server.sockets[0].getsockname()[1]

        async def let_in() -> list[bool]:
            return [await gets_in(port, one, contoso.authority_file, server_name) for one in (theirs, others)]

        assert await let_in() == [True, False]
        listener.trust(f"{first}\n{second}")
        assert await let_in() == [True, True]
        listener.trust(second)
        assert await let_in() == [False, True]
        listener.trust("")
        assert await let_in() == [False, False]
        server.close()

    uvloop.run(main())
