"""Sound and pictures of a serving site: the Janus server that carries those of meetings, and the TURN servers."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from samband.deployment.network_settings import Media as MediaSettings
from samband.ground import Ground, utc_now
from samband.lync.actions.media import Media
from samband.lync.actions.media_relay import MediaRelay
from samband.lync.actions.rooms import Rooms
from samband.lync.janus.session import Session
from samband.lync.janus.video_rooms import VideoRooms
from samband.model.failures import Failure
from samband.net.metering import Meters
from samband.serve.sip_proofs import random_token
from samband.wire.http import HttpClient


@dataclass(frozen=True, slots=True)
class SiteMedia:
    """What the doors of the side need of it; ``relay`` is None where there are no TURN servers."""

    meetings: Media
    relay: MediaRelay | None


async def open_media(
    stack: AsyncExitStack, ground: Ground, rooms: Rooms, http: HttpClient, meters: Meters, relay: MediaRelay | None
) -> SiteMedia:
    """Media of meetings until ``stack`` is closed. Raises ``Failure`` where a secret is missing."""
    settings, server = ground.site.media, None
    if settings.janus:
        secret = await asyncio.to_thread(janus_secret, ground.folder, settings)
        key = await asyncio.to_thread(_secret, ground.folder, "media.janus_room_key_file", settings.janus_room_key_file)
        session = Session(http, settings.janus, secret, random_token)
        task = asyncio.create_task(session.run(), name="janus")
        server = VideoRooms(session, key, lambda: secrets.randbelow(2**53 - 1) + 1, random_token)

        async def stop() -> None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        stack.push_async_callback(stop)
        meters.gauge("samband_janus_available", "Whether the Janus server answers.", lambda: int(session.available))
    media = Media(rooms, server, random_token)
    stack.push_async_callback(media.close)
    meters.gauge("samband_media_clients", "Clients with audio and video in conferences.", lambda: len(media))
    return SiteMedia(media, relay)


async def open_relay(ground: Ground) -> MediaRelay | None:
    """Credentials of the TURN servers, where there are any. Raises ``Failure`` where their secret is missing."""
    settings = ground.site.media
    if not settings.turn:
        return None
    secret = await asyncio.to_thread(_secret, ground.folder, "media.turn_secret_file", settings.turn_secret_file)
    return MediaRelay(settings.turn, secret.encode(), timedelta(seconds=settings.turn_lifetime), utc_now)


def janus_secret(folder: Path, media: MediaSettings) -> str:
    """The secret of Janus's interface; empty where it wants none. Raises ``Failure``."""
    return _secret(folder, "media.janus_secret_file", media.janus_secret_file)


def _secret(folder: Path, name: str, file: str) -> str:
    """The first line of a file; empty where no file is named."""
    if not file:
        return ""
    try:
        lines = (folder / file).read_text("utf-8").splitlines()
    except OSError as error:
        raise Failure("NoSecret", f"the file of {name} cannot be read: {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Failure("NoSecret", f"the file of {name} is no text: {file}") from None
    if not lines or not lines[0].strip():
        raise Failure("NoSecret", f"the file of {name} is empty: {file}")
    return lines[0].strip()
