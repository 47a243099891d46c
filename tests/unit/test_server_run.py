"""A real server process: start, sockets, shutdown, and that it calls nobody."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headrace.api.openapi import describe
from headrace.api.table import ENDPOINTS
from headrace.errors import InvalidParameterValue, TemporarilyUnavailable
from headrace.server import upkeep
from headrace.server.run import ServerOptions, bind, check, make_application
from headrace.server.upkeep import Upkeep
from headrace.server.users import Role, changing_users
from headrace.stores.uri import open_tracking_store
from tests.servers import REPOSITORY, Server, clean_environment, headrace_server

MLFLOW = "/api/2.0/mlflow"


class Caller:
    """One kept-alive connection."""

    def __init__(self, server: Server) -> None:
        host, _, port = server.url.removeprefix("http://").partition(":")
        self.connection = http.client.HTTPConnection(host, int(port), timeout=30)

    def __enter__(self) -> Caller:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def call(self, verb: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        content = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **headers}
        self.connection.request(verb, path, content, headers)
        response = self.connection.getresponse()
        text = response.read()
        is_json = response.headers["Content-Type"] == "application/json"
        return response.status, json.loads(text) if is_json else text

    def new_run(self) -> str:
        _, answer = self.call("POST", MLFLOW + "/runs/create", {"experiment_id": "0"})
        return str(answer["run"]["info"]["run_id"])


def point(run_id: str, key: str, step: int = 0) -> dict[str, Any]:
    return {"run_id": run_id, "key": key, "value": step / 2, "timestamp": 1, "step": step}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with headrace_server(tmp_path_factory.mktemp("server")) as server:
        yield server


def test_many_clients_at_once_lose_nothing(server: Server) -> None:
    with Caller(server) as caller:
        run_id = caller.new_run()

    def log(client: int) -> None:
        with Caller(server) as caller:
            for step in range(25):
                status, answer = caller.call(
                    "POST", MLFLOW + "/runs/log-metric", point(run_id, f"m{client}", step)
                )
                assert (status, answer) == (200, {})

    threads = [threading.Thread(target=log, args=(client,)) for client in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with Caller(server) as caller:
        for client in range(16):
            path = f"{MLFLOW}/metrics/get-history?run_id={run_id}&metric_key=m{client}"
            metrics = caller.call("GET", path)[1]["metrics"]
            assert [metric["step"] for metric in metrics] == list(range(25))


def test_small_answers_are_not_held_back(server: Server) -> None:
    """Without TCP_NODELAY each answer would wait 40 ms for the client's acknowledgement."""
    with Caller(server) as caller:
        run_id = caller.new_run()
        began = time.perf_counter()
        for step in range(20):
            caller.call("POST", MLFLOW + "/runs/log-metric", point(run_id, "m", step))
        assert time.perf_counter() - began < 20 * 0.04


def test_a_long_answer_comes_whole(server: Server) -> None:
    with Caller(server) as caller:
        run_id = caller.new_run()
        metrics = [point(run_id, "m", step) | {"run_id": None} for step in range(1000)]
        for batch in range(5):
            body = {"run_id": run_id, "metrics": [m | {"timestamp": batch} for m in metrics]}
            assert caller.call("POST", MLFLOW + "/runs/log-batch", body)[0] == 200
        path = f"{MLFLOW}/metrics/get-history?run_id={run_id}&metric_key=m"
        assert len(caller.call("GET", path)[1]["metrics"]) == 5000


