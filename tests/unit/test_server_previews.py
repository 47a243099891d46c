"""Files that pages show: with which types and in which cage, and what is not shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from tests.unit.server_client import Answer, Client

HEADRACE = "/api/1.0/headrace"
REPORT = b"<script>fetch('/api/2.0/mlflow/experiments/search')</script>"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    client = Client(tmp_path)
    yield client
    client.close()


@pytest.fixture
def run_id(client: Client) -> str:
    return client.new_run()


def upload(client: Client, run_id: str, path: str, content: bytes) -> None:
    target = f"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run_id}&path={quote(path)}"
    assert client.call("POST", target, content).status == 200


def view(client: Client, path: str, headers: dict[str, str] | None = None, **owner: str) -> Answer:
    query = urlencode({"path": path, **owner})
    return client.call("GET", f"{HEADRACE}/artifacts/view?{query}", headers=headers or {})


def policy(answer: Answer) -> dict[str, str]:
    parts = (
        item.strip().partition(" ") for item in answer.headers["Content-Security-Policy"].split(";")
    )
    return {name: value for name, _, value in parts}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("report.html", "text/html; charset=utf-8"),
        ("plot.svg", "image/svg+xml; charset=utf-8"),
        ("plot.png", "image/png"),
        ("notes.md", "text/plain; charset=utf-8"),
        ("code.js", "text/plain; charset=utf-8"),
        ("MLmodel", "text/plain; charset=utf-8"),
        ("sound.wav", "audio/wav"),
        ("song.OPUS", "audio/ogg"),
        ("film.mkv", "video/x-matroska"),
        ("film.mp4", "video/mp4"),
        ("model.pkl", "application/octet-stream"),
        ("page.xhtml", "application/xhtml+xml; charset=utf-8"),
        ("no ending", "application/octet-stream"),
    ],
)
def test_a_file_is_shown_with_its_type_in_a_cage(
    client: Client, run_id: str, name: str, kind: str
) -> None:
    upload(client, run_id, name, REPORT)

    answer = view(client, name, run_id=run_id)
    assert (answer.status, answer.body) == (200, REPORT)
    assert answer.headers["content-type"] == kind
    assert "Content-Disposition" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"
    cage = policy(answer)
    # No allow-same-origin, so the file has an origin of its own; and no way out of it.
    assert cage["sandbox"] == "allow-scripts"
    assert cage["default-src"] == cage["form-action"] == cage["base-uri"] == "'none'"
    assert cage["frame-ancestors"] == "'self'"
    reached = " ".join(value for name, value in cage.items() if name.endswith("-src")).split()
    assert set(reached) <= {"'none'", "'unsafe-inline'", "'unsafe-eval'", "blob:", "data:"}
    assert not {"connect-src", "frame-src"} & set(cage)
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_pdf_is_left_to_the_browser(client: Client, run_id: str) -> None:
    upload(client, run_id, "paper.pdf", b"%PDF-1.4")

    answer = view(client, "paper.pdf", run_id=run_id)
    assert answer.headers["content-type"] == "application/pdf"
    assert "script-src" not in policy(answer)
    assert policy(answer)["default-src"] == "'none'"


def test_a_range_and_an_unchanged_file_keep_their_cage(client: Client, run_id: str) -> None:
    upload(client, run_id, "film.mp4", b"0123456789")

    part = view(client, "film.mp4", {"Range": "bytes=2-4"}, run_id=run_id)
    assert (part.status, part.body) == (206, b"234")
    assert part.headers["Content-Range"] == "bytes 2-4/10"
    assert policy(part)["sandbox"] == "allow-scripts"
    known = {"If-None-Match": part.headers["ETag"]}
    assert view(client, "film.mp4", known, run_id=run_id).status == 304


@pytest.mark.parametrize(
    ("option", "ancestors"), [("SAMEORIGIN", "'self'"), ("DENY", "'self'"), ("NONE", "*")]
)
def test_files_are_framed_where_the_pages_are(tmp_path: Path, option: str, ancestors: str) -> None:
    client = Client(tmp_path, frame_options=option)
    run_id = client.new_run()
    upload(client, run_id, "a.html", REPORT)

    answer = view(client, "a.html", run_id=run_id)
    assert policy(answer)["frame-ancestors"] == ancestors
    client.close()


def test_files_of_models_and_versions_are_shown(client: Client, run_id: str) -> None:
    upload(client, run_id, "m/MLmodel", b"flavors: {}")
    body = {"experiment_id": "0", "source_run_id": run_id}
    model = client.post("/logged-models", body).json["model"]["info"]["model_id"]
    run = client.get(f"/runs/get?run_id={run_id}").json["run"]["info"]
    client.post("/registered-models/create", {"name": "my model"})
    source = {"name": "my model", "source": run["artifact_uri"] + "/m", "run_id": run_id}
    assert client.post("/model-versions/create", source).status == 200

    version = {"name": "my model", "version": "1"}
    assert view(client, "MLmodel", **version).body == b"flavors: {}"
    listing = client.call("GET", f"{HEADRACE}/artifacts/list?{urlencode(version)}").json
    assert [entry["path"] for entry in listing["files"]] == ["MLmodel"]
    listing = client.call("GET", f"{HEADRACE}/artifacts/list?run_id={run_id}&path=m").json
    assert [entry["path"] for entry in listing["files"]] == ["m/MLmodel"]
    assert view(client, "MLmodel", model_id=model).error_code == "RESOURCE_DOES_NOT_EXIST"
    assert view(client, "MLmodel", name="my model", version="2").status == 404


def test_a_file_has_one_owner(client: Client, run_id: str) -> None:
    for owner in (
        {},
        {"run_id": run_id, "model_id": "m-1"},
        {"name": "model"},
        {"version": "1"},
        {"run_id": run_id, "name": "model"},
        {"run_id": run_id, "name": "model", "version": "1"},
        {"run_id": ""},
    ):
        answer = view(client, "a", **owner)
        assert answer.error_code == "INVALID_PARAMETER_VALUE", owner
        assert "Name one owner" in answer.message
    assert view(client, "a", run_id="0" * 32).error_code == "RESOURCE_DOES_NOT_EXIST"
    assert client.get(f"/runs/get?run_id={run_id}").status == 200


@pytest.mark.parametrize(
    "path",
    ["../secret", "/etc/passwd", "a/../../secret", "..\\secret", "%2e%2e/secret", "", "a\0b"],
)
def test_nothing_beside_the_root_is_shown(
    client: Client, run_id: str, tmp_path: Path, path: str
) -> None:
    (tmp_path / "secret").write_text("the secret")

    for call in ("view", "list"):
        query = urlencode({"path": path, "run_id": run_id})
        answer = client.call("GET", f"{HEADRACE}/artifacts/{call}?{query}")
        assert b"the secret" not in answer.body
        assert answer.status in (400, 404) or (call, answer.json.get("files")) == ("list", None)


def test_a_folder_comes_page_by_page(client: Client, run_id: str) -> None:
    for path in ("b.txt", "a.txt", "z/1", "y/2"):
        upload(client, run_id, path, b"x")

    def pages(size: int) -> list[list[str]]:
        found, query = [], {"run_id": run_id, "max_results": size}
        while True:
            answer = client.call("GET", f"{HEADRACE}/artifacts/list?{urlencode(query)}").json
            assert answer["total"] == 4
            found.append([file["path"] for file in answer["files"]])
            if "next_page_token" not in answer:
                return found
            query["page_token"] = answer["next_page_token"]

    assert pages(4) == [["y", "z", "a.txt", "b.txt"]]
    assert pages(3) == [["y", "z", "a.txt"], ["b.txt"]]
    assert pages(1) == [["y"], ["z"], ["a.txt"], ["b.txt"]]
    for wrong in ("max_results=0", "max_results=10001", "page_token=x", "page_token=../.."):
        answer = client.call("GET", f"{HEADRACE}/artifacts/list?run_id={run_id}&{wrong}")
        assert (answer.status, answer.error_code) == (400, "INVALID_PARAMETER_VALUE")
