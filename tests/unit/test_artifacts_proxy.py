"""Artifacts behind a tracking server: what is asked, what is told, and what a bad network does."""

from __future__ import annotations

import io
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from headrace.artifacts.mlflow_artifacts import ProxiedArtifactStore
from headrace.artifacts.registry import open_artifact_store
from headrace.errors import (
    HeadraceError,
    InvalidParameterValue,
    NotSupported,
    PermissionDenied,
    ResourceDoesNotExist,
    TemporarilyUnavailable,
)
from headrace.testing.artifacts import BAD_PATHS
from tests.unit.artifact_proxy import ProxyServer, serving

ROOT = "mlflow-artifacts:/7/run/artifacts"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ProxyServer]:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_JITTER", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")
    with serving(tmp_path / "served") as server:
        yield server


@pytest.fixture
def store(server: ProxyServer) -> ProxiedArtifactStore:
    return ProxiedArtifactStore(ROOT, server.url)


class OnceOnly(io.RawIOBase):
    """A stream that cannot be read twice."""

    def __init__(self, content: bytes) -> None:
        self._source = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        return self._source.readinto(buffer)


# --- the protocol --------------------------------------------------------------------------------


def test_a_file_goes_to_its_place_below_the_root(
    store: ProxiedArtifactStore, server: ProxyServer
) -> None:
    store.write("a b/ü 100%.txt", io.BytesIO(b"content"))
    assert server.store.local_path("7/run/artifacts/a b/ü 100%.txt").read_bytes() == b"content"
    with store.open("a b/ü 100%.txt") as stream:
        assert stream.read() == b"content"


def test_a_listing_is_that_of_the_folder(store: ProxiedArtifactStore) -> None:
    assert store.list_artifacts() == []
    for path in ("z", "f/b", "f/a"):
        store.write(path, io.BytesIO(b"123"))
    assert [(i.path, i.is_dir, i.file_size) for i in store.list_artifacts()] == [
        ("f", True, None),
        ("z", False, 3),
    ]
    assert [info.path for info in store.list_artifacts("f")] == ["f/a", "f/b"]
    assert store.list_artifacts("z") == []


def test_stat_tells_files_folders_and_nothing_apart(store: ProxiedArtifactStore) -> None:
    store.write("f/a", io.BytesIO(b"123"))
    assert store.stat("f/a").file_size == 3  # type: ignore[union-attr]
    assert store.stat("f").is_dir  # type: ignore[union-attr]
    assert store.stat("").is_dir  # type: ignore[union-attr]
    assert store.stat("x") is None
    assert store.stat("x/y") is None


@pytest.mark.parametrize("knows_ranges", [True, False])
@pytest.mark.parametrize(
    ("offset", "length", "expected"),
    [
        (0, None, b"0123456789"),
        (3, None, b"3456789"),
        (3, 4, b"3456"),
        (8, 100, b"89"),
        (0, 0, b""),
        (99, 5, b""),
    ],
)
def test_a_range_is_read_from_servers_of_both_kinds(
    store: ProxiedArtifactStore,
    server: ProxyServer,
    knows_ranges: bool,
    offset: int,
    length: int | None,
    expected: bytes,
) -> None:
    store.write("digits", io.BytesIO(b"0123456789"))
    server.knows_ranges = knows_ranges
    with store.open("digits", offset, length) as stream:
        assert stream.read() == expected


def test_folders_go_in_and_come_out(store: ProxiedArtifactStore, tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "sub").mkdir(parents=True)
    for number in range(30):
        (source / "sub" / str(number)).write_bytes(os.urandom(1000))
    store.put_folder(source, "m")
    target = tmp_path / "target"
    target.mkdir()
    assert store.download("m/sub", target) == target / "sub"
    for number in range(30):
        same = Path("sub") / str(number)
        assert (target / same).read_bytes() == (source / same).read_bytes()


def test_a_stream_of_unknown_length_is_sent_in_chunks(
    store: ProxiedArtifactStore, server: ProxyServer
) -> None:
    store.write("a", OnceOnly(b"x" * 3_000_000))  # type: ignore[arg-type]
    assert server.store.stat("7/run/artifacts/a").file_size == 3_000_000  # type: ignore[union-attr]
    assert server.calls[-1][2]["Transfer-Encoding"] == "chunked"


