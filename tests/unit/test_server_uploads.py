"""Uploads to a server: whole or in parts, resumed, checked by digest, confined, swept."""

from __future__ import annotations

import asyncio
import os
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from blake3 import blake3

from headrace.api.uploads import DIGEST_HEADER, PART_SIZE
from headrace.artifacts.digests import RECORD_NAME
from headrace.artifacts.pool import POOL_NAME
from headrace.server.uploads import LIFETIME_SECONDS, Uploads
from headrace.stores.seals import Seals
from tests.unit.server_client import Answer, Client, Request

FILES = "/api/1.0/headrace/artifacts/files"
UPLOADS = "/api/1.0/headrace/artifacts/uploads"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    client = Client(tmp_path)
    yield client
    client.close()


@pytest.fixture
def run_id(client: Client) -> str:
    return client.new_run()


def digest_of(content: bytes) -> str:
    return blake3(content).hexdigest()


def fields_of(run_id: str, path: str, content: bytes) -> dict[str, Any]:
    return {"run_id": run_id, "path": path, "size": len(content), "digest": digest_of(content)}


def put(client: Client, run: str, path: str, content: bytes, /, **changes: Any) -> Answer:
    query = urlencode({**fields_of(run, path, content), **changes})
    return client.call("PUT", f"{FILES}?{query}", content)


def put_part(
    client: Client, fields: dict[str, Any], content: bytes, part: int, /, **changes: Any
) -> Answer:
    piece = content[part * PART_SIZE : (part + 1) * PART_SIZE]
    query = {**fields, "part": part, "part_digest": digest_of(piece), **changes}
    query = urlencode({name: value for name, value in query.items() if value is not None})
    return client.call("PUT", f"{UPLOADS}/parts?{query}", piece, pieces=20)


def begin(client: Client, fields: dict[str, Any]) -> Answer:
    return client.call("POST", f"{UPLOADS}/begin", fields)


def finish(client: Client, fields: dict[str, Any]) -> Answer:
    return client.call("POST", f"{UPLOADS}/finish", fields)


def files_of(folder: Path) -> list[str]:
    """Names of all files of artifacts, those on their way too."""
    root = folder / "store" / "artifacts"
    files = (path for path in root.rglob("*") if path.is_file() and POOL_NAME not in path.parts)
    return sorted(path.name for path in files if path.name != RECORD_NAME)


@pytest.fixture(scope="module")
def large() -> bytes:
    """Two parts and a bit of a third."""
    return os.urandom(1000) * ((2 * PART_SIZE + 12345) // 1000)


# --- in one call ---------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 10_000, 3 * 1024 * 1024])
def test_a_file_arrives_in_one_call(client: Client, run_id: str, size: int) -> None:
    content = os.urandom(size)
    assert put(client, run_id, "a/b.bin", content).status == 200

    answer = client.call("GET", f"/get-artifact?run_id={run_id}&path=a/b.bin")
    assert answer.body == content
    assert answer.headers[DIGEST_HEADER] == digest_of(content)


def test_a_body_in_many_pieces(client: Client, run_id: str) -> None:
    content = os.urandom(5_000_000)
    query = urlencode(fields_of(run_id, "a.bin", content))
    assert client.call("PUT", f"{FILES}?{query}", content, pieces=77).status == 200
    assert client.call("GET", f"/get-artifact?run_id={run_id}&path=a.bin").body == content


def test_a_file_is_replaced(client: Client, run_id: str) -> None:
    put(client, run_id, "a", b"old")
    put(client, run_id, "a", b"new content")
    answer = client.call("GET", f"/get-artifact?run_id={run_id}&path=a")
    assert answer.body == b"new content"
    assert answer.headers[DIGEST_HEADER] == digest_of(b"new content")


def test_what_was_changed_on_its_way_is_not_kept(
    client: Client, run_id: str, tmp_path: Path
) -> None:
    for changes in ({"digest": digest_of(b"other")}, {"size": 4}, {"size": 6}):
        answer = put(client, run_id, "a.bin", b"hello", **changes)
        assert (answer.status, answer.error_code) == (400, "BAD_REQUEST")
    assert files_of(tmp_path) == []


def test_a_connection_that_breaks_leaves_nothing(
    client: Client, run_id: str, tmp_path: Path
) -> None:
    content = os.urandom(3_000_000)
    request = Request("PUT", f"{FILES}?{urlencode(fields_of(run_id, 'a', content))}", content)
    request.pieces = 3
    messages = list(request.messages())[:2]  # then the connection is gone
    sent: list[Any] = []

    async def call() -> None:
        queue = iter(messages)

        async def receive() -> Any:
            return next(queue, {"type": "http.disconnect"})

        async def collect(message: Any) -> None:
            sent.append(message)

        await client.application(request.scope(), receive, collect)

    asyncio.run(call())
    assert sent[0]["status"] == 400
    assert files_of(tmp_path) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"digest": "short"},
        {"digest": "A" * 64},
        {"size": -1},
        {"size": 2**63},
        {"size": "many"},
        {"run_id": ""},
        {"run_id": "0" * 32, "model_id": "m-" + "0" * 32},
    ],
)
def test_malformed_requests(client: Client, run_id: str, changes: dict[str, Any]) -> None:
    answer = put(client, run_id, "a", b"x", **changes)
    assert answer.error_code == "INVALID_PARAMETER_VALUE"


