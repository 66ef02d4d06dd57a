"""The people and rooms of the demo organisation: always the same, so that a test may name them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One seeded account."""

    login: str
    given_name: str
    surname: str
    title: str
    department: str
    telephone: str

    @property
    def password(self) -> str:
        """Known to everyone: the demo listens on loopback and is made to be signed in to."""
        return f"Passw0rd-{self.login}"

    @property
    def display_name(self) -> str:
        return f"{self.given_name} {self.surname}"


@dataclass(frozen=True, slots=True)
class DemoRoom:
    """One room that can be booked."""

    login: str
    display_name: str
    capacity: int


DEMO_ROOMS = (DemoRoom("room1", "Room 1", 8), DemoRoom("laboratory", "Laboratory", 20))
DEMO_ROOM_LIST = ("headquarters", "Headquarters")
"""The list that they are on: its login and its name."""

DEMO_DELEGATE = ("alice", "heidi")
"""Whose delegate somebody is: the manager and the assistant."""

DEMO_PEOPLE = (
    DemoPerson("alice", "Alice", "Anderson", "Managing Director", "Management", "+46 8 555 01 01"),
    DemoPerson("bob", "Bob", "Brown", "Head of Sales", "Sales", "+46 8 555 01 02"),
    DemoPerson("carol", "Carol", "Clark", "Engineer", "Development", "+46 8 555 01 03"),
    DemoPerson("dave", "Dave", "Davis", "Engineer", "Development", "+46 8 555 01 04"),
    DemoPerson("erin", "Erin", "Evans", "Accountant", "Finance", "+46 8 555 01 05"),
    DemoPerson("frank", "Frank", "Fischer", "Support Specialist", "Support", "+46 8 555 01 06"),
    DemoPerson("grace", "Grace", "Green", "Designer", "Development", "+46 8 555 01 07"),
    DemoPerson("heidi", "Heidi", "Holm", "Head of Personnel", "Personnel", "+46 8 555 01 08"),
    DemoPerson("ivan", "Ivan", "Isaksson", "System Administrator", "IT", "+46 8 555 01 09"),
    DemoPerson("judy", "Judy", "Johansson", "Lawyer", "Legal", "+46 8 555 01 10"),
)
