"""Large files: passed on piece by piece, never held whole."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from headrace.artifacts.base import CHUNK, ArtifactStore
from headrace.artifacts.copies import Copied, copy_stream
from headrace.testing.artifacts.make import GivenStream, listed

LARGE = 160 * CHUNK
# What a store may hold while a large file passes: some pieces for each of its connections, and a
# server of it in this process as much again.
MEMORY_LIMIT = 96 * CHUNK


@contextmanager
def bounded_memory() -> Iterator[None]:
    """Fail if memory grows beyond the limit inside the block: Python's own, and the process's."""
    before = _reset_peak()
    tracemalloc.start()
    try:
        yield
        _, held = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < MEMORY_LIMIT
    if before is not None:
        assert (_memory("VmHWM") or 0) - before < MEMORY_LIMIT


class StreamSuite:
    """What a store does with a file that is larger than the memory it may use."""

    def test_a_large_file_never_sits_in_memory(self, store: ArtifactStore, tmp_path: Path) -> None:
        sent = tmp_path / "sent"
        with sent.open("wb") as file:
            expected = copy_stream(GivenStream(LARGE).as_binary(), file)

        with bounded_memory():
            store.put_file(sent, "large")
            store.download("large", tmp_path)

        assert listed(store) == [("large", False, LARGE)]
        assert _describe(tmp_path / "large") == expected

    def test_a_large_stream_never_sits_in_memory(
        self, store: ArtifactStore, tmp_path: Path
    ) -> None:
        with bounded_memory():
            store.write("large", GivenStream(LARGE).as_binary())
            with store.open("large") as stream, (tmp_path / "nowhere").open("wb") as file:
                found = copy_stream(stream, file)

        with (tmp_path / "expected").open("wb") as file:
            assert found == copy_stream(GivenStream(LARGE).as_binary(), file)


def _describe(local: Path) -> Copied:
    with local.open("rb") as source, Path("/dev/null").open("wb") as nowhere:
        return copy_stream(source, nowhere)


def _reset_peak() -> int | None:
    """Let the process's peak of memory begin anew; return what it uses now, where that is known."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
        return _memory("VmRSS")
    return None


def _memory(name: str) -> int | None:
    """Return one line of Linux's account of this process's memory, in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return None
