"""Where a secret may be found, and what is said where it is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from syncd.ports.secrets import MissingSecret, SecretRef


def test_a_credential_is_handed_over_by_the_service_manager(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = SecretRef.model_validate({"credential": "hubspot-token"}, context={"base": Path("/etc")})
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(MissingSecret, match="LoadCredential=hubspot-token:PATH"):
        ref.read()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    with pytest.raises(MissingSecret, match="cannot read"):
        ref.read()
    (tmp_path / "hubspot-token").write_text("pat-1\n")
    assert ref.read() == "pat-1"
    assert str(ref) == "credential hubspot-token"


@pytest.mark.parametrize("name", ["../token", "a/b", "", " "])
def test_a_credentials_name_leads_nowhere_else(name: str) -> None:
    with pytest.raises(ValidationError):
        SecretRef.model_validate({"credential": name})


@pytest.mark.parametrize("given", [{}, {"env": "A", "credential": "b"}, {"env": "A", "file": "b"}])
def test_a_secret_is_in_one_place(given: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="exactly one of env, file and credential"):
        SecretRef.model_validate(given)


def test_a_file_without_text_is_no_secret_and_is_not_quoted(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"quokka\xff\xfe")
    with pytest.raises(MissingSecret, match="holds no text") as told:
        SecretRef(file=tmp_path / "key").read()
    assert told.value.__cause__ is None
    assert "quokka" not in str(told.value)