def exchange(server: Server, *requests: bytes) -> list[tuple[int, bytes]]:
    """Send raw requests in one piece, and return status and body of each answer."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(b"".join(requests))
        answers = []
        with connection.makefile("rb") as stream:
            while len(answers) < len(requests) and (line := stream.readline()):
                headers = http.client.parse_headers(stream)
                body = stream.read(int(headers["Content-Length"]))
                answers.append((int(line.split()[1]), body))
                assert headers["X-Content-Type-Options"] == "nosniff"
                assert headers["Date"]
                if headers["Connection"] == "close":
                    break
    return answers


def _resident_bytes(server: Server) -> int:
    pages = int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def raw_post(path: str, body: Any, *headers: str, version: str = "1.1") -> bytes:
    content = json.dumps(body).encode()
    lines = [
        f"POST {path} HTTP/{version}",
        "Host: localhost",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def test_requests_sent_ahead_are_answered_in_their_order(server: Server) -> None:
    with Caller(server) as caller:
        run_id = caller.new_run()
    path = MLFLOW + "/runs/log-metric"
    get = f"GET {MLFLOW}/runs/get?run_id={run_id} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()

    answers = exchange(
        server,
        raw_post(path, point(run_id, "a")),
        raw_post(path, point(run_id, "b")),
        get,
        raw_post(path, point("nope", "c")),
        raw_post(path, point(run_id, "d")),
        get,
    )
    assert [status for status, _ in answers] == [200, 200, 200, 404, 200, 200]
    metrics = [
        sorted(metric["key"] for metric in json.loads(body)["run"]["data"]["metrics"])
        for body in (answers[2][1], answers[5][1])
    ]
    assert metrics == [["a", "b"], ["a", "b", "d"]]


@pytest.mark.parametrize(
    ("headers", "version", "status"),
    [
        ([], "1.1", 200),
        (["Connection: close"], "1.1", 200),
        (["Connection: keep-alive"], "1.1", 200),
        ([], "1.0", 200),
        (["Origin: http://localhost:3000"], "1.1", 200),
        (["Origin: https://evil.example.com"], "1.1", 403),
        (["Authorization: Basic !!!"], "1.1", 200),
        (["X-Padding: " + "x" * 30_000], "1.1", 200),
    ],
)
def test_the_short_way_answers_as_the_long_one(
    server: Server, headers: list[str], version: str, status: int
) -> None:
    with Caller(server) as caller:
        run_id = caller.new_run()
    for path, body in (
        ("/runs/log-metric", point(run_id, "m")),
        ("/runs/log-parameter", {"run_id": run_id, "key": "p", "value": "1"}),
        ("/runs/set-tag", {"run_id": run_id, "key": "t", "value": "1"}),
        ("/runs/log-batch", {"run_id": run_id, "metrics": [point("", "n")]}),
    ):
        request = raw_post(MLFLOW + path, body, *headers, version=version)
        [(answered, content)] = exchange(server, request)
        assert (answered, content == b"{}") == (status, status == 200)
        malformed = raw_post(MLFLOW + path, {"run_id": 5}, *headers, version=version)
        [(answered, content)] = exchange(server, malformed)
        assert answered == (400 if status == 200 else status)


def test_the_short_way_of_reads_answers_as_the_long_one(server: Server) -> None:
    with Caller(server) as caller:
        for path, body in (
            ("/registered-models/create", {"name": "a b", "tags": [{"key": "k", "value": "é"}]}),
            ("/model-versions/create", {"name": "a b", "source": "s3://bucket/model"}),
            ("/registered-models/alias", {"name": "a b", "alias": "champion", "version": "1"}),
        ):
            assert caller.call("POST", MLFLOW + path, body)[0] == 200
    for path, status in (
        ("/registered-models/alias?name=a+b&alias=champion", 200),
        ("/registered-models/alias?alias=latest&name=a%20b", 200),
        ("/registered-models/alias?name=a+b&alias=champion&alias=x&&other=1", 200),
        ("/registered-models/alias?name=a+b&alias=other", 400),
        ("/registered-models/alias?name=absent&alias=champion", 404),
        ("/registered-models/alias?name=a+b", 400),
        ("/registered-models/alias", 400),
        ("/model-versions/get?name=a+b&version=1", 200),
        ("/model-versions/get?name=a+b&version=2", 404),
        ("/model-versions/get?name=a+b&version=one", 400),
        ("/model-versions/get-download-uri?name=a+b&version=1", 200),
    ):
        target = f"GET {MLFLOW}{path} HTTP/1.1\r\nHost: localhost\r\n".encode("latin-1")
        short, long = exchange(
            server, target + b"\r\n", target + b"Origin: http://localhost:3000\r\n\r\n"
        )
        assert short == long
        assert short[0] == status


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_who_takes_no_answers_is_given_no_more(server: Server) -> None:
    """What is asked for and not taken would fill the server's memory."""
    with Caller(server) as caller:
        caller.call("POST", MLFLOW + "/registered-models/create", {"name": "long"})
        body = {"name": "long", "source": "s3://bucket/model", "description": "x" * 60_000}
        assert caller.call("POST", MLFLOW + "/model-versions/create", body)[0] == 200
    path = f"{MLFLOW}/model-versions/get?name=long&version=1"
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    host, _, port = server.url.removeprefix("http://").partition(":")
    count = 2_000  # answers of 120 MB
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        before = _resident_bytes(server)
        sender = threading.Thread(target=connection.sendall, args=(request * count,))
        sender.start()
        time.sleep(0.5)
        assert _resident_bytes(server) < before + 40 * 2**20
        left = count
        with connection.makefile("rb") as stream:
            while left and (line := stream.readline()):
                assert line.split()[1] == b"200"
                stream.read(int(http.client.parse_headers(stream)["Content-Length"]))
                left -= 1
        sender.join(30)
    assert left == 0


