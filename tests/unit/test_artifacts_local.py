"""Artifacts in a local folder: the contract of a store, on good days and on bad ones."""

from __future__ import annotations

import io
import os
import resource
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from headrace.artifacts.base import ArtifactStore
from headrace.artifacts.digests import RECORD_NAME
from headrace.artifacts.local import LocalArtifactStore
from headrace.artifacts.local_files import LocalFileNotFound
from headrace.artifacts.paths import STAGING_PREFIX
from headrace.errors import (
    HeadraceError,
    InvalidParameterValue,
    PermissionDenied,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
)
from headrace.testing.artifacts import BAD_PATHS


@pytest.fixture
def store(tmp_path: Path) -> LocalArtifactStore:
    return LocalArtifactStore(str(tmp_path / "root"))


def put(store: ArtifactStore, path: str, content: bytes = b"content") -> None:
    store.write(path, io.BytesIO(content))


def listed(store: ArtifactStore, path: str = "") -> list[tuple[str, bool, int | None]]:
    return [(info.path, info.is_dir, info.file_size) for info in store.list_artifacts(path)]


def tree(folder: Path) -> list[str]:
    return sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.name != RECORD_NAME
    )


# --- what is written is read ---------------------------------------------------------------------


def test_a_file_comes_back_as_it_was_written(store: LocalArtifactStore) -> None:
    put(store, "a/b.bin", bytes(range(256)))
    with store.open("a/b.bin") as stream:
        assert stream.read() == bytes(range(256))


def test_a_listing_is_sorted_and_a_folder_has_no_size(store: LocalArtifactStore) -> None:
    for path in ("z.txt", "a/deep/x.txt", "B.txt", "ü.txt"):
        put(store, path, b"12345")
    assert listed(store) == [
        ("B.txt", False, 5),
        ("a", True, None),
        ("z.txt", False, 5),
        ("ü.txt", False, 5),
    ]
    assert listed(store, "a/") == [("a/deep", True, None)]


@pytest.mark.parametrize("path", ["", "missing", "missing/deeper", "file.txt", "file.txt/below"])
def test_what_is_no_folder_lists_nothing(store: LocalArtifactStore, path: str) -> None:
    if path:
        put(store, "file.txt")
    assert store.list_artifacts(path) == []


def test_a_thousand_files_are_listed(store: LocalArtifactStore) -> None:
    store.root.mkdir()
    for number in range(1000):
        (store.root / f"{number:04}").touch()
    assert [info.path for info in store.list_artifacts()] == [f"{n:04}" for n in range(1000)]


@pytest.mark.parametrize(
    ("offset", "length", "expected"),
    [
        (0, None, b"0123456789"),
        (3, None, b"3456789"),
        (3, 4, b"3456"),
        (8, 100, b"89"),
        (0, 0, b""),
        (10, None, b""),
        (99, 5, b""),
    ],
)
def test_a_range_is_read(
    store: LocalArtifactStore, offset: int, length: int | None, expected: bytes
) -> None:
    put(store, "digits", b"0123456789")
    with store.open("digits", offset, length) as stream:
        assert stream.read() == expected


@pytest.mark.parametrize(("offset", "length"), [(-1, None), (0, -1)])
def test_a_negative_range_is_refused(
    store: LocalArtifactStore, offset: int, length: int | None
) -> None:
    put(store, "digits")
    with pytest.raises(InvalidParameterValue, match="-1"):
        store.open("digits", offset, length)


def test_stat_tells_files_folders_and_nothing_apart(store: LocalArtifactStore) -> None:
    put(store, "a/b", b"12")
    found = store.stat("a/b")
    assert (found.is_dir, found.file_size) == (False, 2)  # type: ignore[union-attr]
    assert store.stat("a").is_dir  # type: ignore[union-attr]
    assert store.stat("").is_dir  # type: ignore[union-attr]
    assert store.stat("nothing") is None
    assert store.stat("a/b/c") is None


def test_a_folder_goes_in_and_comes_out_whole(store: LocalArtifactStore, tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "sub" / "empty").mkdir(parents=True)
    (source / "a.txt").write_text("a")
    (source / "sub" / "漢字.txt").write_text("b")
    store.put_folder(source, "models/m")
    target = tmp_path / "target"
    target.mkdir()

    assert store.download("models/m", target) == target / "m"
    assert tree(target / "m") == tree(source)
    assert (target / "m" / "sub" / "漢字.txt").read_text() == "b"


