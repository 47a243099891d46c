"""Parts of files that go to a socket without being read."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from headrace.artifacts.streams import SENDS_FILES, CountedRange, FileRange

_SIZE = 8 << 20
_OFFSET = 4097

pytestmark = pytest.mark.skipif(not SENDS_FILES, reason="this system has no sendfile")


@pytest.fixture
def content(tmp_path: Path) -> bytes:
    data = os.urandom(_OFFSET + _SIZE + 5)
    (tmp_path / "file").write_bytes(data)
    return data[_OFFSET : _OFFSET + _SIZE]


@pytest.fixture
def file(tmp_path: Path, content: bytes) -> Iterator[int]:
    descriptor = os.open(tmp_path / "file", os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


def _receive(connection: socket.socket, into: list[bytes]) -> None:
    while piece := connection.recv(1 << 16):
        into.append(piece)


def _send_all(part: FileRange | CountedRange, connection: socket.socket) -> None:
    while part.send_to(connection, _SIZE):
        pass


def test_exactly_the_part_arrives_and_is_counted(file: int, content: bytes) -> None:
    counts: list[int] = []
    arrived: list[bytes] = []
    ours, theirs = socket.socketpair()
    ours.settimeout(30)
    with ours, theirs:
        receiving = threading.Thread(target=_receive, args=(theirs, arrived))
        receiving.start()
        part = CountedRange(FileRange(file, _OFFSET, _SIZE), counts.append)
        _send_all(part, ours)
        ours.shutdown(socket.SHUT_WR)
        receiving.join(30)
    assert b"".join(arrived) == content
    assert sum(counts) == _SIZE == part.tell()


def test_a_silent_receiver_is_given_up(file: int) -> None:
    ours, theirs = socket.socketpair()
    ours.settimeout(0.05)
    part = FileRange(file, _OFFSET, _SIZE)
    with ours, theirs, pytest.raises(TimeoutError):
        _send_all(part, ours)
    assert 0 < part.tell() < _SIZE


def test_a_file_that_ends_early_sends_no_more(file: int, tmp_path: Path) -> None:
    os.truncate(tmp_path / "file", _OFFSET)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert FileRange(file, _OFFSET, _SIZE).send_to(ours, _SIZE) == 0