def test_a_body_that_comes_slowly_is_waited_for(server: Server) -> None:
    with Caller(server) as caller:
        run_id = caller.new_run()
    request = raw_post(MLFLOW + "/runs/log-metric", point(run_id, "m"))
    host, _, port = server.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        for at in range(0, len(request), 40):
            connection.sendall(request[at : at + 40])
            time.sleep(0.002)
        assert connection.recv(1000).endswith(b"{}")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(request[:-5])  # and goes away
    with Caller(server) as caller:
        assert caller.call("GET", "/health") == (200, b"OK")


@pytest.mark.parametrize(
    "raw",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"NONSENSE\r\n\r\n",
        b"POST /api/2.0/mlflow/runs/create HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET http://evil/ HTTP/1.1\r\nHost: evil.example.com\r\n\r\n",
    ],
)
def test_malformed_requests_do_not_harm_the_server(server: Server, raw: bytes) -> None:
    host, _, port = server.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := connection.recv(65536):
                answer += piece
    assert b"Traceback" not in answer
    if answer:
        assert answer.split(b" ")[1] in (b"400", b"403", b"404")
    with Caller(server) as caller:
        assert caller.call("GET", "/health") == (200, b"OK")


def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    with headrace_server(tmp_path) as server:
        with Caller(server) as caller:
            run_id = caller.new_run()
            for step in range(50):
                caller.call("POST", MLFLOW + "/runs/log-metric", point(run_id, "m", step))
        server.process.kill()
        server.process.wait()
    with headrace_server(tmp_path) as server, Caller(server) as caller:
        path = f"{MLFLOW}/metrics/get-history?run_id={run_id}&metric_key=m"
        assert len(caller.call("GET", path)[1]["metrics"]) == 50


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_server_answers_first_and_ends_well(tmp_path: Path, number: int) -> None:
    with headrace_server(tmp_path) as server:
        with Caller(server) as caller:
            run_id = caller.new_run()
            caller.call("POST", MLFLOW + "/runs/log-metric", point(run_id, "m"))
            server.process.send_signal(number)
            assert server.process.wait(30) == 0
        assert "Traceback" not in server.log.read_text()
        # The log of the database is merged into the file by whoever closes it last.
        assert not (tmp_path / "headrace.db-wal").exists()