def test_a_run_that_is_not_there(client: Client) -> None:
    assert put(client, "f" * 32, "a", b"x").error_code == "RESOURCE_DOES_NOT_EXIST"
    assert put(client, "f" * 32, "a", b"x" * 5_000_000).status == 404


@pytest.mark.parametrize(
    "path",
    [
        "../a",
        "a/../../b",
        "/etc/passwd",
        "..%2fa",
        "..%252fa",
        "%2e%2e/a",
        "a\\..\\b",
        "C:/a",
        "file:///etc/passwd",
        "a#b",
        "a?b",
        "a\x00b",
        "a" * 300,
        "",
        ".",
        ".artifact.uploading.x",
    ],
)
def test_paths_that_lead_elsewhere(client: Client, run_id: str, path: str, tmp_path: Path) -> None:
    fields = fields_of(run_id, path, b"x")
    answers = [
        put(client, run_id, path, b"x"),
        begin(client, fields),
        put_part(client, fields, b"x", 0),
        finish(client, fields),
    ]
    assert [answer.error_code for answer in answers] == ["INVALID_PARAMETER_VALUE"] * 4
    assert files_of(tmp_path) == []


def test_deletion_is_confined(client: Client, run_id: str, tmp_path: Path) -> None:
    outside = tmp_path / "precious"
    outside.write_text("x")
    for path in ("../../../../precious", str(outside), "..%2f..%2fprecious"):
        answer = client.call("DELETE", FILES, {"run_id": run_id, "path": path})
        assert answer.error_code == "INVALID_PARAMETER_VALUE"
    assert outside.exists()


def test_a_symbolic_link_leads_nowhere(client: Client, run_id: str, tmp_path: Path) -> None:
    put(client, run_id, "a", b"x")
    (place,) = (tmp_path / "store" / "artifacts").rglob("a")
    (place.parent / "link").symlink_to(tmp_path)
    assert put(client, run_id, "link/b", b"x").error_code == "INVALID_PARAMETER_VALUE"
    assert not (tmp_path / "b").exists()


def test_a_location_that_a_client_chose(client: Client, tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "key").write_text("secret")
    location = {"name": "mine", "artifact_location": str(tmp_path / "secrets")}
    experiment = client.post("/experiments/create", location).json["experiment_id"]
    run = client.post("/runs/create", {"experiment_id": experiment}).json["run"]["info"]
    (tmp_path / "secrets" / run["run_id"] / "artifacts").mkdir(parents=True)

    assert put(client, run["run_id"], "a", b"x").error_code == "PERMISSION_DENIED"
    listing = client.get(f"/artifacts/list?run_id={run['run_id']}")
    assert listing.error_code == "PERMISSION_DENIED"
    assert "--artifact-roots" in listing.message


