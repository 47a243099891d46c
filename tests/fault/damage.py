"""Damage to the files of a dead process's journal, and what of it no reader can have any more."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from headrace.client.journal import frames
from headrace.client.journal.segments import list_segments, segment_path

Change = Callable[[bytes, random.Random], bytes]


class _Frame(NamedTuple):
    raw: bytes
    kind: int
    number: int
    series: frozenset[int]
    steps: tuple[int, ...]


def flip_bit(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]


def overwrite(data: bytes, chance: random.Random) -> bytes:
    begin, end = _range(data, chance)
    return data[:begin] + chance.randbytes(end - begin) + data[end:]


def zero(data: bytes, chance: random.Random) -> bytes:
    begin, end = _range(data, chance)
    return data[:begin] + bytes(end - begin) + data[end:]


def cut_out(data: bytes, chance: random.Random) -> bytes:
    begin, end = _range(data, chance)
    return data[:begin] + data[end:]


def insert(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + chance.choice([frames.MAGIC, b""]) + chance.randbytes(30) + data[at:]


def repeat(data: bytes, chance: random.Random) -> bytes:
    """A piece that is there twice, as a file system may leave it."""
    begin, end = _range(data, chance)
    return data[:end] + data[begin:end] + data[end:]


def truncate(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))]


def tear_end(data: bytes, chance: random.Random) -> bytes:
    """The last record is half written."""
    return data[: -chance.randrange(1, 40)]


def litter_end(data: bytes, chance: random.Random) -> bytes:
    """The file was made longer, but what should be there was not written."""
    return data + chance.choice([bytes(200), chance.randbytes(77), data[:33], frames.MAGIC])


CHANGES: list[Change] = [
    *(flip_bit, overwrite, zero, cut_out, insert, repeat, truncate, tear_end, litter_end)
]


class Damage(NamedTuple):
    """What was done to a journal.

    Attributes:
        change: Name of the change.
        step: A step of a point in the journal, which tells whose it is; -1 if there is none.
        records: How many records there were.
        leaves_bad_bytes: Whether something is there that is no record.
        destroyed: Numbers of those that cannot be read any more, or whose metric has no name.
    """

    change: str
    step: int
    records: int
    leaves_bad_bytes: bool
    destroyed: frozenset[int]


def damage(folder: Path, chance: random.Random) -> Damage:
    """Damage one file of a journal."""
    parts = [segment_path(folder, first) for first in list_segments(folder)]
    before = {path: _split(path.read_bytes()) for path in parts}
    victim = chance.choice([path for path in parts if before[path]])
    change = chance.choice(CHANGES)
    changed = change(victim.read_bytes(), chance)
    victim.write_bytes(changed)

    alive = [frame for frame in before[victim] if frame.raw in changed]
    named = {frame.number for frame in alive if frame.kind == frames.SERIES}
    read = {f.number for f in alive if f.kind != frames.SERIES and f.series <= named}
    written = {frame.number for frame in before[victim] if frame.kind != frames.SERIES}
    all_frames = [frame for of_part in before.values() for frame in of_part]
    return Damage(
        change.__name__,
        next((step for frame in all_frames for step in frame.steps), -1),
        sum(frame.kind != frames.SERIES for frame in all_frames),
        change in (flip_bit, overwrite, zero, tear_end),
        frozenset(written - read),
    )


def _split(data: bytes) -> list[_Frame]:
    found, at = [], 0
    while frame := frames.open_frame(data, at):
        series: tuple[int, ...] = ()
        steps: tuple[int, ...] = ()
        if frame.kind == frames.POINT:
            one, step, _, _ = frames.unpack_point(frame.payload)
            series, steps = (one,), (step,)
        elif frame.kind == frames.POINTS:
            step, _, series, _ = frames.unpack_points(frame.payload)
            steps = (step,)
        raw = data[at : at + frame.size]
        found.append(_Frame(raw, frame.kind, frame.number, frozenset(series), steps))
        at += frame.size
    assert at == len(data), "a journal whose writer was not disturbed has sound frames only"
    return found


def _range(data: bytes, chance: random.Random) -> tuple[int, int]:
    begin = chance.randrange(len(data))
    return begin, min(len(data), begin + chance.choice([2, 20, 200, 2000]))
