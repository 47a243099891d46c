"""Artifact calls: what is listed and sent, with which headers, and what is never reached."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from headrace.server.artifacts import MAX_UPLOAD_BYTES
from headrace.server.core import make_dispatch
from tests.unit.server_client import MLFLOW, Answer, Client, Request

AJAX = "/ajax-api/2.0/mlflow"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    client = Client(tmp_path)
    yield client
    client.close()


@pytest.fixture
def run_id(client: Client) -> str:
    return client.new_run()


def upload(client: Client, run_id: str, path: str, content: bytes, **headers: str) -> Answer:
    target = f"{AJAX}/upload-artifact?run_uuid={run_id}&path={quote(path)}"
    return client.call("POST", target, content, headers=headers)


def download(client: Client, run_id: str, path: str, **options: Any) -> Answer:
    target = f"/get-artifact?path={quote(path)}&run_uuid={run_id}"
    return client.call(options.pop("verb", "GET"), target, **options)


def test_a_file_goes_up_is_listed_and_comes_down(client: Client, run_id: str) -> None:
    assert upload(client, run_id, "plots/loss.txt", b"hello").status == 200
    assert upload(client, run_id, "b.txt", b"").error_code == "INVALID_PARAMETER_VALUE"

    top = client.get(f"/artifacts/list?run_id={run_id}").json
    below = client.get(f"/artifacts/list?run_id={run_id}&path=plots").json
    assert top["files"] == [{"path": "plots", "is_dir": True}]
    assert below["files"] == [{"path": "plots/loss.txt", "is_dir": False, "file_size": 5}]
    run = client.get(f"/runs/get?run_id={run_id}").json["run"]
    assert top["root_uri"] == below["root_uri"] == run["info"]["artifact_uri"]
    assert download(client, run_id, "plots/loss.txt").body == b"hello"


def test_what_is_not_there_has_an_empty_listing(client: Client, run_id: str) -> None:
    for path in ("", "&path=nothing"):
        listing = client.get(f"/artifacts/list?run_id={run_id}{path}").json
        assert set(listing) == {"root_uri"}


@pytest.mark.parametrize(
    ("name", "mime", "disposition"),
    [
        ("MLmodel", "text/plain", "attachment; filename=MLmodel"),
        ("a.yaml", "text/plain", "attachment; filename=a.yaml"),
        ("a.json", "text/plain", "attachment; filename=a.json"),
        ("model.pkl", "application/octet-stream", "attachment; filename=model.pkl"),
        ("page.html", "text/html", "attachment; filename=page.html"),
        ("plot.png", "image/png", "attachment; filename=plot.png"),
        ("no extension", "application/octet-stream", 'attachment; filename="no extension"'),
        ('quo"te.txt', "text/plain", 'attachment; filename="quo\\"te.txt"'),
        (
            "ü b.txt",
            "text/plain",
            "attachment; filename=\"u b.txt\"; filename*=UTF-8''%C3%BC%20b.txt",
        ),
        (
            "日本",
            "application/octet-stream",
            "attachment; filename=download; filename*=UTF-8''%E6%97%A5%E6%9C%AC",
        ),
    ],
)
def test_downloads_are_attachments_with_the_type_of_their_name(
    client: Client, run_id: str, name: str, mime: str, disposition: str
) -> None:
    upload(client, run_id, name, b"<html>")

    answer = download(client, run_id, name, headers={"Accept": "text/html"})
    assert answer.headers["content-type"] == mime
    assert answer.headers["Content-Disposition"] == disposition
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("wanted", "status", "content", "content_range"),
    [
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=4-", 206, b"456789", "bytes 4-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=-30", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=8-99", 206, b"89", "bytes 8-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=-0", 416, b"", "bytes */10"),
        ("bytes=5-2", 200, b"0123456789", None),
        ("bytes=-", 200, b"0123456789", None),
        ("bytes=0-1,4-5", 200, b"0123456789", None),
        (f"bytes={'0' * 5000}-", 200, b"0123456789", None),
        ("lines=0-1", 200, b"0123456789", None),
    ],
)
def test_ranges(
    client: Client, run_id: str, wanted: str, status: int, content: bytes, content_range: str | None
) -> None:
    upload(client, run_id, "a.bin", b"0123456789")

    answer = download(client, run_id, "a.bin", headers={"Range": wanted})
    assert (answer.status, answer.body) == (status, content)
    assert answer.headers.get("Content-Range") == content_range
    assert answer.headers["content-length"] == str(len(content))


def test_a_download_resumes_only_where_the_file_is_the_same(client: Client, run_id: str) -> None:
    upload(client, run_id, "a.bin", b"0123456789")
    mark = download(client, run_id, "a.bin").headers["ETag"]

    def resume() -> Answer:
        return download(client, run_id, "a.bin", headers={"Range": "bytes=5-", "If-Range": mark})

    assert resume().status == 206
    assert download(client, run_id, "a.bin", headers={"If-None-Match": mark}).status == 304
    upload(client, run_id, "a.bin", b"other content")
    assert (resume().status, resume().body) == (200, b"other content")


def test_a_large_file_comes_in_pieces(client: Client, run_id: str) -> None:
    content = bytes(range(256)) * 4096 * 5
    upload(client, run_id, "big.bin", content)
    pieces: list[bytes] = []

    async def fetch() -> None:
        target = f"/get-artifact?path=big.bin&run_uuid={run_id}"

        async def receive() -> Any:
            return {"type": "http.request", "body": b""}

        async def send(message: Any) -> None:
            pieces.append(message.get("body", b""))

        await client.application(Request("GET", target).scope(), receive, send)

    asyncio.run(fetch())
    assert b"".join(pieces) == content
    assert max(map(len, pieces)) < len(content)


def test_a_caller_that_stops_reading_leaves_no_open_file(client: Client, run_id: str) -> None:
    upload(client, run_id, "big.bin", b"x" * 3_000_000)

    async def stop() -> None:
        async def send(message: Any) -> None:
            if message["type"] == "http.response.body":
                raise ConnectionResetError

        async def receive() -> Any:
            return {"type": "http.request", "body": b""}

        request = Request("GET", f"/get-artifact?path=big.bin&run_uuid={run_id}")
        with pytest.raises(ConnectionResetError):
            await client.application(request.scope(), receive, send)

    asyncio.run(stop())  # an open file would raise ResourceWarning


# --- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "../x",
        "a/../../x",
        "/etc/passwd",
        "%2e%2e/x",
        "..%2fx",
        "%252e%252e%252fx",
        "a\\..\\x",
        "file:///etc/passwd",
        "a\x00b",
        "C:\\x",
        "a#b",
    ],
)
def test_paths_that_lead_out_of_the_root_are_refused(
    client: Client, run_id: str, path: str
) -> None:
    model = client.post("/logged-models", {"experiment_id": "0"}).json["model"]["info"]["model_id"]
    quoted = quote(path, safe="")
    answers = [
        upload(client, run_id, path, b"x"),
        download(client, run_id, path),
        client.get(f"/artifacts/list?run_id={run_id}&path={quoted}"),
        client.get(
            f"/logged-models/{model}/artifacts/directories?artifact_directory_path={quoted}"
        ),
        client.call(
            "GET", f"{AJAX}/logged-models/{model}/artifacts/files?artifact_file_path={quoted}"
        ),
    ]

    for answer in answers:
        assert (answer.status, answer.error_code) == (400, "INVALID_PARAMETER_VALUE")
        assert "Invalid path" in answer.message


def test_missing_things(client: Client, run_id: str) -> None:
    upload(client, run_id, "d/a.txt", b"x")

    missing = download(client, run_id, "d/b.txt")
    assert (missing.status, missing.message) == (404, "No such artifact: 'd/b.txt'")
    folder = download(client, run_id, "d")
    assert folder.status == 400
    assert folder.message == "Artifact path refers to a directory, not a file: 'd'"
    for answer in (download(client, "nope", "x"), upload(client, "nope", "x", b"x")):
        assert (answer.status, answer.error_code) == (404, "RESOURCE_DOES_NOT_EXIST")


@pytest.mark.parametrize(
    ("query", "content", "message"),
    [
        ("path=a", b"x", "Request must specify run_uuid."),
        ("run_uuid=RUN", b"x", "Request must specify path."),
        ("run_uuid=RUN&path=a", b"", "Request must specify data."),
        (
            "run_uuid=RUN&path=a",
            b"x" * (MAX_UPLOAD_BYTES + 1),
            "Artifact size is too large. Max size is 10MB.",
        ),
    ],
)
def test_uploads_that_lack_something(
    client: Client, run_id: str, query: str, content: bytes, message: str
) -> None:
    target = f"{AJAX}/upload-artifact?{query.replace('RUN', run_id)}"

    assert client.call("POST", target, content).message == message
    status, body = make_dispatch(client.store)("POST", target, content)
    assert status == 400
    assert message.encode() in body


@pytest.mark.parametrize(
    ("location", "status", "code"),
    [
        ("http://127.0.0.1:1/x", 501, "NOT_IMPLEMENTED"),
        ("https://example.com", 501, "NOT_IMPLEMENTED"),
        ("mlflow-artifacts:/x", 501, "NOT_IMPLEMENTED"),
        ("gopher://x", 403, "PERMISSION_DENIED"),
    ],
)
def test_the_server_is_sent_to_no_address(
    client: Client, location: str, status: int, code: str
) -> None:
    body = {"name": "elsewhere", "artifact_location": location}
    experiment = client.post("/experiments/create", body).json["experiment_id"]
    run = client.post("/runs/create", {"experiment_id": experiment}).json["run"]["info"]["run_id"]

    for answer in (
        client.get(f"/artifacts/list?run_id={run}"),
        download(client, run, "a.txt"),
        upload(client, run, "a.txt", b"x"),
    ):
        assert (answer.status, answer.error_code) == (status, code)


@pytest.mark.parametrize(
    "location",
    [
        "sftp://root@127.0.0.1:1/etc",
        "ftp://u:geheim@127.0.0.1:1/x",
        "hdfs://127.0.0.1:1/x",
        "viewfs:///x",
        "sftp://named.example/data-of-others",
        "sftp://named.example:2222/data",
        "sftp://eve@named.example/data",
        "sftp://named.example/data/%2e%2e/x",
    ],
)
def test_the_server_calls_no_machine_that_a_client_chose(tmp_path: Path, location: str) -> None:
    with closing(Client(tmp_path, artifact_roots=["sftp://named.example/data"])) as client:
        body = {"name": "elsewhere", "artifact_location": location}
        created = client.post("/experiments/create", body)
        if created.status == 400:
            return
        body = {"experiment_id": created.json["experiment_id"]}
        run = client.post("/runs/create", body).json["run"]["info"]["run_id"]

        for answer in (
            client.get(f"/artifacts/list?run_id={run}"),
            download(client, run, "a.txt"),
            upload(client, run, "a.txt", b"x"),
        ):
            assert (answer.status, answer.error_code) == (403, "PERMISSION_DENIED")
            assert "--artifact-roots" in answer.message
            assert "geheim" not in answer.message


# --- logged models -------------------------------------------------------------------------------


def test_files_of_a_logged_model(client: Client) -> None:
    info = client.post("/logged-models", {"experiment_id": "0"}).json["model"]["info"]
    model, root = info["model_id"], Path(info["artifact_uri"])
    (root / "code").mkdir(parents=True)
    (root / "MLmodel").write_text("flavors: {}")
    files = f"{AJAX}/logged-models/{model}/artifacts/files"

    listing = client.get(f"/logged-models/{model}/artifacts/directories").json
    assert listing["files"] == [
        {"path": "MLmodel", "is_dir": False, "file_size": 11},
        {"path": "code", "is_dir": True},
    ]
    assert client.call("GET", f"{files}?artifact_file_path=MLmodel").body == b"flavors: {}"
    assert client.call("GET", files).error_code == "BAD_REQUEST"
    assert client.call("GET", f"{files}?artifact_file_path=nope").status == 404


def test_dispatch_without_sockets_gives_the_file_whole(client: Client, run_id: str) -> None:
    upload(client, run_id, "a.txt", b"hello")

    target = f"/get-artifact?path=a.txt&run_id={run_id}"
    assert make_dispatch(client.store)("GET", target, None) == (200, b"hello")
    head = client.call("HEAD", target)
    assert (head.headers["content-length"], head.body) == ("5", b"")
    assert client.call("GET", MLFLOW + "/artifacts/list").error_code == "INVALID_PARAMETER_VALUE"
