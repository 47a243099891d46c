"""Multipart uploads and presigned URLs of a server that keeps artifacts on its own disk."""

from __future__ import annotations

import os
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from blake3 import blake3

from headrace.api.uploads import DIGEST_HEADER
from headrace.errors import InvalidParameterValue, InvalidState
from headrace.server import multipart_calls, run
from headrace.server.roots import Roots
from headrace.server.uploads import LIFETIME_SECONDS
from tests.unit.server_client import Answer, Client

PROXY = "/api/2.0/mlflow-artifacts"
FOLDER = "1/run/artifacts/models"
OF_CLIENT = "/home/anna/work/model.bin"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    client = Client(tmp_path, artifacts_destination=str(tmp_path / "kept"))
    yield client
    client.close()


@pytest.fixture
def run_id(client: Client) -> str:
    return client.new_run()


def begin(client: Client, parts: int, path: str = OF_CLIENT, folder: str = FOLDER) -> Answer:
    body = {"path": path, "num_parts": parts}
    return client.call("POST", f"{PROXY}/mpu/create/{folder}", body)


def end(
    client: Client, how: str, upload: str, parts: list[Any] | None = None, folder: str = FOLDER
) -> Answer:
    body: dict[str, Any] = {"path": OF_CLIENT, "upload_id": upload}
    if parts is not None:
        body["parts"] = parts
    return client.call("POST", f"{PROXY}/mpu/{how}/{folder}", body)


def use(client: Client, verb: str, url: str, body: bytes | None = None, **changes: str) -> Answer:
    """Use a URL, with some fields of its query changed."""
    parts = urlsplit(url)
    assert f"{parts.scheme}://{parts.netloc}" == "http://127.0.0.1:5000"
    query = urlencode({**dict(parse_qsl(parts.query)), **changes})
    return client.call(verb, f"{parts.path}?{query}", body)


def send_all(client: Client, upload: Any, pieces: list[bytes]) -> list[dict[str, Any]]:
    """Send the pieces in the reverse order; return what completes the upload."""
    sent = []
    for credential, piece in reversed(list(zip(upload["credentials"], pieces, strict=True))):
        answer = use(client, "PUT", credential["url"], piece)
        assert (answer.status, answer.body) == (200, b"")
        sent.append({"part_number": credential["part_number"], "etag": answer.headers["ETag"]})
    return sent[::-1]


def staged(folder: Path) -> list[str]:
    (place,) = (folder / "store" / "artifacts").glob(".artifact.uploading.files")
    return sorted(path.name for path in place.iterdir())


# --- multipart -----------------------------------------------------------------------------------


@pytest.mark.parametrize("sizes", [[], [0], [7], [2_000_000, 2_000_000, 5], [1, 3, 2]])
def test_parts_become_a_file(client: Client, tmp_path: Path, sizes: list[int]) -> None:
    pieces = [os.urandom(size) for size in sizes]
    upload = begin(client, len(pieces)).json
    assert [one["part_number"] for one in upload["credentials"]] == list(range(1, len(sizes) + 1))
    parts = send_all(client, upload, pieces)
    assert end(client, "complete", upload["upload_id"], parts).json == {}

    content = b"".join(pieces)
    assert (tmp_path / "kept" / FOLDER / "model.bin").read_bytes() == content
    answer = client.call("GET", f"{PROXY}/artifacts/{FOLDER}/model.bin")
    assert answer.headers[DIGEST_HEADER] == blake3(content).hexdigest()
    # The answer may have been lost.
    assert end(client, "complete", upload["upload_id"], parts).status == 200
    assert [Path(name).suffix for name in staged(tmp_path)] == [".done"]


def test_the_name_is_the_last_one_of_the_client_s_path(client: Client, tmp_path: Path) -> None:
    for path in ("C:\\work\\model.bin", "model.bin", "../../model.bin"):
        upload = begin(client, 1, path).json
        parts = send_all(client, upload, [path.encode()])
        assert end(client, "complete", upload["upload_id"], parts).status == 200
        assert (tmp_path / "kept" / FOLDER / "model.bin").read_bytes() == path.encode()