def test_a_stream_is_sent_from_where_it_stands(
    store: ProxiedArtifactStore, server: ProxyServer
) -> None:
    stream = io.BytesIO(b"header body")
    stream.seek(7)
    store.write("a", stream)
    with store.open("a") as answer:
        assert answer.read() == b"body"


def test_delete_of_what_is_not_there_is_no_error(
    store: ProxiedArtifactStore, server: ProxyServer
) -> None:
    store.write("a", io.BytesIO(b"1"))
    store.delete("a")
    store.delete("a")
    server.statuses.append(404)
    with pytest.raises(HeadraceError):
        store.delete("a")  # a 404 that is not about the artifact
    assert store.list_artifacts() == []


def test_connections_are_used_again(store: ProxiedArtifactStore, server: ProxyServer) -> None:
    opened = 0
    connect = server.get_request

    def count() -> object:
        nonlocal opened
        opened += 1
        return connect()

    server.get_request = count  # type: ignore[method-assign,assignment]
    for number in range(10):
        store.write("a", io.BytesIO(b"x" * number))
        with store.open("a") as stream:
            assert len(stream.read()) == number
        store.list_artifacts()
    assert opened <= 2


def test_a_connection_that_the_server_has_closed_is_not_used_again(
    store: ProxiedArtifactStore, server: ProxyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    server.closes = True
    for _ in range(5):
        store.write("a", OnceOnly(b"x"))  # type: ignore[arg-type]


def test_credentials_are_sent(
    store: ProxiedArtifactStore, server: ProxyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "anna")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "s3cret")
    store.list_artifacts()
    assert server.calls[-1][2]["Authorization"] == "Basic YW5uYTpzM2NyZXQ="


def test_a_path_prefix_of_the_server_is_kept(server: ProxyServer) -> None:
    server.prefix = "/team/mlflow"
    store = ProxiedArtifactStore(ROOT, server.url + "/")
    store.write("a", io.BytesIO(b"1"))
    assert server.calls[-1][1] == (
        "/team/mlflow/api/2.0/mlflow-artifacts/artifacts/7/run/artifacts/a"
    )


# --- addresses -----------------------------------------------------------------------------------


def test_each_form_of_address_leads_to_the_proxy(server: ProxyServer) -> None:
    host = server.url.removeprefix("http://")
    for uri, tracking in (
        (ROOT, server.url),
        (f"mlflow-artifacts://{host}/7/run/artifacts", "http://127.0.0.1:1"),
        (f"{server.url}/api/2.0/mlflow-artifacts/artifacts/7/run/artifacts", None),
    ):
        store = open_artifact_store(uri, tracking)
        store.write("x", io.BytesIO(b"1"))
        assert server.calls[-1][1].endswith("/artifacts/7/run/artifacts/x")
        assert [info.path for info in store.list_artifacts()] == ["x"]


@pytest.mark.parametrize(
    ("uri", "tracking", "told"),
    [
        (ROOT, None, "MLFLOW_TRACKING_URI"),
        (ROOT, "sqlite:///x.db", "not sqlite:"),
        (ROOT, "postgresql://u:secret@host/db", "not postgresql:"),
        ("mlflow-artifacts://5000/x", "http://h", "port 5000 without a host"),
        ("mlflow-artifacts:/x?y=1", "http://h", "no query"),
        ("mlflow-artifacts:/x#y", "http://h", "no fragment"),
        ("mlflow-artifacts:/../../etc", "http://h", "Invalid path"),
        ("mlflow-artifacts:/..%2f..%2fetc", "http://h", "Invalid path"),
    ],
)
def test_a_bad_address_is_refused_and_tells_no_secret(
    uri: str, tracking: str | None, told: str
) -> None:
    with pytest.raises(InvalidParameterValue, match=told) as caught:
        open_artifact_store(uri, tracking)
    assert "secret" not in caught.value.message


