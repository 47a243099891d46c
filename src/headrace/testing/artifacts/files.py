"""Files: written, replaced, read whole and in part, listed, deleted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from headrace.artifacts.base import CHUNK, ArtifactStore, LocalCopy
from headrace.artifacts.copies import Copied
from headrace.artifacts.digests import digest_of
from headrace.entities import FileState
from headrace.testing.artifacts.make import files_in, listed, put, read, refused


class FileSuite:
    """What a store does with one file."""

    @pytest.mark.parametrize("size", [0, 1, 4096, CHUNK, 9 * CHUNK + 7])
    def test_a_file_comes_back_as_it_was_written(self, store: ArtifactStore, size: int) -> None:
        content = os.urandom(size)
        put(store, "a/b.bin", content)

        assert read(store, "a/b.bin") == content
        assert listed(store, "a") == [("a/b.bin", False, size)]

    def test_files_are_read_to_their_end_and_found_as_they_were_stored(
        self, store: ArtifactStore
    ) -> None:
        for path in ("deleted/a", "b", "b.txt", "c/a", "c/gone"):
            put(store, path, path.encode())
        put(store, "b", b"replaced")
        store.delete("deleted")
        store.delete("c/gone")

        found = list(store.check_files())

        assert [check.path for check in found] == ["b", "b.txt", "c/a"]
        for check in found:
            content = b"replaced" if check.path == "b" else check.path.encode()
            assert check.state in (FileState.OK, FileState.NOT_RECORDED)
            assert (check.size, check.digest) == (len(content), digest_of(content))
            assert check.recorded == (check.digest if check.state == FileState.OK else None)

    def test_a_file_is_replaced_whole(self, store: ArtifactStore) -> None:
        put(store, "a", b"a long old text")
        put(store, "a", b"new")
        assert read(store, "a") == b"new"
        assert listed(store) == [("a", False, 3)]

        put(store, "a", os.urandom(2 * CHUNK))
        put(store, "a", b"")
        assert read(store, "a") == b""
        assert listed(store) == [("a", False, 0)]

    @pytest.mark.parametrize(
        ("offset", "length", "expected"),
        [
            (0, None, b"0123456789"),
            (3, None, b"3456789"),
            (3, 4, b"3456"),
            (0, 1, b"0"),
            (9, 1, b"9"),
            (8, 100, b"89"),
            (0, 0, b""),
            (5, 0, b""),
            (10, None, b""),
            (10, 1, b""),
            (99, 5, b""),
            (99, None, b""),
        ],
    )
    def test_a_range_is_read(
        self, store: ArtifactStore, offset: int, length: int | None, expected: bytes
    ) -> None:
        put(store, "digits", b"0123456789")
        assert read(store, "digits", offset, length) == expected

    def test_a_range_of_a_large_file(self, store: ArtifactStore) -> None:
        content = os.urandom(3 * CHUNK + 11)
        put(store, "large", content)
        assert read(store, "large", CHUNK - 5, CHUNK + 10) == content[CHUNK - 5 : 2 * CHUNK + 5]
        assert read(store, "large", 3 * CHUNK) == content[3 * CHUNK :]

    def test_an_empty_file_has_only_empty_ranges(self, store: ArtifactStore) -> None:
        put(store, "empty", b"")
        for offset, length in ((0, None), (0, 5), (7, None), (7, 5)):
            assert read(store, "empty", offset, length) == b""

    @pytest.mark.parametrize(("offset", "length"), [(-1, None), (0, -1), (-5, 2)])
    def test_a_negative_range_is_refused(
        self, store: ArtifactStore, offset: int, length: int | None
    ) -> None:
        put(store, "digits")
        with refused("INVALID_PARAMETER_VALUE"):
            store.open("digits", offset, length)

    def test_a_stream_may_be_closed_before_its_end(self, store: ArtifactStore) -> None:
        put(store, "large", os.urandom(4 * CHUNK))
        for _ in range(20):
            with store.open("large") as stream:
                assert len(stream.read(10)) == 10
        assert len(read(store, "large")) == 4 * CHUNK

    def test_stat_tells_files_folders_and_nothing_apart(self, store: ArtifactStore) -> None:
        put(store, "a/b", b"12")

        file, folder, root = store.stat("a/b"), store.stat("a"), store.stat("")
        assert file is not None
        assert (file.path, file.is_dir, file.file_size) == ("a/b", False, 2)
        assert folder is not None
        assert (folder.path, folder.is_dir, folder.file_size) == ("a", True, None)
        assert root is not None
        assert (root.path, root.is_dir) == ("", True)
        for nothing in ("b", "a/", "a/b/c", "a/c", "x/y/z"):
            found = store.stat(nothing)
            assert found is None or nothing == "a/"

    def test_a_listing_is_sorted_and_a_folder_has_no_size(self, store: ArtifactStore) -> None:
        assert listed(store) == []
        for path in ("z.txt", "a/deep/x.txt", "B.txt", "ü.txt", "a.txt", "a/b"):
            put(store, path, b"12345")

        assert listed(store) == [
            ("B.txt", False, 5),
            ("a", True, None),
            ("a.txt", False, 5),
            ("z.txt", False, 5),
            ("ü.txt", False, 5),
        ]
        assert listed(store, "a/") == [("a/b", False, 5), ("a/deep", True, None)]

    @pytest.mark.parametrize("path", ["missing", "missing/deeper", "file.txt", "file.txt/below"])
    def test_what_is_no_folder_lists_nothing(self, store: ArtifactStore, path: str) -> None:
        put(store, "file.txt")
        assert store.list_artifacts(path) == []

    def test_names_that_begin_alike_are_kept_apart(self, store: ArtifactStore) -> None:
        for path in ("run", "run1/x", "run10/x", "run1.txt"):
            put(store, path, path.encode())

        assert listed(store, "run1") == [("run1/x", False, 6)]
        assert store.stat("ru") is None
        assert store.stat("run1/") is not None
        assert store.list_artifacts("ru") == []
        store.delete("run1")
        assert sorted(files_in(store)) == ["run", "run1.txt", "run10/x"]

    def test_delete_takes_files_folders_and_what_is_not_there(self, store: ArtifactStore) -> None:
        for path in ("a/b", "a/c", "a/deep/er/d", "e"):
            put(store, path)
        store.delete("a/b")
        assert sorted(files_in(store)) == ["a/c", "a/deep/er/d", "e"]
        assert store.stat("a/b") is None
        for _ in range(2):
            store.delete("a")
        assert files_in(store) == {"e": 7}
        assert store.stat("a") is None
        for path in ("nothing", "nothing/deeper", "e/below"):
            store.delete(path)
        assert read(store, "e") == b"content"
        for _ in range(2):
            store.delete()
        assert files_in(store) == {}
        put(store, "e/below", b"in a folder now")
        assert files_in(store) == {"e/below": 15}

    # --- local files -----------------------------------------------------------------------------

    def test_a_local_file_is_stored_and_stays(self, store: ArtifactStore, tmp_path: Path) -> None:
        local = tmp_path / "local.bin"
        local.write_bytes(content := os.urandom(CHUNK + 1))

        store.put_file(local, "a/b.bin")

        assert read(store, "a/b.bin") == content == local.read_bytes()

    @pytest.mark.parametrize("size", [0, 10, 9 * CHUNK + 1])
    def test_a_copy_tells_of_its_bytes(
        self, store: ArtifactStore, tmp_path: Path, size: int
    ) -> None:
        local = tmp_path / "local.bin"
        local.write_bytes(content := os.urandom(size))
        counts: list[int] = []

        copy = LocalCopy(local, 0, "a.bin", Copied(size, digest_of(content)), "")
        assert store.put_copies([copy], counts.append) == [None]

        assert sum(counts) == size
        assert read(store, "a.bin") == content

    def test_a_file_that_is_taken_is_gone(self, store: ArtifactStore, tmp_path: Path) -> None:
        local = tmp_path / "local.bin"
        local.write_bytes(b"content")

        store.take_file(local, "deep/er/a.bin", digest_of(b"content"))

        assert read(store, "deep/er/a.bin") == b"content"
        assert not local.exists()

    def test_a_digest_is_the_right_one_or_none(self, store: ArtifactStore) -> None:
        for content in (b"one", b"another", b""):
            put(store, "a", content)
            assert store.digest("a") in (None, digest_of(content))

    def test_a_local_path_leads_to_the_file(self, store: ArtifactStore) -> None:
        put(store, "a/b", b"content")
        place = store.local_path("a/b")
        if place is not None:
            assert place.read_bytes() == b"content"
            with refused("RESOURCE_DOES_NOT_EXIST"):
                store.local_path("x")
