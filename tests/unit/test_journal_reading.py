"""A journal is read past any damage: what is whole arrives, what is not is told by its numbers."""

from __future__ import annotations

import random
import tracemalloc
from pathlib import Path

import pytest

from headrace.api.journals import JournalEntry
from headrace.api.tracking import SetTag
from headrace.client.journal import Journal, JournalReader, segments
from headrace.client.journal.frames import SERIES, open_frame
from tests.journals import OTHER_RUN, RUN, batches, items, make_journal, read_all


def write_some(folder: Path, rounds: int = 2) -> Journal:
    """Return a closed journal with records of every kind."""
    journal = make_journal(folder)
    loss, acc = journal.series(RUN, "loss"), journal.series(OTHER_RUN, "acc")
    for step in range(rounds):
        journal.append_point(loss, step, 7, step / 3)
        journal.append(JournalEntry(set_tag=SetTag(run_id=RUN, key="k", value=str(step))))
        journal.append_point(acc, step, 8, step / 7)
        journal.append_points(step, 9, [loss, journal.series(RUN, "lr")], [1.0, 2.0])
    for step in range(20):
        journal.append_point(loss, 100 + step, 7, 0.5)
    journal.close()
    return journal


def segment_of(journal: Journal) -> Path:
    return segments.segment_path(journal.folder, 1)


def items_by_record(folder: Path) -> dict[int, list[tuple[object, ...]]]:
    """Return what each readable record holds, by its number; read one record at a time."""
    reader = JournalReader(folder, final=True)
    found: dict[int, list[tuple[object, ...]]] = {}
    after = 0
    while batch := reader.read(after, max_points=1, max_bytes=1):
        after = batch.last
        number = batch.first
        for entry in batch.entries:
            if not entry.skip:
                assert entry.records == 1
                found[number] = items([entry])
            number += entry.records
    reader.close()
    return found


@pytest.mark.parametrize("max_points", [1, 2, 7, 1000])
@pytest.mark.parametrize("max_bytes", [1, 60, 500, 100_000])
def test_limits_divide_but_lose_nothing(tmp_path: Path, max_points: int, max_bytes: int) -> None:
    journal = write_some(tmp_path)
    everything = read_all(journal.folder)

    reader = JournalReader(journal.folder)
    found = []
    for batch in batches(reader, max_points=max_points, max_bytes=max_bytes):
        points = [len(e.log_points.values) for e in batch.entries if e.log_points]
        assert sum(points) <= max(max_points, 2)  # a record is never divided
        found += items(batch.entries)

    assert found == everything
    assert len(everything) == 30


def test_large_record_is_taken_alone(tmp_path: Path) -> None:
    journal = make_journal(tmp_path)
    for size in (10, 3_000_000, 10):
        journal.append(JournalEntry(set_tag=SetTag(run_id=RUN, key="k", value="x" * size)))

    found = list(batches(JournalReader(journal.folder), max_bytes=1000))

    assert [batch[:2] for batch in found] == [(1, 1), (2, 2), (3, 3)]


def test_reading_begins_behind_any_mark_and_can_be_repeated(tmp_path: Path) -> None:
    journal = write_some(tmp_path)
    reader = JournalReader(journal.folder)
    expected = items_by_record(journal.folder)
    marks = [*range(journal.last)] * 2
    random.Random(5).shuffle(marks)

    for mark in marks:
        for _ in range(2):
            batch = reader.read(mark, max_points=1, max_bytes=10_000)
            assert batch is not None
            assert batch.first == mark + 1
            assert items(batch.entries)[: len(expected[mark + 1])] == expected[mark + 1]
    assert reader.read(journal.last, max_points=1, max_bytes=10_000) is None
    assert reader.read(journal.last + 5, max_points=1, max_bytes=10_000) is None


def test_counts_for_a_listing(tmp_path: Path) -> None:
    journal = write_some(tmp_path)
    reader = JournalReader(journal.folder)

    assert (reader.first, reader.last(), reader.count(), reader.count(20)) == (1, 28, 28, 8)
    empty = JournalReader(make_journal(tmp_path).folder)
    assert (empty.first, empty.last(), empty.count(), empty.count(9)) == (1, 0, 0, 0)


def test_reading_opens_again_after_it_was_closed(tmp_path: Path) -> None:
    journal = write_some(tmp_path)
    reader = JournalReader(journal.folder)
    assert reader.read(0, max_points=1, max_bytes=1) is not None
    reader.close()

    batch = reader.read(1, max_points=1000, max_bytes=100_000)

    assert batch is not None
    assert batch[:2] == (2, 28)


# --- damage --------------------------------------------------------------------------------------