@pytest.mark.parametrize("uri", ["gopher://host/x", "nonsense://x"])
def test_a_scheme_that_no_store_knows_is_named(uri: str) -> None:
    with pytest.raises(NotSupported, match="mlflow-artifacts:") as caught:
        open_artifact_store(uri)
    assert repr(uri) in caught.value.message


# --- what a server may not do --------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["..", ".", "", "a/b", "/etc/passwd", "../../.ssh/authorized_keys", "a\\b", "a\x00"]
)
def test_a_listing_that_names_another_place_is_refused(
    store: ProxiedArtifactStore, server: ProxyServer, name: str, tmp_path: Path
) -> None:
    server.listing = [{"path": name, "is_dir": False, "file_size": 1}]
    for use in (store.list_artifacts, lambda: store.download("", tmp_path)):
        with pytest.raises(InvalidParameterValue, match="Invalid path"):
            use()


@pytest.mark.parametrize("name", ["..%2f..%2fx", "a#b", "C:"])
def test_a_name_with_two_meanings_is_shown_and_not_downloaded(
    store: ProxiedArtifactStore, server: ProxyServer, name: str, tmp_path: Path
) -> None:
    server.listing = [{"path": name, "is_dir": False, "file_size": 1}]
    assert [info.path for info in store.list_artifacts()] == [name]
    target = tmp_path / "target"
    target.mkdir()
    with pytest.raises(InvalidParameterValue, match="Invalid path"):
        store.download("", target)
    assert list(target.iterdir()) == []


@pytest.mark.parametrize("path", BAD_PATHS)
def test_no_bad_path_is_sent(
    store: ProxiedArtifactStore, server: ProxyServer, path: str, tmp_path: Path
) -> None:
    for use in (
        store.list_artifacts,
        store.stat,
        store.open,
        store.delete,
        lambda given: store.write(given, io.BytesIO()),
        lambda given: store.download(given, tmp_path),
    ):
        with pytest.raises(InvalidParameterValue, match="Invalid path"):
            use(path)
    assert server.calls == []


def test_a_redirection_is_not_followed(store: ProxiedArtifactStore, server: ProxyServer) -> None:
    server.statuses.append(302)
    with pytest.raises(HeadraceError, match="redirection"):
        store.list_artifacts()


def test_an_answer_that_is_no_listing(store: ProxiedArtifactStore, server: ProxyServer) -> None:
    server.listing = [{"name": "x"}]
    with pytest.raises(HeadraceError, match="cannot be read"):
        store.list_artifacts()


# --- a bad network -------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_passing_failure_is_tried_again(
    store: ProxiedArtifactStore, server: ProxyServer, status: int
) -> None:
    server.statuses.extend([status, status])
    store.write("a", io.BytesIO(b"x" * 100_000))
    assert server.verbs == ["PUT"] * 3
    with store.open("a") as stream:
        assert stream.read() == b"x" * 100_000


def test_tries_come_to_an_end(store: ProxiedArtifactStore, server: ProxyServer) -> None:
    server.statuses.extend([503] * 10)
    with pytest.raises(HeadraceError, match="told to"):
        store.list_artifacts()
    assert len(server.calls) == 4


@pytest.mark.parametrize(("status", "error"), [(400, HeadraceError), (403, HeadraceError)])
def test_a_refusal_is_not_tried_again(
    store: ProxiedArtifactStore, server: ProxyServer, status: int, error: type[HeadraceError]
) -> None:
    server.statuses.append(status)
    with pytest.raises(error, match="told to"):
        store.write("a", io.BytesIO(b"x"))
    assert server.verbs == ["PUT"]


def test_a_refusal_before_the_body_is_read_is_still_told(
    store: ProxiedArtifactStore, server: ProxyServer
) -> None:
    server.statuses.append(403)
    with pytest.raises(HeadraceError, match="told to"):
        store.write("a", io.BytesIO(b"x" * 50_000_000))


def test_what_cannot_be_read_twice_is_sent_once(
    store: ProxiedArtifactStore, server: ProxyServer
) -> None:
    server.statuses.append(503)
    with pytest.raises(HeadraceError, match="told to"):
        store.write("a", OnceOnly(b"x"))  # type: ignore[arg-type]
    assert server.verbs == ["PUT"]


