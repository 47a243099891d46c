"""Holes that were published of MLflow's server and client, each tried on Headrace by its number.

Each test says in a sentence what the hole was.
"""

from __future__ import annotations

import base64
import http.server
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from headrace.api.table import ENDPOINTS
from headrace.artifacts.bundles import BundledFile, bundle_head
from headrace.artifacts.digests import digest_of
from headrace.artifacts.mlflow_artifacts import ProxiedArtifactStore
from headrace.artifacts.pool import POOL_NAME
from headrace.client import artifacts, tracking
from headrace.data.http_dataset_source import HTTPDatasetSource
from headrace.errors import HeadraceError, InvalidParameterValue
from headrace.server import users
from headrace.server.auth import Authenticator
from headrace.server.roots import Roots
from headrace.server.users import Role, changing_users
from tests.unit.artifact_proxy import serving
from tests.unit.server_client import Answer, Client

PROXY = "/api/2.0/mlflow-artifacts"
SECRET = "the secret"

UP = "../" * 12
DEEP = "%2e%2e%2f" * 12
DEEPER = DEEP.replace("%", "%25")


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file beside everything that the server may touch."""
    place = tmp_path / "outside" / "secret.txt"
    place.parent.mkdir()
    place.write_text(SECRET)
    return place


@pytest.fixture
def client(tmp_path: Path, secret: Path) -> Iterator[Client]:
    client = Client(tmp_path, artifacts_destination=str(tmp_path / "kept"))
    yield client
    client.close()
    assert secret.read_text() == SECRET
    assert list(secret.parent.iterdir()) == [secret]


def refuse(answer: Answer, *codes: str) -> None:
    assert answer.status >= 400, answer.body
    assert answer.error_code in (codes or ("INVALID_PARAMETER_VALUE",)), answer.body
    assert SECRET.encode() not in answer.body


def spellings(place: Path) -> list[str]:
    """Return ways to write the path of a file outside a root."""
    text = str(place)
    ways = [text, "/" + text, UP + text[1:], UP.replace("/", "\\") + text[1:]]
    ways += [f"file://{text}", f"file:{text}", f"a/{UP}{text[1:]}", f"#{text}", f"?/{UP}{text}"]
    ways += [f"C:{text}", f"x;/{UP}{text}", f"{text}\0.txt", text.replace("/", "%2f")]
    ways += ["x" * 256, "a/" * 600, ".artifact.uploading.key", f"a/{POOL_NAME}/{'0' * 64}"]
    return [*ways, DEEP + text[1:], DEEPER + text[1:], UP.replace("..", "%2e%2e") + text[1:]]


def experiment_at(client: Client, location: str) -> Answer:
    body = {"name": "mine", "artifact_location": location}
    return client.post("/experiments/create", body)


# --- sources of model versions -------------------------------------------------------------------


def register(client: Client, source: str, **fields: str) -> Answer:
    """Try to make a version from a source."""
    client.post("/registered-models/create", {"name": "m"})
    return client.post("/model-versions/create", {"name": "m", "source": source} | fields)


def test_cve_2023_1177_and_2356_sources_outside(client: Client, secret: Path) -> None:
    """A version's source was any folder of the server, whose files then could be read."""
    run = client.new_run()
    model = client.post("/logged-models", {"experiment_id": "0"}).json["model"]["info"]["model_id"]
    for path in (*spellings(secret), str(secret.parent), secret.as_uri(), "/", "file:///"):
        for fields in ({}, {"run_id": run}, {"model_id": model}, {"run_id": "0" * 32}):
            refuse(register(client, path, **fields))
    assert client.get("/model-versions/search").json == {}


def test_cve_2024_3848_a_fragment_in_a_source(client: Client, secret: Path) -> None:
    """What stood behind `#` in a source was not looked at, but opened."""
    run = client.new_run()
    root = client.get(f"/runs/get?run_id={run}").json["run"]["info"]["artifact_uri"]
    for source in (
        f"{root}#/{UP}{secret}",
        f"file://{root}#/{UP}{secret}",
        f"file://{root}#/{DEEP}{secret}",
        f"http:///#/{UP}etc/",
        f"s3://bucket/a#/{UP}etc",
        "s3://bucket/a%23/b",
    ):
        refuse(register(client, source, run_id=run))