def test_every_byte_flipped_costs_only_what_it_stands_in(tmp_path: Path) -> None:
    journal = write_some(tmp_path, rounds=1)
    path = segment_of(journal)
    sound = path.read_bytes()
    expected = items_by_record(journal.folder)
    owner = _records_of_bytes(sound, expected)

    for place in range(len(sound)):
        damaged = bytearray(sound)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        hit = owner[place]
        left = {number: item for number, item in expected.items() if number not in hit}

        assert items_by_record(journal.folder) == left, place
        skipped = [item for item in read_all(journal.folder, final=True) if item[0] == "skip"]
        # Of the last record nobody can tell that it was there.
        told = 0 if hit == {journal.last} else len(hit)
        assert sum(records for _, records in skipped) == told, place


def _records_of_bytes(data: bytes, expected: dict[int, list[tuple[object, ...]]]) -> list[set[int]]:
    """Return for each byte which records cannot be read without it."""
    owners: list[set[int]] = []
    at = 0
    while at < len(data):
        frame = open_frame(data, at)
        assert frame is not None
        hit = {frame.number}
        if frame.kind == SERIES:
            name = {1: "loss", 2: "acc", 3: "lr"}[frame.number]
            hit = {n for n, found in expected.items() if any(one[1] == name for one in found)}
        owners += [hit] * frame.size
        at += frame.size
    return owners


def test_every_cut_leaves_what_is_whole(tmp_path: Path) -> None:
    journal = write_some(tmp_path, rounds=1)
    path = segment_of(journal)
    sound = path.read_bytes()
    expected = items_by_record(journal.folder)
    ends = {}
    at = 0
    while frame := open_frame(sound, at):
        at += frame.size
        if frame.kind != SERIES:
            ends[frame.number] = at

    for length in range(len(sound)):
        path.write_bytes(sound[:length])
        left = {number: expected[number] for number, end in ends.items() if end <= length}

        assert items_by_record(journal.folder) == left, length
        assert JournalReader(journal.folder).last() == len(left)
        assert not any(item[0] == "skip" for item in read_all(journal.folder, final=True))


def test_damaged_name_is_learnt_from_where_it_stands_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "CHAPTER_SIZE", 2000)
    monkeypatch.setattr(segments, "SEGMENT_SIZE", 6000)
    journal = make_journal(tmp_path)
    for step in range(300):
        journal.append_point(journal.series(RUN, "loss"), step, 0, 0.0)
    everything = read_all(journal.folder)
    path = segment_of(journal)
    data = bytearray(path.read_bytes())
    for _ in range(3):
        place = data.find(RUN.encode())
        data[place : place + 4] = b"none"
        path.write_bytes(data)

        assert read_all(journal.folder) == everything
    assert RUN.encode() not in data  # the next file has it


def test_a_reader_does_not_keep_the_names_of_all_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "SEGMENT_SIZE", 20_000)
    journal = make_journal(tmp_path)
    count = 8_000
    for number in range(count):
        run = f"{number:032x}"
        journal.append_point(journal.series(run, "k" * 200), number, 0, 0.0)
        journal.forget_run(run)
    reader = JournalReader(journal.folder)
    read = 0
    tracemalloc.start()
    try:
        for batch in batches(reader, max_points=100):
            read += len(batch.entries)
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        reader.close()

    assert read == count
    assert size < count * 200 / 4  # far less than all the keys