def test_everything_is_downloaded_into_the_folder_itself(
    store: LocalArtifactStore, tmp_path: Path
) -> None:
    put(store, "a/b.txt")
    target = tmp_path / "target"
    target.mkdir()
    assert store.download("", target) == target
    assert tree(target) == ["a", "a/b.txt"]


def test_a_nested_file_is_downloaded_under_its_own_name(
    store: LocalArtifactStore, tmp_path: Path
) -> None:
    put(store, "a/b/c.txt", b"c")
    assert store.download("a/b/c.txt", tmp_path) == tmp_path / "c.txt"
    assert (tmp_path / "c.txt").read_bytes() == b"c"


def test_delete_takes_files_folders_and_what_is_not_there(store: LocalArtifactStore) -> None:
    put(store, "a/b")
    put(store, "a/c")
    put(store, "d")
    store.delete("a/b")
    assert listed(store, "a") == [("a/c", False, 7)]
    store.delete("a")
    store.delete("a")
    assert listed(store) == [("d", False, 7)]
    store.delete()
    assert listed(store) == []


def test_a_file_that_is_already_in_place_is_left_alone(store: LocalArtifactStore) -> None:
    put(store, "model.bin", b"big")
    before = (store.root / "model.bin").stat()
    store.put_file(store.root / "model.bin", "model.bin")
    assert (store.root / "model.bin").stat().st_ino == before.st_ino


def test_new_files_have_the_rights_that_the_umask_leaves(store: LocalArtifactStore) -> None:
    previous = os.umask(0o027)
    try:
        put(store, "a")
    finally:
        os.umask(previous)
    assert (store.root / "a").stat().st_mode & 0o777 == 0o640


# --- paths ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", BAD_PATHS)
def test_no_method_takes_a_path_that_could_leave(
    store: LocalArtifactStore, path: str, tmp_path: Path
) -> None:
    put(store, "inside")
    before = tree(tmp_path)
    (tmp_path / "local").write_text("x")
    for use in (
        store.list_artifacts,
        store.stat,
        store.open,
        store.delete,
        store.local_path,
        lambda given: put(store, given),
        lambda given: store.put_file(tmp_path / "local", given),
        lambda given: store.put_folder(tmp_path / "root", given),
        lambda given: store.download(given, tmp_path),
    ):
        with pytest.raises(InvalidParameterValue, match="Invalid path"):
            use(path)
    (tmp_path / "local").unlink()
    assert tree(tmp_path) == before


@pytest.mark.parametrize("path", ["", ".", "/".join(["."] * 3)])
def test_the_root_is_no_file(store: LocalArtifactStore, path: str) -> None:
    with pytest.raises(InvalidParameterValue, match="names no file"):
        put(store, path)


def test_links_out_of_the_root_are_neither_shown_nor_followed(
    store: LocalArtifactStore, tmp_path: Path
) -> None:
    put(store, "good")
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (store.root / "link").symlink_to(secret)
    (store.root / "up").symlink_to(tmp_path)
    assert listed(store) == [("good", False, 7)]
    for use in (
        lambda: store.open("link"),
        lambda: store.open("up/secret"),
        lambda: put(store, "link"),
        lambda: put(store, "up/new"),
        lambda: store.delete("up/secret"),
        lambda: store.download("link", tmp_path),
    ):
        with pytest.raises(InvalidParameterValue, match="symbolic link"):
            use()
    assert secret.read_text() == "secret"
    assert not (tmp_path / "new").exists()
    store.delete("up")  # the link itself may go
    assert secret.exists()


def test_a_download_does_not_follow_links_out_of_its_folder(
    store: LocalArtifactStore, tmp_path: Path
) -> None:
    put(store, "a/b", b"new")
    target, elsewhere = tmp_path / "target", tmp_path / "elsewhere"
    target.mkdir()
    elsewhere.mkdir()
    (target / "a").symlink_to(elsewhere)
    with pytest.raises(InvalidParameterValue, match="leaves"):
        store.download("a", target)
    assert tree(elsewhere) == []


def test_long_unicode_names_survive(store: LocalArtifactStore) -> None:
    path = "漢" * 85 + "/" + "é" * 127
    put(store, path, b"x")
    assert listed(store, "漢" * 85) == [(path, False, 1)]


def test_names_that_are_not_utf8_are_not_shown(store: LocalArtifactStore) -> None:
    put(store, "good")
    (store.root / os.fsdecode(b"bad\xff")).touch()
    assert listed(store) == [("good", False, 7)]


# --- bad days ------------------------------------------------------------------------------------