@pytest.mark.parametrize("path", ["..", "/", "a/..", "a%2fb", "%2e%2e", "a#b", "a\0b", "x" * 256])
def test_names_that_are_none(client: Client, path: str) -> None:
    assert begin(client, 1, path).error_code == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize(
    "folder", ["../x", "%2e%2e/x", "a/%252e%252e/b", "%2fetc", "a%5cb", "C:/x"]
)
@pytest.mark.parametrize("call", ["create", "complete", "abort"])
def test_folders_are_confined(client: Client, folder: str, call: str) -> None:
    body = {"path": "a", "upload_id": "x", "num_parts": 1}
    answer = client.call("POST", f"{PROXY}/mpu/{call}/{folder}", body)
    assert (answer.status, answer.error_code) == (400, "INVALID_PARAMETER_VALUE")


@pytest.mark.parametrize("count", [-1, 10_001])
def test_too_many_parts(client: Client, count: int) -> None:
    answer = begin(client, count)
    assert answer.error_code == "INVALID_PARAMETER_VALUE"
    assert "10000 parts" in answer.message


def test_what_cannot_be_completed(client: Client, tmp_path: Path) -> None:
    upload = begin(client, 2).json
    parts = send_all(client, upload, [b"one", b"two"])
    wrong = [
        [],
        parts[:1],
        parts[::-1],
        [*parts, parts[0]],
        [parts[0], {"part_number": 2, "etag": parts[0]["etag"]}],
        [parts[0], {"part_number": 2, "etag": "../../x"}],
        [parts[0], {"part_number": 2}],
    ]
    for given in wrong:
        answer = end(client, "complete", upload["upload_id"], given)
        assert answer.error_code == "INVALID_PARAMETER_VALUE", given
    assert end(client, "complete", upload["upload_id"], parts).status == 200
    assert (tmp_path / "kept" / FOLDER / "model.bin").read_bytes() == b"onetwo"


def test_a_part_that_is_sent_twice(client: Client, tmp_path: Path) -> None:
    upload = begin(client, 2).json
    send_all(client, upload, [b"wrong", b"wrong too"])
    parts = send_all(client, upload, [b"right ", b"content"])
    assert end(client, "complete", upload["upload_id"], parts).status == 200
    assert (tmp_path / "kept" / FOLDER / "model.bin").read_bytes() == b"right content"


def test_an_upload_becomes_no_other_file(client: Client, tmp_path: Path) -> None:
    upload = begin(client, 1).json
    parts = send_all(client, upload, [b"mine"])
    for how in ("complete", "abort"):
        answer = end(client, how, upload["upload_id"], parts, folder="2/other/artifacts")
        assert answer.error_code == "RESOURCE_DOES_NOT_EXIST"
    for made_up in ("x", "0" * 32 + "~1~" + "0" * 64, upload["upload_id"].replace("~1~", "~0~")):
        answer = end(client, "complete", made_up, parts)
        assert answer.error_code == "RESOURCE_DOES_NOT_EXIST"
    assert list((tmp_path / "kept").rglob("*.bin")) == []
    assert end(client, "complete", upload["upload_id"], parts).status == 200


def test_an_aborted_upload_leaves_nothing(client: Client, tmp_path: Path) -> None:
    upload = begin(client, 2).json
    parts = send_all(client, upload, [b"one", b"two"])
    assert end(client, "abort", upload["upload_id"]).json == {}
    assert staged(tmp_path) == []
    answer = end(client, "complete", upload["upload_id"], parts)
    assert answer.error_code == "INVALID_PARAMETER_VALUE"
    assert end(client, "abort", upload["upload_id"]).status == 200


def test_a_folder_in_the_file_s_place(client: Client, tmp_path: Path) -> None:
    (tmp_path / "kept" / FOLDER / "model.bin").mkdir(parents=True)
    upload = begin(client, 1).json
    parts = send_all(client, upload, [b"x"])
    answer = end(client, "complete", upload["upload_id"], parts)
    assert answer.error_code == "RESOURCE_ALREADY_EXISTS"
    assert staged(tmp_path) == []


def test_two_calls_do_not_join_the_same_parts(client: Client, tmp_path: Path) -> None:
    upload = begin(client, 1).json
    parts = send_all(client, upload, [b"x"])
    (name,) = staged(tmp_path)
    place = tmp_path / "store" / "artifacts" / ".artifact.uploading.files"
    whole = place / (name.partition(".")[0] + ".whole")
    whole.touch()  # as another call does
    answer = end(client, "complete", upload["upload_id"], parts)
    assert (answer.status, answer.error_code) == (503, "TEMPORARILY_UNAVAILABLE")
    whole.unlink()
    assert end(client, "complete", upload["upload_id"], parts).status == 200


