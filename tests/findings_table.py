"""``docs/findings.md``, made from what checks know: run ``python -m tests.findings_table`` after a change."""

from __future__ import annotations

from pathlib import Path

from samband.deployment import dns_check
from samband.deployment.troubles import KNOWN

PAGE = Path(__file__).parent.parent / "docs/findings.md"
ARTICLES = {
    "2436962": "The e-mail address in the Outlook profile is not the one Lync signs in with",
    "2787614": "Conversation history, free/busy and out of office are unavailable",
    "2298541": "People are asked for Exchange credentials again and again",
    "2435699": "Contacts appear offline, or are not found in the address book",
    "2811654": "The contact list is empty or read-only",
    "2757458": "Lync 2010 and Lync for Mac 2011 cannot change the contact list",
    "2497721": "Contact photos are not displayed correctly",
    "2860366": "Photos cannot be uploaded from Lync",
    "2565604": "OWA has no meetings, no presence and no instant messages",
    "2566790": "The DNS records of Lync",
}
"""The support articles that the integration's own article names, in our words."""


def page() -> str:
    """The whole page."""
    rows = [
        (trouble.value, known.article, known.step, known.weight.value, known.symptom, known.remedy)
        for trouble, known in KNOWN.items()
    ]
    for first, (article, symptom) in dns_check.SYMPTOMS.items():
        name = f"dns.{first.removeprefix('_')}-srv" if first.startswith("_") else f"dns.{first}"
        rows.append((name, article, 1, "fault", symptom, "Publish what the finding says."))
    lines = [
        "# What `samband check` finds",
        "",
        "Made from the source by `python -m tests.findings_table`. Each finding also names its cause and the people it",
        "concerns. Weights: a *fault* keeps",
        "something from working and makes the exit status 1; a *warning* or a *note* does not.",
        "",
        "## By support article",
        "",
        "| KB | what it is about | findings |",
        "|---|---|---|",
    ]
    for article, title in ARTICLES.items():
        names = dict.fromkeys(f"`{name}`" for name, number, *_ in rows if number == article)
        lines.append(f"| {article} | {title} | {', '.join(names)} |")
    lines += [
        "",
        "KB 2859882 (contact list empty for mailboxes in Exchange Online) has no cause on this side.",
        "",
        "## By name",
        "",
        "| finding | step | weight | what people see | what to do |",
        "|---|---|---|---|---|",
    ]
    for name, _, step, weight, symptom, remedy in sorted(rows):
        lines.append(f"| `{name}` | {step or ''} | {weight} | {_cell(symptom)} | {_cell(remedy)} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
