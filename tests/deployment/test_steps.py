"""The six steps and the features that hang on them, from what is found."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from samband.deployment.steps import FEATURES, Facts, State, assess, dependents
from samband.model.instant_messaging import OwaVirtualDirectory, TrustedApplication
from samband.model.people import Person

ANNA = Person(
    objectGUID="a" * 8 + "-0000-0000-0000-000000000001",
    sAMAccountName="anna",
    userPrincipalName="anna@contoso.test",
    displayName="Anna",
    mail="anna@contoso.test",
    proxyAddresses=("SMTP:anna@contoso.test", "sip:anna@contoso.test"),
    msExchMailboxGuid="m1",
    msRTCSIP_PrimaryUserAddress="sip:anna@contoso.test",
    msRTCSIP_UserEnabled=True,
)
BERT = dataclasses.replace(ANNA, objectGUID="b", userPrincipalName="bert@contoso.test", sAMAccountName="bert")
DONE = Facts(
    names={"lyncdiscover.contoso.test": "192.0.2.1", "_sipfederationtls._tcp.contoso.test": "0 0 5061 sip"},
    own_names=frozenset({"lyncdiscover.contoso.test"}),
    people=(ANNA, BERT),
    exchange_trusts_lync=True,
    lync_trusts_exchange=True,
    autodiscover_url="https://autodiscover.contoso.test/autodiscover/autodiscover.svc",
    owa=OwaVirtualDirectory(instant_messaging_type="OCS", instant_messaging_server_name="lync.contoso.test"),
    trusted_applications=(TrustedApplication("mail.contoso.test"),),
    owa_host="mail.contoso.test",
)
UNDONE: dict[int, dict[str, Any]] = {
    1: {"names": {"lyncdiscover.contoso.test": "", "_sipfederationtls._tcp.contoso.test": ""}},
    2: {"people": tuple(dataclasses.replace(one, proxyAddresses=("SMTP:x@contoso.test",)) for one in (ANNA, BERT))},
    3: {"people": tuple(dataclasses.replace(one, mail="") for one in (ANNA, BERT))},
    4: {"exchange_trusts_lync": False, "lync_trusts_exchange": False, "autodiscover_url": ""},
    5: {"owa": OwaVirtualDirectory(instant_messaging_enabled=False), "trusted_applications": ()},
}


def states(facts: Facts) -> dict[int, State]:
    return {step.number: step.state for step in assess(facts).steps}


def test_everything_is_done() -> None:
    assert states(DONE) == {**dict.fromkeys(range(1, 6), State.DONE), 6: State.NOT_REQUIRED}


@pytest.mark.parametrize("number", sorted(UNDONE))
def test_an_undone_step_is_undone_alone_and_takes_its_features(number: int) -> None:
    facts = dataclasses.replace(DONE, **UNDONE[number])
    assert states(facts) == {**states(DONE), number: State.UNDONE}
    before, after = assess(DONE).features, assess(facts).features
    for person, features in after.items():
        for was, now in zip(before[person], features, strict=True):
            assert now.on == (was.on and number not in FEATURES[now.name]), now
            assert not was.on or now.on or f"(step {number})" in now.why


@pytest.mark.parametrize("number", sorted(UNDONE))
def test_what_hangs_on_a_step_is_known_before_it_is_undone(number: int) -> None:
    facts = dataclasses.replace(DONE, **UNDONE[number])
    for name, (with_it, without) in dependents(DONE, number).items():
        on = [feature.on for features in assess(DONE).features.values() for feature in features if feature.name == name]
        off = [
            feature.on for features in assess(facts).features.values() for feature in features if feature.name == name
        ]
        assert (with_it, without) == (sum(on), sum(off))


def test_a_step_that_one_person_lacks_is_partly_done() -> None:
    facts = dataclasses.replace(DONE, people=(ANNA, dataclasses.replace(BERT, mail="")))
    assert states(facts)[3] is State.PARTLY
    found = assess(facts).features
    assert next(one for one in found["anna@contoso.test"] if one.name == "Free/busy").on
    assert not next(one for one in found["bert@contoso.test"] if one.name == "Free/busy").on


def test_an_application_of_another_name_is_none() -> None:
    facts = dataclasses.replace(DONE, trusted_applications=(TrustedApplication("other.contoso.test"),))
    (missing,) = assess(facts).steps[4].missing
    assert missing == "Lync has no trusted application for mail.contoso.test"


def test_a_lync_side_without_a_listener_for_servers_leaves_step_5_partly_done() -> None:
    facts = dataclasses.replace(DONE, takes_servers=False)
    assert states(facts) == {**states(DONE), 5: State.PARTLY}
    off = {one.name: one.why for one in assess(facts).features["anna@contoso.test"] if not one.on}
    why = "listen.sip_servers is off: Lync takes no connections of trusted applications (step 5)"
    assert off == {"OWA IM and presence": why}
    nothing = dataclasses.replace(facts, **UNDONE[5])
    assert states(nothing)[5] is State.UNDONE


def test_conversation_history_is_a_policy_too() -> None:
    facts = dataclasses.replace(DONE, history_kept=False)
    off = {one.name: one.why for one in assess(facts).features["anna@contoso.test"] if not one.on}
    on = {one.name for one in assess(DONE).features["anna@contoso.test"] if one.on}
    assert off["Conversation history"] == "policy (user_services.server_conversation_history)"
    assert "Conversation history" in on