def test_what_is_not_there_cannot_be_opened(store: LocalArtifactStore, tmp_path: Path) -> None:
    for use in (
        lambda: store.open("x"),
        lambda: store.local_path("x"),
        lambda: store.download("x", tmp_path),
    ):
        with pytest.raises(ResourceDoesNotExist, match="No such artifact: 'x'"):
            use()


def test_a_folder_is_not_opened(store: LocalArtifactStore) -> None:
    put(store, "a/b")
    with pytest.raises(InvalidParameterValue, match="folder"):
        store.open("a")


def test_a_name_that_exists_as_the_other_kind(store: LocalArtifactStore, tmp_path: Path) -> None:
    put(store, "folder/file")
    for path in ("folder", "folder/file/below"):
        with pytest.raises(ResourceAlreadyExists, match="folder"):
            put(store, path)
    source = tmp_path / "source"
    (source / "file").mkdir(parents=True)
    with pytest.raises(ResourceAlreadyExists):
        store.put_folder(source, "folder")
    assert tree(store.root) == ["folder", "folder/file"]


def test_a_missing_local_file_is_also_a_file_not_found_error(
    store: LocalArtifactStore, tmp_path: Path
) -> None:
    for use in (store.put_file, store.put_folder):
        with pytest.raises(FileNotFoundError) as caught:
            use(tmp_path / "nope", "x")
        assert isinstance(caught.value, LocalFileNotFound)
        assert caught.value.error_code == "RESOURCE_DOES_NOT_EXIST"
    assert not store.root.exists()


def test_a_local_file_of_the_other_kind(store: LocalArtifactStore, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InvalidParameterValue, match="is a folder"):
        store.put_file(tmp_path, "x")
    with pytest.raises(InvalidParameterValue, match="is a file"):
        store.put_folder(tmp_path / "file", "x")


