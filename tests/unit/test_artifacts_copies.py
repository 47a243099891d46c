"""Copies of files: of one moment, with the right digest, and the digests that are remembered."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest
from blake3 import blake3

from headrace.artifacts.copies import copy_file
from headrace.artifacts.digests import RECORD_NAME
from headrace.artifacts.local import LocalArtifactStore
from headrace.errors import ResourceDoesNotExist


def digest_of(content: bytes) -> str:
    return blake3(content).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> LocalArtifactStore:
    return LocalArtifactStore(str(tmp_path / "root"))


@pytest.mark.parametrize("size", [0, 1, 5_000_000])
def test_a_copy_is_like_its_source(tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    (tmp_path / "source").write_bytes(content)
    with (tmp_path / "copy").open("w+b") as target:
        copied = copy_file(tmp_path / "source", target)
    assert (copied.size, copied.digest) == (size, digest_of(content))
    assert (tmp_path / "copy").read_bytes() == content
    assert not os.path.samefile(tmp_path / "source", tmp_path / "copy")


class Provoking(io.BytesIO):
    """A target during whose writing the source grows; it has no blocks to share."""

    def __init__(self, source: Path, times: int) -> None:
        super().__init__()
        self._source = source
        self._times = times

    def write(self, data: Any) -> int:
        if self.tell() == 0 and self._times:
            self._times -= 1
            with self._source.open("ab") as file:
                file.write(b"y")
        return super().write(data)


@pytest.mark.parametrize(("times", "rests"), [(1, True), (2, True), (3, False), (99, False)])
def test_a_file_that_is_written_to_is_copied_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, times: int, rests: bool
) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"x" * 3_000_000)
    target = Provoking(path, times)
    copied = copy_file(path, target)
    # As far as it was written when the last try began.
    assert target.getvalue() == b"x" * 3_000_000 + b"y" * min(times, 2)
    assert (copied.size, copied.digest) == (len(target.getvalue()), digest_of(target.getvalue()))
    told = any("different moments" in record.getMessage() for record in caplog.records)
    assert told is not rests


def test_what_a_link_leads_to_is_copied(store: LocalArtifactStore, tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"content")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    store.put_file(tmp_path / "link", "a")
    (tmp_path / "target").write_bytes(b"changed")
    assert (store.root / "a").read_bytes() == b"content"
    assert not (store.root / "a").is_symlink()


def test_digests_are_remembered(store: LocalArtifactStore, tmp_path: Path) -> None:
    (tmp_path / "local").write_bytes(b"one")
    store.put_file(tmp_path / "local", "deep/a")
    store.write("b", io.BytesIO(b"two"))
    (tmp_path / "moved").write_bytes(b"three")
    store.take_file(tmp_path / "moved", "c", digest_of(b"three"))
    assert not (tmp_path / "moved").exists()

    again = LocalArtifactStore(store.uri)
    found = {path: again.digest(path) for path in ("deep/a", "b", "c")}
    assert found == {
        "deep/a": digest_of(b"one"),
        "b": digest_of(b"two"),
        "c": digest_of(b"three"),
    }
    assert [info.path for info in again.list_artifacts()] == ["b", "c", "deep"]


def test_a_file_that_others_replaced_has_no_digest(store: LocalArtifactStore) -> None:
    store.write("a", io.BytesIO(b"one"))
    assert store.digest("a") == digest_of(b"one")
    (store.root / "a").write_bytes(b"another one")
    assert store.digest("a") is None
    store.write("a", io.BytesIO(b"two"))
    assert store.digest("a") == digest_of(b"two")
    assert store.digest("nothing") is None


def test_a_damaged_record_hides_no_other(store: LocalArtifactStore) -> None:
    store.write("a", io.BytesIO(b"one"))
    with (store.root / RECORD_NAME).open("ab") as file:
        file.write(b'["b", 1\n\xff\n')
    store.write("c", io.BytesIO(b"two"))
    again = LocalArtifactStore(store.uri)
    assert again.digest("a") == digest_of(b"one")
    assert again.digest("c") == digest_of(b"two")


def test_taking_a_file_from_another_file_system(store: LocalArtifactStore, tmp_path: Path) -> None:
    shm = Path("/dev/shm")
    if not shm.is_dir() or shm.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("no second file system to take a file from")
    other = shm / f"headrace-test-{os.getpid()}"
    other.write_bytes(b"content")
    store.take_file(other, "a", digest_of(b"content"))
    assert (store.root / "a").read_bytes() == b"content"
    assert store.digest("a") == digest_of(b"content")
    assert not other.exists()
    with pytest.raises(ResourceDoesNotExist):
        store.take_file(other, "b", digest_of(b"content"))
