from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from samband.model.contacts import PINNED, Contact, ContactList, Group
from samband.model.unified_contacts import MailboxContact, MailboxGroup, MailboxList, mirrored

FAVORITES = MailboxGroup("f", "Favorites", "IPM.DistList.MOC.Favorites")
OTHERS = MailboxGroup("o", "Other Contacts", "IPM.DistList.MOC.OtherContacts")
TAGGED = MailboxGroup("t", "Tagged", "IPM.DistList.MOC.Tagged")


def nobody(address: str) -> str:
    return ""


def moved(local: ContactList) -> MailboxList:
    """The list a mailbox has once ``local`` was copied into an empty one."""
    groups = {1: OTHERS} | {
        number: FAVORITES
        if group.name.casefold() == "favorites"
        else MailboxGroup(f"g{number}", group.name, "x.UserGroup")
        for number, group in local.groups.items()
        if number != 1
    }
    members = {
        number: tuple(address for address, contact in local.contacts.items() if number in contact.groups)
        for number in groups
    }
    made = [replace(group, members=members[number]) for number, group in groups.items()]
    given_groups = [one for one in (FAVORITES, TAGGED) if one.id not in {group.id for group in made}]
    people = tuple(MailboxContact(address, address, one.name or address) for address, one in local.contacts.items())
    return MailboxList((*given_groups, *made), people)


names = st.sampled_from(["Work", "Friends", "Favorites", "Vänner", "x" * 40])
addresses = st.sampled_from([f"user{n}@contoso.test" for n in range(12)])


@st.composite
def lists(draw: st.DrawFn) -> ContactList:
    chosen = sorted(draw(st.sets(names, max_size=4)))
    groups = {1: Group(1, "~")} | {n: Group(n, name, draw(st.text(max_size=5))) for n, name in enumerate(chosen, 2)}
    contacts = {
        address: Contact(
            address=address,
            name=draw(st.sampled_from(["", "Somebody"])),
            groups=tuple(sorted(draw(st.sets(st.sampled_from(sorted(groups)), min_size=1)))),
            subscribed=draw(st.booleans()),
            extension=draw(st.sampled_from(["", "<x/>"])),
        )
        for address in sorted(draw(st.sets(addresses, max_size=6)))
    }
    return ContactList(7, groups, contacts)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(lists())
def test_what_was_moved_comes_back_as_it_was(local: ContactList) -> None:
    assert mirrored(local, moved(local), nobody) is local


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(lists(), lists())
def test_a_copy_says_what_the_mailbox_says(local: ContactList, other: ContactList) -> None:
    mailbox = moved(other)
    copy = mirrored(local, mailbox, nobody)
    assert copy.contacts.keys() == other.contacts.keys()
    for address, contact in copy.contacts.items():
        assert {copy.groups[n].name for n in contact.groups} == {
            other.groups[n].name for n in other.contacts[address].groups
        }
    assert mirrored(copy, mailbox, nobody) is copy, "to copy again changes nothing"


def test_a_name_that_the_directory_knows_is_no_name_of_the_owners() -> None:
    bob = MailboxContact("b", "bob@contoso.test", "Bob Brown")
    mailbox = MailboxList((replace(OTHERS, members=("b",)),), (bob,))
    known = mirrored(ContactList(), mailbox, lambda address: "Bob Brown")
    assert known.contacts["bob@contoso.test"].name == ""
    assert mirrored(ContactList(), mailbox, nobody).contacts["bob@contoso.test"].name == "Bob Brown"
    renamed = MailboxList(mailbox.groups, (replace(bob, name="Bobby"),))
    assert mirrored(known, renamed, lambda address: "Bob Brown").contacts["bob@contoso.test"].name == "Bobby"


def test_a_renamed_group_keeps_what_only_this_side_knows_of_its_people() -> None:
    groups = {1: Group(1, "~"), 2: Group(2, "Work", "ext")}
    bob = Contact(address="bob@contoso.test", groups=(2,), subscribed=False, extension="<x/>")
    local = ContactList(3, groups, {bob.address: bob})
    work = MailboxGroup("w", "WORK", "x.UserGroup", ("b",))
    found = mirrored(local, MailboxList((OTHERS, work), (MailboxContact("b", "Bob@contoso.test"),)), nobody)
    assert found.groups[2] == Group(2, "WORK", "ext") and found.delta == 4
    assert found.contacts == {bob.address: bob}
    office = replace(work, name="Office")
    found = mirrored(local, MailboxList((OTHERS, office), (MailboxContact("b", "Bob@contoso.test"),)), nobody)
    assert found.groups == {1: Group(1, "~"), 3: Group(3, "Office")}
    assert found.contacts[bob.address] == replace(bob, groups=(3,))


def test_favourites_are_the_pinned_group_whatever_it_is_called() -> None:
    favourites = replace(FAVORITES, external_uri=PINNED, members=("b",))
    bob = Contact(address="bob@contoso.test", groups=(2,))
    local = ContactList(3, {1: Group(1, "~"), 2: Group(2, "Pinned Contacts", PINNED)}, {bob.address: bob})
    people = (MailboxContact("b", "bob@contoso.test"),)
    assert mirrored(local, MailboxList((favourites, OTHERS), people), nobody) is local
    nobody_pinned = mirrored(local, MailboxList((FAVORITES, replace(OTHERS, members=("b",))), people), nobody)
    assert nobody_pinned.groups == local.groups and nobody_pinned.contacts[bob.address].groups == (1,)
    new = mirrored(ContactList(), MailboxList((favourites, OTHERS), people), nobody)
    assert new.pinned == Group(2, "Favorites", PINNED) and new.contacts[bob.address].groups == (2,)


def test_a_group_of_the_mailbox_that_is_called_like_the_pinned_one_is_it() -> None:
    local = ContactList(3, {1: Group(1, "~"), 2: Group(2, "Pinned Contacts", PINNED)})
    own = MailboxGroup("p", "Pinned Contacts", "x.UserGroup")
    assert mirrored(local, MailboxList((FAVORITES, OTHERS, own)), nobody) is local


def test_of_two_groups_here_that_are_the_favourites_the_pinned_one_stays() -> None:
    local = ContactList(3, {1: Group(1, "~"), 2: Group(2, "Favorites"), 3: Group(3, "Pinned Contacts", PINNED)})
    assert mirrored(local, MailboxList((FAVORITES, OTHERS)), nobody).groups == {1: local.groups[1], 3: local.groups[3]}
