"""An MIT KDC of the test's own: its realm, its ports and its files, and nothing of the system's."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from samband.net import ports
from tests.clients.waiting import until

ADDRESS = "127.0.0.1"
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"


def missing_kerberos() -> str:
    """What keeps Kerberos from being tested here, empty where nothing does."""
    if importlib.util.find_spec("gssapi") is None:
        return "needs the kerberos extra (pip install -r requirements/kerberos.txt)"
    if not all(shutil.which(program, path=_PATH) for program in ("krb5kdc", "kadmin.local", "kinit")):
        return "needs Debian's krb5-kdc, krb5-admin-server and krb5-user"
    return ""


@dataclass(frozen=True)
class Kdc:
    """A realm that is served. ``environment`` is for its clients."""

    realm: str
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": _PATH,
            "KRB5_CONFIG": str(self.folder / "krb5.conf"),
            "KRB5_KDC_PROFILE": str(self.folder / "kdc.conf"),
            "KRB5CCNAME": f"FILE:{self.folder}/ccache",
            "KRB5RCACHENAME": f"file2:{self.folder}/rcache",
        }

    def admin(self, *query: str) -> None:
        """Change the realm, as ``kadmin.local`` does."""
        self._run("kadmin.local", "-r", self.realm, *query)

    def add_person(self, name: str, password: str) -> None:
        self.admin("addprinc", "-pw", password, name)

    def add_services(self, keytab: Path, *names: str) -> None:
        """Services with random keys, which the keytab gets."""
        for name in names:
            self.admin("addprinc", "-randkey", name)
        self.admin("ktadd", "-k", str(keytab), *names)

    def kinit(self, name: str, password: str) -> None:
        """Get a ticket into the cache."""
        self._run("kinit", f"{name}@{self.realm}", standard_input=f"{password}\n")

    def create(self, port: int) -> None:
        """Write its files and its empty database."""
        (self.folder / "krb5.conf").write_text(
            f"[libdefaults]\n default_realm = {self.realm}\n dns_lookup_kdc = false\n dns_lookup_realm = false\n"
            " dns_canonicalize_hostname = false\n rdns = false\n udp_preference_limit = 1\n"
            f"[realms]\n {self.realm} = {{\n  kdc = {ADDRESS}:{port}\n }}\n"
        )
        (self.folder / "kdc.conf").write_text(
            f"[kdcdefaults]\n kdc_listen = {ADDRESS}:{port}\n kdc_tcp_listen = {ADDRESS}:{port}\n"
            f"[realms]\n {self.realm} = {{\n  database_name = {self.folder}/principal\n"
            f"  key_stash_file = {self.folder}/stash\n  acl_file = {self.folder}/acl\n }}\n"
        )
        self._run("kdb5_util", "create", "-s", "-r", self.realm, "-P", "master")

    def _run(self, *line: str, standard_input: str = "") -> None:
        done = subprocess.run(
            line, input=standard_input, env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, (line, done.stdout, done.stderr)


@contextmanager
def serving_realm(folder: Path, realm: str) -> Iterator[Kdc]:
    """A realm, served for as long as the context lasts."""
    port = ports.take(ADDRESS, 0, ports.TCP + ports.UDP)
    kdc = Kdc(realm, folder)
    kdc.create(port)
    process = subprocess.Popen(
        ["krb5kdc", "-n", "-r", realm, "-P", str(folder / "pid")],
        env=kdc.environment,
        stdout=(folder / "kdc.log").open("w"),
        stderr=subprocess.STDOUT,
    )

    def serves() -> bool:
        assert process.poll() is None, (folder / "kdc.log").read_text()
        with socket.socket() as client:
            return client.connect_ex((ADDRESS, port)) == 0

    try:
        until(serves, "the KDC")
        yield kdc
    finally:
        process.terminate()
        process.wait(60)
