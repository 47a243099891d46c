"""Journals travel in a file, and what a store refused stays to be read."""

from __future__ import annotations

import io
import math
import os
import struct
import tarfile
from pathlib import Path

import pytest

from headrace.api.journals import JournalEntry, LogPoints, LogRows
from headrace.api.tracking import SetTag
from headrace.client.journal import adopt, find_journals, read_header, segments
from headrace.client.journal.archive import export_journals, import_journals
from headrace.client.journal.rejected import keep_rejected, read_rejected
from headrace.errors import HeadraceError, InvalidParameterValue, NotSupported
from tests.journals import RUN, make_journal, read_all
from tests.unit.test_journal_ownership import change_header

HEADER = b'{"format": 1}'
ID = "a" * 32


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def away(tmp_path: Path) -> Path:
    return tmp_path / "away"


def test_journals_arrive_whole_and_can_be_shipped_there(
    home: Path, away: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "SEGMENT_SIZE", 300)
    written = [make_journal(home) for _ in range(2)]
    for journal in written:
        for step in range(30):
            journal.append_point(journal.series(RUN, "loss"), step, 0, 0.0)
    folders = [found.folder for found in find_journals(home)]

    exported = export_journals(folders, tmp_path / "journals.tar")
    imported = import_journals(tmp_path / "journals.tar", away)

    assert sorted(imported) == sorted(exported) == sorted(journal.id for journal in written)
    assert [found.alive for found in find_journals(away)] == [False, False]
    for journal in written:
        assert read_all(away / journal.id) == read_all(journal.folder)
        assert read_header(away / journal.id).origin.store == "http://localhost:5000"
        adopted = adopt(away / journal.id)
        assert adopted is not None
        adopted.release()
    assert (tmp_path / "journals.tar").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["away", "home", "journals.tar"]


def test_importing_again_only_adds(home: Path, away: Path, tmp_path: Path) -> None:
    archives = [tmp_path / "one.tar", tmp_path / "two.tar"]
    journal = make_journal(home)
    for archive in archives:
        for step in range(5):
            journal.append_point(journal.series(RUN, "loss"), step, 0, 0.0)
        export_journals([journal.folder], archive)

    assert import_journals(archives[0], away) == [journal.id]
    assert import_journals(archives[0], away) == []
    assert import_journals(archives[1], away) == [journal.id]
    assert import_journals(archives[0], away) == []

    assert len(read_all(away / journal.id)) == 10
    assert [path.name for path in away.iterdir()] == [journal.id]


