"""Bad days: what is not there, what is of the other kind, what breaks off."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from headrace.artifacts.base import CHUNK, ArtifactStore
from headrace.errors import HeadraceError
from headrace.testing.artifacts.make import (
    GivenStream,
    contents_of,
    files_in,
    make_files,
    put,
    read,
    refused,
)


class FailureSuite:
    """What a store does when something is wrong."""

    @pytest.mark.parametrize("path", ["x", "x/y/z", "file/below"])
    def test_what_is_not_there_cannot_be_read(
        self, store: ArtifactStore, tmp_path: Path, path: str
    ) -> None:
        put(store, "file")
        target = make_files(tmp_path / "target", {})
        with refused("RESOURCE_DOES_NOT_EXIST", f"No such artifact: '{path}'"):
            store.open(path)
        with refused("RESOURCE_DOES_NOT_EXIST", f"No such artifact: '{path}'"):
            store.download(path, target)
        assert contents_of(target) == {}

    @pytest.mark.parametrize("path", ["a", "a/b", ""])
    def test_a_folder_is_not_opened(self, store: ArtifactStore, path: str) -> None:
        put(store, "a/b/c")
        with refused("INVALID_PARAMETER_VALUE"):
            store.open(path)

    @pytest.mark.parametrize("path", ["folder", "folder/file/below", "folder/file/below/deep"])
    def test_a_file_where_the_other_kind_stands(
        self, store: ArtifactStore, tmp_path: Path, path: str
    ) -> None:
        put(store, "folder/file")
        local = tmp_path / "local"
        local.write_bytes(b"local")
        with refused("RESOURCE_ALREADY_EXISTS"):
            put(store, path)
        with refused("RESOURCE_ALREADY_EXISTS"):
            store.put_file(local, path)
        assert files_in(store) == {"folder/file": 7}

    def test_a_folder_where_a_file_stands(self, store: ArtifactStore, tmp_path: Path) -> None:
        put(store, "folder/file")
        source = make_files(tmp_path / "source", {"file/x": b"1"})
        with refused("RESOURCE_ALREADY_EXISTS"):
            store.put_folder(source, "folder")
        with refused("RESOURCE_ALREADY_EXISTS"):
            store.put_folder(source, "folder/file/deeper")
        other = make_files(tmp_path / "other", {"folder": b"1"})
        with refused("RESOURCE_ALREADY_EXISTS"):
            store.put_folder(other)
        assert files_in(store) == {"folder/file": 7}

    def test_a_local_copy_is_not_put_over_a_folder(
        self, store: ArtifactStore, tmp_path: Path
    ) -> None:
        put(store, "a")
        target = make_files(tmp_path / "target", {"a/in/the/way": b"1"})
        with refused("RESOURCE_ALREADY_EXISTS"):
            store.download("a", target)
        assert contents_of(target) == {"a/in/the/way": b"1"}

    def test_a_missing_local_file_is_also_a_file_not_found_error(
        self, store: ArtifactStore, tmp_path: Path
    ) -> None:
        for use in (store.put_file, store.put_folder):
            with pytest.raises(FileNotFoundError, match="nope"):
                use(tmp_path / "nope", "x")
            with refused("RESOURCE_DOES_NOT_EXIST"):
                use(tmp_path / "nope", "x")
        assert files_in(store) == {}

    def test_a_local_file_of_the_other_kind(self, store: ArtifactStore, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        os.mkfifo(tmp_path / "pipe")
        with refused("INVALID_PARAMETER_VALUE", "is a folder"):
            store.put_file(tmp_path, "x")
        with refused("INVALID_PARAMETER_VALUE", "is a file"):
            store.put_folder(tmp_path / "file", "x")
        with refused("INVALID_PARAMETER_VALUE", "neither a file nor a folder"):
            store.put_file(tmp_path / "pipe", "x")
        assert files_in(store) == {}

    @pytest.mark.parametrize("size", [4, 3 * CHUNK, 20 * CHUNK])
    def test_a_stream_that_breaks_leaves_what_was_there(
        self, store: ArtifactStore, size: int
    ) -> None:
        put(store, "a", b"old")
        for path in ("a", "new", "folder/new"):
            with pytest.raises(HeadraceError):
                store.write(path, GivenStream(size, breaks=True).as_binary())
        assert read(store, "a") == b"old"
        assert files_in(store) == {"a": 3}

        put(store, "a", b"the next try")
        assert read(store, "a") == b"the next try"
