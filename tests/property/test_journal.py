"""Whatever is logged and whatever then becomes of the file, a journal gives back what is whole."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headrace.api.journals import JournalEntry
from headrace.api.tracking import SetTag
from headrace.client.journal import Journal, JournalReader, segments
from headrace.client.journal.reader import CORRUPT_NAME
from tests.journals import OTHER_RUN, RUN, batches, items, make_journal

int64 = st.integers(-(2**63), 2**63 - 1)
values = st.one_of(st.floats(), st.sampled_from([math.nan, math.inf, -0.0, 5e-324]))
runs = st.sampled_from([RUN, OTHER_RUN])
keys = st.sampled_from(["loss", "acc", "ünï/ 😀"])
one_point = st.tuples(st.just("point"), runs, keys, int64, int64, values)
several = st.tuples(
    st.just("points"), runs, st.lists(st.tuples(keys, values), min_size=1, max_size=5), int64, int64
)
entries = st.tuples(st.just("entry"), st.text(max_size=200).filter(str.isprintable))
many = st.tuples(st.just("many"), runs, keys, st.integers(10, 200))
rows = st.tuples(
    st.just("rows"),
    runs,
    st.dictionaries(keys, values, min_size=1),
    st.integers(1, 40),
)
records = st.lists(st.one_of(one_point, several, entries, many, rows), max_size=40)
checked = settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(autouse=True)
def small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "SEGMENT_SIZE", 2500)
    monkeypatch.setattr(segments, "CHAPTER_SIZE", 700)


def log(journal: Journal, record: tuple[Any, ...]) -> list[list[tuple[Any, ...]]]:
    """Append, and return what each of the new records holds."""
    match record:
        case "point", run, key, step, time, value:
            journal.append_point(journal.series(run, key), step, time, value)
            return [[(run, key, step, time, repr(value))]]
        case "points", run, pairs, step, time:
            series = [journal.series(run, key) for key, _ in pairs]
            journal.append_points(step, time, series, [value for _, value in pairs])
            return [[(run, key, step, time, repr(value)) for key, value in pairs]]
        case "entry", text:
            entry = JournalEntry(set_tag=SetTag(run_id=RUN, key="k", value=text))
            journal.append(entry)
            return [[("entry", msgspec.json.encode(entry))]]
        case "rows", run, pairs, count:
            series = [journal.series(run, key) for key in pairs]
            for step in range(count):
                journal.append_points(step, -step, series, [*pairs.values()])
            return [
                [(run, key, step, -step, repr(value)) for key, value in pairs.items()]
                for step in range(count)
            ]
        case _, run, key, count:
            for step in range(count):
                journal.append_point(journal.series(run, key), step, 0, 0.5)
            return [[(run, key, step, 0, "0.5")] for step in range(count)]


@checked
@given(records, st.integers(1, 300), st.integers(1, 4000), st.booleans())
def test_what_was_logged_is_read(
    tmp_path: Path, logged: list[tuple[Any, ...]], max_points: int, max_bytes: int, discard: bool
) -> None:
    journal = make_journal(tmp_path)
    reader = JournalReader(journal.folder)
    expected: list[tuple[Any, ...]] = []
    found: list[tuple[Any, ...]] = []
    after = 0
    for place, record in enumerate(logged):
        expected += [item for one in log(journal, record) for item in one]
        if place % 7 == 3:
            for batch in batches(reader, after, max_points=max_points, max_bytes=max_bytes):
                found += items(batch.entries)
                after = batch.last
            if discard:
                reader.discard(after)
    for batch in batches(reader, after, max_points=max_points, max_bytes=max_bytes):
        found += items(batch.entries)
        after = batch.last

    assert found == expected
    assert after == journal.last == reader.last()
    assert reader.corrupt == 0
    reader.close()
    journal.remove()


damages = st.lists(
    st.tuples(
        st.floats(0, 1), st.integers(0, 120), st.sampled_from(["flip", "zero", "cut", "add"])
    ),
    min_size=1,
    max_size=4,
)


@checked
@given(records, damages, st.booleans())
def test_damage_costs_what_it_hits_and_nothing_else(
    tmp_path: Path,
    logged: list[tuple[Any, ...]],
    places: list[tuple[float, int, str]],
    final: bool,
) -> None:
    journal = make_journal(tmp_path)
    by_number = [held for record in logged for held in log(journal, record)]
    journal.close()
    for place, length, kind in places:
        damage(journal.folder, place, length, kind)

    reader = JournalReader(journal.folder, final=final)
    number = 0
    for batch in batches(reader, max_points=50):
        for entry in batch.entries:
            if entry.skip is None:
                held = [item for one in by_number[number : number + entry.records] for item in one]
                assert items([entry]) == held
            number += entry.records
    assert number <= journal.last
    assert reader.last() <= journal.last
    # Nothing stops it: the last record that is sound was reached.
    assert number >= reader.last()
    reader.close()
    for path in (tmp_path / CORRUPT_NAME).glob("*"):
        path.unlink()


def damage(folder: Path, place: float, length: int, kind: str) -> None:
    """Spoil some bytes of one of a journal's files."""
    files = sorted(folder.glob("*.seg"))
    path = files[int(place * (len(files) - 1))]
    data = path.read_bytes()
    at = int(place * len(data))
    match kind:
        case "flip":
            middle = bytes(255 - one for one in data[at : at + 1]) + data[at + 1 : at + length]
        case "zero":
            middle = bytes(len(data[at : at + length]))
        case "cut":
            middle = b""
        case _:
            middle = data[at : at + length] * 2
    path.write_bytes(data[:at] + middle + data[at + length :])