def test_import_leaves_a_journal_in_use_alone(home: Path, tmp_path: Path) -> None:
    journal = make_journal(home)
    journal.append_point(journal.series(RUN, "loss"), 1, 0, 0.0)
    export_journals([journal.folder], tmp_path / "j.tar")

    assert import_journals(tmp_path / "j.tar", home) == []

    assert read_header(journal.folder).origin.pid == os.getpid()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("../evil", tarfile.REGTYPE),
        (f"../{ID}/header.json", tarfile.REGTYPE),
        (f"/{ID}/header.json", tarfile.REGTYPE),
        (f"{ID}/../../evil", tarfile.REGTYPE),
        (f"{ID}/lock", tarfile.REGTYPE),
        (f"{ID}/header.json\n", tarfile.REGTYPE),
        (f"{ID.upper()}/header.json", tarfile.REGTYPE),
        (f"{ID}/{1:020}.seg", tarfile.SYMTYPE),
        (f"{ID}/{1:020}.seg", tarfile.LNKTYPE),
        (f"{ID}/header.json", tarfile.FIFOTYPE),
        (ID, tarfile.DIRTYPE),
        (f"files/{ID}/name.json", tarfile.REGTYPE),
        (f"files/{ID}/../{1:020}.data", tarfile.REGTYPE),
        (f"files/{ID}/{1:020}.data", tarfile.SYMTYPE),
    ],
)
def test_archive_with_anything_else_is_refused_whole(
    away: Path, tmp_path: Path, name: str, kind: bytes
) -> None:
    with tarfile.open(tmp_path / "evil.tar", "w") as archive:
        sound = tarfile.TarInfo(f"{'b' * 32}/header.json")
        sound.size = len(HEADER)
        archive.addfile(sound, io.BytesIO(HEADER))
        member = tarfile.TarInfo(name)
        member.type = kind
        member.linkname = "/etc/passwd"
        archive.addfile(member)

    with pytest.raises(InvalidParameterValue, match="no file of a journal"):
        import_journals(tmp_path / "evil.tar", away)

    assert list(away.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["away", "evil.tar"]


@pytest.mark.parametrize("content", [b"", b"nothing of the kind", b"\x1f\x8b\x08" + bytes(600)])
def test_file_that_is_no_archive_is_refused(away: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)

    with pytest.raises(InvalidParameterValue, match="no archive of journals"):
        import_journals(tmp_path / "file", away)


def test_archive_that_was_cut_off_is_refused(home: Path, away: Path, tmp_path: Path) -> None:
    journal = make_journal(home)
    for step in range(1000):
        journal.append_point(journal.series(RUN, "loss"), step, 0, 0.0)
    export_journals([journal.folder], tmp_path / "j.tar")
    data = (tmp_path / "j.tar").read_bytes()
    (tmp_path / "j.tar").write_bytes(data[: len(data) // 2])

    with pytest.raises(InvalidParameterValue, match="no archive of journals"):
        import_journals(tmp_path / "j.tar", away)

    assert list(away.iterdir()) == []


def test_journal_of_a_newer_format_is_not_imported(home: Path, away: Path, tmp_path: Path) -> None:
    journal = make_journal(home)
    export_journals([journal.folder], tmp_path / "j.tar")
    with tarfile.open(tmp_path / "newer.tar", "w") as archive:
        data = b'{"format": 9}'
        member = tarfile.TarInfo(f"{journal.id}/header.json")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))

    with pytest.raises(NotSupported, match="format 9"):
        import_journals(tmp_path / "newer.tar", away)

    assert list(away.iterdir()) == []


def test_refused_journal_is_not_exported(home: Path, tmp_path: Path) -> None:
    journal = make_journal(home)
    change_header(journal.folder, uid=4_000_000)

    with pytest.raises(HeadraceError, match="belongs to the user"):
        export_journals([journal.folder], tmp_path / "j.tar")

    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_rejected_entries_can_be_read(tmp_path: Path) -> None:
    points = LogPoints(
        run_id=RUN, keys=["a"], series=[0, 0], steps=[1, 2], timestamps=[0, 0],
        values=[math.nan, -math.inf],
    )  # fmt: skip
    rows = LogRows(
        run_id=RUN, keys=["a", "b"], steps=[1], timestamps=[0],
        values=struct.pack("<2d", 0.5, math.inf),
    )  # fmt: skip
    entries = [
        JournalEntry(set_tag=SetTag(run_id=RUN, key="k", value="line\nbreak")),
        JournalEntry(records=2, log_points=points),
        JournalEntry(log_rows=rows),
    ]
    for number, entry in enumerate(entries):
        path = keep_rejected(tmp_path, ID, entry, number * 10, "INVALID_PARAMETER_VALUE", "No.")
    with path.open("ab") as stream:
        stream.write(b"{damaged\n")
    keep_rejected(tmp_path, "b" * 32, entries[0], 5, "RESOURCE_DOES_NOT_EXIST", "Gone.")

    found = list(read_rejected(tmp_path))

    assert path.stat().st_mode & 0o777 == 0o600
    assert [(one.journal, one.record, one.error_code) for one in found] == [
        (ID, 0, "INVALID_PARAMETER_VALUE"),
        (ID, 10, "INVALID_PARAMETER_VALUE"),
        (ID, 20, "INVALID_PARAMETER_VALUE"),
        ("b" * 32, 5, "RESOURCE_DOES_NOT_EXIST"),
    ]
    assert found[0].entry == {"set_tag": {"run_id": RUN, "key": "k", "value": "line\nbreak"}}
    assert found[1].entry["log_points"]["values"] == ["nan", "-inf"]
    assert found[2].entry["log_points"]["values"] == [0.5, "inf"]
    assert list(read_rejected(tmp_path / "none")) == []
