"""A journal takes what is logged, and gives it back in its order, whatever happens meanwhile."""

from __future__ import annotations

import math
import os
import signal
import stat
import subprocess
import sys
import threading
import tracemalloc
from contextlib import suppress
from itertools import count
from pathlib import Path

import msgspec
import pytest

from headrace.api.journals import EnsureRun, JournalEntry
from headrace.api.tracking import SetTag
from headrace.client.journal import JournalReader, Origin, adopt, journal, segments
from headrace.errors import HeadraceError, InvalidParameterValue, InvalidState
from tests.journals import OTHER_RUN, RUN, batches, make_journal, read_all


def tag(value: str) -> JournalEntry:
    return JournalEntry(set_tag=SetTag(run_id=RUN, key="k", value=value))


def test_all_kinds_come_back_in_order(tmp_path: Path) -> None:
    written = make_journal(tmp_path)
    loss, acc = written.series(RUN, "loss"), written.series(RUN, "acc")
    begin = JournalEntry(ensure_run=EnsureRun(run_id=RUN, experiment_name="vision"))

    numbers = [
        written.append(begin),
        written.append_point(loss, 1, 100, 0.5),
        written.append_points(2, 200, [loss, acc], [math.nan, -math.inf]),
        written.append(tag("v")),
        written.append_point(acc, -(2**63), 2**63 - 1, -0.0),
    ]

    assert numbers == [1, 2, 3, 4, 5]
    assert written.last == 5
    assert read_all(written.folder) == [
        ("entry", msgspec.json.encode(begin)),
        (RUN, "loss", 1, 100, "0.5"),
        (RUN, "loss", 2, 200, "nan"),
        (RUN, "acc", 2, 200, "-inf"),
        ("entry", msgspec.json.encode(tag("v"))),
        (RUN, "acc", -(2**63), 2**63 - 1, "-0.0"),
    ]


def test_point_records_of_one_run_share_an_entry(tmp_path: Path) -> None:
    written = make_journal(tmp_path)
    mine, other = written.series(RUN, "loss"), written.series(OTHER_RUN, "loss")
    for step in range(40):
        written.append_point(mine, step, 0, 0.0)
    written.append_points(40, 0, [mine, written.series(RUN, "acc")], [0.0, 1.0])
    for step in range(3):
        written.append_point(other, step, 0, 0.0)
    written.append_point(mine, 41, 0, 0.0)

    (batch,) = batches(JournalReader(written.folder))

    found = [(e.records, e.log_points.run_id) for e in batch.entries if e.log_points]
    assert found == [(41, RUN), (3, OTHER_RUN), (1, RUN)]
    assert batch.entries[0].log_points is not None
    assert len(batch.entries[0].log_points.values) == 42