def test_cve_2025_11201_a_source_above_the_run(client: Client, secret: Path) -> None:
    """A source inside the run's folder by its beginning led out of it by what followed."""
    run = client.new_run()
    root = client.get(f"/runs/get?run_id={run}").json["run"]["info"]["artifact_uri"]
    Path(root).mkdir(parents=True, exist_ok=True)
    (Path(root) / "link").symlink_to(secret.parent)
    for source in (
        f"{root}/{UP}{str(secret)[1:]}",
        f"{root}/%2e%2e/%2e%2e",
        f"file://{root}/{DEEPER}etc",
        f"{root}/link",
        f"{root}/link/secret.txt",
        f"{root}2",
        str(Path(root).parent),
        f"runs:/{run}/{UP}etc",
        f"runs:/{run}/{DEEP}etc",
        f"runs://{run}/a",
    ):
        refuse(register(client, source, run_id=run))
    assert register(client, f"{root}/model", run_id=run).status == 200


def test_2026_05_a_tag_that_turns_the_check_off(client: Client, secret: Path) -> None:
    """A version that called itself a prompt by a tag had its source taken unlooked."""
    client.post("/registered-models/create", {"name": "m"})
    for key in ("mlflow.prompt.is_prompt", "mlflow.prompt.text", "is_prompt"):
        for source in (str(secret), secret.as_uri(), "/", f"s3://b/{UP}etc"):
            tags = [{"key": key, "value": "true"}]
            body = {"name": "m", "source": source, "tags": tags}
            refuse(client.post("/model-versions/create", body))
    assert client.get("/model-versions/search").json == {}


def test_sources_that_are_somebody_else_s(client: Client) -> None:
    """A source was looked at only if it was a local path: what the server keeps was anybody's."""
    run, other = client.new_run(), client.new_run()
    model = client.post("/logged-models", {"experiment_id": "0"}).json["model"]["info"]["model_id"]
    for source in (
        f"mlflow-artifacts:/0/{other}/artifacts/model",
        f"mlflow-artifacts://127.0.0.1:5000/0/{other}/artifacts",
        f"MLFLOW-ARTIFACTS:/0/{other}/artifacts",
        f"http://127.0.0.1:5000/api/2.0/mlflow-artifacts/artifacts/0/{other}/artifacts",
        f"http://127.0.0.1:5000/%61pi/2.0/mlflow-artifacts/artifacts/0/{other}/artifacts",
        f"runs:/{other}/model",
        f"models:/{model}",
    ):
        refuse(register(client, source, run_id=run))
        refuse(register(client, source))


# --- reading files by the calls for artifacts ----------------------------------------------------


def test_issue_7166_get_artifact(client: Client, secret: Path) -> None:
    """`/get-artifact` joined its `path` to the run's folder, and `..` in it led to any file."""
    run = client.new_run()
    for path in spellings(secret):
        refuse(client.call("GET", f"/get-artifact?run_uuid={run}&path={quote(path, safe='')}"))
        refuse(client.get(f"/artifacts/list?run_id={run}&path={quote(path, safe='')}"))


def test_cve_2023_1177_and_2356_model_artifacts(client: Client, secret: Path) -> None:
    """A model version whose source was a folder of the server gave out its files.

    Versions take no such source at all, nor do those of their files and of logged models climb.
    """
    client.post("/registered-models/create", {"name": "m"})
    run = client.new_run()
    source = client.get(f"/runs/get?run_id={run}").json["run"]["info"]["artifact_uri"]
    version = {"name": "m", "source": source, "run_id": run}
    assert client.post("/model-versions/create", version).status == 200
    for path in spellings(secret):
        way = quote(path, safe="")
        refuse(client.call("GET", f"/model-versions/get-artifact?name=m&version=1&path={way}"))
    model = client.post("/logged-models", {"experiment_id": "0"}).json["model"]["info"]["model_id"]
    files = f"/ajax-api/2.0/mlflow/logged-models/{model}/artifacts/files"
    folders = f"/logged-models/{model}/artifacts/directories"
    for path in spellings(secret):
        way = quote(path, safe="")
        refuse(client.call("GET", f"{files}?artifact_file_path={way}"))
        refuse(client.get(f"{folders}?artifact_directory_path={way}"))


