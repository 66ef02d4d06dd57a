"""The contact list and its deltas: applying every delta to an old list gives the new one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.model import contacts as c
from samband.model.contacts import Contact, ContactDelta, ContactList, Group
from samband.model.failures import Failure


def apply(old: ContactList, delta: ContactDelta) -> ContactList:
    """What a client makes of a delta."""
    assert delta.previous == old.delta
    groups = dict(old.groups)
    groups.update({group.number: group for group in (*delta.added_groups, *delta.modified_groups)})
    people = dict(old.contacts)
    people.update({contact.address: contact for contact in (*delta.added_contacts, *delta.modified_contacts)})
    for number in delta.deleted_groups:
        del groups[number]
    for address in delta.deleted_contacts:
        del people[address]
    return ContactList(delta.delta, groups, people)


NAMES = st.sampled_from(["Friends", "Work", "Lab", "", "~"])
NUMBERS = st.integers(0, 5)
ADDRESSES = st.sampled_from(["a@x.test", "b@x.test", "c@x.test", "nobody"])
OPERATIONS: st.SearchStrategy[Callable[[ContactList], c.Changed]] = st.one_of(
    st.builds(lambda name: lambda book: c.add_group(book, name), NAMES),
    st.builds(lambda n, name: lambda book: c.modify_group(book, n, name), NUMBERS, NAMES),
    st.builds(lambda n: lambda book: c.delete_group(book, n), NUMBERS),
    st.builds(
        lambda a, groups: lambda book: c.set_contact(book, Contact(address=a, groups=tuple(groups))),
        ADDRESSES,
        st.lists(NUMBERS, max_size=3),
    ),
    st.builds(lambda a: lambda book: c.delete_contact(book, a), ADDRESSES),
)


@given(st.lists(OPERATIONS, max_size=20))
def test_deltas_lead_to_the_list(operations: list[Callable[[ContactList], c.Changed]]) -> None:
    book = told = ContactList()
    history = [book]
    for operation in operations:
        try:
            book, delta = operation(book)
        except Failure:
            continue
        history.append(book)
        told = apply(told, delta)
        assert told == book
        assert all(contact.groups and set(contact.groups) <= set(book.groups) for contact in book.contacts.values())
        assert book.groups[c.DEFAULT_GROUP].name == "~"
    for old in history:
        assert apply(old, c.difference(old, book)) == book


def test_group_numbers_are_reused() -> None:
    book, _ = c.add_group(ContactList(), "Work")
    book, _ = c.add_group(book, "Lab")
    book, _ = c.delete_group(book, 2)
    book, delta = c.add_group(book, "Home", "sip:list@x.test")
    assert delta.added_groups == (Group(2, "Home", "sip:list@x.test"),)
    assert book.delta == 5


def test_a_contact_outlives_its_group() -> None:
    book, _ = c.add_group(ContactList(), "Work")
    book, _ = c.set_contact(book, Contact(address="a@x.test", groups=(2,)))
    book, delta = c.delete_group(book, 2)
    assert delta.modified_contacts == (Contact(address="a@x.test", groups=(1,)),)
    assert delta.deleted_groups == (2,)


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        (lambda book: c.modify_group(book, 1, "Mine"), "Forbidden"),
        (lambda book: c.delete_group(book, 1), "Forbidden"),
        (lambda book: c.delete_group(book, 9), "NotFound"),
        (lambda book: c.add_group(book, ""), "BadRequest"),
        (lambda book: c.add_group(book, "~"), "Conflict"),
        (lambda book: c.add_group(book, "x" * 300), "BadRequest"),
        (lambda book: c.delete_contact(book, "a@x.test"), "NotFound"),
        (lambda book: c.set_contact(book, Contact(address="nobody")), "BadRequest"),
        (lambda book: c.set_contact(book, Contact(address="a@x.test", name="x" * 300)), "LimitExceeded"),
    ],
)
def test_refusals(operation: Callable[[ContactList], c.Changed], code: str) -> None:
    with pytest.raises(Failure) as caught:
        operation(ContactList())
    assert caught.value.code == code


def test_limits() -> None:
    book = ContactList()
    for number in range(c.MAX_GROUPS - 1):
        book, _ = c.add_group(book, f"Group {number}")
    with pytest.raises(Failure):
        c.add_group(book, "One more")
    everyone = {f"p{n}@x.test": Contact(address=f"p{n}@x.test") for n in range(c.MAX_CONTACTS)}
    with pytest.raises(Failure):
        c.set_contact(ContactList(contacts=everyone), Contact(address="a@x.test"))