def test_runs_that_alternate_keep_their_points_apart(tmp_path: Path) -> None:
    written = make_journal(tmp_path)
    series = [written.series(RUN, "loss"), written.series(OTHER_RUN, "loss")]
    for step in range(300):
        written.append_point(series[step // 3 % 2], step, 0, 0.0)

    found = read_all(written.folder)

    assert [(run, step) for run, _, step, *_ in found] == [
        ((RUN, OTHER_RUN)[step // 3 % 2], step) for step in range(300)
    ]


def test_reader_of_this_process_sees_a_record_at_once(tmp_path: Path) -> None:
    written = make_journal(tmp_path)
    reader = JournalReader(written.folder)
    assert reader.read(0, max_points=10, max_bytes=1000) is None

    for number in range(1, 50):
        written.append_point(written.series(RUN, "loss"), number, 0, 0.0)
        batch = reader.read(number - 1, max_points=10, max_bytes=1000)
        assert batch is not None
        assert batch[:2] == (number, number)


def test_segments_rotate_and_each_stands_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "SEGMENT_SIZE", 400)
    written = make_journal(tmp_path)
    series = [written.series(RUN, key) for key in "abc"]
    for step in range(200):
        written.append_point(series[step % 3], step, 0, 0.0)
        if step % 20 == 0:
            written.append(tag(str(step)))
    before = len(segments.list_segments(written.folder))
    assert before > 20
    everything = read_all(written.folder)
    assert len(everything) == 210

    JournalReader(written.folder).discard(100)

    left = JournalReader(written.folder)
    assert 90 < left.first <= 101
    rest = list(batches(left, 100))
    assert rest[-1].last == written.last == 210
    assert written.size == sum(f.stat().st_size for f in written.folder.glob("*.seg"))
    with pytest.raises(InvalidState, match="restored from a backup"):
        left.read(0, max_points=1, max_bytes=1)


def test_discarding_never_takes_the_file_that_is_written(tmp_path: Path) -> None:
    written = make_journal(tmp_path)
    written.append(tag("v"))

    JournalReader(written.folder).discard(1)
    written.append(tag("w"))

    assert JournalReader(written.folder).last() == 2


def test_threads_append_at_once_each_in_its_order(tmp_path: Path) -> None:
    written = make_journal(tmp_path)

    def log(key: str) -> None:
        for step in range(500):
            if step % 50 == 49:
                written.append(tag(f"{key}{step}"))
            written.append_point(written.series(RUN, key), step, 0, 0.0)

    threads = [threading.Thread(target=log, args=(f"k{i}",)) for i in range(6)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        written.sync()
    for thread in threads:
        thread.join()

    found = read_all(written.folder)
    assert written.last == 6 * 510
    assert len(found) == written.last
    for i in range(6):
        assert [item[2] for item in found if item[1] == f"k{i}"] == list(range(500))


def test_forgotten_run_may_log_again(tmp_path: Path) -> None:
    written = make_journal(tmp_path)
    written.append_point(written.series(RUN, "loss"), 1, 0, 0.0)
    kept = written.series(OTHER_RUN, "loss")

    written.forget_run(RUN)
    written.append_point(written.series(RUN, "loss"), 2, 0, 0.0)
    written.append_point(kept, 3, 0, 0.0)

    assert [item[:3] for item in read_all(written.folder)] == [
        (RUN, "loss", 1),
        (RUN, "loss", 2),
        (OTHER_RUN, "loss", 3),
    ]


def test_entry_that_is_too_large_is_refused(tmp_path: Path) -> None:
    written = make_journal(tmp_path)

    with pytest.raises(InvalidParameterValue, match="log large texts as artifacts"):
        written.append(tag("x" * (16 * 1024 * 1024)))

    written.append(tag("x" * (15 * 1024 * 1024)))
    assert len(read_all(written.folder)) == 1


def test_files_are_only_for_their_user(tmp_path: Path) -> None:
    written = make_journal(tmp_path / "journals")
    written.append(tag("v"))

    assert stat.S_IMODE((tmp_path / "journals").stat().st_mode) == 0o700
    assert stat.S_IMODE(written.folder.stat().st_mode) == 0o700
    for path in written.folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_journal_that_cannot_be_made_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(HeadraceError, match="HEADRACE_JOURNAL_DIR"):
        make_journal(tmp_path / "file" / "journals")


def test_sync_tells_what_is_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "SEGMENT_SIZE", 400)
    written = make_journal(tmp_path)
    assert written.sync() == 0
    for step in range(100):
        written.append_point(written.series(RUN, "loss"), step, 0, 0.0)

    assert written.sync() == 100
    assert written.synced == 100


def test_descriptors_stay_few_if_nobody_syncs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "SEGMENT_SIZE", 100)
    written = make_journal(tmp_path)
    for step in range(300):
        written.append_point(written.series(RUN, "loss"), step, 0, 0.0)

    assert 0 < len(descriptors(tmp_path)) < 20
    written.close()
    assert descriptors(tmp_path) == []


def descriptors(folder: Path) -> list[str]:
    """Return what this process has open below a folder; other threads open files of their own."""
    links = []
    for name in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):
            links.append(os.readlink(f"/proc/self/fd/{name}"))
    return [link for link in links if link.startswith(f"{folder}/")]


def test_fsync_always_has_each_record_there(tmp_path: Path) -> None:
    written = make_journal(tmp_path, fsync_always=True)
    for step in range(5):
        written.append_point(written.series(RUN, "loss"), step, 0, 0.0)

    assert len(read_all(written.folder)) == 5


def test_closed_journal_takes_nothing(tmp_path: Path) -> None:
    written = make_journal(tmp_path)
    series = written.series(RUN, "loss")
    written.append_point(series, 1, 0, 0.0)
    assert written.owned

    written.close()
    written.close()

    assert not written.owned
    for append in (
        lambda: written.append_point(series, 2, 0, 0.0),
        lambda: written.append(tag("v")),
        written.sync,
    ):
        with pytest.raises(InvalidState, match="closed"):
            append()
    assert len(read_all(written.folder)) == 1


def test_removed_journal_is_gone(tmp_path: Path) -> None:
    written = make_journal(tmp_path)
    written.append(tag("v"))
    reader = JournalReader(written.folder)

    written.remove()
    written.remove()

    assert list(tmp_path.iterdir()) == []
    assert reader.read(0, max_points=1, max_bytes=100) is None


def test_memory_stays_flat_while_nothing_is_shipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "SEGMENT_SIZE", 300_000)
    written = make_journal(tmp_path)
    series = [written.series(RUN, f"k{i}") for i in range(10)]
    reader = JournalReader(written.folder)

    def log_and_read(points: int) -> int:
        first = written.last
        for step in range(points):
            written.append_point(series[step % 10], step, 0, 0.0)
        read = sum(batch.last - batch.first + 1 for batch in batches(reader, first))
        assert read == points
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        before = log_and_read(10_000)
        after = log_and_read(50_000)
    finally:
        tracemalloc.stop()

    assert after - before < 100_000  # bytes; a number kept for each point would take 1.6 million


# --- interrupted ---------------------------------------------------------------------------------


