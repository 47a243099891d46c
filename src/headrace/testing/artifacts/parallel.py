"""Many at once: threads, writers of one path, forked children."""

from __future__ import annotations

import os
import signal
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

from headrace.artifacts.base import ArtifactStore
from headrace.testing.artifacts.make import files_in, listed, put, read

# More than a forked child needs on a busy machine; one that hangs never ends by itself.
CHILD_SECONDS = 30.0


class ParallelSuite:
    """What a store does for several callers."""

    def test_threads_write_and_read_their_own_files(self, store: ArtifactStore) -> None:
        def use(number: int) -> bytes:
            put(store, f"{number % 3}/{number}", f"content {number}".encode())
            return read(store, f"{number % 3}/{number}")

        with ThreadPoolExecutor(16) as pool:
            contents = list(pool.map(use, range(64)))

        assert contents == [f"content {number}".encode() for number in range(64)]
        assert len(files_in(store)) == 64

    def test_readers_see_one_writer_whole(self, store: ArtifactStore) -> None:
        contents = [bytes([number]) * 300_000 for number in range(8)]
        seen: list[bytes] = []
        stop = threading.Event()

        def look() -> None:
            while not stop.is_set():
                seen.append(read(store, "shared"))

        put(store, "shared", contents[0])
        reader = threading.Thread(target=look)
        reader.start()
        try:
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(lambda content: put(store, "shared", content), contents))
        finally:
            stop.set()
            reader.join()

        assert seen
        assert all(content in contents for content in seen)
        assert read(store, "shared") in contents
        assert listed(store) == [("shared", False, 300_000)]

    def test_the_last_writer_wins(self, store: ArtifactStore) -> None:
        for number in range(20):
            put(store, "shared", f"{number}".encode())
            assert read(store, "shared") == f"{number}".encode()

    def test_a_forked_child_uses_the_store(self, store: ArtifactStore) -> None:
        put(store, "parent", b"from the parent")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # fork beside threads: the point
            child = os.fork()
        if child == 0:
            status = 1
            try:
                put(store, "child", read(store, "parent") + b", by the child")
                status = 0
            finally:
                os._exit(status)
        assert _wait(child) == 0
        assert read(store, "child") == b"from the parent, by the child"
        put(store, "parent", b"still there")
        assert read(store, "parent") == b"still there"


def _wait(child: int) -> int:
    """Return a child's exit status; one that hangs is killed."""
    deadline = time.monotonic() + CHILD_SECONDS
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
