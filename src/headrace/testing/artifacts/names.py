"""Names: the odd ones that are good, and every path that could lead out of the root."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from headrace.artifacts.base import ArtifactStore
from headrace.testing.artifacts.make import contents_of, files_in, make_files, put, read, refused

# One path per form in which a traversal or a local read of MLflow was published: each could mean a
# place outside the root to a file system, to a URL, or to a server that decodes once more.
BAD_PATHS = (
    "..",
    "../",
    "../../etc/passwd",
    "a/../../etc/passwd",
    "a/..",
    "./../x",
    "a/./../../x",
    "/etc/passwd",
    "//etc/passwd",
    "/./etc/passwd",
    "file:///etc/passwd",
    "file:/etc/passwd",
    "file://localhost/etc/passwd",
    "http://127.0.0.1/x",
    "s3:/bucket/key",
    "..%2f..%2fetc%2fpasswd",
    "..%2F",
    "%2e%2e/x",
    "%2e%2e%2fx",
    "a/%2e%2e/%2e%2e/x",
    ".%2e/x",
    "%2fetc%2fpasswd",
    "%252e%252e%252fx",
    "%25252e%25252e%25252fx",
    "a%2fb",
    "a%252fb",
    "..\\..\\windows\\system.ini",
    "a\\b",
    "%5c%5cserver%5cshare",
    "..%5c..%5cx",
    "\\\\server\\share",
    "C:\\windows",
    "C:/windows",
    "c:x",
    "C%3A/windows",
    "%43%3a%2fwindows",
    "#/../../../etc/passwd",
    "a#b",
    "a%23b",
    "a%2523b",
    "x?y",
    "x%3fy",
    "?/../../etc",
    "a\x00b",
    "a%00b",
    "a%2500b",
    "line\nbreak",
    "a%0d%0aHeader: x",
    "tab\there",
    "\x7f",
    "%7f",
)

# What no file system and no object store could keep.
OVERLONG_PATHS = ("x" * 256, "ü" * 128, "/".join(["abcdefg"] * 150), "lone \ud800 surrogate")

GOOD_PATHS = (
    "a b/c.txt",
    " leading and trailing ",
    "100%.txt",
    "a%20b",
    "50%25",
    "k+step+1.png",
    "a&b=c;d,e@f!$'()*",
    '{a}[b]<c>|d^e`f~"g"',
    "12:30.txt",
    "..a/b..",
    "...",
    ".hidden/.file",
    "ends with a dot./x.",
    "größe/漢字/🌊.txt",
    "e\u0301 in two characters",
    "é in one",
    "x" * 255,
    "漢" * 85 + "/" + "é" * 127,
    "/".join("deep" for _ in range(30)),
)


class NameSuite:
    """What a store does with paths of every kind."""

    @pytest.mark.parametrize("path", GOOD_PATHS, ids=lambda path: path[:20])
    def test_odd_names_are_kept_as_they_are(
        self, store: ArtifactStore, tmp_path: Path, path: str
    ) -> None:
        put(store, path, b"content")

        assert files_in(store) == {path: 7}
        assert read(store, path) == b"content"
        info = store.stat(path)
        assert info is not None
        assert (info.path, info.file_size) == (path, 7)
        target = make_files(tmp_path / "target", {})
        name = path.rpartition("/")[2]
        assert store.download(path, target) == target / name
        assert contents_of(target) == {name: b"content"}
        store.delete(path)
        assert files_in(store) == {}

    def test_names_that_look_alike_are_different_files(
        self, store: ArtifactStore, tmp_path: Path
    ) -> None:
        paths = ["a b", "a+b", "a%20b", "A b", "a%2520b", "\u00e9", "e\u0301"]
        for path in paths:
            put(store, path, path.encode())
        assert sorted(files_in(store)) == sorted(paths)
        for path in paths:
            assert read(store, path) == path.encode()

    @pytest.mark.parametrize(
        ("given", "meant"), [("a//b", "a/b"), ("./a/./b", "a/b"), ("a/b/", "a/b"), ("./a", "a")]
    )
    def test_a_path_has_one_spelling(self, store: ArtifactStore, given: str, meant: str) -> None:
        put(store, given, b"content")
        assert files_in(store) == {meant: 7}
        assert read(store, given) == read(store, meant) == b"content"
        store.delete(given)
        assert files_in(store) == {}

    @pytest.mark.parametrize("path", ["", ".", "./.", "/".join(["."] * 3)])
    def test_the_root_is_no_file(self, store: ArtifactStore, path: str) -> None:
        with refused("INVALID_PARAMETER_VALUE", "names no file"):
            put(store, path)

    @pytest.mark.parametrize(
        "path", [*BAD_PATHS, *OVERLONG_PATHS], ids=lambda path: ascii(path[:30])
    )
    def test_no_method_takes_a_path_that_could_leave(
        self, store: ArtifactStore, tmp_path: Path, path: str
    ) -> None:
        put(store, "inside")
        source = make_files(tmp_path / "source", {"x": b"local"})
        target = make_files(tmp_path / "target", {})
        uses: list[Callable[[str], object]] = [
            store.list_artifacts,
            store.stat,
            store.open,
            store.delete,
            store.digest,
            lambda given: put(store, given),
            lambda given: store.put_file(source / "x", given),
            lambda given: store.put_folder(source, given),
            lambda given: store.download(given, target),
        ]
        for use in uses:
            with refused("INVALID_PARAMETER_VALUE", "Invalid path"):
                use(path)
        assert files_in(store) == {"inside": 7}
        assert contents_of(target) == {}