@pytest.mark.parametrize(
    "location", ["//proc/self/root", "//localhost/etc", "file://proc/self/root"]
)
def test_cve_2023_6977_a_host_hides_a_local_path(client: Client, location: str) -> None:
    """A source that began with `//` was taken for a host, so no longer for a local folder."""
    answer = experiment_at(client, location)
    if answer.status != 200:
        refuse(answer)
        return
    run = client.post("/runs/create", answer.json).json["run"]["info"]["run_id"]
    for path in ("etc/passwd", "passwd", ""):
        answer = client.call("GET", f"/get-artifact?run_id={run}&path={path}")
        refuse(answer, "INVALID_PARAMETER_VALUE", "PERMISSION_DENIED")


@pytest.mark.parametrize(
    "location",
    ["http:///?/{up}etc/", "mlflow-artifacts:/?/{up}etc", "file:///x?/{up}etc", "x?{up}"],
)
def test_cve_2023_6909_and_2024_2928_a_query_hides_the_way_up(
    client: Client, location: str
) -> None:
    """The query of an artifact location was not looked at, but became part of the path."""
    refuse(experiment_at(client, location.format(up=UP)))
    refuse(experiment_at(client, location.format(up=DEEP)))


@pytest.mark.parametrize(
    "location", ["http:///#/{up}etc/", "mlflow-artifacts:/#/{up}etc", "/#/{up}"]
)
def test_cve_2024_3848_and_1594_a_fragment_hides_the_way_up(client: Client, location: str) -> None:
    """The same by the fragment: what followed `#` in a location was not looked at, but used."""
    refuse(experiment_at(client, location.format(up=UP)))
    refuse(experiment_at(client, location.format(up="")))


def test_cve_2024_1483_a_fragment_in_place_of_a_query(client: Client, secret: Path) -> None:
    """A location with `#` and a model version's source at `file:///` together gave any file.

    A location at a folder outside is taken, since clients may reach it themselves, but the server
    never opens it.
    """
    refuse(experiment_at(client, f"http:///#/{UP}etc/"))
    made = experiment_at(client, secret.parent.as_uri()).json
    run = client.post("/runs/create", made).json["run"]["info"]["run_id"]
    for path in ("secret.txt", "../../secret.txt"):
        answer = client.call("GET", f"/get-artifact?run_id={run}&path={path}")
        refuse(answer, "PERMISSION_DENIED", "INVALID_PARAMETER_VALUE")


@pytest.mark.parametrize(
    "location", ["/x;/{up}etc", "mlflow-artifacts:/x;{up}etc", "s3://b/a;{up}"]
)
def test_cve_2024_1593_params_hide_the_way_up(client: Client, location: str) -> None:
    """What followed `;` in a location was split off before the check, and joined again later."""
    refuse(experiment_at(client, location.format(up=UP)))


@pytest.mark.parametrize(
    "location",
    [
        "mlflow-artifacts:/{up}etc",
        "mlflow-artifacts:/" + DEEP,
        "mlflow-artifacts:/" + DEEPER,
        "mlflow-artifacts:/..\\..\\etc",
        "s3:/bucket/a/../../b",
        "file:///a/%2e%2e/%2e%2e/etc",
        "/a/../../etc",
        "../etc",
        "C:\\windows",
        "/a\nb",
        "file:///a%00b",
    ],
)
def test_cve_2024_1558_and_2023_2780_a_location_that_is_spelled_otherwise(
    client: Client, location: str
) -> None:
    """A source was checked for `..` in another spelling than the one it was opened by."""
    refuse(experiment_at(client, location.format(up=UP)))


def test_cve_2024_1558_names_of_artifacts(fresh_client: Path, secret: Path) -> None:
    """The same where a client resolves a name: `runs:/`, `models:/` and the server's own scheme."""
    tracking.set_tracking_uri(str(fresh_client / "store"))
    for uri in (
        f"runs:/abc/{UP}etc/passwd",
        "runs:/abc/%2e%2e/%2e%2e/etc/passwd",
        f"runs:/abc#/{UP}etc",
        f"models:/m-{'0' * 32}/{UP}etc",
        f"mlflow-artifacts:/{UP}etc/passwd",
    ):
        with pytest.raises(InvalidParameterValue):
            artifacts.download_artifacts(artifact_uri=uri)


