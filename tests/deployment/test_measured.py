"""The article's table as measured, findings from what failed, and the forms they are shown in."""

from __future__ import annotations

import dataclasses
import re

import pytest

from samband.deployment.check_page import report_page
from samband.deployment.check_text import report_text
from samband.deployment.measured import (
    COLUMNS,
    HYBRID,
    ON_PREMISES,
    ONLINE,
    Measured,
    Outcome,
    Report,
    cells_of,
    row_of,
)
from samband.deployment.measured_findings import Lists, findings_of, merged, people_findings
from samband.deployment.troubles import KNOWN, Trouble, refusal
from tests.deployment.test_steps import ANNA, BERT
from tests.findings_table import ARTICLES, PAGE, page


def works(feature: str, person: str) -> Measured:
    return Measured(feature, person, Outcome.WORKS)


def fails(feature: str, person: str, trouble: Trouble = Trouble.NO_MAIL, why: str = "mail is empty") -> Measured:
    return Measured(feature, person, Outcome.FAILS, trouble, why)


def everything(person: str) -> tuple[Measured, ...]:
    return tuple(works(feature, person) for features in COLUMNS.values() for feature in features)


def test_a_column_works_for_whom_each_of_its_features_does() -> None:
    anna = everything("anna")
    bert = tuple(fails(one.feature, "bert") if one.feature == "Free/busy" else one for one in everything("bert"))
    carl = (Measured("Outlook integration", "carl", Outcome.NOT_TRIED, why="trust.http has no ntlm"),)
    verdicts = [cell.verdict for cell in cells_of({"anna": anna, "bert": bert, "carl": carl, "dora": ()})]
    assert verdicts == ["Not working for 1 of 2 people", "Supported", "Supported", "Supported", "Supported"]
    assert [cell.verdict for cell in cells_of({"carl": carl})][:2] == ["Not tried", "Nobody to try it as"]
    assert cells_of({"anna": anna, "carl": carl})[0].verdict == "Supported (not tried for 1)"
    assert cells_of({"bert": (fails("OWA online meetings", "bert"),)})[2].verdict == "Not working"


@pytest.mark.parametrize(
    ("targets", "here", "row"),
    [
        (["sip.contoso.test"], True, ON_PREMISES),
        ([], True, ON_PREMISES),
        (["sip.contoso.test", "sipfed.online.lync.com"], True, HYBRID),
        (["sipdir.online.lync.com"], False, ONLINE),
    ],
)
def test_the_row_is_where_people_are_served(targets: list[str], here: bool, row: str) -> None:
    assert row_of(targets, here=here) == row


def test_one_finding_a_cause_with_everybody_it_concerns() -> None:
    people = {name: (fails("Free/busy", name), fails("Out of office", name)) for name in ("anna", "bert")}
    (found,) = findings_of(people)
    assert (found.name, found.article, found.who) == ("mail.missing", "2787614", ("anna", "bert"))


def test_contacts_that_nobody_is_any_more() -> None:
    lists = {ANNA.objectGUID: Lists(frozenset({"bert@contoso.test", "gone@contoso.test", "far@fabrikam.test"}))}
    known = [ANNA.sip, "bert@contoso.test"]
    (found,) = people_findings([ANNA], lists, known, ["contoso.test"])
    assert (found.name, found.article, found.who) == ("contacts.unknown", "2435699", (ANNA.userPrincipalName,))
    assert "gone@contoso.test" in found.cause


def test_people_whose_addresses_differ_and_people_without_a_mailbox() -> None:
    other = dataclasses.replace(ANNA, mail="a.berg@contoso.test")
    bare = dataclasses.replace(BERT, msExchMailboxGuid="", mail="")
    found = people_findings([other, bare], {}, [], [])
    assert [(one.name, one.article) for one in found] == [
        ("addresses.differ", "2436962"),
        ("photos.no-mailbox", "2860366"),
    ]


@pytest.mark.parametrize(
    ("why", "trouble"),
    [
        ("2000004;reason=\"The tenant for tenant guid 'contoso.com' does not exist.\"", Trouble.WILDCARD_DOMAIN),
        ("https://mail has no partner application 0004@contoso.test", Trouble.NO_PARTNER),
        ('2000008;reason="invalid signature"', Trouble.TOKEN_REFUSED),
    ],
)
def test_what_is_behind_a_refused_token(why: str, trouble: Trouble) -> None:
    assert refusal(why) is trouble


def test_everything_that_can_be_met_is_known() -> None:
    assert set(KNOWN) == set(Trouble)


def test_a_report_as_text_and_as_a_page_that_needs_nothing_else() -> None:
    people = {"<anna>": everything("<anna>"), "bert": (fails("OWA online meetings", "bert", why="a & b"),)}
    findings = merged(findings_of(people))
    report = Report("contoso.test", ON_PREMISES, "now", 1.5, cells_of(people), people, findings, of=3)
    text, html = report_text(report), report_page(report)
    assert "2 of 3 people" in text and "Not working for 1 of 2 people" in text and "1 fault" in text
    assert "&lt;anna&gt;" in html and "<anna>" not in html and "a &amp; b" in html and "KB 2787614" in html
    assert not re.search(r"(src|href)\s*=|@import|url\(|<script", html)
    assert report.faulty and not dataclasses.replace(report, findings=()).faulty


def test_the_page_of_findings_is_what_checks_know() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m tests.findings_table"
    assert all(f"| {article} | {title} | `" in page() for article, title in ARTICLES.items())
