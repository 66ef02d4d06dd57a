"""Clients of meetings with sound and pictures."""

from __future__ import annotations

from typing import Any

from tests.lync.ucwa.test_meetings_joined import join, meeting
from tests.lync.ucwa.world import WebClient, World, link

ON = {"audio": True, "video": True}


class Seen:
    """Somebody's ``audioVideo``."""

    def __init__(self, client: WebClient, href: str) -> None:
        self.client = client
        self.href = href

    async def now(self) -> Any:
        await self.client.world.settle()
        return await self.client.ask("GET", self.href)

    async def post(self, name: str, body: Any = None, status: int = 204) -> Any:
        return await self.client.ask("POST", f"{self.href}/{name}", body or {}, status)

    async def publish(self) -> None:
        answer = await self.post("publish", {"sdp": f"offer of {self.client.name}", **ON}, 200)
        assert answer["sdp"] == f"answer to offer of {self.client.name}"

    async def answer(self) -> Any:
        """Answer what is offered; whom it is from."""
        offer = (await self.now())["offer"]
        await self.post("answer", {"number": offer["number"], "sdp": f"yes from {self.client.name}"})
        return {one["from"] for one in offer["tracks"]}


async def gathered(world: World, *names: str) -> list[Seen]:
    """Clients in one meeting (``NAME`` or ``NAME/ENDPOINT``); the first is its organiser's."""
    clients = [WebClient(world, *name.split("/")) for name in names]
    for client in clients:
        await client.available()
    made = await meeting(clients[0])
    seen = []
    for client in clients:
        conversation = await join(client, made["onlineMeetingUri"])
        shown = await client.ask("GET", link(conversation, "onlineMeeting"))
        assert link(shown, "audioVideo") == link(conversation, "audioVideo")
        seen.append(Seen(client, link(shown, "audioVideo")))
    return seen
