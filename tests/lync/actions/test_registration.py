"""The registrar's verbs, without a message."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.lync.actions.registration import Claim, Endpoint, Limits, Registrar, opaque_of
from samband.model.failures import Failure
from tests.lync.sip.sides import Clock, person

UUID = "<urn:uuid:0e324752-e1ab-56eb-8f4a-267c85a97459>"


def claim(name: str = "alice", contact: str = "sip:a@h:1", **changes: Any) -> Claim[str]:
    values: dict[str, Any] = {
        "address": f"{name}@contoso.test",
        "person": person(name),
        "contact": contact,
        "way": f"way to {contact}",
        "connection": 1,
        "seconds": 600,
        "call_id": f"c-{contact}",
        "cseq": 1,
    }
    return Claim(**(values | changes))


class Ears:
    def __init__(self, registrar: Registrar[str]) -> None:
        self.heard: list[str] = []
        registrar.listen(
            lambda endpoint: self.heard.append(f"+{endpoint.contact}"),
            lambda endpoint, end: self.heard.append(f"-{endpoint.contact} {end}"),
        )


def made(**limits: int) -> tuple[Registrar[str], Clock, Ears]:
    clock = Clock()
    registrar: Registrar[str] = Registrar(clock, Limits(**limits))
    return registrar, clock, Ears(registrar)


def test_several_endpoints_a_user_and_their_end() -> None:
    registrar, clock, ears = made()
    registrar.register(claim(contact="sip:a@h:1", connection=1))
    registrar.register(claim(contact="sip:a@h:2", connection=2, seconds=100))
    assert [one.contact for one in registrar.endpoints("alice@contoso.test")] == ["sip:a@h:1", "sip:a@h:2"]
    clock.now += 101
    registrar.expire()
    assert ears.heard == ["+sip:a@h:1", "+sip:a@h:2", "-sip:a@h:2 expired"]
    registrar.lose(1)
    assert ears.heard[-1] == "-sip:a@h:1 connection lost"
    assert (len(registrar), registrar.endpoints("alice@contoso.test")) == (0, [])
    clock.now += 10_000
    registrar.expire()
    assert len(ears.heard) == 4


def test_a_refresh_is_silent_and_lengthens_life() -> None:
    registrar, clock, ears = made()
    registrar.register(claim(seconds=100))
    clock.now += 90
    assert registrar.register(claim(seconds=100, cseq=2))[1] == "refreshed"
    clock.now += 90
    registrar.expire()
    assert len(registrar) == 1
    assert registrar.register(claim(seconds=60, cseq=3))[1] == "refreshed"
    clock.now += 61
    registrar.expire()
    assert ears.heard == ["+sip:a@h:1", "-sip:a@h:1 expired"]


def test_a_new_connection_of_one_client_replaces_the_old() -> None:
    registrar, _, ears = made()
    registrar.register(claim(contact="sip:h:1", epid="e", instance=UUID, connection=1))
    endpoint, reason = registrar.register(claim(contact="sip:h:2", epid="e", instance=UUID, connection=2))
    assert reason == "added"
    assert registrar.endpoints("alice@contoso.test") == [endpoint]
    assert ears.heard == ["+sip:h:1", "-sip:h:1 replaced", "+sip:h:2"]
    registrar.lose(1)
    assert len(registrar) == 1


def test_old_requests_change_nothing() -> None:
    registrar, _, _ = made()
    registrar.register(claim(cseq=5))
    with pytest.raises(Failure):
        registrar.register(claim(cseq=5, seconds=0))
    with pytest.raises(Failure):
        registrar.register(claim(cseq=4, seconds=0))
    assert len(registrar) == 1
    assert registrar.register(claim(cseq=6, seconds=0)) == (None, "removed")
    assert registrar.register(claim(cseq=7, seconds=0)) == (None, "removed")


def test_life_granted() -> None:
    registrar, _, _ = made(shortest=60, longest=7200, usual=3600)
    with pytest.raises(Failure) as caught:
        registrar.register(claim(seconds=59))
    assert (caught.value.code, caught.value.details) == ("Interval Too Brief", {"Min-Expires": "60"})
    granted = [registrar.register(claim(contact=str(asked), seconds=asked))[0] for asked in (None, 60, 99_999)]
    assert [one.seconds for one in granted if one] == [3600, 60, 7200]


def test_the_oldest_makes_room() -> None:
    registrar, _, ears = made(endpoints=2)
    for number in range(3):
        registrar.register(claim(contact=f"sip:{number}"))
    assert [one.contact for one in registrar.endpoints("alice@contoso.test")] == ["sip:1", "sip:2"]
    assert ears.heard[2:] == ["-sip:0 too many", "+sip:2"]


def test_gruu_and_lookups() -> None:
    registrar, _, _ = made()
    endpoint, _ = registrar.register(claim(epid="E1", instance=UUID, supported=frozenset({"gruu-10"})))
    assert endpoint is not None
    assert endpoint.gruu == f"sip:alice@contoso.test;opaque={endpoint.opaque};gruu"
    assert len(endpoint.opaque) == len("user:epid:") + 24
    assert registrar.by_opaque("alice@contoso.test", endpoint.opaque) is endpoint
    assert registrar.by_epid("alice@contoso.test", "E1") is endpoint
    assert registrar.by_contact("sip:a@h:1") == [endpoint]
    plain, _ = registrar.register(claim("bob", contact="sip:b", instance=UUID))
    assert plain is not None
    assert plain.gruu == ""
    registrar.remove(endpoint, "signed out")
    registrar.remove(endpoint, "signed out")
    assert registrar.by_opaque("alice@contoso.test", endpoint.opaque) is None
    assert registrar.by_contact("sip:a@h:1") == []


def test_opaque_depends_on_the_instance_alone() -> None:
    assert opaque_of(UUID) == opaque_of(UUID.upper().replace("URN:UUID", "urn:uuid")) == opaque_of(UUID.strip("<>"))
    assert opaque_of("not a uuid") != opaque_of("another")
    assert opaque_of("no text: \udcb0").startswith("user:epid:")


def test_forced_sign_out() -> None:
    registrar, _, ears = made()
    registrar.register(claim(contact="sip:1"))
    registrar.register(claim(contact="sip:2"))
    assert registrar.sign_out("alice@contoso.test", "rejected") == 2
    assert ears.heard[2:] == ["-sip:1 rejected", "-sip:2 rejected"]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["register", "end", "lose", "wait"]),
        st.integers(0, 2),
        st.integers(1, 3),
        st.integers(60, 300),
    ),
    max_size=40,
)


@given(STEPS)
def test_against_a_simple_model(steps: list[tuple[str, int, int, int]]) -> None:
    """Whatever happens, who is signed in is who a plain dict says, and every end was told once."""
    registrar, clock, ears = made(endpoints=99)
    model: dict[tuple[str, str], tuple[int, float]] = {}
    for number, (what, user, link, seconds) in enumerate(steps, 1):
        name = f"user{user}"
        contact = f"sip:{name}@h:{link}"
        if what == "register":
            registrar.register(claim(name, contact, connection=link, seconds=seconds, cseq=number))
            model[name, contact] = (link, clock.now + seconds)
        elif what == "end":
            registrar.register(claim(name, contact, connection=link, seconds=0, cseq=number))
            model.pop((name, contact), None)
        elif what == "lose":
            registrar.lose(link)
            model = {key: value for key, value in model.items() if value[0] != link}
        else:
            clock.now += seconds
            registrar.expire()
            model = {key: value for key, value in model.items() if value[1] > clock.now}
        bound: list[Endpoint[str]] = [
            one for user_number in range(3) for one in registrar.endpoints(f"user{user_number}@contoso.test")
        ]
        assert {(one.address.partition("@")[0], one.contact) for one in bound} == model.keys()
        assert all(registrar.by_contact(one.contact) == [one] for one in bound)
        assert len(registrar) == len(model)
    added = [word[1:] for word in ears.heard if word[0] == "+"]
    removed = [word[1:].partition(" ")[0] for word in ears.heard if word[0] == "-"]
    assert len(added) - len(removed) == len(model)
