"""What every process of a site stands on: its folder, store, feed, directory, rights and passwords."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from samband.deployment.settings import Site
from samband.directory.embedded import EmbeddedDirectory
from samband.directory.group_changes import GroupChanges
from samband.directory.people_changes import PeopleChanges
from samband.directory.rights import Rights
from samband.feed.follow import follow
from samband.feed.local import LocalFeed
from samband.store.engine import Engine, open_store
from samband.trust.certificates import SiteCertificates
from samband.trust.expiry import Expiry
from samband.trust.forms import Wanted
from samband.trust.passwords import Passwords


def utc_now() -> datetime:
    """The clock of a real process."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Ground:
    """One process's hold on a site."""

    folder: Path
    site: Site
    store: Engine
    feed: LocalFeed
    directory: EmbeddedDirectory
    people: PeopleChanges
    groups: GroupChanges
    rights: Rights
    passwords: Passwords
    certificates: SiteCertificates


@asynccontextmanager
async def open_ground(folder: Path, site: Site) -> AsyncIterator[Ground]:
    """Open the site in ``folder``; everything is closed at the end. Raises ``OSError`` or ``StoreUnavailable``."""
    feed = LocalFeed()
    url = site.storage.url
    place = str(folder / url.removeprefix("sqlite:")) if url.startswith("sqlite:") else url
    store = await open_store(place, folder / site.storage.blobs, feed.publish)
    following = asyncio.create_task(follow(store, feed), name="the feed follows other processes")
    domains = (site.organisation.netbios_domain, *site.organisation.accepted_domains)
    directory = await EmbeddedDirectory.open(store, feed, domains)
    rights = await Rights.open(store, feed, directory)
    days = site.passwords.maximum_age_days
    passwords = Passwords(
        store,
        feed,
        directory,
        _wanted_forms(site),
        clock=time.monotonic,
        random=os.urandom,
        expiry=Expiry(timedelta(days=days) if days else None, utc_now),
    )
    await passwords.load()
    bought = folder / site.trust.server_certificate if site.trust.server_certificate else None
    keys, name = folder / "keys", site.organisation.name
    certificates = await asyncio.to_thread(SiteCertificates, keys, name, utc_now, bought)
    try:
        yield Ground(
            folder=folder,
            site=site,
            store=store,
            feed=feed,
            directory=directory,
            people=PeopleChanges(store, directory, domains),
            groups=GroupChanges(store, directory, site.organisation.domain, os.urandom),
            rights=rights,
            passwords=passwords,
            certificates=certificates,
        )
    finally:
        passwords.close()
        await rights.close()
        await directory.close()
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await store.close()


def _wanted_forms(site: Site) -> Wanted:
    """The forms of a password that the switched-on protocols need, and no others."""
    return Wanted(
        ntlm=bool({"ntlm", "negotiate"} & set(site.trust.http)) or "ntlm" in site.trust.sip,
        digest_realm=site.organisation.domain if "digest" in site.trust.sip else "",
    )