def test_parts_that_nobody_completes_are_swept(client: Client, tmp_path: Path) -> None:
    send_all(client, begin(client, 2).json, [b"one", b"two"])
    old = time.time() - LIFETIME_SECONDS - 60
    place = tmp_path / "store" / "artifacts" / ".artifact.uploading.files"
    for path in place.iterdir():
        os.utime(path, (old, old))
    client.dispatcher.uploads.sweep()
    assert staged(tmp_path) == []


def test_a_server_that_keeps_nothing(tmp_path: Path) -> None:
    client = Client(tmp_path)
    assert begin(client, 1).error_code == "NOT_IMPLEMENTED"
    info = client.call("GET", "/api/3.0/mlflow/server-info").json
    assert not info["multipart_uploads_enabled"]
    client.close()


# --- signatures ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"part": "2"},
        {"upload": "0" * 32},
        {"upload": "../x"},
        {"expires": "99999999999"},
        {"signature": ""},
        {"signature": "ü"},
        {"signature": "0" * 64},
    ],
)
def test_a_part_s_url_is_good_for_nothing_else(client: Client, changes: dict[str, str]) -> None:
    url = begin(client, 1).json["credentials"][0]["url"]
    answer = use(client, "PUT", url, b"x", **changes)
    assert answer.error_code in ("PERMISSION_DENIED", "INVALID_PARAMETER_VALUE")
    assert use(client, "PUT", url, b"x").status == 200


def test_a_url_is_over_after_its_time(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multipart_calls, "PART_URL_SECONDS", -1)
    url = begin(client, 1).json["credentials"][0]["url"]
    answer = use(client, "PUT", url, b"x")
    assert (answer.status, answer.error_code) == (403, "PERMISSION_DENIED")
    assert "over" in answer.message


def test_the_key_is_the_server_s_alone_and_lasts(tmp_path: Path) -> None:
    def serve() -> Client:
        return Client(tmp_path, artifacts_destination=str(tmp_path / "kept"))

    client = serve()
    url = begin(client, 1).json["credentials"][0]["url"]
    client.close()
    key = tmp_path / "store" / "artifacts" / ".artifact.uploading.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600

    client = serve()
    assert use(client, "PUT", url, b"x").status == 200
    client.close()
    key.chmod(0o644)  # somebody may have read it
    client = serve()
    assert use(client, "PUT", url, b"x").error_code == "PERMISSION_DENIED"
    client.close()


def test_the_server_says_what_it_can(client: Client) -> None:
    info = client.call("GET", "/api/3.0/mlflow/server-info").json
    assert info["multipart_uploads_enabled"]
    assert not info["multipart_downloads_enabled"]  # it can, but would not help
    assert info["presigned_upload_run_id_supported"]
    assert info["presigned_upload_model_id_supported"]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": "ml.example", "X-Forwarded-Proto": "https"},
        {"X-Forwarded-Host": "ml.example, inner", "X-Forwarded-Proto": "https, http"},
    ],
)
def test_the_address_that_a_proxy_tells(client: Client, headers: dict[str, str]) -> None:
    body = {"path": "a", "num_parts": 1}
    answer = client.call("POST", f"{PROXY}/mpu/create/1", body, headers=headers)
    assert answer.json["credentials"][0]["url"].startswith("https://ml.example/api/1.0/headrace/")


@pytest.mark.parametrize("url", ["ml.example", "ftp://x", "http://", "http://u:p@x", "http://x?a"])
def test_addresses_that_are_none(url: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidParameterValue, match="--public-url must be") as caught:
        run.check(run.ServerOptions(backend_store_uri=str(tmp_path), public_url=url))
    assert "u:p" not in caught.value.message


def test_files_are_staged_where_nobody_else_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    roots = Roots(["s3://bucket/artifacts"])
    folder = roots.staging.parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.chmod(0o777)
    with pytest.raises(InvalidState, match="TMPDIR"):
        _ = Roots(["s3://bucket/artifacts"]).staging
    folder.rmdir()
    folder.symlink_to(tmp_path)
    with pytest.raises(InvalidState, match="TMPDIR"):
        _ = Roots(["s3://bucket/artifacts"]).staging


