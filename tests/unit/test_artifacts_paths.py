"""Which artifact paths are taken: everything that could lead out of a root is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from headrace.artifacts.paths import MAX_NAME_BYTES, clean_path, path_inside
from headrace.errors import InvalidParameterValue
from headrace.testing.artifacts import BAD_PATHS


@pytest.mark.parametrize("path", BAD_PATHS)
def test_a_path_that_could_leave_its_root_is_refused(path: str, tmp_path: Path) -> None:
    for refuse in (clean_path, lambda given: path_inside(tmp_path, given)):
        with pytest.raises(InvalidParameterValue, match="Invalid path") as caught:
            refuse(path)
        assert caught.value.error_code == "INVALID_PARAMETER_VALUE"
        assert caught.value.get_http_status_code() == 400


def test_ten_layers_of_encoding_are_too_many() -> None:
    path = ".."
    for _ in range(11):
        path = path.replace("%", "%25").replace(".", "%2e")
    with pytest.raises(InvalidParameterValue, match="too many times"):
        clean_path(path)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", ""),
        (".", ""),
        ("a", "a"),
        ("a/", "a"),
        ("a//b", "a/b"),
        ("./a/./b/", "a/b"),
        ("a b/c.txt", "a b/c.txt"),
        ("100%.txt", "100%.txt"),
        ("a%20b", "a%20b"),
        ("..a/b..", "..a/b.."),
        ("...", "..."),
        ("größe/漢字/🌊.txt", "größe/漢字/🌊.txt"),
        ("images/k+step+1.png", "images/k+step+1.png"),
        ("12:30.txt", "12:30.txt"),
        ("x" * MAX_NAME_BYTES, "x" * MAX_NAME_BYTES),
    ],
)
def test_a_good_path_gets_its_one_spelling(given: str, expected: str) -> None:
    assert clean_path(given) == expected


@pytest.mark.parametrize(
    "path", ["x" * 256, "ü" * 128, "/".join(["abcdefg"] * 150), "lone \ud800 surrogate"]
)
def test_a_name_that_no_file_system_holds_is_refused(path: str) -> None:
    with pytest.raises(InvalidParameterValue, match="Invalid path"):
        clean_path(path)


def test_the_message_of_an_overlong_path_is_short() -> None:
    with pytest.raises(InvalidParameterValue) as caught:
        clean_path("x" * 100_000)
    assert len(caught.value.message) < 500


def test_the_names_of_half_written_files_are_reserved() -> None:
    with pytest.raises(InvalidParameterValue, match="reserved"):
        clean_path("a/.artifact.uploading.1234")


def test_a_link_out_of_the_root_is_refused(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "secret").write_text("s")
    (root / "folder").symlink_to(outside)
    (root / "file").symlink_to(outside / "secret")
    (root / "relative").symlink_to("../outside/secret")
    (root / "dangling").symlink_to(tmp_path / "nowhere")
    for path in ("folder", "folder/secret", "folder/new", "file", "relative", "dangling"):
        with pytest.raises(InvalidParameterValue, match="symbolic link"):
            path_inside(root, path)


def test_a_link_within_the_root_is_followed(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").symlink_to("a")
    assert path_inside(tmp_path, "b/x") == tmp_path.resolve() / "a" / "x"


def test_a_root_that_is_a_link_is_no_way_out(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert path_inside(tmp_path / "link", "x") == tmp_path.resolve() / "real" / "x"


def test_a_sibling_whose_name_begins_alike_is_outside(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root-of-others").mkdir()
    (tmp_path / "root" / "link").symlink_to("../root-of-others")
    with pytest.raises(InvalidParameterValue, match="leaves"):
        path_inside(tmp_path / "root", "link")


def test_links_in_a_circle_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(InvalidParameterValue, match="Invalid path"):
        path_inside(tmp_path, "a/x")