def test_a_location_among_files_that_are_on_their_way(client: Client, run_id: str) -> None:
    put(client, run_id, "a", b"x")
    root = client.get("/experiments/get?experiment_id=0").json["experiment"]["artifact_location"]
    staging = str(Path(root).parent / ".artifact.uploading.files")
    location = {"name": "mine", "artifact_location": staging}
    experiment = client.post("/experiments/create", location).json["experiment_id"]
    run = client.post("/runs/create", {"experiment_id": experiment}).json["run"]["info"]

    assert put(client, run["run_id"], "a", b"x").error_code == "PERMISSION_DENIED"
    assert list(Path(staging).iterdir()) == []


def test_deletion(client: Client, run_id: str, tmp_path: Path) -> None:
    put(client, run_id, "a/b", b"x")
    put(client, run_id, "a/c", b"x")
    put(client, run_id, "d", b"x")
    for path in ("a/b", "a", "nothing"):
        assert client.call("DELETE", FILES, {"run_id": run_id, "path": path}).status == 200
    assert files_of(tmp_path) == ["d"]
    assert client.call("DELETE", FILES, {"run_id": run_id}).status == 200
    assert files_of(tmp_path) == []
    assert put(client, run_id, "e", b"x").status == 200


def test_artifacts_of_a_model(client: Client) -> None:
    model = client.post("/logged-models", {"experiment_id": "0", "name": "m"}).json["model"]
    model_id = model["info"]["model_id"]
    query = {"model_id": model_id, "path": "a", "size": 1, "digest": digest_of(b"x")}
    assert client.call("PUT", f"{FILES}?{urlencode(query)}", b"x").status == 200
    path = f"/logged-models/{model_id}/artifacts/directories"
    assert client.get(path).json["files"][0]["path"] == "a"


# --- in parts ------------------------------------------------------------------------------------


def test_parts_in_any_order(client: Client, run_id: str, large: bytes, tmp_path: Path) -> None:
    fields = fields_of(run_id, "large.bin", large)
    state = begin(client, fields).json
    assert state == {"complete": False, "part_size": PART_SIZE, "parts": []}
    for part in (2, 0, 1):
        assert put_part(client, fields, large, part).status == 200
    assert finish(client, fields).status == 200

    answer = client.call("GET", f"/get-artifact?run_id={run_id}&path=large.bin")
    assert answer.body == large
    assert files_of(tmp_path) == ["large.bin"]
    assert finish(client, fields).status == 200  # its answer may have been lost
    assert begin(client, fields).json["complete"]


def test_an_upload_goes_on_after_a_restart(tmp_path: Path, large: bytes) -> None:
    client = Client(tmp_path)
    run_id = client.new_run()
    fields = fields_of(run_id, "large.bin", large)
    begin(client, fields)
    put_part(client, fields, large, 1)
    client.close()

    client = Client(tmp_path)
    assert begin(client, fields).json["parts"] == [1]
    for part in (0, 2):
        put_part(client, fields, large, part)
    assert finish(client, fields).status == 200
    assert client.call("GET", f"/get-artifact?run_id={run_id}&path=large.bin").body == large
    client.close()


def test_a_corrupted_part_is_refused(
    client: Client, run_id: str, large: bytes, tmp_path: Path
) -> None:
    fields = fields_of(run_id, "large.bin", large)
    begin(client, fields)
    damaged = bytearray(large)
    damaged[5] ^= 1
    right = digest_of(large[:PART_SIZE])
    answer = put_part(client, fields, bytes(damaged), 0, part_digest=right)
    assert answer.error_code == "BAD_REQUEST"
    assert begin(client, fields).json["parts"] == []

    # One that comes with the digest of its damage is found at the end.
    for part in range(3):
        assert put_part(client, fields, bytes(damaged), part).status == 200
    assert finish(client, fields).error_code == "BAD_REQUEST"
    assert files_of(tmp_path) == []
    assert begin(client, fields).json["parts"] == []