def test_a_write_that_waits_for_a_lock_is_answered_before_the_server_ends(tmp_path: Path) -> None:
    with headrace_server(tmp_path) as server:
        with Caller(server) as caller:
            run_id = caller.new_run()
        with contextlib.closing(sqlite3.connect(tmp_path / "headrace.db")) as other:
            other.execute("BEGIN IMMEDIATE")
            host, _, port = server.url.removeprefix("http://").partition(":")
            with socket.create_connection((host, int(port)), timeout=30) as connection:
                connection.sendall(raw_post(MLFLOW + "/runs/log-metric", point(run_id, "m")))
                time.sleep(0.2)  # the write is under way, and waits on the writer thread
                with Caller(server) as caller:
                    assert caller.call("GET", "/health") == (200, b"OK")
                server.process.terminate()
                with contextlib.suppress(ConnectionError):
                    while True:  # until it takes no more connections
                        socket.create_connection((host, int(port)), timeout=30).close()
                        time.sleep(0.02)
                other.execute("ROLLBACK")
                answer = connection.recv(1000)
        assert answer.startswith(b"HTTP/1.1 200 OK")
        assert b"connection: close" in answer
        assert server.process.wait(30) == 0
    with headrace_server(tmp_path) as server, Caller(server) as caller:
        path = f"{MLFLOW}/metrics/get-history?run_id={run_id}&metric_key=m"
        assert len(caller.call("GET", path)[1]["metrics"]) == 1


def test_users_are_asked_for_on_a_real_server(tmp_path: Path) -> None:
    with changing_users(tmp_path / "users.json") as known:
        known.add("ann", Role.WRITE, "a good password")
        token = known.add_token("ann")
    arguments = ["-m", "headrace.cli", "server", "--users-file", str(tmp_path / "users.json")]
    started = _started([*arguments, "--static-prefix", "/ml"], tmp_path)
    with started as (server, _), Caller(server) as caller:
        path = "/ml" + MLFLOW + "/experiments/get?experiment_id=0"
        assert caller.call("GET", path)[0] == 401
        pair = base64.b64encode(b"ann:a good password").decode()
        assert caller.call("GET", path, Authorization=f"Basic {pair}")[0] == 200
        status, who = caller.call(
            "GET", "/ml/api/1.0/headrace/whoami", Authorization=f"Bearer {token}"
        )
        assert (status, who["name"], who["verified"]) == (200, "ann", True)
        wrong = base64.b64encode(b"ann:wrong").decode()
        assert caller.call("GET", path, Authorization=f"Basic {wrong}")[0] == 401


def test_several_processes_serve_one_postgresql(postgres_store_uri: str, tmp_path: Path) -> None:
    arguments = ["--workers", "2"]
    with headrace_server(
        tmp_path, backend_store_uri=postgres_store_uri, arguments=arguments
    ) as server:
        callers = [Caller(server) for _ in range(8)]
        run_id = callers[0].new_run()
        for step in range(5):
            for number, caller in enumerate(callers):
                body = point(run_id, f"m{number}", step)
                assert caller.call("POST", MLFLOW + "/runs/log-metric", body) == (200, {})
        for number, caller in enumerate(callers):
            path = f"{MLFLOW}/metrics/get-history?run_id={run_id}&metric_key=m{number}"
            assert len(caller.call("GET", path)[1]["metrics"]) == 5
            caller.connection.close()
        server.process.terminate()
        assert server.process.wait(30) == 0


@contextlib.contextmanager
def _started(arguments: list[str], folder: Path) -> Iterator[tuple[Server, subprocess.Popen[str]]]:
    """Run a server on a port that it chooses, and learn the port from what it prints."""
    process = subprocess.Popen(
        [sys.executable, *arguments, "--port", "0", "--backend-store-uri", str(folder / "store")],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=clean_environment({"PYTHONPATH": str(REPOSITORY / "src")}),
    )
    assert process.stdout is not None
    try:
        lines = [process.stdout.readline() for _ in range(2)]
        url = "http://" + lines[1].split("//")[1].split("/")[0].strip()
        yield Server("headrace", url, folder, process, folder), process  # type: ignore[arg-type]
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


