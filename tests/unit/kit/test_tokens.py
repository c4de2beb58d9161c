"""Tokens outlive the process: whole, private, and worth nothing without the key."""

from __future__ import annotations

import json
import sys
import threading
import types
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from connectors._kit.tokens import KeptTokens, Tokens
from syncd.ports.secrets import SecretRef
from syncd.ports.verdicts import Locked

REMEDY = "sign in again"
RECORD = {"refresh_token": "1//secret"}


def tokens(folder: Path, key: Path | None = None) -> Tokens:
    ref = None if key is None else SecretRef(file=key)
    return Tokens(KeptTokens(tokens=folder, encrypt_with=ref), REMEDY)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.write_bytes(Fernet.generate_key())
    return path


def test_what_is_kept_is_read_again_and_nobody_else_can(tmp_path: Path) -> None:
    kept = tokens(tmp_path / "new" / "folder")
    assert kept.find("maya@b.example") is None
    kept.write("maya@b.example", RECORD)
    kept.write("maya@b.example", {**RECORD, "more": 1})
    assert kept.read("maya@b.example") == {**RECORD, "more": 1}
    [file] = (tmp_path / "new" / "folder").iterdir()
    assert file.name == "maya@b.example.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o077 == 0


def test_a_write_that_fails_half_way_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tokens(tmp_path)
    kept.write("a", RECORD)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(Locked, match="No space left"):
        kept.write("a", {"refresh_token": "other"})
    assert kept.read("a") == RECORD
    assert [file.name for file in tmp_path.iterdir()] == ["a.json"]


def test_what_is_not_there_names_the_way_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(Locked) as locked:
        tokens(tmp_path).read("a")
    assert locked.value.remedy == REMEDY


def test_one_that_others_can_read_is_refused(tmp_path: Path) -> None:
    kept = tokens(tmp_path)
    kept.write("a", RECORD)
    (tmp_path / "a.json").chmod(0o644)
    with pytest.raises(Locked) as locked:
        kept.find("a")
    assert locked.value.remedy == f"chmod 600 {tmp_path / 'a.json'}"


def test_removing_is_repeatable(tmp_path: Path) -> None:
    kept = tokens(tmp_path)
    kept.write("a", RECORD)
    kept.remove("a")
    kept.remove("a")
    assert kept.find("a") is None


class TestEncrypted:
    def test_without_the_key_it_is_worth_nothing(self, tmp_path: Path, key: Path) -> None:
        kept = tokens(tmp_path / "t", key)
        kept.write("a", RECORD)
        assert kept.read("a") == RECORD
        assert "secret" not in (tmp_path / "t" / "a.json").read_text()
        with pytest.raises(Locked, match="is encrypted"):
            tokens(tmp_path / "t").read("a")

    def test_another_key_does_not_open_it(self, tmp_path: Path, key: Path) -> None:
        kept = tokens(tmp_path / "t", key)
        kept.write("a", RECORD)
        key.write_bytes(Fernet.generate_key())
        with pytest.raises(Locked) as locked:
            kept.read("a")
        assert str(key) in locked.value.remedy

    def test_keys_are_changed_by_putting_the_new_one_first(self, tmp_path: Path, key: Path) -> None:
        kept = tokens(tmp_path / "t", key)
        kept.write("a", RECORD)
        fresh = Fernet.generate_key()
        key.write_bytes(fresh + b"\n" + key.read_bytes())
        kept.write("a", kept.read("a"))
        key.write_bytes(fresh)
        assert kept.read("a") == RECORD

    def test_one_kept_before_there_was_a_key_is_read_still(self, tmp_path: Path, key: Path) -> None:
        tokens(tmp_path / "t").write("a", RECORD)
        assert tokens(tmp_path / "t", key).read("a") == RECORD

    @pytest.mark.parametrize("content", ["", "not a key"])
    def test_a_key_that_is_none_says_how_to_get_one(
        self, tmp_path: Path, key: Path, content: str
    ) -> None:
        key.write_text(content)
        with pytest.raises(Locked) as locked:
            tokens(tmp_path / "t", key).write("a", RECORD)
        assert locked.value.remedy


class TestKeyring:
    @pytest.fixture
    def ring(self, monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], str]:
        held: dict[tuple[str, str], str] = {}
        module, errors = types.ModuleType("keyring"), types.ModuleType("keyring.errors")
        errors.KeyringError = type("KeyringError", (Exception,), {})  # type: ignore[attr-defined]
        module.errors = errors  # type: ignore[attr-defined]
        module.get_password = lambda *who: held.get(who)  # type: ignore[attr-defined]
        module.set_password = lambda a, b, word: held.update({(a, b): word})  # type: ignore[attr-defined]
        module.delete_password = lambda *who: held.pop(who)  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "keyring", module)
        monkeypatch.setitem(sys.modules, "keyring.errors", errors)
        return held

    def kept(self) -> Tokens:
        return Tokens(KeptTokens(tokens="keyring"), REMEDY)

    def test_the_systems_own_keeps_them_under_our_name(self, ring) -> None:
        kept = self.kept()
        with kept.alone("maya@b.example"):
            kept.write("maya@b.example", RECORD)
        assert list(ring) == [("syncd", "maya@b.example")]
        assert kept.read("maya@b.example") == RECORD
        assert kept.where("maya@b.example") == "keyring, syncd/maya@b.example"
        kept.remove("maya@b.example")
        kept.remove("maya@b.example")
        with pytest.raises(Locked, match="holds no token"):
            kept.read("maya@b.example")

    def test_one_that_is_locked_is_told_with_its_remedy(self, ring) -> None:
        module = sys.modules["keyring"]

        def refuse(*_who: str) -> None:
            raise sys.modules["keyring.errors"].KeyringError

        module.get_password = refuse  # type: ignore[attr-defined]
        with pytest.raises(Locked) as locked:
            self.kept().read("a")
        assert "unlock it" in locked.value.remedy

    def test_without_the_extra_it_names_the_extra(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "keyring", None)
        with pytest.raises(Locked) as locked:
            self.kept().read("a")
        assert "syncd[keyring]" in locked.value.remedy


def test_two_that_renew_at_once_do_so_one_after_the_other(tmp_path: Path) -> None:
    ours, theirs = tokens(tmp_path), tokens(tmp_path)
    ours.write("a", {"uses": 0})

    def use(kept: Tokens) -> None:
        for _ in range(50):
            with kept.alone("a"):
                kept.write("a", {"uses": kept.read("a")["uses"] + 1})

    workers = [threading.Thread(target=use, args=(one,)) for one in (ours, theirs)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert ours.read("a") == {"uses": 100}


def test_a_folder_nobody_may_write_in_is_still_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tokens(tmp_path)
    (tmp_path / "a.json").write_text(json.dumps(RECORD))
    (tmp_path / "a.json").chmod(0o600)

    def refuse(*_args: object) -> int:
        raise PermissionError(13, "Read-only file system")

    monkeypatch.setattr("os.open", refuse)
    with kept.alone("a"):
        assert kept.read("a") == RECORD


def test_a_relative_folder_starts_at_the_settings_file() -> None:
    given = {"tokens": "kept"}
    made = KeptTokens.model_validate(given, context={"base": Path("/etc/syncd")})
    assert made.tokens == Path("/etc/syncd/kept")
    assert KeptTokens.model_validate({"tokens": "keyring"}).tokens == "keyring"
