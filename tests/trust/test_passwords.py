"""Setting and checking passwords over a real store."""

import asyncio
import hashlib
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from samband.model.changes import PersonChanged
from samband.store import client_certificates
from samband.store import secrets as rows
from samband.store.engine import Engine
from samband.trust import forms, passwords
from samband.trust.forms import Wanted
from samband.trust.ntlm.keys import nt_hash
from samband.trust.passwords import Busy, Passwords
from tests.trust.fakes import CHEAP, Clock, News, People, person, store

ALL = Wanted(ntlm=True, digest_realm="contoso.test")
HOME = "10.0.0.1"


@dataclass
class House:
    store: Engine
    news: News
    people: People
    clock: Clock
    opened: list[Passwords]

    async def open(self, wanted: Wanted = ALL) -> Passwords:
        made = Passwords(
            self.store,
            self.news,
            self.people,
            wanted,
            clock=self.clock,
            random=secrets.token_bytes,
            sleep=self.clock.sleep,
            hasher=CHEAP,
        )
        await made.load()
        self.opened.append(made)
        return made


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[House]:
    news, people = News(), People()
    people.put(person("alice"), person("bob"))
    async with store(folder, news) as opened:
        made = House(opened, news, people, Clock(), [])
        yield made
        for one in made.opened:
            one.close()


def inside(folder: Path, story: Callable[[House], Awaitable[None]]) -> None:
    async def run() -> None:
        async with house(folder) as made:
            await story(made)

    asyncio.run(run())


def test_right_wrong_and_unknown(tmp_path: Path) -> None:
    async def story(made: House) -> None:
        found = await made.open()
        await found.set("guid-alice", "secret")
        for login in ("alice", "CONTOSO\\alice", "alice@contoso.test"):
            assert await found.check(login, "secret", HOME) == made.people.by_guid("guid-alice")
        for login, password in (("alice", "Secret"), ("alice", ""), ("bob", "secret"), ("nobody", "secret")):
            assert await found.check(login, password, HOME) is None
        assert await found.check("alice", "x" * 2000, HOME) is None

    inside(tmp_path, story)