def test_issue_23500_addresses_of_an_attacker_s_choice(client: Client, tmp_path: Path) -> None:
    """A location at any address made the server connect there, with its own credentials if any."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0)
        host = f"127.0.0.1:{listener.getsockname()[1]}"
        places = [f"{scheme}://{host}/x" for scheme in ("ftp", "sftp", "hdfs", "viewfs", "dbfs")]
        places += ["s3://somebodys-bucket/x", "gs://b/x", "abfss://c@a.dfs.core.windows.net/x"]
        places += [f"r2://b@{host}/x", f"b2://b@{host}/x", "wasbs://c@a.blob.core.windows.net/x"]
        for number, place in enumerate(places):
            made = client.post(
                "/experiments/create", {"name": str(number), "artifact_location": place}
            ).json
            run = client.post("/runs/create", made).json["run"]["info"]["run_id"]
            way = {"run_id": run, "path": "a"}
            upload = f"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path=a"
            for answer in (
                client.call("GET", f"/get-artifact?run_id={run}&path=a"),
                client.get(f"/artifacts/list?run_id={run}"),
                client.call("POST", upload, b"x"),
                client.post("/artifacts/presigned-upload-url", way),
                client.post("/artifacts/presigned-download-url", way),
            ):
                refuse(answer, "PERMISSION_DENIED")
                assert "--artifact-roots" in answer.message
        with pytest.raises(BlockingIOError):
            listener.accept()


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("s3://bucket/team", ""),
        ("s3://bucket/team/1/run", ""),
        ("S3://bucket/team//1/", ""),
        ("s3://bucket/teams", "PERMISSION_DENIED"),
        ("s3://bucket", "PERMISSION_DENIED"),
        ("s3://bucket2/team", "PERMISSION_DENIED"),
        ("gs://bucket/team", "PERMISSION_DENIED"),
        ("s3://bucket/team?endpoint=evil", "PERMISSION_DENIED"),
        ("s3://bucket/team#/../other", "PERMISSION_DENIED"),
        ("s3://x@bucket/team", "PERMISSION_DENIED"),
        ("s3://bucket/team/../other", "INVALID_PARAMETER_VALUE"),
        ("s3://bucket/team/%2e%2e/other", "INVALID_PARAMETER_VALUE"),
        ("s3://bucket/team/..%5cother", "INVALID_PARAMETER_VALUE"),
    ],
)
def test_places_in_object_stores(uri: str, code: str) -> None:
    roots = Roots(["s3://bucket/team"])
    if not code:
        roots.check(uri)
        return
    with pytest.raises(HeadraceError) as caught:
        roots.check(uri)
    assert caught.value.error_code == code


# --- writing and deleting by the artifact proxy --------------------------------------------------


def test_cve_2023_6831_and_2024_1560_deletion(client: Client, secret: Path) -> None:
    """A path was checked as it came and decoded once more afterwards, then deleted."""
    for path in spellings(secret):
        for way in (quote(path), quote(quote(path)), quote(quote(quote(path)))):
            refuse(client.call("DELETE", f"{PROXY}/artifacts/{way}"))
    refuse(client.call("DELETE", f"{PROXY}/artifacts/%252e%252e"))
    refuse(client.call("DELETE", f"{PROXY}/artifacts/."))


def test_cve_2023_6015_and_6018_writing(client: Client, secret: Path) -> None:
    """A PUT of the proxy, or an upload to a run, wrote wherever its path said."""
    run = client.new_run()
    for path in spellings(secret):
        way = quote(path, safe="")
        refuse(client.call("PUT", f"{PROXY}/artifacts/{way}", b"x"))
        upload = f"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path={way}"
        refuse(client.call("POST", upload, b"x"))
        put = f"/api/1.0/headrace/artifacts/files?run_id={run}&path={way}&size=1&digest={'0' * 64}"
        refuse(client.call("PUT", put, b"x"))
        asked = {"run_id": run, "path": path}
        refuse(client.post("/artifacts/presigned-upload-url", asked))
        refuse(client.post("/artifacts/presigned-download-url", asked))
        refuse(client.call("GET", f"{PROXY}/presigned/{way}"))
        bundle = bundle_head([BundledFile(path, 1, None)]) + b"x"
        stored = client.call("PUT", f"/api/1.0/headrace/artifacts/bundles?run_id={run}", bundle)
        assert stored.json["refused"][0]["error_code"] == "INVALID_PARAMETER_VALUE"


def test_cve_2026_2651_multipart_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The multipart calls asked for no permission, and let everybody overwrite any artifact."""
    from argon2 import PasswordHasher

    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(users, "_hasher", lambda: quick)
    with changing_users(tmp_path / "users.json") as known:
        for name, role in (("anna", Role.WRITE), ("ben", Role.WRITE), ("carl", Role.READ)):
            known.add(name, role, "a good password")
    client = Client(
        tmp_path,
        artifacts_destination=str(tmp_path / "kept"),
        authenticator=Authenticator(tmp_path / "users.json"),
    )

    def call(user: str | None, how: str, folder: str = "1/run/artifacts", **body: Any) -> Answer:
        headers = {}
        if user:
            credentials = base64.b64encode(f"{user}:a good password".encode()).decode()
            headers["Authorization"] = f"Basic {credentials}"
        body = {"path": "/home/x/model.bin", **body}
        return client.call("POST", f"{PROXY}/mpu/{how}/{folder}", body, headers=headers)

    upload = call("anna", "create", num_parts=1).json
    part = {"part_number": 1, "etag": "0" * 64}
    for how in ("create", "complete", "abort"):
        body = {"upload_id": upload["upload_id"], "parts": [part]}
        refuse(call(None, how, **body), "UNAUTHENTICATED")
        refuse(call("carl", how, **body), "PERMISSION_DENIED")
        for path in ("..", f"{UP}..", "%2e%2e", "/"):
            refuse(call("anna", how, **{**body, "path": path}))
        for folder in ("../1", "%2e%2e/1", "1/%252e%252e"):
            refuse(call("anna", how, folder, **body))
    for how in ("complete", "abort"):  # neither of another file nor by another user
        body = {"upload_id": upload["upload_id"], "parts": [part]}
        refuse(call("anna", how, "2/run/artifacts", **body), "RESOURCE_DOES_NOT_EXIST")
        refuse(call("ben", how, **body), "RESOURCE_DOES_NOT_EXIST")
    client.close()


