"""Objects that come in several ranges at a time, each of which is written where it belongs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from headrace.artifacts.digests import digest_of
from headrace.artifacts.object_reads import RANGE_SIZE, copy_ranges
from headrace.errors import ResourceConflict, TemporarilyUnavailable

_PIECE = (1 << 20) - 3  # no range ends with a piece of what was asked for as a whole
_SIZE = 2 * RANGE_SIZE + 3 * _PIECE + 17


@pytest.fixture(scope="module")
def content() -> memoryview:
    block = os.urandom(_PIECE + 1)  # so that no two ranges are alike
    return memoryview(block * (_SIZE // len(block) + 1))[:_SIZE]


def _opener(
    content: memoryview, before: Callable[[int], None] = lambda at: None
) -> Callable[[int, int], Iterator[memoryview]]:
    """Return what opens ranges of a content; `before` is told of each piece, and may fail."""

    def open_range(start: int, end: int) -> Iterator[memoryview]:
        for at in range(start, end, _PIECE):
            before(at)
            yield content[at : min(at + _PIECE, end)]

    return open_range


def test_ranges_make_the_object_and_its_digest(tmp_path: Path, content: memoryview) -> None:
    with (tmp_path / "copy").open("w+b") as file:
        digest = copy_ranges(_opener(content), _SIZE, file)
        assert file.tell() == _SIZE
    assert digest == digest_of(content)
    assert (tmp_path / "copy").read_bytes() == content


def test_the_pieces_that_come_already_are_not_asked_for_again(
    tmp_path: Path, content: memoryview
) -> None:
    asked = []
    with (tmp_path / "copy").open("w+b") as file:
        pieces = _opener(content)(0, _SIZE)
        digest = copy_ranges(_opener(content, asked.append), _SIZE, file, pieces)
    assert digest == digest_of(content)
    assert min(asked) == RANGE_SIZE


def test_a_range_that_breaks_off_goes_on(
    tmp_path: Path, content: memoryview, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0")
    broken: list[int] = []

    def break_off(at: int) -> None:
        place = RANGE_SIZE + 5 * _PIECE
        if at == place and not broken:
            broken.append(at)
            raise TemporarilyUnavailable("The network is gone.")

    with (tmp_path / "copy").open("w+b") as file:
        assert copy_ranges(_opener(content, break_off), _SIZE, file) == digest_of(content)
    assert broken


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_range_that_fails_fails_the_copy(
    tmp_path: Path, content: memoryview, number: int
) -> None:
    def fail(at: int) -> None:
        if at == number * RANGE_SIZE + _PIECE:
            raise ResourceConflict("The object was replaced.")

    with (tmp_path / "copy").open("w+b") as file, pytest.raises(ResourceConflict):
        copy_ranges(_opener(content, fail), _SIZE, file)