def test_a_proof_spares_the_hash_until_it_is_old_or_void(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []
    matches = forms.matches

    def counted(hasher: object, encoded: str, password: str) -> bool:
        hashed.append(password)
        return matches(CHEAP, encoded, password)

    monkeypatch.setattr(forms, "matches", counted)

    async def story(made: House) -> None:
        found = await made.open()
        await found.set("guid-alice", "one")
        assert found.recall("alice", "one") is None
        for _ in range(3):
            assert await found.check("alice", "one", HOME)
        assert hashed == ["one"]
        assert found.recall("alice", "one") is not None
        await found.set("guid-alice", "two")
        assert found.recall("alice", "one") is None
        assert await found.check("alice", "one", HOME) is None
        assert await found.check("alice", "two", HOME)
        made.clock.now += 61
        assert found.recall("alice", "two") is None
        assert await found.check("alice", "two", HOME)
        made.news.committed(9, [PersonChanged(scope="directory", guid="guid-alice")])
        assert found.recall("alice", "two") is None
        await found.remove("guid-alice")
        assert await found.check("alice", "two", HOME) is None

    inside(tmp_path, story)


def test_the_same_words_at_once_are_hashed_once_and_one_leaving_does_not_spoil_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    matches = forms.matches

    def counted(hasher: object, encoded: str, password: str) -> bool:
        hashed.append(password)
        time.sleep(0.02)
        return matches(CHEAP, encoded, password)

    monkeypatch.setattr(forms, "matches", counted)

    async def story(made: House) -> None:
        found = await made.open()
        await found.set("guid-alice", "secret")
        waiting = [asyncio.create_task(found.check("alice", "secret", HOME)) for _ in range(30)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        answers = await asyncio.gather(*waiting[1:])
        assert all(answers)
        assert hashed == ["secret"]

    inside(tmp_path, story)


def test_a_disabled_person_is_refused_also_where_a_proof_is_fresh(tmp_path: Path) -> None:
    async def story(made: House) -> None:
        found = await made.open()
        await found.set("guid-alice", "secret")
        assert await found.check("alice", "secret", HOME)
        made.people.put(person("alice", enabled=False))
        assert found.recall("alice", "secret") is None
        assert await found.check("alice", "secret", HOME) is None

    inside(tmp_path, story)


def test_guesses_are_slowed_and_a_known_client_is_not(tmp_path: Path) -> None:
    async def story(made: House) -> None:
        found = await made.open()
        await found.set("guid-alice", "secret")
        assert await found.check("alice", "secret", HOME)
        for number in range(12):
            assert await found.check(("alice", "CONTOSO\\alice")[number % 2], f"guess {number}", "10.6.6.6") is None
        assert max(made.clock.slept) >= 4
        made.clock.slept.clear()
        for _ in range(9):
            made.clock.now += 61
            assert await found.check("alice", "secret", HOME)
        assert made.clock.slept == []

    inside(tmp_path, story)


def test_an_unknown_login_costs_a_hash_and_is_slowed_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []
    monkeypatch.setattr(forms, "matches", lambda _, __, password: bool(hashed.append(password)))

    async def story(made: House) -> None:
        found = await made.open()
        for number in range(8):
            assert await found.check("nobody", f"guess {number}", HOME) is None
        assert len(hashed) == 8
        assert made.clock.slept

    inside(tmp_path, story)


def test_forms_are_kept_only_where_they_are_wanted(tmp_path: Path) -> None:
    async def story(made: House) -> None:
        both = await made.open()
        await both.set("guid-alice", "secret")
        alice = made.people.by_guid("guid-alice")
        assert both.nt_hash("guid-alice") == nt_hash("secret")
        assert both.credential("CONTOSO\\alice") == (alice, nt_hash("secret"))
        assert both.credential("bob") is None
        md5 = hashlib.md5(b"alice:contoso.test:secret").hexdigest()
        assert both.ha1("guid-alice", "MD5") == both.ha1("guid-alice", "MD5", "alice") == md5
        sha = hashlib.sha256(b"alice@contoso.test:contoso.test:secret").hexdigest()
        assert both.ha1("guid-alice", "SHA-256", "alice@contoso.test") == sha
        assert both.ha1("guid-alice", "MD5", "mallory") is None

        neither = await made.open(Wanted())
        kept = await made.store.read(lambda tx: rows.get(tx, "guid-alice"))
        assert kept is not None and kept.nt_hash is None and kept.digests == ()
        assert neither.nt_hash("guid-alice") is None
        assert neither.ha1("guid-alice", "MD5") is None
        assert await neither.check("alice", "secret", HOME)

    inside(tmp_path, story)


def test_forms_that_are_missing_are_made_at_the_next_sign_in(tmp_path: Path) -> None:
    async def story(made: House) -> None:
        await (await made.open(Wanted())).set("guid-alice", "secret")
        later = await made.open()
        assert later.nt_hash("guid-alice") is None
        assert await later.check("alice", "secret", HOME)
        assert later.nt_hash("guid-alice") == nt_hash("secret")
        assert later.ha1("guid-alice", "MD5") is not None
        assert await later.check("alice", "secret", HOME)
        assert later.recall("alice", "secret")

    inside(tmp_path, story)


def test_another_instance_hears_of_a_new_password(tmp_path: Path) -> None:
    async def story(made: House) -> None:
        first, second = await made.open(), await made.open()
        await first.set("guid-alice", "one")
        assert await second.check("alice", "one", HOME)
        before = second.generation("guid-alice")
        await first.set("guid-alice", "two")
        assert second.recall("alice", "one") is None
        assert second.generation("guid-alice") > before
        while second.nt_hash("guid-alice") is None:
            await asyncio.sleep(0.001)
        assert second.nt_hash("guid-alice") == nt_hash("two")

    inside(tmp_path, story)


def test_after_lost_news_everything_is_read_anew(tmp_path: Path) -> None:
    async def story(made: House) -> None:
        found = await made.open()
        await found.set("guid-alice", "one")
        assert await found.check("alice", "one", HOME)
        before = found.generation("guid-alice")
        quiet = rows.Secrets(CHEAP.hash("two"), nt_hash("two"))
        await made.store.write(lambda tx: rows.put(tx, "guid-alice", quiet))
        assert found.recall("alice", "one")
        made.news.lost()
        assert found.recall("alice", "one") is None
        assert found.generation("guid-alice") > before
        while found.nt_hash("guid-alice") != nt_hash("two"):
            await asyncio.sleep(0.001)
        assert await found.check("alice", "two", HOME)

    inside(tmp_path, story)


def test_a_password_changed_while_the_old_one_is_checked_leaves_no_proof(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    matches = forms.matches

    async def story(made: House) -> None:
        found = await made.open()
        await found.set("guid-alice", "one")
        loop = asyncio.get_running_loop()

        def slow(hasher: object, encoded: str, password: str) -> bool:
            asyncio.run_coroutine_threadsafe(found.set("guid-alice", "two"), loop).result()
            return matches(CHEAP, encoded, password)

        monkeypatch.setattr(forms, "matches", slow)
        assert await found.check("alice", "one", HOME)
        assert found.recall("alice", "one") is None

    inside(tmp_path, story)


def test_more_than_can_be_checked_are_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "MOST_WAITING", 3)

    async def story(made: House) -> None:
        found = await made.open()
        waiting = [asyncio.create_task(found.check(f"user{n}", "x", HOME)) for n in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await found.check("user9", "x", HOME)
        assert await asyncio.gather(*waiting) == [None, None, None]

    inside(tmp_path, story)


def test_what_cannot_be_set(tmp_path: Path) -> None:
    async def story(made: House) -> None:
        found = await made.open()
        with pytest.raises(LookupError):
            await found.set("guid-nobody", "secret")
        for password in ("", "x" * 1025):
            with pytest.raises(ValueError, match="1 to 1024"):
                await found.set("guid-alice", password)

    inside(tmp_path, story)


def test_no_secret_is_in_a_repr(tmp_path: Path) -> None:
    made = forms.make(CHEAP, person("alice"), "secret", ALL)
    assert made.argon2.startswith("$argon2id$")
    assert "argon2id" not in repr(made)
    assert all(one.ha1 not in repr(made) for one in made.digests)


def test_the_standard_costs_are_argon2id_and_not_cheap() -> None:
    hasher = forms.standard_hasher()
    assert hasher.memory_cost >= 19_456
    assert hasher.time_cost >= 2
    assert hasher.hash(b"x").startswith("$argon2id$")


def test_another_password_ends_what_the_old_one_gave(tmp_path: Path) -> None:
    """Sign-ins and certificates go with the password; keeping the same one in more forms ends nothing."""

    async def story(made: House) -> None:
        passwords = await made.open()
        heard: list[str] = []
        made.news.listen(("directory",), lambda changes: heard.extend(type(change).__name__ for change in changes))
        row = client_certificates.IssuedCertificate("1f", "guid-alice", "device", expires=2_000_000_000)
        await made.store.write(lambda tx: client_certificates.put(tx, row, 0))
        before = passwords.mark("guid-alice")
        await passwords.set("guid-alice", "another")
        assert passwords.mark("guid-alice") not in (before, b"")
        assert (await made.open()).mark("guid-alice") == passwords.mark("guid-alice")
        assert heard == ["PasswordChanged", "ProofsRevoked"]
        kept = await made.store.read(lambda tx: client_certificates.get(tx, "1f"))
        assert kept is not None
        assert kept.revoked

    inside(tmp_path, story)
