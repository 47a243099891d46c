"""Whose a journal is: the living keep theirs, those of the dead are taken over by one alone."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from headrace.api.journals import JournalEntry
from headrace.api.tracking import SetTag
from headrace.client.journal import (
    Header,
    JournalReader,
    State,
    adopt,
    find_journals,
    note,
    read_header,
    read_note,
)
from headrace.client.journal.header import write_header
from headrace.errors import HeadraceError, InvalidState, NotSupported, PermissionDenied
from tests.journals import RUN, make_journal, read_all

OWNER = """
import sys, time
from pathlib import Path
from tests.journals import RUN, make_journal

written = make_journal(Path(sys.argv[1]))
for step in range(10):
    written.append_point(written.series(RUN, "loss"), step, 0, 0.0)
print(written.id, flush=True)
time.sleep(60)
"""

ADOPTER = """
import sys
from pathlib import Path
from headrace.client.journal import adopt, find_journals

for found in find_journals(Path(sys.argv[1])):
    print(found.alive, adopt(found.folder) is not None)
"""


@contextlib.contextmanager
def owner_process(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a process that owns a journal with ten records."""
    command = [sys.executable, "-c", OWNER, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        yield process
        process.kill()


def dead_journal(folder: Path) -> Path:
    """Return the folder of a journal whose process was killed."""
    before = set(folder.iterdir()) if folder.exists() else set()
    with owner_process(folder):
        pass
    (own,) = set(folder.iterdir()) - before
    return own


def change_header(folder: Path, **changes: object) -> Header:
    """Change fields of a header or of its origin."""
    header = read_header(folder)
    inside = {name: changes.pop(name) for name in list(changes) if hasattr(header.origin, name)}
    origin = msgspec.structs.replace(header.origin, **inside)
    write_header(folder, msgspec.structs.replace(header, origin=origin, **changes))
    return header


def test_listing_tells_all_about_a_journal(tmp_path: Path) -> None:
    written = make_journal(tmp_path)
    for step in range(5):
        written.append_point(written.series(RUN, "loss"), step, 0, 0.0)
    note(written.folder, 3, 2, "The server cannot be reached.")

    (found,) = find_journals(tmp_path)

    assert found.folder == written.folder
    assert found.header is not None
    assert found.header.journal == written.id
    assert found.header.origin.store == "http://localhost:5000"
    assert found.header.origin.pid == os.getpid()
    assert found.refusal is None
    assert found.alive is True
    assert found.pending == 2
    assert found.size == written.size > 0
    assert abs(found.changed / 1000 - time.time()) < 100
    assert found.state.error == "The server cannot be reached."


def test_nothing_to_list(tmp_path: Path) -> None:
    (tmp_path / ("a" * 32)).mkdir()  # one that is just being made
    (tmp_path / "rejected").mkdir()

    assert find_journals(tmp_path) == []
    assert find_journals(tmp_path / "missing") == []


def test_own_journal_stays_locked_whatever_is_looked_at(tmp_path: Path) -> None:
    written = make_journal(tmp_path)

    for _ in range(3):
        assert [one.alive for one in find_journals(tmp_path)] == [True]
        assert adopt(written.folder) is None

    # Asked from outside: a second descriptor, closed here, would have taken the lock away.
    assert ask_other_process(tmp_path) == ["True False"]


def ask_other_process(folder: Path) -> list[str]:
    command = [sys.executable, "-c", ADOPTER, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def test_journal_of_a_living_process_is_left_alone(tmp_path: Path) -> None:
    with owner_process(tmp_path):
        (found,) = find_journals(tmp_path)

        assert found.alive is True
        assert adopt(found.folder) is None
        assert adopt(found.folder, of_other_host=True) is None


def test_lost_lock_does_not_make_its_owner_dead(tmp_path: Path) -> None:
    with owner_process(tmp_path):
        (found,) = find_journals(tmp_path)
        (found.folder / "lock").unlink()

        assert adopt(found.folder) is None


def test_journal_of_a_killed_process_is_adopted_by_one_alone(tmp_path: Path) -> None:
    folder = dead_journal(tmp_path)
    (found,) = find_journals(tmp_path)
    assert (found.alive, found.pending) == (False, 10)

    adopted = adopt(folder)

    assert adopted is not None
    assert adopted.owned
    assert adopted.id == folder.name
    assert adopt(folder) is None
    assert ask_other_process(tmp_path) == ["True False"]
    batch = adopted.reader.read(0, max_points=100, max_bytes=10_000)
    assert batch is not None
    assert batch.last == 10
    adopted.release()
    assert not adopted.owned
    again = adopt(folder)
    assert again is not None
    again.remove()
    again.remove()
    assert find_journals(tmp_path) == []
    assert not folder.exists()


def test_journal_of_a_child_that_was_not_waited_for_is_adopted(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        make_journal(tmp_path).append(JournalEntry(set_tag=SetTag(run_id=RUN, key="k", value="v")))
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # dead, and still in the table

    (found,) = find_journals(tmp_path)
    adopted = adopt(found.folder)

    assert adopted is not None
    assert found.header is not None
    assert (found.header.origin.pid, found.header.origin.parent_pid) == (child, os.getpid())
    adopted.remove()
    os.waitpid(child, 0)


def test_closed_journal_is_adopted_by_its_own_process(tmp_path: Path) -> None:
    written = make_journal(tmp_path)
    written.close()

    adopted = adopt(written.folder)

    assert adopted is not None
    adopted.remove()


def test_forked_child_does_not_hold_what_its_parent_adopted(tmp_path: Path) -> None:
    adopted = adopt(dead_journal(tmp_path))
    assert adopted is not None

    child = os.fork()
    if child == 0:
        owned = adopted.owned
        adopted.remove()
        os._exit(1 if owned or not adopted.folder.exists() else 0)

    assert os.waitpid(child, 0)[1] == 0
    assert adopted.owned
    assert ask_other_process(tmp_path) == ["True False"]
    adopted.remove()


def test_journal_of_another_machine_is_taken_only_when_asked(tmp_path: Path) -> None:
    folder = dead_journal(tmp_path)
    change_header(folder, host="elsewhere", boot_id="another")

    (found,) = find_journals(tmp_path)
    assert found.alive is None
    assert adopt(folder) is None
    adopted = adopt(folder, of_other_host=True)
    assert adopted is not None
    adopted.release()


def test_container_with_another_name_on_this_machine_is_told_by_the_boot(tmp_path: Path) -> None:
    folder = dead_journal(tmp_path)
    change_header(folder, host="pod-1")

    adopted = adopt(folder)

    assert adopted is not None
    adopted.release()


def test_process_id_that_was_given_again_is_not_its_owner(tmp_path: Path) -> None:
    folder = dead_journal(tmp_path)
    change_header(folder, pid=os.getppid())
    assert [one.alive for one in find_journals(tmp_path)] == [False]

    change_header(folder, boot_id="before the machine was started again")
    assert [one.alive for one in find_journals(tmp_path)] == [False]


@pytest.mark.parametrize(
    ("changes", "refusal", "says"),
    [
        ({"format": 2}, NotSupported, "update Headrace"),
        ({"uid": 4_000_000}, PermissionDenied, "belongs to the user with the id 4000000"),
    ],
)
def test_journal_that_is_not_for_us_is_refused_and_left_untouched(
    tmp_path: Path, changes: dict[str, object], refusal: type[HeadraceError], says: str
) -> None:
    folder = dead_journal(tmp_path)
    change_header(folder, **changes)
    before = {path: path.read_bytes() for path in folder.iterdir()}

    with pytest.raises(refusal, match=says):
        adopt(folder)
    (found,) = find_journals(tmp_path)

    assert isinstance(found.refusal, refusal)
    assert found.header is None
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_newer_format_is_told_even_if_its_header_has_other_fields(tmp_path: Path) -> None:
    folder = dead_journal(tmp_path)
    (folder / "header.json").write_text(json.dumps({"format": 7, "owner": "somebody"}))

    with pytest.raises(NotSupported, match="has format 7"):
        read_header(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "x"}', '{"format": 1}', "\xff"])
def test_header_that_cannot_be_read_is_refused(tmp_path: Path, text: str) -> None:
    folder = dead_journal(tmp_path)
    (folder / "header.json").write_text(text, encoding="latin-1")

    with pytest.raises(InvalidState, match="cannot be read"):
        adopt(folder)
    assert len(find_journals(tmp_path)) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_folder_of_another_user_is_refused_whatever_its_header_says(tmp_path: Path) -> None:
    folder = dead_journal(tmp_path)
    os.chown(folder, 12345, -1)

    with pytest.raises(PermissionDenied, match="12345"):
        adopt(folder)


def test_note_is_read_back_and_a_damaged_one_counts_as_none(tmp_path: Path) -> None:
    written = make_journal(tmp_path)
    assert read_note(written.folder) == State()

    note(written.folder, 5, 3)
    note(written.folder, 7, 5, "away")

    state = read_note(written.folder)
    assert (state.applied, state.durable, state.error) == (7, 5, "away")
    (written.folder / "state.json").write_bytes(b'{"applied"')
    assert read_note(written.folder) == State()
    assert [path.name for path in written.folder.glob("*.tmp")] == []


def test_clock_that_goes_back_decides_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = make_journal(tmp_path)
    series = written.series(RUN, "loss")
    now = time.time()
    for number in range(1, 4):
        monkeypatch.setattr(time, "time", lambda number=number: now - number * 1_000_000)
        written.append_point(series, number, int(time.time() * 1000), 0.0)
        note(written.folder, number, number)

    assert [item[2] for item in read_all(written.folder)] == [1, 2, 3]
    assert read_note(written.folder).applied == 3
    assert JournalReader(written.folder).count(3) == 0