_WATCHED = """
import atexit, sys
calls = []
def watch(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.gethostbyname"):
        calls.append((event, arguments[1:]))
    elif event == "socket.getaddrinfo" and arguments[0] not in ("127.0.0.1", None):
        calls.append((event, arguments))
sys.addaudithook(watch)
atexit.register(lambda: print("CALLS", calls, flush=True))
from headrace.cli import main
main(sys.argv[1:])
"""


def test_nothing_leaves_the_server(tmp_path: Path) -> None:
    """All that a server may do to reach another machine is counted, over all that it does."""
    with _started(["-c", _WATCHED, "server"], tmp_path) as (server, process):
        with Caller(server) as caller:
            run_id = caller.new_run()
            caller.call("POST", MLFLOW + "/runs/log-metric", point(run_id, "m"))
            for endpoint in ENDPOINTS:
                if endpoint.verb == "GET":
                    path = endpoint.path.replace("{", "").replace("}", "")
                    caller.call("GET", endpoint.bases[0] + path)
        time.sleep(1.2)  # the upkeep runs once
        process.terminate()
        assert process.stdout is not None
        output = process.stdout.read()

    assert output.splitlines()[-1] == "CALLS []"


# --- parts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"host": "0.0.0.0"},
        {"host": "::"},
        {"host": "ml.example.com"},
        {"workers": 2},
        {"static_prefix": "/a/{b}"},
        {"static_prefix": "/a?b"},
        {"frame_options": "ALLOWALL"},
    ],
)
def test_options_that_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameterValue):
        check(ServerOptions(backend_store_uri="sqlite:///x.db", **options))


@pytest.mark.parametrize("store", ["sqlite:///data/x.db", "data", "postgresql://h/d"])
@pytest.mark.parametrize("option", ["default_artifact_root", "artifacts_destination", "roots"])
def test_artifacts_do_not_lie_around_what_is_not_theirs(
    store: str, option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path)
    options: dict[str, Any] = {"backend_store_uri": store, "users_file": "secret/users.json"}

    def place(folder: str) -> dict[str, Any]:
        return {"artifact_roots": (folder,)} if option == "roots" else {option: folder}

    holds_users = [".", str(tmp_path), "secret", "link/secret"]
    holds_store = [] if store.startswith("postgresql") else ["data", tmp_path.as_uri() + "/data"]
    for folder in holds_users + holds_store:
        with pytest.raises(InvalidParameterValue, match="clients could read and replace"):
            check(ServerOptions(**options, **place(folder)))
    for folder in ("data/artifacts", "elsewhere", "s3://bucket"):
        check(ServerOptions(**options, **place(folder)))


def test_options_that_open_a_server_to_others_on_purpose() -> None:
    for options in ({"users_file": "users.json"}, {"allow_anonymous": True}):
        check(ServerOptions(backend_store_uri="x", host="0.0.0.0", **options))  # type: ignore[arg-type]
    check(ServerOptions(backend_store_uri="postgresql://h/d", workers=4))


def test_an_address_that_is_taken() -> None:
    with bind("127.0.0.1", 0) as first:
        first.listen()
        port = first.getsockname()[1]
        with pytest.raises(TemporarilyUnavailable, match=f"Cannot listen on 127.0.0.1:{port}"):
            bind("127.0.0.1", port)


def test_a_folder_with_an_artifact_root_of_its_own(tmp_path: Path) -> None:
    options = ServerOptions(
        backend_store_uri=str(tmp_path / "store"), default_artifact_root=str(tmp_path / "files")
    )
    make_application(options).close()
    store = open_tracking_store(str(tmp_path / "store"))
    from headrace.api import tracking as api

    found = store.get_experiment(api.GetExperiment(experiment_id="0")).experiment
    store.close()
    assert found.artifact_location == str(tmp_path / "files" / "0")


