"""What the demo prints when it is ready: a line of JSON for programs, a short table for people."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from samband.cli.folder import own_name
from samband.deployment.demo_people import DEMO_DELEGATE, DEMO_PEOPLE
from samband.deployment.places import Places
from samband.ground import Ground
from samband.serve.faults import PATH as FAULTS


def demo_table(ground: Ground, places: Places, log: Path | None = None) -> dict[str, Any]:
    """Everything a test needs to know; addresses as ``host:port``. ``log``: of one in the background."""
    domain, netbios = ground.site.organisation.domain, ground.site.organisation.netbios_domain
    people = []
    for one in DEMO_PEOPLE:
        address = f"{one.login}@{domain}"
        people.append(
            {
                "name": one.display_name,
                "login": f"{netbios}\\{one.login}",
                "upn": address,
                "email": address,
                "sip": f"sip:{address}",
                "password": one.password,
            }
        )
    ports = places.ports
    return {
        "domain": domain,
        "pid": os.getpid(),
        "folder": str(ground.folder),
        **({"log_file": str(log)} if log is not None else {}),
        "ca_file": str(ground.certificates.authority_file),
        "ews_url": places.ews_url,
        "autodiscover_url": places.autodiscover_url,
        "web_url": places.web_url,
        "owa_url": places.owa_url,
        "http": places.address(ports.http),
        "https": places.address(ports.https),
        "faults_url": f"http://{places.address(ports.http)}{FAULTS}",
        "smtp": places.address(ports.smtp),
        "submission": places.address(ports.submission),
        "submissions": places.address(ports.submissions),
        "sip": {
            "tcp": places.address(ports.sip_tcp),
            "tls": places.address(ports.sip_tls),
            "udp": places.address(ports.sip_udp),
            "servers": places.address(ports.sip_servers),
        },
        "dns": places.address(ports.dns),
        "hosts": places.hosts,
        "srv": places.srv,
        "people": people,
        "rooms": [
            {"name": one.displayName, "email": one.primary_smtp} for one in ground.directory.people() if one.is_resource
        ],
    }


def demo_text(ground: Ground, places: Places, log: Path | None = None) -> str:
    """The same for a terminal."""
    table = demo_table(ground, places, log)
    width = max(len(person["name"]) for person in table["people"])
    people = "\n".join(
        f"    {person['name']:{width}}  {person['login']:14} {person['email']:22} {person['password']}"
        for person in table["people"]
    )
    rooms = ", ".join(f"{room['name']} <{room['email']}>" for room in table["rooms"]) or "none"
    manager, assistant = (ground.directory.by_login(login) for login in DEMO_DELEGATE)
    delegate = f"{assistant.displayName} is {manager.displayName}'s" if manager and assistant else "none"
    first = table["people"][0]
    names = " ".join(sorted(table["hosts"]))
    tls = table["sip"]["tls"]
    said = "" if log is None else f"\n             tail -f {log}"
    return f"""\
Samband demo: {ground.site.organisation.name} ({table["domain"]})

  Exchange   EWS            {table["ews_url"]}
             Autodiscover   {table["autodiscover_url"]}
             OWA            {table["owa_url"]}
             SMTP           {table["smtp"] or "off"}
             submission     STARTTLS {table["submission"] or "off"}, TLS {table["submissions"] or "off"}
  Lync       SIP            TLS {tls}, TCP {table["sip"]["tcp"] or "off"}, UDP {table["sip"]["udp"] or "off"}
             servers        mutual TLS {table["sip"]["servers"] or "off"}, for trusted applications
             web services   {table["web_url"]}

  People     (name, login, e-mail = SIP address = UPN, password)
{people}
  Rooms      {rooms}
  Delegate   {delegate}: Editor of calendar, tasks and inbox, with copies of requests for meetings

  Sign in
    a browser        {table["owa_url"]} as {first["email"]}
    EWS client       https://{table["https"]}/EWS/Exchange.asmx, or by name as above
                     as {first["login"]} with Basic or NTLM
    pidgin-sipe      user {first["email"]}, login {first["login"]}, server {tls}, TLS, TLS-DSK or NTLM
    SIP client       user {first["email"]}, server {table["sip"]["tcp"]}, TCP, Digest as {first["email"].split("@")[0]}
  Names      the name server at {table["dns"] or "(off)"} knows them all; or a line in your hosts file:
             {ground.site.listen.address} {names}
  CA         clients must trust {table["ca_file"]}
  Watch      {own_name()} status {table["folder"]}
             curl --cacert {table["ca_file"]} --resolve '*:{places.ports.https}:{ground.site.listen.address}' \\
                  {table["web_url"]}/healthz{said}
  Fail       {table["faults_url"]} takes what is to go wrong: docs/testing-clients.md

{"Ctrl+C" if log is None else f"kill {table['pid']}"} ends it; nothing is kept.\
"""