def test_a_download_that_breaks_off_is_begun_again(
    store: ProxiedArtifactStore, server: ProxyServer, tmp_path: Path
) -> None:
    content = os.urandom(2_000_000)
    store.write("a", io.BytesIO(content))
    server.cut_after = 1_234_567
    store.download("a", tmp_path)
    assert (tmp_path / "a").read_bytes() == content
    assert server.verbs.count("GET") >= 3  # the listing, and the file twice


def test_a_stream_that_breaks_off_does_not_look_complete(
    store: ProxiedArtifactStore, server: ProxyServer
) -> None:
    store.write("a", io.BytesIO(b"x" * 1000))
    server.cut_after = 500
    with store.open("a") as stream, pytest.raises(TemporarilyUnavailable, match="cannot be reach"):
        stream.read()


def test_a_file_that_shrinks_while_it_is_sent_is_not_stored(
    store: ProxiedArtifactStore, server: ProxyServer, tmp_path: Path
) -> None:
    class Shrinking(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(size)[:10]

    stream = Shrinking(b"x" * 100)
    stream.seek(0)
    short = iter([b"12345", b""])
    stream.read = lambda size=-1: next(short)  # type: ignore[method-assign,assignment]
    with pytest.raises(HeadraceError, match="ended after 5 of its 100 bytes"):
        store.write("a", stream)


def test_a_server_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    store = ProxiedArtifactStore(ROOT, url)
    for use in (
        store.list_artifacts,
        lambda: store.open("a"),
        lambda: store.write("a", io.BytesIO(b"x")),
        lambda: store.download("a", tmp_path),
    ):
        with pytest.raises(TemporarilyUnavailable, match="cannot be reached"):
            use()
    assert list(tmp_path.iterdir()) == []


def test_a_missing_artifact_is_named(store: ProxiedArtifactStore, tmp_path: Path) -> None:
    with pytest.raises(ResourceDoesNotExist, match="No such artifact: 'a'"):
        store.open("a")
    with pytest.raises(ResourceDoesNotExist, match="No such artifact: 'a'"):
        store.download("a", tmp_path)


def test_a_folder_is_not_opened(store: ProxiedArtifactStore) -> None:
    store.write("f/a", io.BytesIO(b"1"))
    with pytest.raises(InvalidParameterValue, match="folder"):
        store.open("f")


def test_one_failed_file_fails_the_folder_and_leaves_whole_files(
    store: ProxiedArtifactStore, server: ProxyServer, tmp_path: Path
) -> None:
    for number in range(20):
        store.write(str(number), io.BytesIO(b"x" * 1000))
    server.listing = [{"path": str(n), "is_dir": False, "file_size": 1000} for n in range(20)]
    server.store.delete("7/run/artifacts/7")
    target = tmp_path / "target"
    target.mkdir()
    with pytest.raises(ResourceDoesNotExist, match="7"):
        store.download("", target)
    assert all(p.stat().st_size == 1000 for p in target.rglob("*") if p.is_file())


# --- processes and threads -----------------------------------------------------------------------


def test_a_forked_child_does_not_use_its_parents_connection(store: ProxiedArtifactStore) -> None:
    store.write("a", io.BytesIO(b"parent"))
    child = os.fork()
    if child == 0:
        code = 1
        try:
            store.write("b", io.BytesIO(b"child"))
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert [info.path for info in store.list_artifacts()] == ["a", "b"]


def test_threads_share_a_store(store: ProxiedArtifactStore) -> None:
    def work(number: int) -> None:
        content = bytes([number]) * 10_000
        store.write(str(number), io.BytesIO(content))
        with store.open(str(number)) as stream:
            results[number] = stream.read() == content

    results = dict.fromkeys(range(16), False)
    threads = [threading.Thread(target=work, args=(number,)) for number in results]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(results.values())


def test_a_permission_that_is_missing(store: ProxiedArtifactStore, server: ProxyServer) -> None:
    def refuse(path: str = "") -> None:
        raise PermissionDenied("ask an admin")

    server.store.delete = refuse  # type: ignore[method-assign]
    with pytest.raises(PermissionDenied, match="ask an admin"):
        store.delete("a")
