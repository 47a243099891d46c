"""Journals lie beside a store on this machine, and with the user for one elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from headrace.client.journal.places import distant_journals, journals_folder, without_secrets


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HEADRACE_JOURNAL_DIR", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_store_on_this_machine_has_them_beside_it(home: Path) -> None:
    assert journals_folder("/data/runs") == Path("/data/runs/journals")
    assert journals_folder("file:///data/my%20runs") == Path("/data/my runs/journals")
    assert journals_folder("runs") == home / "runs" / "journals"
    assert journals_folder("sqlite:////data/a.db") == Path("/data/a.db-journals")
    assert journals_folder("sqlite:///a.db") == home / "a.db-journals"


def test_store_elsewhere_has_them_with_the_user(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert distant_journals() == home / ".local" / "state" / "headrace" / "journals"
    monkeypatch.setenv("XDG_STATE_HOME", "not/absolute")
    assert distant_journals() == home / ".local" / "state" / "headrace" / "journals"
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    assert distant_journals() == Path("/state/headrace/journals")
    monkeypatch.setenv("HEADRACE_JOURNAL_DIR", "~/journals")
    assert distant_journals() == home / "journals"

    folder = journals_folder("https://tracking.example.com:8443/team/")

    assert folder.parent == home / "journals"
    assert folder.name.startswith("tracking.example.com-8443-team-")
    assert folder == journals_folder("https://tracking.example.com:8443/team")


def test_password_is_in_no_name_and_changes_none() -> None:
    one, other = (
        journals_folder(f"postgresql://me:{word}@db.example.com/runs") for word in ("abc", "xyz")
    )

    assert one == other
    assert "abc" not in str(one)
    assert one != journals_folder("postgresql://db.example.com/runs")
    assert one != journals_folder("postgresql://me@db.example.com/other")


def test_names_are_confined() -> None:
    for uri in ("http://../../x", "http://h/" + "a/../" * 100, "postgresql:///", "http://"):
        folder = journals_folder(uri)
        assert folder.parent == distant_journals()
        assert folder.name not in ("", ".", "..")
        assert len(folder.name) < 100


def test_secrets_are_left_out() -> None:
    assert without_secrets("https://me:pw@host/x") == "https://me@host/x"
    assert without_secrets("postgresql://me:p@w@host/x") == "postgresql://me@host/x"
    assert without_secrets("postgresql://h/x?password=pw&sslmode=require") == (
        "postgresql://h/x?sslmode=require"
    )
    assert without_secrets("postgresql://h/x?sslmode=require&password=pw") == (
        "postgresql://h/x?sslmode=require"
    )
    assert without_secrets("/a/folder") == "/a/folder"