def test_every_call_that_moves_files_asks_for_a_permission_or_a_signature() -> None:
    """What CVE-2026-2651 came from: a family of calls that nobody had put on the list."""
    of_files = [row for row in ENDPOINTS if "artifact" in row.path]
    assert len(of_files) > 20
    open_to_all = {row.name for row in of_files if row.permission.value == "public"}
    assert open_to_all == {"get_signed_file", "put_signed_file", "put_signed_part"}
    for row in of_files:
        if row.verb in ("PUT", "DELETE") and row.name not in open_to_all:
            assert row.permission.value == "write"


def test_symbolic_links_lead_nowhere(client: Client, secret: Path, tmp_path: Path) -> None:
    """Links in an artifact folder were followed out of it, before MLflow compared real paths."""
    run = client.new_run()
    uri = client.get(f"/runs/get?run_id={run}").json["run"]["info"]["artifact_uri"]
    kept = tmp_path / "kept" / "1" / "run" / "artifacts"
    for root in (Path(uri), kept):
        root.mkdir(parents=True)
        (root / "folder").symlink_to(secret.parent)
        (root / "file").symlink_to(secret)
    digest = digest_of(b"x")
    for path in ("folder/secret.txt", "folder/new.txt", "file"):
        owner = f"run_id={run}&path={path}"
        body = {"run_id": run, "path": path, "size": 1, "digest": digest}
        files = "/api/1.0/headrace/artifacts"
        refuse(client.call("GET", f"/get-artifact?{owner}"))
        refuse(client.call("PUT", f"{files}/files?{owner}&size=1&digest={digest}", b"x"))
        refuse(client.call("POST", f"{files}/uploads/begin", body))
        refuse(client.post("/artifacts/presigned-download-url", {"run_id": run, "path": path}))
        signed = client.post("/artifacts/presigned-upload-url", {"run_id": run, "path": path})
        way = signed.json["presigned_url"].removeprefix("http://127.0.0.1:5000")
        refuse(client.call("PUT", way, b"x"))
        refuse(client.call("GET", f"{PROXY}/artifacts/1/run/artifacts/{path}"))
        refuse(client.call("PUT", f"{PROXY}/artifacts/1/run/artifacts/{path}", b"x"))
        refuse(client.call("GET", f"{PROXY}/presigned/1/run/artifacts/{path}"))
    for listing in (f"/artifacts/list?run_id={run}", f"/artifacts/list?run_id={run}&path=folder"):
        answer = client.get(listing)
        assert answer.status == 400 or "files" not in answer.json
    refuse(client.call("DELETE", f"{PROXY}/artifacts/1/run/artifacts/folder/secret.txt"))
    assert client.call("DELETE", f"{PROXY}/artifacts/1/run/artifacts/folder").status == 200


