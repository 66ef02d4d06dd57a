"""What the demo organisation begins with."""

from __future__ import annotations

import os

from samband.deployment.demo_people import DEMO_PEOPLE
from samband.directory.new_people import new_person
from samband.ground import Ground
from samband.serve import Served


async def seed(ground: Ground, served: Served) -> None:
    """Add the people."""
    for one in DEMO_PEOPLE:
        person = new_person(ground.site.organisation.domain, one.login, os.urandom, display_name=one.display_name)
        kept = await ground.people.add(person)
        await ground.passwords.set(kept.objectGUID, one.password)