def test_the_address_of_a_proxy_is_kept(tmp_path: Path) -> None:
    client = Client(
        tmp_path, artifacts_destination=str(tmp_path / "kept"), public_url="https://ml.example/x/"
    )
    url = begin(client, 1).json["credentials"][0]["url"]
    assert url.startswith("https://ml.example/x/api/1.0/headrace/artifacts/signed/parts?")
    client.close()


# --- presigned -----------------------------------------------------------------------------------


def test_a_presigned_download(client: Client, tmp_path: Path) -> None:
    client.call("PUT", f"{PROXY}/artifacts/1/run/artifacts/a%20b.bin", b"0123456789")
    signed = client.call("GET", f"{PROXY}/presigned/1/run/artifacts/a%20b.bin").json
    assert (signed["file_size"], signed["headers"]) == (10, {})
    assert use(client, "GET", signed["url"]).body == b"0123456789"
    part = client.call("GET", _target(signed["url"]), headers={"Range": "bytes=2-4"})
    assert (part.status, part.body) == (206, b"234")
    for changes in ({"path": "1/run/artifacts/b"}, {"run_id": "x"}, {"expires": "99999999999"}):
        assert use(client, "GET", signed["url"], **changes).error_code == "PERMISSION_DENIED"
    assert use(client, "PUT", signed["url"], b"x").error_code == "PERMISSION_DENIED"

    missing = client.call("GET", f"{PROXY}/presigned/1/run/artifacts/nothing")
    assert missing.error_code == "RESOURCE_DOES_NOT_EXIST"
    folder = client.call("GET", f"{PROXY}/presigned/1/run/artifacts")
    assert folder.error_code == "INVALID_PARAMETER_VALUE"


def test_a_file_of_a_run_goes_and_comes_by_urls(client: Client, run_id: str) -> None:
    request: dict[str, Any] = {"run_id": run_id, "path": "a/b.txt"}
    signed = client.post("/artifacts/presigned-upload-url", request).json
    assert use(client, "PUT", signed["presigned_url"], b"content").status == 200
    signed = client.post("/artifacts/presigned-download-url", {**request, "expiration": 5}).json
    assert signed["file_size"] == 7
    assert use(client, "GET", signed["presigned_url"]).body == b"content"
    assert client.call("GET", f"/get-artifact?run_id={run_id}&path=a/b.txt").body == b"content"


def test_a_file_of_a_model_goes_by_a_url(client: Client) -> None:
    model = client.post("/logged-models", {"experiment_id": "0"}).json["model"]["info"]["model_id"]
    request = {"model_id": model, "path": "MLmodel"}
    signed = client.post("/artifacts/presigned-upload-url", request).json
    assert use(client, "PUT", signed["presigned_url"], b"x").status == 200
    listing = client.get(f"/logged-models/{model}/artifacts/directories").json
    assert [info["path"] for info in listing["files"]] == ["MLmodel"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"path": "../x"}, "INVALID_PARAMETER_VALUE"),
        ({"path": "a%2fb"}, "INVALID_PARAMETER_VALUE"),
        ({"path": ""}, "INVALID_PARAMETER_VALUE"),
        ({"expiration": 0}, "INVALID_PARAMETER_VALUE"),
        ({"expiration": 604_801}, "INVALID_PARAMETER_VALUE"),
        ({"run_id": "nope"}, "RESOURCE_DOES_NOT_EXIST"),
        ({"run_id": ""}, "INVALID_PARAMETER_VALUE"),
    ],
)
def test_urls_that_are_not_given(
    client: Client, run_id: str, changes: dict[str, Any], code: str
) -> None:
    client.call("POST", f"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run_id}&path=a", b"x")
    for call in ("upload", "download"):
        request = {"run_id": run_id, "path": "a", **changes}
        answer = client.post(f"/artifacts/presigned-{call}-url", request)
        assert answer.error_code == code


def test_a_url_of_a_run_or_a_model(client: Client, run_id: str) -> None:
    for owner in ({}, {"run_id": run_id, "model_id": "m-1"}):
        answer = client.post("/artifacts/presigned-upload-url", {"path": "a", **owner})
        assert answer.message == "Exactly one of run_id and model_id must be provided."


def _target(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"
