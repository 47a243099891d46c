"""Folders: stored and downloaded whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from headrace.artifacts.base import ArtifactStore
from headrace.entities import FileInfo
from headrace.testing.artifacts.make import (
    contents_of,
    files_in,
    listed,
    make_files,
    put,
    read,
    refused,
)


class FolderSuite:
    """What a store does with many files at once.

    Attributes:
        many: How many files are many: more than object stores list in one answer.
    """

    many: int = 1050

    @pytest.fixture
    def target(self, tmp_path: Path) -> Path:
        """Return an empty local folder."""
        return make_files(tmp_path / "target", {})

    def test_a_folder_goes_in_and_comes_out_whole(
        self, store: ArtifactStore, tmp_path: Path, target: Path
    ) -> None:
        files = {
            "a.txt": b"a",
            "empty": b"",
            "sub/漢字 🌊.txt": b"b",
            "sub/100% + n": b"c",
            "sub/deep/er/still/x": b"d" * 100_000,
        }
        source = make_files(tmp_path / "source", files)
        store.put_folder(source, "models/m")

        assert store.download("models/m", target) == target / "m"
        assert contents_of(target / "m") == files
        assert store.download("models/m/sub", target) == target / "sub"
        assert contents_of(target / "sub").keys() == {
            name.removeprefix("sub/") for name in files if name.startswith("sub/")
        }

    def test_a_folder_becomes_the_root(self, store: ArtifactStore, tmp_path: Path) -> None:
        store.put_folder(make_files(tmp_path / "source", {"a/b": b"1", "c": b"22"}))
        assert files_in(store) == {"a/b": 1, "c": 2}

    def test_empty_local_folders_are_no_trouble(
        self, store: ArtifactStore, tmp_path: Path, target: Path
    ) -> None:
        source = make_files(tmp_path / "source", {"a": b"1"})
        (source / "empty" / "er").mkdir(parents=True)
        store.put_folder(source, "f")
        (tmp_path / "nothing").mkdir()
        store.put_folder(tmp_path / "nothing", "g")

        store.download("f", target)
        assert contents_of(target / "f") == {"a": b"1"}

    def test_a_folder_comes_page_by_page(self, store: ArtifactStore, tmp_path: Path) -> None:
        names = ["b", "a/1", "c/1", "ü", "aa", "x y"]
        store.put_folder(make_files(tmp_path / "source", dict.fromkeys(names, b"123")), "f")
        wanted = ["f/a", "f/c", "f/aa", "f/b", "f/x y", "f/ü"]

        whole = store.list_page("f")
        assert [info.path for info in whole.files] == wanted
        assert (whole.total, whole.has_more, whole.files[3].file_size) == (6, False, 3)
        for size in (1, 2, 4, 6):
            seen: list[FileInfo] = []
            page = store.list_page("f", size)
            while page.has_more:
                seen += page.files
                assert (page.total, len(page.files)) == (6, size)
                page = store.list_page("f", size, (not seen[-1].is_dir, seen[-1].path))
            assert [*seen, *page.files] == whole.files
        assert [info.path for info in store.list_page("f", 9, (True, "f/c")).files] == wanted[4:]
        assert store.list_page("nothing", 2) == ([], 0, False)

    def test_many_files(self, store: ArtifactStore, tmp_path: Path, target: Path) -> None:
        files = {f"{number:04}.txt": f"{number}".encode() for number in range(self.many)}
        store.put_folder(make_files(tmp_path / "source", files), "many")

        infos = store.list_artifacts("many")
        assert [info.path for info in infos] == [f"many/{name}" for name in files]
        assert [info.file_size for info in infos] == [len(content) for content in files.values()]
        store.download("many", target)
        assert contents_of(target / "many") == files
        store.delete("many")
        assert files_in(store) == {}

    def test_a_folder_is_stored_over_an_older_one(
        self, store: ArtifactStore, tmp_path: Path
    ) -> None:
        store.put_folder(make_files(tmp_path / "old", {"a": b"old", "b": b"old"}), "f")
        store.put_folder(make_files(tmp_path / "new", {"a": b"newer", "sub/c": b"c"}), "f")
        assert files_in(store) == {"f/a": 5, "f/b": 3, "f/sub/c": 1}

    def test_everything_is_downloaded_into_the_folder_itself(
        self, store: ArtifactStore, target: Path
    ) -> None:
        put(store, "a/b.txt", b"1")
        assert store.download("", target) == target
        assert contents_of(target) == {"a/b.txt": b"1"}

    def test_a_root_with_nothing_in_it_is_downloaded(
        self, store: ArtifactStore, target: Path
    ) -> None:
        assert store.download("", target) == target
        assert contents_of(target) == {}

    def test_a_nested_file_is_downloaded_under_its_own_name(
        self, store: ArtifactStore, target: Path
    ) -> None:
        put(store, "a/b/c.txt", b"c")
        assert store.download("a/b/c.txt", target) == target / "c.txt"
        assert contents_of(target) == {"c.txt": b"c"}

    def test_an_older_local_copy_is_replaced(self, store: ArtifactStore, target: Path) -> None:
        put(store, "a/b", b"new")
        make_files(target, {"a/b": b"an old one, longer", "a/other": b"stays"})
        store.download("a", target)
        assert contents_of(target) == {"a/b": b"new", "a/other": b"stays"}

    def test_a_download_does_not_follow_links_out_of_its_folder(
        self, store: ArtifactStore, target: Path, tmp_path: Path
    ) -> None:
        put(store, "a/b", b"new")
        (tmp_path / "elsewhere").mkdir()
        (target / "a").symlink_to(tmp_path / "elsewhere")
        with refused("INVALID_PARAMETER_VALUE", "leaves"):
            store.download("a", target)
        assert contents_of(tmp_path / "elsewhere") == {}

    def test_links_in_a_local_folder_are_stored_as_what_they_lead_to(
        self, store: ArtifactStore, tmp_path: Path
    ) -> None:
        data = make_files(tmp_path / "data", {"x": b"linked"})
        source = make_files(tmp_path / "source", {"y": b"1"})
        (source / "link").symlink_to(data)
        store.put_folder(source)
        assert read(store, "link/x") == b"linked"

    def test_one_bad_name_in_a_folder_stores_nothing_of_it(
        self, store: ArtifactStore, tmp_path: Path
    ) -> None:
        source = make_files(tmp_path / "source", {"a": b"1", "what?": b"2"})
        with refused("INVALID_PARAMETER_VALUE", "what?"):
            store.put_folder(source)
        assert listed(store) == []