def test_a_reader_goes_back_over_the_border_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it must if the store has not taken the batch after all."""
    monkeypatch.setattr(segments, "SEGMENT_SIZE", 400)
    journal = make_journal(tmp_path)
    for number in range(60):
        key = f"m{number // 4}"  # some are named in one file only
        journal.append_point(journal.series(RUN, key), number, 0, 0.0)
    everything = read_all(journal.folder)
    assert len(segments.list_segments(journal.folder)) > 5

    for size in (1, 3, 7):
        reader = JournalReader(journal.folder)
        found, after = [], 0
        while batch := reader.read(after, max_points=size, max_bytes=1 << 20):
            again = reader.read(after, max_points=size, max_bytes=1 << 20)
            assert again == batch
            found += items(batch.entries)
            after = batch.last
        reader.close()
        assert found == everything


@pytest.mark.parametrize("garbage", [b"\0" * 5000, b"\xf1HRJ" * 700, b"x", bytes(range(256)) * 3])
def test_garbage_in_the_middle_is_put_aside(tmp_path: Path, garbage: bytes) -> None:
    journal = write_some(tmp_path)
    everything = read_all(journal.folder)
    path = segment_of(journal)
    data = path.read_bytes()
    at = 0
    while (frame := open_frame(data, at)) and frame.number != 10:
        at += frame.size
    path.write_bytes(data[:at] + garbage + data[at:])

    reader = JournalReader(journal.folder)
    found = [item for batch in batches(reader) for item in items(batch.entries)]

    assert found == everything  # no record is missing
    assert reader.corrupt == 1
    (aside,) = (tmp_path / "corrupt").iterdir()
    assert aside.name.startswith(journal.id)
    assert aside.read_bytes() == garbage
    # A second reader meets the same place, and does not count it again.
    again = JournalReader(journal.folder)
    assert len(list(batches(again))) == 1
    assert again.corrupt == 0


def test_lost_middle_of_a_file_becomes_one_skip(tmp_path: Path) -> None:
    journal = make_journal(tmp_path)
    series = journal.series(RUN, "loss")
    for step in range(1, 501):
        journal.append_point(series, step, 0, 0.0)
    journal.close()
    path = segment_of(journal)
    data = bytearray(path.read_bytes())
    frame = 49
    begin = len(data) - 400 * frame
    data[begin : begin + 250 * frame - 20] = bytes(250 * frame - 20)
    path.write_bytes(data)

    found = read_all(journal.folder)

    assert [item[2] for item in found[:100]] == list(range(1, 101))
    assert found[100] == ("skip", 250)
    assert [item[2] for item in found[101:]] == list(range(351, 501))


def test_lost_file_becomes_a_skip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "SEGMENT_SIZE", 400)
    journal = make_journal(tmp_path)
    for step in range(1, 101):
        journal.append_point(journal.series(RUN, "loss"), step, 0, 0.0)
    listed = segments.list_segments(journal.folder)
    segments.segment_path(journal.folder, listed[3]).unlink()

    found = read_all(journal.folder)

    assert found[listed[3] - 1] == ("skip", listed[4] - listed[3])
    assert len(found) == 100 - (listed[4] - listed[3]) + 1


def test_tail_that_is_not_whole_is_not_there_yet(tmp_path: Path) -> None:
    journal = make_journal(tmp_path)
    journal.append_point(journal.series(RUN, "loss"), 1, 0, 0.0)
    path = segment_of(journal)
    before = path.read_bytes()
    journal.append_point(journal.series(RUN, "loss"), 2, 0, 0.0)
    whole = path.read_bytes()
    reader = JournalReader(journal.folder)

    for length in range(len(before), len(whole)):
        path.write_bytes(whole[:length])
        batch = reader.read(0, max_points=10, max_bytes=1000)
        assert batch is not None
        assert batch.last == 1
        assert reader.read(1, max_points=10, max_bytes=1000) is None
    path.write_bytes(whole)

    batch = reader.read(1, max_points=10, max_bytes=1000)
    assert batch is not None
    assert batch.last == 2
    assert reader.corrupt == 0
    assert not (tmp_path / "corrupt").exists()


def test_bad_tail_of_a_dead_journal_is_put_aside(tmp_path: Path) -> None:
    journal = write_some(tmp_path)
    with segment_of(journal).open("ab") as stream:
        stream.write(b"torn")

    found = read_all(journal.folder, final=True)

    assert not any(item[0] == "skip" for item in found)
    assert [path.read_bytes() for path in (tmp_path / "corrupt").iterdir()] == [b"torn"]


def test_writer_goes_on_behind_a_torn_place(tmp_path: Path) -> None:
    journal = make_journal(tmp_path)
    series = journal.series(RUN, "loss")
    journal.append_point(series, 1, 0, 0.0)
    with segment_of(journal).open("ab") as stream:
        stream.write(segment_of(journal).read_bytes()[-49:-9])
    journal.append_point(series, 2, 0, 0.0)

    assert [item[2] for item in read_all(journal.folder)] == [1, 2]


def test_sound_frame_with_senseless_content_is_skipped(tmp_path: Path) -> None:
    from headrace.client.journal.frames import ENTRY, POINT, POINTS, seal

    journal = make_journal(tmp_path)
    series = journal.series(RUN, "loss")
    journal.append_point(series, 1, 0, 0.0)
    senseless = [
        (ENTRY, b"\xc1"),
        (ENTRY, b""),
        (POINT, b"short"),
        (POINTS, b"short"),
        (POINTS, bytes(16) + b"\xff\xff\xff\xff"),
        (POINTS, bytes(20)),
        (99, b"of another time"),
    ]
    with segment_of(journal).open("ab") as stream:
        for number, (kind, payload) in enumerate(senseless, 2):
            stream.write(seal(kind, number, payload))
        stream.write(seal(SERIES, 5, b"\xc1"))
    journal.last += len(senseless)
    journal.append_point(series, 2, 0, 0.0)

    found = read_all(journal.folder)

    assert [item[:3] for item in found if item[0] == RUN] == [(RUN, "loss", 1), (RUN, "loss", 2)]
    assert sum(item[1] for item in found if item[0] == "skip") == len(senseless)