def test_a_part_that_is_there_is_not_written_again(
    client: Client, run_id: str, large: bytes
) -> None:
    fields = fields_of(run_id, "large.bin", large)
    begin(client, fields)
    for part in range(3):
        put_part(client, fields, large, part)
    assert put_part(client, fields, b"\0" * len(large), 1).status == 200
    assert finish(client, fields).status == 200


def test_a_digest_may_come_last(client: Client, run_id: str, large: bytes, tmp_path: Path) -> None:
    fields = fields_of(run_id, "a.bin", large) | {"source": "here"}
    digest = fields.pop("digest")
    assert begin(client, fields).json["parts"] == []
    for part in (1, 0, 2):
        assert put_part(client, fields, large, part, part_digest=None).status == 200
    assert begin(client, fields).json["parts"] == [0, 1, 2]
    assert finish(client, fields).error_code == "INVALID_PARAMETER_VALUE"
    assert finish(client, fields | {"digest": digest}).status == 200
    assert finish(client, fields | {"digest": digest}).status == 200
    answer = client.call("GET", f"/get-artifact?run_id={run_id}&path=a.bin")
    assert (answer.body, answer.headers[DIGEST_HEADER]) == (large, digest)


def test_a_digest_that_comes_last_is_checked(client: Client, run_id: str, large: bytes) -> None:
    fields = fields_of(run_id, "a.bin", large) | {"source": "here"}
    digest = fields.pop("digest")
    begin(client, fields)
    changed = large[:-1] + bytes([large[-1] ^ 1])
    for part in range(3):
        put_part(client, fields, changed, part, part_digest=None)
    assert finish(client, fields | {"digest": digest}).error_code == "BAD_REQUEST"
    assert begin(client, fields).json["parts"] == []
    assert client.call("GET", f"/get-artifact?run_id={run_id}&path=a.bin").status == 404


def test_without_digest_an_upload_names_its_source(
    client: Client, run_id: str, large: bytes
) -> None:
    fields = fields_of(run_id, "a.bin", large)
    del fields["digest"]
    assert begin(client, fields).error_code == "INVALID_PARAMETER_VALUE"
    assert begin(client, fields | {"source": ""}).error_code == "INVALID_PARAMETER_VALUE"


def test_what_cannot_be_finished(client: Client, run_id: str, large: bytes) -> None:
    fields = fields_of(run_id, "large.bin", large)
    assert finish(client, fields).error_code == "RESOURCE_DOES_NOT_EXIST"
    assert put_part(client, fields, large, 0).error_code == "RESOURCE_DOES_NOT_EXIST"
    begin(client, fields)
    put_part(client, fields, large, 0)
    answer = finish(client, fields)
    assert answer.error_code == "INVALID_PARAMETER_VALUE"
    assert "[1, 2] are missing" in answer.message
    for part in (-1, 3):
        answer = put_part(client, fields, large, 0, part=part)
        assert answer.error_code == "INVALID_PARAMETER_VALUE"


def test_a_size_that_nobody_sends_costs_nothing(client: Client, run_id: str) -> None:
    fields = {**fields_of(run_id, "a", b"x"), "size": 2**43}  # sparse, of half a million parts
    assert begin(client, fields).json["parts"] == []
    tracemalloc.start()
    assert "[0, 1, 2" in finish(client, fields).message
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


def test_a_name_that_exists_as_the_other_kind(client: Client, run_id: str, large: bytes) -> None:
    put(client, run_id, "a/b", b"x")
    for path in ("a", "a/b/c"):
        fields = fields_of(run_id, path, large)
        assert begin(client, fields).error_code == "RESOURCE_ALREADY_EXISTS"
        assert put(client, run_id, path, b"x").error_code == "RESOURCE_ALREADY_EXISTS"