# --- models --------------------------------------------------------------------------------------


def test_cve_2025_11201_making_a_model(client: Client, secret: Path) -> None:
    """What a client gave when it made a model became a path of the server, to which it wrote.

    The registry's `create` calls belong here once they exist.
    """
    for name in (UP + "x", "/etc/x", "a/b", "..\\x", "%2e%2e/x", "a:b"):
        answer = client.post("/logged-models", {"experiment_id": "0", "name": name})
        if answer.status == 200:  # a name is no part of a path
            info = answer.json["model"]["info"]
            assert info["artifact_uri"].endswith(f"/models/{info['model_id']}/artifacts")
    for run_id in ("../x", "/etc", "a/b", "..", "%2e%2e", "a\\b", "x" * 300, "a\0"):
        refuse(client.post("/runs/create", {"experiment_id": "0", "run_id": run_id}))
    model = client.post("/logged-models", {"experiment_id": "0"}).json["model"]["info"]["model_id"]
    for path in spellings(secret):
        put = f"/api/1.0/headrace/artifacts/files?model_id={model}&path={quote(path, safe='')}"
        refuse(client.call("PUT", f"{put}&size=1&digest={'0' * 64}", b"x"))
        asked = {"model_id": model, "path": path}
        refuse(client.post("/artifacts/presigned-upload-url", asked))


# --- what a foreign server says ------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["../evil", "/tmp/evil", "..", "a/b", "..\\evil", "%2e%2e%2fevil", "a\0b", "C:evil"]
)
def test_cve_2023_6976_a_listing_that_leads_elsewhere(tmp_path: Path, name: str) -> None:
    """A client wrote files under the names that a server listed, wherever those led."""
    folder = tmp_path / "target"
    folder.mkdir()
    with serving(tmp_path / "served") as server:
        server.listing = [{"path": name, "is_dir": False, "file_size": 1}]
        store = ProxiedArtifactStore("mlflow-artifacts:/1", server.url)
        with pytest.raises(HeadraceError):
            store.download("", folder)
    assert list(tmp_path.rglob("*evil*")) == []
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", ["../evil", "/tmp/evil", "..%2fevil", "a/b", "..\\evil", ".."])
def test_cve_2024_0520_and_2023_6975_the_name_of_a_data_set(tmp_path: Path, name: str) -> None:
    """The file of a data set was stored under the name in the answer's headers, wherever it led."""
    with _answering(f'attachment; filename="{name}"') as url:
        with pytest.raises(InvalidParameterValue):
            HTTPDatasetSource(f"{url}/data.csv").load(tmp_path / "target")
        with pytest.raises(InvalidParameterValue):
            HTTPDatasetSource(f"{url}/a/%2e%2e").load(tmp_path / "target")
    assert list(tmp_path.rglob("*")) in ([], [tmp_path / "target"])


@contextmanager
def _answering(disposition: str) -> Iterator[str]:
    """Serve a file on every path, with a name in its headers unless the path is odd."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            """Keep quiet."""

        def do_GET(self) -> None:
            self.send_response(200)
            if "%" not in self.path:
                self.send_header("Content-Disposition", disposition)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"evil")

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