def test_pipes_and_sockets_are_refused_instead_of_waited_for(
    store: LocalArtifactStore, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        for name in ("pipe", "socket"):
            with pytest.raises(InvalidParameterValue, match="neither a file nor a folder"):
                store.put_file(tmp_path / name, "x")
    put(store, "good")
    os.mkfifo(store.root / "pipe")
    assert listed(store) == [("good", False, 7)]
    with pytest.raises(ResourceDoesNotExist):
        store.open("pipe")


def test_one_bad_name_in_a_folder_stores_nothing_of_it(
    store: LocalArtifactStore, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "a").touch()
    (source / "what?").touch()
    with pytest.raises(InvalidParameterValue, match=r"what\?"):
        store.put_folder(source)
    assert not store.root.exists()


def test_a_local_folder_that_contains_itself_is_refused(
    store: LocalArtifactStore, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    (source / "sub").mkdir(parents=True)
    (source / "sub" / "up").symlink_to(source)
    with pytest.raises(InvalidParameterValue, match="leads back"):
        store.put_folder(source)
    assert not store.root.exists()


def test_links_in_a_local_folder_are_stored_as_what_they_lead_to(
    store: LocalArtifactStore, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x").write_text("x")
    (source / "linked").symlink_to(tmp_path / "data")
    store.put_folder(source)
    assert not (store.root / "linked").is_symlink()
    assert listed(store, "linked") == [("linked/x", False, 1)]


class BrokenStream(io.RawIOBase):
    """A stream that fails after its first piece."""

    def __init__(self) -> None:
        self._given = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        if self._given:
            raise OSError(5, "Input/output error")
        self._given = True
        buffer[:4] = b"half"
        return 4


def test_a_stream_that_breaks_leaves_the_old_file(store: LocalArtifactStore) -> None:
    put(store, "a", b"old")
    with pytest.raises(HeadraceError, match="Input/output"):
        store.write("a", BrokenStream())  # type: ignore[arg-type]
    with store.open("a") as stream:
        assert stream.read() == b"old"
    assert tree(store.root) == ["a"]


@pytest.fixture
def full_disk() -> Iterator[None]:
    """Let no file grow beyond 64 KiB, as a disk without room would."""
    import signal

    previous = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    signal.signal(signal.SIGXFSZ, previous)


def test_a_full_disk_leaves_nothing_half_written(
    store: LocalArtifactStore, tmp_path: Path, full_disk: None
) -> None:
    put(store, "a", b"old")
    with pytest.raises(HeadraceError, match="Nothing of it was kept"):
        put(store, "a", b"x" * 100_000)
    with pytest.raises(HeadraceError, match="Nothing of it was kept"):
        put(store, "new", b"x" * 100_000)
    assert listed(store) == [("a", False, 3)]
    assert tree(store.root) == ["a"]


def test_a_full_disk_leaves_no_half_download(
    store: LocalArtifactStore, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    put(store, "big", b"x" * 100_000)
    target = tmp_path / "target"
    target.mkdir()
    request.getfixturevalue("full_disk")
    with pytest.raises(HeadraceError, match="big"):
        store.download("big", target)
    assert tree(target) == []


def as_nobody(act: Callable[[], object]) -> tuple[str, str]:
    """Do something in a child without root's rights; return the class and text of its error."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        told = "nothing\nwas raised"
        try:
            if os.getuid() == 0:
                os.setuid(65534)
            act()
        except Exception as error:  # the parent is told, whatever it is
            told = f"{type(error).__name__}\n{error}"
        os.write(writing, told.encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as pipe:
        name, _, message = pipe.read().partition("\n")
    return name, message


@pytest.fixture
def read_only_store(store: LocalArtifactStore) -> Iterator[LocalArtifactStore]:
    put(store, "f/x")
    put(store, "private")
    (store.root / "private").chmod(0o600 if os.getuid() == 0 else 0)
    folders = (store.root / "f", store.root)
    for folder in folders:
        folder.chmod(0o555)
    for parent in list(store.root.parents)[:3]:  # pytest's folders are private to its user
        parent.chmod(0o755)
    yield store
    for folder in folders:
        folder.chmod(0o755)
    assert tree(store.root) == ["f", "f/x", "private"]


@pytest.mark.parametrize(
    "act",
    [
        lambda store: put(store, "new"),
        lambda store: put(store, "f/new"),
        lambda store: put(store, "newfolder/new"),
        lambda store: store.delete("f"),
        lambda store: store.open("private"),
    ],
)
def test_a_read_only_folder_is_permission_denied(
    read_only_store: LocalArtifactStore, act: Callable[[LocalArtifactStore], object]
) -> None:
    name, message = as_nobody(lambda: act(read_only_store))
    assert name == PermissionDenied.__name__
    assert "See that this user may use the place" in message


# --- many at once --------------------------------------------------------------------------------


def test_concurrent_writers_leave_one_whole_file(store: LocalArtifactStore) -> None:
    contents = [bytes([number]) * 300_000 for number in range(8)]
    seen: list[bytes] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            with store.open("shared") as stream:
                seen.append(stream.read())

    put(store, "shared", contents[0])
    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=put, args=(store, "shared", c)) for c in contents]
    reader.start()
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    stop.set()
    reader.join()

    assert all(content in contents for content in seen)
    assert tree(store.root) == ["shared"]


def test_half_written_files_are_not_shown(store: LocalArtifactStore) -> None:
    put(store, "good")
    (store.root / f"{STAGING_PREFIX}1").touch()
    assert listed(store) == [("good", False, 7)]


def test_a_big_file_never_sits_in_memory(store: LocalArtifactStore, tmp_path: Path) -> None:
    import tracemalloc

    big = tmp_path / "big"
    with big.open("wb") as file:
        file.truncate(64 * 1024 * 1024)
    tracemalloc.start()
    store.put_file(big, "big")
    store.download("big", tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * 1024 * 1024


@pytest.mark.parametrize("fsync", ["always", "interval"])
def test_every_file_is_flushed_to_the_disk_if_asked_for(
    store: LocalArtifactStore, fsync: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    monkeypatch.setenv("HEADRACE_FSYNC", fsync)
    monkeypatch.setattr(os, "fsync", calls.append)
    put(store, "a")
    assert len(calls) == (1 if fsync == "always" else 0)


def test_files_are_listed_without_their_sizes_as_they_are_with_them(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "folder" / "below").mkdir(parents=True)
    for name in ("b", "a", "ä", ".headrace-x", "with\nline"):
        (root / "folder" / name).write_text(name)
    (tmp_path / "secret").write_text("secret")
    os.symlink(tmp_path / "secret", root / "folder" / "out")
    os.symlink("a", root / "folder" / "within")
    os.symlink("below", root / "folder" / "to-a-folder")
    os.mkfifo(root / "folder" / "pipe")
    store = LocalArtifactStore(str(root))

    listed = [info.path for info in store.list_artifacts("folder") if not info.is_dir]
    assert store.list_files("folder") == listed
    assert {"folder/a", "folder/ä", "folder/within"} <= set(listed)
    assert store.list_files() == []
    assert store.list_files("nowhere") == []
    with pytest.raises(InvalidParameterValue):
        store.list_files("../")