def test_what_nobody_finishes_is_swept(
    client: Client, run_id: str, large: bytes, tmp_path: Path
) -> None:
    fields = fields_of(run_id, "large.bin", large)
    begin(client, fields)
    put_part(client, fields, large, 0)
    (staging,) = (tmp_path / "store" / "artifacts").glob(".artifact.uploading.*")
    uploads = Uploads(staging, Seals(client.store))
    uploads.sweep()
    assert len(list(staging.iterdir())) == 2

    old = time.time() - LIFETIME_SECONDS - 60
    for path in staging.iterdir():
        os.utime(path, (old, old))
    (staging / "folder").mkdir()
    os.utime(staging / "folder", (old, old))
    uploads = Uploads(staging, Seals(client.store))
    uploads.sweep()
    assert [path.name for path in staging.iterdir()] == ["folder"]  # not ours


# --- MLflow's own calls --------------------------------------------------------------------------

PROXY = "/api/2.0/mlflow-artifacts/artifacts"


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Client]:
    client = Client(tmp_path, artifacts_destination=str(tmp_path / "kept"))
    yield client
    client.close()


def test_the_proxy_keeps_files(proxy: Client, tmp_path: Path) -> None:
    content = os.urandom(3_000_000)
    assert proxy.call("PUT", f"{PROXY}/1/run/a%20b.bin", content, pieces=5).json == {}
    assert (tmp_path / "kept" / "1" / "run" / "a b.bin").read_bytes() == content

    listing = proxy.call("GET", f"{PROXY}?path=1/run").json["files"]
    assert listing == [{"path": "a b.bin", "is_dir": False, "file_size": 3_000_000}]
    assert proxy.call("GET", f"{PROXY}?path=1").json["files"] == [{"path": "run", "is_dir": True}]
    part = proxy.call("GET", f"{PROXY}/1/run/a%20b.bin", headers={"Range": "bytes=5-9"})
    assert (part.status, part.body) == (206, content[5:10])
    assert part.headers[DIGEST_HEADER] == digest_of(content)

    assert proxy.call("DELETE", f"{PROXY}/1/run/a%20b.bin").status == 200
    missing = proxy.call("GET", f"{PROXY}/1/run/a%20b.bin")
    assert missing.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_the_proxy_and_the_run_know_the_same_digest(proxy: Client, tmp_path: Path) -> None:
    location = {"name": "far", "artifact_location": "mlflow-artifacts:/a%25/far"}
    experiment = proxy.post("/experiments/create", location).json["experiment_id"]
    run = proxy.post("/runs/create", {"experiment_id": experiment}).json["run"]["info"]["run_id"]
    way = f"a%25/far/{run}/artifacts/deep/artifacts/b.bin"
    assert proxy.call("PUT", f"{PROXY}/{way}", b"content").status == 200

    of_run = f"/get-artifact?run_id={run}&path=deep/artifacts/b.bin"
    for path in (f"{PROXY}/{way}", of_run):
        answer = proxy.call("GET", path)
        assert answer.body == b"content"
        assert answer.headers[DIGEST_HEADER] == digest_of(b"content")
    assert not (tmp_path / "kept" / RECORD_NAME).exists()


@pytest.mark.parametrize(
    "path",
    [
        "../precious",
        "%2e%2e/precious",
        "..%2fprecious",
        "%252e%252e/precious",
        "a/..%5cprecious",
        "/etc/passwd",
        "%2fetc/passwd",
        "C:/precious",
        "a%23b",
        "a%3fb",
        "a%00b",
        "%2e",  # the root itself
    ],
)
def test_the_proxy_is_confined(proxy: Client, path: str, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("x")
    for verb, body in (("GET", None), ("PUT", b"y"), ("DELETE", None)):
        answer = proxy.call(verb, f"{PROXY}/{path}", body)
        assert (answer.status, answer.error_code) == (400, "INVALID_PARAMETER_VALUE"), verb
    assert proxy.call("GET", f"{PROXY}?path={path}").status == (200 if path == "%2e" else 400)
    assert precious.read_text() == "x"


def test_a_server_that_keeps_nothing_says_so(client: Client) -> None:
    answer = client.call("PUT", f"{PROXY}/a", b"x")
    assert answer.error_code == "NOT_IMPLEMENTED"
    assert "--serve-artifacts" in answer.message
