"""Object stores on bad days: credentials, buckets, networks, foreign objects, damaged content."""

from __future__ import annotations

import http.client
import io
import os
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from headrace.artifacts.object_bucket import DIGEST_NAME
from headrace.artifacts.object_library import library
from headrace.artifacts.objects import PART_SIZE, ObjectArtifactStore
from headrace.artifacts.registry import open_artifact_store
from headrace.errors import (
    HeadraceError,
    InvalidParameterValue,
    NotSupported,
    PermissionDenied,
    ResourceDoesNotExist,
    TemporarilyUnavailable,
)
from tests.object_servers import SECRET_KEY, ObjectServer
from tests.tcp_proxy import Direction, TcpProxy

LARGE = 5 * PART_SIZE + 123


def open_store(uri: str) -> ObjectArtifactStore:
    store = open_artifact_store(uri)
    assert isinstance(store, ObjectArtifactStore)
    return store


@pytest.fixture
def store(s3_root: str) -> ObjectArtifactStore:
    return open_store(s3_root)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long between tries."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0.01")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_JITTER", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "4")


@pytest.fixture
def network(s3: ObjectServer, quick: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[TcpProxy]:
    """A bad network between this process and the store."""
    with TcpProxy(s3.endpoint) as proxy:
        monkeypatch.setenv("MLFLOW_S3_ENDPOINT_URL", proxy.url)
        yield proxy


def put_raw(store: ObjectArtifactStore, key: str, content: bytes, digest: str = "") -> None:
    """Store an object as a stranger would."""
    attributes = {DIGEST_NAME: digest} if digest else {}
    client = store._objects.client()
    library().put(client, f"{store.prefix}/{key}", content, attributes=attributes)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    file = tmp_path / "large.bin"
    file.write_bytes(os.urandom(LARGE))
    return file


# --- places --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("uri", "bucket", "prefix"),
    [
        ("s3://bucket", "bucket", ""),
        ("s3://bucket/", "bucket", ""),
        ("s3://my.bucket-1/a/b c/", "my.bucket-1", "a/b c"),
        ("r2://bucket@account.r2.cloudflarestorage.com/a", "bucket", "a"),
        ("b2://bucket@s3.us-west-004.backblazeb2.com/a", "bucket", "a"),
        ("gs://bucket/a/b", "bucket", "a/b"),
        ("wasbs://box@account.blob.core.windows.net/a", "box", "a"),
        ("abfss://box@account.dfs.core.windows.net/a/b", "box", "a/b"),
    ],
)
def test_a_uri_names_bucket_and_prefix(uri: str, bucket: str, prefix: str) -> None:
    store = open_store(uri)
    assert (store.bucket, store.prefix, store.uri) == (bucket, prefix, uri)


@pytest.mark.parametrize(
    "uri",
    [
        "s3://",
        "s3:///key",
        "s3:bucket",
        "s3://bucket/../other",
        "s3://bucket/a%2f..%2fb",
        "s3://bucket/a?versionId=1",
        "s3://bucket/a#b",
        "s3://user:secret@bucket/a",
        "s3://bucket:9000/a",
        "r2://bucket/a",
        "r2://@account.r2.cloudflarestorage.com/a",
        "b2://bucket@host/a",
        "gs:///a",
        "wasbs://account.blob.core.windows.net/a",
        "wasbs://box@account/a",
        "abfss://box@ACCOUNT!.dfs.core.windows.net/a",
    ],
)
def test_a_uri_that_names_no_bucket_is_refused(uri: str) -> None:
    with pytest.raises(InvalidParameterValue) as caught:
        open_artifact_store(uri)
    assert "secret" not in str(caught.value) or "secret" in uri


def test_what_to_install_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("headrace.artifacts.")]:
        if name.rpartition(".")[2] in ("s3", "gcs", "azure", "objects", "object_library"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "obstore", None)
    for uri, extra in (
        ("s3://bucket", "s3"),
        ("gs://bucket", "gcs"),
        ("wasbs://box@account.blob.core.windows.net", "azure"),
    ):
        with pytest.raises(NotSupported, match=rf"pip install 'headrace\[{extra}\]'"):
            open_artifact_store(uri)


# --- credentials and addresses -------------------------------------------------------------------