def test_gc_of_a_server_deletes_only_where_it_keeps_artifacts(tmp_path: Path) -> None:
    arguments = ["--serve-artifacts", "--artifacts-destination", str(tmp_path / "kept")]
    locations = {
        "mine": None,
        "foreign": str(tmp_path / "foreign"),
        "outside": "mlflow-artifacts:/outside",
        "other": "mlflow-artifacts://elsewhere/other",
    }
    with (
        headrace_server(tmp_path / "served", artifact_root=None, arguments=arguments) as server,
        Caller(server) as caller,
    ):
        runs = {}
        for name, location in locations.items():
            request = {"name": name, "artifact_location": location}
            _, made = caller.call("POST", MLFLOW + "/experiments/create", request)
            _, answer = caller.call("POST", MLFLOW + "/runs/create", made)
            run_id = runs[name] = answer["run"]["info"]["run_id"]
            place = {"mine": f"kept/{made['experiment_id']}", "other": "kept/other"}.get(name, name)
            (tmp_path / place / run_id / "artifacts").mkdir(parents=True)
            (tmp_path / place / run_id / "artifacts" / "a.txt").write_text(name)
            caller.call("POST", MLFLOW + "/runs/delete", {"run_id": run_id})
        with sqlite3.connect(tmp_path / "served" / "headrace.db") as database:
            # As a database may have it that somebody else wrote: no call takes such a location.
            for table, column in (("experiments", "artifact_location"), ("runs", "artifact_uri")):
                database.execute(
                    f"UPDATE {table} SET {column} = replace({column}, ':/outside', ':/../outside')"
                )

        _, done = caller.call("POST", "/api/1.0/headrace/gc", {})

    assert (done["runs"], done["files"]) == (1, 1)
    kept = {item["id"]: item["reason"] for item in done["kept"]}
    assert set(kept) == {runs[name] for name in ("foreign", "outside", "other")}
    assert "--artifact-roots" in kept[runs["foreign"]]
    assert "'..'" in kept[runs["outside"]]
    left = {file.read_text() for file in tmp_path.rglob("a.txt")}
    assert left == {"foreign", "outside", "other"}


def test_upkeep_goes_on_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "EVERY_SECONDS", 0.001)
    monkeypatch.setattr(upkeep, "AFTER_A_FAILURE_SECONDS", 0.001)
    calls: list[int] = []
    enough = threading.Event()

    class Store:
        def maintain(self) -> None:
            calls.append(1)
            if len(calls) == 1:
                raise RuntimeError("a full disk")
            if len(calls) == 3:
                enough.set()

    keeper = Upkeep(Store())
    keeper.start()
    assert enough.wait(30)
    keeper.stop()
    stopped_at = len(calls)
    time.sleep(0.01)
    assert len(calls) == stopped_at


# --- openapi -------------------------------------------------------------------------------------


def test_openapi_describes_every_row() -> None:
    document = describe(ENDPOINTS, "/ml")

    for endpoint in ENDPOINTS:
        for base in endpoint.bases:
            path = base + endpoint.path.replace(":path}", "}")
            operation = document["paths"][path][endpoint.verb.lower()]
            assert operation["x-headrace-permission"] == endpoint.permission.value
            assert ("security" in operation) is (endpoint.permission.value != "public")
            named = {parameter["name"] for parameter in operation.get("parameters", [])}
            assert set(endpoint.path_fields) <= named
            assert ("requestBody" in operation) is (endpoint.verb != "GET")
    assert document["servers"] == [{"url": "/ml"}]
    ids = [
        operation["operationId"]
        for operations in document["paths"].values()
        for operation in operations.values()
    ]
    assert len(ids) == len(set(ids))


def test_openapi_refers_only_to_what_it_holds_and_knows_nan() -> None:
    document = describe(ENDPOINTS)
    text = json.dumps(document)

    for reference in {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert reference in document["components"]["schemas"]
    value = document["components"]["schemas"]["Metric"]["properties"]["value"]
    assert {"enum": ["NaN", "Infinity", "-Infinity"]} in value["oneOf"]
