"""Plan, publish or check the DNS records of a site (step 1)."""

from __future__ import annotations

import argparse

import msgspec

from samband.cli.folder import add_folder, on_ground
from samband.deployment.dns_check import Looked, findings
from samband.deployment.dns_forms import FORMS
from samband.deployment.dns_records import needed
from samband.deployment.findings import Weight, finding_text
from samband.deployment.places import Places
from samband.deployment.site_file import read_site
from samband.ground import Ground
from samband.serve import naming
from samband.serve.paths import taken_ports


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words after ``samband dns``."""
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    plan = verbs.add_parser("plan", help="print every record that the site needs")
    add_folder(plan)
    plan.add_argument("--form", choices=list(FORMS), default="zone", help="default: lines of a zone file")
    plan.set_defaults(run=_plan)
    for name, words, run in (
        ("publish", "put the records into the DNS by signed updates", _publish),
        ("withdraw", "take them out of the DNS again", _withdraw),
    ):
        verb = verbs.add_parser(name, help=words)
        add_folder(verb)
        verb.set_defaults(run=run)
    check = verbs.add_parser("check", help="ask for every record, and name those missing or wrong")
    add_folder(check)
    check.add_argument("--json", action="store_true", help="findings as JSON")
    check.set_defaults(run=_check)


def _plan(arguments: argparse.Namespace) -> int:
    site = read_site(arguments.folder)
    places = Places(site, taken_ports(site.listen, probe=False))
    print(FORMS[arguments.form](needed(places), places.zones))
    return 0


def _publish(arguments: argparse.Namespace) -> int:
    zones = on_ground(arguments.folder, lambda ground: naming.publish(ground, _places(ground)))
    print(f"published the records of {', '.join(zones)}")
    return 0


def _withdraw(arguments: argparse.Namespace) -> int:
    zones = on_ground(arguments.folder, lambda ground: naming.withdraw(ground, _places(ground)))
    print(f"took the records of {', '.join(zones)} out of the DNS")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    looked = on_ground(arguments.folder, lambda ground: naming.look(_places(ground)))
    found = findings(looked)
    if arguments.json:
        print(msgspec.json.encode(found).decode())
    else:
        print(_table(looked))
        for finding in found:
            print(f"\n{finding_text(finding)}")
    return 1 if any(finding.weight is Weight.FAULT for finding in found) else 0


def _table(looked: list[Looked]) -> str:
    return "\n".join(
        f"{'wrong' if one.wrong else 'ok':6} {one.record.owner:44} {one.record.kind:5} "
        f"{one.wrong or ', '.join(one.lookup.values)}"
        for one in looked
    )


def _places(ground: Ground) -> Places:
    return Places(ground.site, taken_ports(ground.site.listen, probe=False))