def test_signal_handler_may_log(tmp_path: Path) -> None:
    written = make_journal(tmp_path)
    mine, handlers = written.series(RUN, "mine"), written.series(RUN, "handlers")
    calls = count()

    def handle(*_: object) -> None:
        written.append_point(handlers, next(calls), 0, 0.0)

    previous = signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)
    try:
        for step in range(30_000):
            written.append_point(mine, step, 0, 0.0)
            if step % 100 == 0:
                written.append_points(step, 0, [written.series(RUN, "several")], [0.0])
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    written.sync()

    found = read_all(written.folder)
    handled = next(calls)
    assert handled > 100
    assert (written.lost, written.unprotected) == (0, 0)
    assert [item[2] for item in found if item[1] == "mine"] == list(range(30_000))
    # Sorted: a handler may be interrupted too.
    assert sorted(item[2] for item in found if item[1] == "handlers") == list(range(handled))
    assert len(found) == written.last


def test_interrupted_calls_leave_no_double_and_close_no_way(tmp_path: Path) -> None:
    written = make_journal(tmp_path)
    series = written.series(RUN, "loss")
    returned = []

    class Interrupted(BaseException):
        pass

    def interrupt(*_: object) -> None:
        raise Interrupted

    def log_until_interrupted(seconds: float) -> None:
        nonlocal step
        signal.setitimer(signal.ITIMER_REAL, seconds)
        while True:
            step += 1
            written.append_point(series, step, 0, 0.0)
            returned.append(step)

    step = 0
    previous = signal.signal(signal.SIGALRM, interrupt)
    try:
        for delay in range(1, 500):
            with pytest.raises(Interrupted):
                log_until_interrupted(delay / 1_000_000)
    finally:
        signal.signal(signal.SIGALRM, previous)

    steps = [item[2] for item in read_all(written.folder) if item[0] == RUN]
    assert len(steps) == len(set(steps))
    assert set(returned) <= set(steps)
    assert written.unprotected == 0


def test_forked_child_never_writes_into_the_parents_journal(tmp_path: Path) -> None:
    written = make_journal(tmp_path)
    series = written.series(RUN, "loss")
    written.append_point(series, 1, 0, 0.0)

    child = os.fork()
    if child == 0:
        code = 1
        try:
            refused = 0
            for append in (lambda: written.append_point(series, 2, 0, 0.0), written.sync):
                try:
                    append()
                except InvalidState:
                    refused += 1
            written.close()
            written.remove()
            own = make_journal(tmp_path)
            own.append_point(own.series(RUN, "loss"), 3, 0, 0.0)
            code = 0 if refused == 2 and not written.owned and adopt(written.folder) is None else 2
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0

    written.append_point(series, 4, 0, 0.0)
    assert [item[2] for item in read_all(written.folder)] == [1, 4]
    (childs,) = [f for f in tmp_path.iterdir() if f != written.folder]
    adopted = adopt(childs)
    assert adopted is not None
    assert [item[2] for item in read_all(childs)] == [3]
    adopted.remove()


# --- a disk that takes nothing -------------------------------------------------------------------

LIMITED = """
import resource, sys
from pathlib import Path
from headrace.client.journal import journal
from tests.journals import RUN, make_journal, read_all

written = make_journal(Path(sys.argv[1]))
series = written.series(RUN, "loss")
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
journal.MAX_WAITING = 50
for step in range(20):
    assert written.append_point(series, step, 0, 0.0)
resource.setrlimit(resource.RLIMIT_FSIZE, (1100, hard))
numbers = [written.append_point(series, step, 0, 0.0) for step in range(20, 100)]
taken = sum(number > 0 for number in numbers)
assert numbers == list(range(21, 21 + taken)) + [0] * (80 - taken), numbers
assert 0 < taken < 10
assert written.append_points(100, 0, [series], [1.0]) == 0
assert (written.unprotected, written.lost, written.last) == (50, 31 - taken, 20 + taken)
assert len(read_all(written.folder)) == written.last
written.sync()
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
assert written.append_point(series, 101, 0, 0.0) == 71 + taken
assert written.append_point(series, 102, 0, 0.0) == 72 + taken
assert (written.unprotected, written.last) == (0, 72 + taken)
steps = [item[2] for item in read_all(written.folder)]
assert steps == [*range(70 + taken), 101, 102], steps
"""


def test_full_disk_holds_records_in_memory_and_goes_on_after_it(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path)], capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr


def test_full_disk_at_the_start_is_told(tmp_path: Path) -> None:
    script = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from tests.journals import make_journal\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))\n"
        "make_journal(Path(sys.argv[1]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True
    )

    assert "HeadraceError: No journal can be made" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_waiting_memory_is_bounded_in_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "SEGMENT_SIZE", 100)
    monkeypatch.setattr(journal, "MAX_WAITING_BYTES", 5000)
    written = make_journal(tmp_path)
    written.append(tag("x" * 200))
    # The next segment cannot be made: a folder has its name.
    blocked = segments.segment_path(written.folder, 2)
    blocked.mkdir()

    assert [written.append(tag("y" * 1000)) for _ in range(8)] == [0] * 8
    assert (written.unprotected, written.lost) == (4, 4)

    blocked.rmdir()
    assert written.sync() == 5
    written.close()
    assert len(read_all(written.folder)) == 5


def test_origin_carries_no_password() -> None:
    origin = Origin.here("https://me:secret@host/prefix")

    assert origin.store == "https://me@host/prefix"
