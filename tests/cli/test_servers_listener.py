"""Where the web side finds Lync's listener for servers, and what is said where there is none."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any, cast

import pytest

from samband.cli.init import write_site
from samband.deployment.network_settings import Listen
from samband.deployment.places import Places
from samband.deployment.site_file import read_site
from samband.deployment.troubles import Trouble
from samband.directory.new_people import new_person
from samband.ground import open_ground
from samband.integration.owa_im.readiness import Readiness
from samband.model.failures import Failure
from samband.model.instant_messaging import OwaVirtualDirectory, checked_pool
from samband.serve.check.identity import Identity
from samband.serve.check.owa import OwaMessaging
from samband.serve.check.probing import Met
from samband.serve.owa import TakesNoServers, pool_of
from samband.serve.paths import taken_ports
from samband.serve.standing import facts_of
from samband.serve.step_work import StepWork
from tests.deployment.test_surveys import Names

POOL = "lync.contoso.test"
OFF, ON = Listen(), Listen(sip_servers=5062)
ZONE = Names({"lyncdiscover.contoso.test": "127.0.0.1", "_sipfederationtls._tcp.contoso.test": "0 0 5061 sip"})


def places(folder: Path, listen: Listen) -> Places:
    write_site(folder, "Contoso", "contoso.test", listen)
    site = read_site(folder)
    return Places(site, taken_ports(site.listen, probe=False))


def test_the_port_for_servers(tmp_path: Path) -> None:
    on, off = places(tmp_path / "on", ON), places(tmp_path / "off", OFF)
    assert pool_of(on, POOL) == (POOL, 5062)
    assert pool_of(on, f"{POOL.upper()}:7000") == pool_of(off, f"{POOL}:7000") == (POOL, 7000)
    assert pool_of(off, "pool.elsewhere.test") == ("pool.elsewhere.test", 5061)
    with pytest.raises(TakesNoServers, match=r"listen\.sip_servers is off"):
        pool_of(off, POOL)


@pytest.mark.parametrize("name", ["", "a b", "pool:", "pool:0", "pool:65536", "pool:x", ":5061", "pool:1:2"])
def test_what_is_no_pool(name: str) -> None:
    with pytest.raises(Failure):
        checked_pool(name)


def test_a_site_without_the_listener_says_why_there_is_no_instant_messaging(tmp_path: Path) -> None:
    where = places(tmp_path / "site", OFF)
    settings = OwaVirtualDirectory(instant_messaging_type="OCS", instant_messaging_server_name=POOL)
    nothing = cast(Any, None)

    async def run() -> None:
        async with open_ground(tmp_path / "site", where.site) as ground:
            anna = await ground.people.add(new_person("contoso.test", "anna", os.urandom))
            assert not (await facts_of(ground)).takes_servers
            with pytest.raises(Failure, match=r"set listen\.sip_servers in samband\.toml first"):
                await StepWork(ground).do(5)
            owa = OwaMessaging(Readiness(lambda: settings, ZONE, lambda: 0.0), "", nothing, nothing, nothing, where)
            with pytest.raises(Met, match=r"listen\.sip_servers is off") as met:
                await owa.try_as(Identity(ground, anna, ""))
            assert met.value.trouble is Trouble.OWA_NO_LISTENER

    asyncio.run(run())