def test_a_wrong_credential(
    store: ObjectArtifactStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    store.write("a", io.BytesIO(b"1"))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong-key-of-somebody")
    stranger = open_store(store.uri)
    for use in (
        lambda: stranger.list_artifacts(),
        lambda: stranger.stat("a"),
        lambda: stranger.open("a"),
        lambda: stranger.write("b", io.BytesIO(b"1")),
        lambda: stranger.delete("a"),
        lambda: stranger.download("a", tmp_path),
    ):
        with pytest.raises(PermissionDenied, match="AWS_SECRET_ACCESS_KEY") as caught:
            use()
        assert "wrong-key" not in str(caught.value)
        assert SECRET_KEY not in str(caught.value)
    assert [info.path for info in store.list_artifacts()] == ["a"]


def test_a_bucket_that_is_not_there(s3: ObjectServer, tmp_path: Path) -> None:
    store = open_store("s3://nobody-made-this/prefix")
    for use in (
        lambda: store.list_artifacts(),
        lambda: store.stat("a"),
        lambda: store.open("a"),
        lambda: store.write("b", io.BytesIO(b"1")),
        lambda: store.put_folder(tmp_path, ""),
        lambda: store.delete("a"),
        lambda: store.download("a", tmp_path),
    ):
        (tmp_path / "x").touch()
        with pytest.raises(ResourceDoesNotExist, match="'nobody-made-this'.*create it"):
            use()


def test_no_server(quick: None, s3_root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_S3_ENDPOINT_URL", "http://127.0.0.1:9")
    store = open_store(s3_root)
    for use in (
        lambda: store.list_artifacts(),
        lambda: store.open("a"),
        lambda: store.write("b", io.BytesIO(b"1")),
    ):
        with pytest.raises(TemporarilyUnavailable, match="cannot be reached"):
            use()


def test_credentials_of_a_profile(
    store: ObjectArtifactStore,
    s3: ObjectServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for name in s3.environment:
        monkeypatch.delenv(name)
    (tmp_path / "credentials").write_text(
        "[tests]\n"
        f"aws_access_key_id = {s3.environment['AWS_ACCESS_KEY_ID']}\n"
        f"aws_secret_access_key = {SECRET_KEY}\n"
    )
    (tmp_path / "config").write_text(
        f"[profile tests]\nendpoint_url = {s3.endpoint}\nregion = eu-west-3\n"
        "[profile login]\nsso_session = x\n"
    )
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "tests")

    mine = open_store(store.uri)
    mine.write("a", io.BytesIO(b"1"))
    assert [info.path for info in mine.list_artifacts()] == ["a"]

    monkeypatch.setenv("AWS_PROFILE", "unknown")
    with pytest.raises(InvalidParameterValue, match="AWS_PROFILE is 'unknown'"):
        open_store(store.uri).list_artifacts()
    monkeypatch.setenv("AWS_PROFILE", "login")
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(NotSupported, match="pip install boto3"):
        open_store(store.uri).list_artifacts()
    (tmp_path / "credentials").write_text(f"{SECRET_KEY}\n")
    with pytest.raises(InvalidParameterValue, match="INI") as caught:
        open_store(store.uri).list_artifacts()
    assert SECRET_KEY not in str(caught.value)


def test_no_credentials(
    store: ObjectArtifactStore, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", "http://127.0.0.1:9")  # where a cloud has them
    with pytest.raises(PermissionDenied, match="No credentials were found.*AWS_ACCESS_KEY_ID"):
        open_store(store.uri).list_artifacts()


@pytest.mark.parametrize(
    ("status", "code"),
    [(301, "PermanentRedirect"), (400, "AuthorizationHeaderMalformed")],
)
def test_a_bucket_in_another_region(
    s3: ObjectServer, quick: None, monkeypatch: pytest.MonkeyPatch, status: int, code: str
) -> None:
    class Elsewhere(BaseHTTPRequestHandler):
        """Answers as Amazon does where a bucket is not: no server of the tests has regions."""

        def do_GET(self) -> None:
            body = f"<Error><Code>{code}</Code><Message>Use eu-west-3.</Message></Error>".encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        monkeypatch.setenv("MLFLOW_S3_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        with pytest.raises(InvalidParameterValue, match="AWS_REGION"):
            open_store("s3://bucket/x").list_artifacts()
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("arguments", "told"), [("[1]", "no JSON object"), ("{", "no JSON"), ('{"ACL": "x"}', "ACL")]
)
def test_arguments_that_cannot_be_followed(
    store: ObjectArtifactStore, monkeypatch: pytest.MonkeyPatch, arguments: str, told: str
) -> None:
    monkeypatch.setenv("MLFLOW_S3_UPLOAD_EXTRA_ARGS", arguments)
    with pytest.raises(InvalidParameterValue, match=told):
        store.write("a", io.BytesIO(b"1"))


# --- content -------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [3, LARGE])
def test_damaged_content_is_not_kept(store: ObjectArtifactStore, tmp_path: Path, size: int) -> None:
    put_raw(store, "a", b"x" * size, digest="0" * 64)
    with pytest.raises(HeadraceError, match="BLAKE3") as caught:
        store.download("a", tmp_path)
    assert caught.value.error_code == "DATA_LOSS"
    assert list(tmp_path.iterdir()) == []


def test_content_that_nobody_gave_a_digest_is_read(
    store: ObjectArtifactStore, tmp_path: Path
) -> None:
    put_raw(store, "a", b"foreign")
    assert store.digest("a") is None
    assert store.download("a", tmp_path).read_bytes() == b"foreign"


def test_keys_that_no_artifact_could_have_are_not_shown(
    store: ObjectArtifactStore, tmp_path: Path
) -> None:
    for key in ("good", "f/good", "what?", "f/a#b"):
        put_raw(store, key, b"1")
    assert [info.path for info in store.list_artifacts()] == ["f", "good"]
    assert [info.path for info in store.list_artifacts("f")] == ["f/good"]
    store.download("", tmp_path)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["f", "good", "good"]


def test_neighbours_of_the_prefix_are_left_alone(s3_root: str, tmp_path: Path) -> None:
    for name in ("run1", "run10", "run1-copy"):
        open_store(f"{s3_root}/{name}").write("a", io.BytesIO(name.encode()))
    store = open_store(f"{s3_root}/run1")
    assert [info.path for info in store.list_artifacts()] == ["a"]
    store.delete()
    for name in ("run10", "run1-copy"):
        with open_store(f"{s3_root}/{name}").open("a") as stream:
            assert stream.read() == name.encode()


def test_a_stream_can_be_moved_within(store: ObjectArtifactStore) -> None:
    content = os.urandom(3 << 20)
    store.write("a", io.BytesIO(content))
    with store.open("a") as stream:
        assert stream.read(10) == content[:10]
        assert stream.seek(2 << 20) == 2 << 20
        assert stream.read(10) == content[2 << 20 : (2 << 20) + 10]
        stream.seek(-5, os.SEEK_END)
        assert stream.read() == content[-5:]
        stream.seek(0)
        assert stream.read() == content


def test_a_file_that_is_written_to_meanwhile_has_the_digest_of_what_is_stored(
    store: ObjectArtifactStore, large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from headrace.artifacts import objects

    def digest_and_append(descriptor: int, offset: int, size: int) -> str:
        digest = original(descriptor, offset, size)
        with large.open("r+b") as file:
            file.write(b"changed")
        return digest

    original = objects.digest_of_range
    monkeypatch.setattr(objects, "digest_of_range", digest_and_append)
    store.put_file(large, "a")
    (tmp_path / "target").mkdir()
    copy = store.download("a", tmp_path / "target")
    assert copy.read_bytes() == large.read_bytes()


def test_signed_urls_need_no_credentials(store: ObjectArtifactStore) -> None:
    store.write("a b.txt", io.BytesIO(b"content"))
    assert call("GET", store.sign("GET", "a b.txt", 60)) == (200, b"content")
    assert call("PUT", store.sign("PUT", "new", 60), b"sent")[0] == 200
    with store.open("new") as stream:
        assert stream.read() == b"sent"
    expired = store.sign("GET", "new", 1)
    time.sleep(2.1)
    assert call("GET", expired)[0] == 403


def call(verb: str, url: str, body: bytes | None = None) -> tuple[int, bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    connection.request(verb, f"{parts.path}?{parts.query}", body)
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


# --- networks ------------------------------------------------------------------------------------


def test_a_download_that_breaks_off_goes_on(
    network: TcpProxy, s3_root: str, large: Path, tmp_path: Path
) -> None:
    store = open_store(s3_root)
    store.put_file(large, "a")
    (tmp_path / "target").mkdir()
    before = network.passed[Direction.ANSWER]
    network.cut_after(3 * PART_SIZE, Direction.ANSWER)
    copy = store.download("a", tmp_path / "target")
    assert copy.read_bytes() == large.read_bytes()
    assert network.cuts == 1
    assert network.passed[Direction.ANSWER] - before < 2 * LARGE


def test_a_stream_that_breaks_off_goes_on(network: TcpProxy, s3_root: str, large: Path) -> None:
    store = open_store(s3_root)
    store.put_file(large, "a")
    network.cut_after(2 * PART_SIZE + 77, Direction.ANSWER)
    with store.open("a") as stream:
        assert stream.read() == large.read_bytes()
    assert network.cuts == 1


def test_an_upload_that_breaks_off_goes_on(
    network: TcpProxy, s3_root: str, large: Path, tmp_path: Path
) -> None:
    store = open_store(s3_root)
    network.cut_after(2 * PART_SIZE, Direction.REQUEST)
    store.put_file(large, "a")
    assert network.cuts == 1
    (tmp_path / "target").mkdir()
    assert store.download("a", tmp_path / "target").read_bytes() == large.read_bytes()


def test_an_upload_that_ends_for_good_leaves_nothing(
    network: TcpProxy, s3: ObjectServer, s3_root: str, large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(s3_root)
    store.write("a", io.BytesIO(b"old"))
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    cut = open_store(s3_root)
    cut.list_artifacts()
    network.refuse()
    for path in ("a", "new"):
        with pytest.raises(TemporarilyUnavailable, match="cannot be reached"):
            cut.put_file(large, path)
    network.accept()
    assert [(info.path, info.file_size) for info in store.list_artifacts()] == [("a", 3)]
    cut.put_file(large, "a")
    assert [(info.path, info.file_size) for info in store.list_artifacts()] == [("a", LARGE)]
