"""The HTTP transport against a real server in this process that says what it is told to say."""

from __future__ import annotations

import base64
import json
import logging
import os
import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import headrace
from headrace.api import tracking as api
from headrace.client import http as transport_module
from headrace.client.http import HttpTransport
from headrace.connection import Server
from headrace.errors import (
    EndpointNotFound,
    HeadraceError,
    InvalidParameterValue,
    TemporarilyUnavailable,
    Unauthenticated,
)
from headrace.server.core import make_dispatch
from headrace.stores.base import TrackingStore
from headrace.stores.remote import RemoteTrackingStore
from headrace.stores.uri import open_tracking_store

GET = ("GET", "/api/2.0/mlflow/runs/get?run_id=1", None)
CREATE = ("POST", "/api/2.0/mlflow/runs/create", b'{"experiment_id":"0"}')
LOG = ("POST", "/api/2.0/mlflow/runs/log-metric", b"{}")


@dataclass
class Answer:
    """What the server does with a request."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False  # close the connection instead
    delay: float = 0.0


@dataclass
class Request:
    """What the server was asked."""

    verb: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int


class ScriptedServer(ThreadingHTTPServer):
    """Answers by a script, and with an empty 200 after its end."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), ScriptedHandler)
        self.script: list[Answer] = []
        self.requests: list[Request] = []
        self.connections: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self.server_port}"

    def process_request(self, request: socket.socket, client_address: object) -> None:  # type: ignore[override]
        self.connections.append(request)
        super().process_request(request, client_address)  # type: ignore[arg-type]

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        return self.script.pop(0) if self.script else Answer()


class ScriptedHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ScriptedServer

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        number = self.server.connections.index(self.connection)
        request = Request(self.command, self.path, dict(self.headers), body, number)
        answer = self.server.answer(request)
        if answer.delay:
            threading.Event().wait(answer.delay)  # not `sleep`, which the tests replace
        if answer.drop:
            self.close_connection = True
            return
        head = [f"HTTP/1.1 {answer.status} Said", f"Content-Length: {len(answer.body)}"]
        head += [f"{name}: {value}" for name, value in answer.headers.items()]
        self.wfile.write("\r\n".join([*head, "", ""]).encode() + answer.body)

    do_GET = do_POST = do_PATCH = do_DELETE = handle_any  # noqa: N815 - the names of http.server

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the transport would have waited; it does not wait."""
    waited: list[float] = []
    monkeypatch.setattr(transport_module.time, "sleep", waited.append)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_JITTER", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")
    return waited


@pytest.fixture
def send(server: ScriptedServer, pauses: list[float]) -> Iterator[HttpTransport]:
    transport = HttpTransport(Server(server.url))
    yield transport
    transport.close()


class TestCarrying:
    def test_what_is_sent_and_answered(self, server: ScriptedServer, send: HttpTransport) -> None:
        server.script = [Answer(200, b'{"a":1}'), Answer(400, b"no")]

        assert send(*LOG) == (200, b'{"a":1}')
        assert send(*GET) == (400, b"no")
        first, second = server.requests
        assert (first.verb, first.path, first.body) == LOG
        assert first.headers["Content-Type"] == "application/json"
        assert first.headers["User-Agent"].startswith("headrace/")
        assert "Authorization" not in first.headers
        assert (second.verb, second.path, second.body) == ("GET", GET[1], b"")

    def test_the_prefix_of_the_url(self, server: ScriptedServer, pauses: list[float]) -> None:
        send = HttpTransport(Server(server.url + "/behind/a/proxy/"))
        send(*LOG)
        send.close()

        assert server.requests[0].path == "/behind/a/proxy" + LOG[1]

    def test_user_and_password(
        self, server: ScriptedServer, send: HttpTransport, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "ada")
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "päss")
        send(*GET)

        encoded = base64.b64encode("ada:päss".encode()).decode()
        assert server.requests[0].headers["Authorization"] == f"Basic {encoded}"

    def test_a_token(
        self, server: ScriptedServer, send: HttpTransport, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "t0k")
        send(*GET)

        assert server.requests[0].headers["Authorization"] == "Bearer t0k"

    def test_a_large_body_and_answer(self, server: ScriptedServer, send: HttpTransport) -> None:
        body = b'"' + b"x" * 5_000_000 + b'"'
        server.script = [Answer(200, body)]

        assert send("POST", LOG[1], body) == (200, body)
        assert server.requests[0].body == body


class TestConnections:
    def test_one_is_kept_for_many_calls(self, server: ScriptedServer, send: HttpTransport) -> None:
        for _ in range(5):
            send(*LOG)

        assert {request.connection for request in server.requests} == {0}

    def test_small_packets_are_not_held_back(
        self, server: ScriptedServer, send: HttpTransport
    ) -> None:
        send(*LOG)
        sock = send._idle[0].sock

        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)

    @pytest.mark.parametrize("call", [LOG, CREATE], ids=["log", "create"])
    def test_one_that_the_server_closed_is_not_used(
        self,
        call: tuple[str, str, bytes],
        server: ScriptedServer,
        send: HttpTransport,
        pauses: list[float],
    ) -> None:
        send(*call)
        server.connections[0].shutdown(socket.SHUT_RDWR)
        send(*call)

        assert [request.connection for request in server.requests] == [0, 1]
        assert pauses == []

    def test_an_answer_that_ends_the_connection(
        self, server: ScriptedServer, send: HttpTransport, pauses: list[float]
    ) -> None:
        server.script = [Answer(headers={"Connection": "close"})]
        send(*CREATE)
        send(*CREATE)

        assert [request.connection for request in server.requests] == [0, 1]
        assert pauses == []

    def test_threads_do_not_share_one_at_a_time(
        self, server: ScriptedServer, send: HttpTransport
    ) -> None:
        answers = []

        def work(number: int) -> None:
            for step in range(20):
                body = f'"{number} {step}"'.encode()
                answers.append((body, send("POST", LOG[1], body)))

        server.answer = lambda request: Answer(body=request.body)  # type: ignore[method-assign]
        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(answers) == 160
        assert all(answer == (200, body) for body, answer in answers)
        assert len(server.connections) <= 8

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
    def test_a_forked_child_opens_its_own(
        self, server: ScriptedServer, send: HttpTransport
    ) -> None:
        send(*LOG)
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                status = 0 if send(*LOG)[0] == 200 else 1
            finally:
                os._exit(status)
        assert os.waitpid(pid, 0)[1] == 0
        send(*LOG)

        assert [request.connection for request in server.requests] == [0, 1, 0]

    def test_closing_closes_them(self, server: ScriptedServer, send: HttpTransport) -> None:
        send(*LOG)
        connection = send._idle[0]
        send.close()

        assert connection.sock is None
        send(*LOG)  # and it can be used again
        assert len(server.connections) == 2


class TestTryingAgain:
    @pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
    def test_passing_failures(
        self, status: int, server: ScriptedServer, send: HttpTransport, pauses: list[float]
    ) -> None:
        server.script = [Answer(status), Answer(status), Answer(200, b"good")]

        assert send(*LOG) == (200, b"good")
        assert len(server.requests) == 3
        assert pauses == [0.0, 4.0]

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 501])
    def test_other_failures_are_answers(
        self, status: int, server: ScriptedServer, send: HttpTransport
    ) -> None:
        server.script = [Answer(status, b"no")]

        assert send(*LOG) == (status, b"no")
        assert len(server.requests) == 1

    def test_the_last_answer_counts(
        self, server: ScriptedServer, send: HttpTransport, pauses: list[float]
    ) -> None:
        server.script = [Answer(503, str(number).encode()) for number in range(9)]

        assert send(*LOG) == (503, b"3")
        assert len(server.requests) == 4
        assert pauses == [0.0, 4.0, 8.0]

    @pytest.mark.parametrize(
        ("status", "tries"), [(500, 1), (502, 1), (504, 1), (503, 2), (429, 2)]
    )
    def test_a_creation_is_repeated_only_if_it_was_refused(
        self, status: int, tries: int, server: ScriptedServer, send: HttpTransport
    ) -> None:
        server.script = [Answer(status)]

        assert send(*CREATE)[0] == (200 if tries > 1 else status)
        assert len(server.requests) == tries

    def test_a_call_whose_answer_got_lost_is_repeated(
        self, server: ScriptedServer, send: HttpTransport
    ) -> None:
        server.script = [Answer(drop=True), Answer(200, b"good")]

        assert send(*LOG) == (200, b"good")
        assert len(server.requests) == 2

    def test_a_creation_whose_answer_got_lost_is_not(
        self, server: ScriptedServer, send: HttpTransport
    ) -> None:
        server.script = [Answer(drop=True)]

        with pytest.raises(TemporarilyUnavailable, match="took effect is unknown"):
            send(*CREATE)
        assert len(server.requests) == 1

    def test_no_further_try_where_none_is_wanted(
        self, server: ScriptedServer, send: HttpTransport, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        server.script = [Answer(503), Answer(drop=True), Answer(drop=True)]

        assert send(*LOG)[0] == 503
        with pytest.raises(TemporarilyUnavailable, match="cannot be reached"):
            send(*LOG)
        with pytest.raises(TemporarilyUnavailable, match="took effect is unknown"):
            send(*CREATE)
        assert len(server.requests) == 3

    @pytest.mark.parametrize("call", [LOG, CREATE], ids=["log", "create"])
    def test_a_server_that_is_not_there(
        self, call: tuple[str, str, bytes], pauses: list[float], caplog: pytest.LogCaptureFixture
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        send = HttpTransport(Server(f"http://127.0.0.1:{port}"))

        with (
            caplog.at_level(logging.WARNING),
            pytest.raises(TemporarilyUnavailable, match=f"127.0.0.1:{port} cannot be reached"),
        ):
            send(*call)
        assert len(pauses) == caplog.text.count("Trying again") == 3

    def test_a_server_that_says_nothing(
        self, server: ScriptedServer, send: HttpTransport, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "0.1")
        server.script = [Answer(delay=1.0)]

        with pytest.raises(TemporarilyUnavailable, match="timed out"):
            send(*CREATE)

    @pytest.mark.parametrize(
        ("asked", "expected"),
        [
            ("7", 7.0),
            ("999999", 120.0),
            (timedelta(seconds=60), 60.0),
            (timedelta(seconds=-60), 0.0),
            ("soon", 0.0),
        ],
        ids=["seconds", "too long", "date", "past", "malformed"],
    )
    def test_the_server_says_when(
        self,
        asked: str | timedelta,
        expected: float,
        server: ScriptedServer,
        send: HttpTransport,
        pauses: list[float],
    ) -> None:
        tolerance = 0
        if isinstance(asked, timedelta):  # a date, counted from when the server answers
            asked, tolerance = format_datetime(datetime.now(UTC) + asked, usegmt=True), 30
        server.script = [Answer(503, headers={"Retry-After": asked})]
        send(*LOG)

        assert pauses == [pytest.approx(expected, abs=tolerance)]

    def test_the_setting_that_ignores_it(
        self,
        server: ScriptedServer,
        send: HttpTransport,
        pauses: list[float],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("MLFLOW_HTTP_RESPECT_RETRY_AFTER_HEADER", "false")
        server.script = [Answer(503, headers={"Retry-After": "7"})]
        send(*LOG)

        assert pauses == [0.0]

    def test_which_calls_are_made_once_only(self) -> None:
        fields = {"model_id": "m-1", "tag_key": "a b"}
        once = set()
        for row in api.ENDPOINTS:
            path = re.sub(r"{(\w+)}", lambda match: fields[match.group(1)], row.path)
            if transport_module._ONCE_ONLY_CALL.fullmatch(f"{row.verb} {row.bases[0]}{path}"):
                once.add(row.name)

        assert once == {
            "create_experiment",
            "delete_experiment",
            "restore_experiment",
            "delete_experiment_tag",
            "create_run",
            "delete_tag",
            "log_model",
            "create_logged_model",
            "delete_logged_model",
            "delete_logged_model_tag",
        }


class TestErrors:
    def test_a_redirect_is_named(self, server: ScriptedServer, send: HttpTransport) -> None:
        server.script = [Answer(302, headers={"Location": "https://login.example/x"})]

        with pytest.raises(HeadraceError, match="redirects to https://login.example/x"):
            send(*LOG)

    @pytest.mark.parametrize(
        ("answer", "error", "told"),
        [
            (Answer(404, b"<html>Not Found</html>"), EndpointNotFound, "HTTP status 404"),
            (Answer(401, b"who?"), Unauthenticated, "who?"),
            (Answer(503, b""), TemporarilyUnavailable, "HTTP status 503"),
            (
                Answer(
                    400,
                    json.dumps(
                        {
                            "error_code": "INVALID_PARAMETER_VALUE",
                            "message": "bad",
                            "sqlstate": "22023",
                            "error_class": "X",
                        }
                    ).encode(),
                ),
                InvalidParameterValue,
                "^bad$",
            ),
            (Answer(200, b"<html>hello</html>"), HeadraceError, "cannot be read"),
        ],
        ids=["html", "text", "empty", "mlflow", "no json"],
    )
    def test_answers_that_are_errors(
        self,
        answer: Answer,
        error: type[HeadraceError],
        told: str,
        server: ScriptedServer,
        send: HttpTransport,
    ) -> None:
        server.script = [answer] * 4

        with pytest.raises(error, match=told):
            RemoteTrackingStore(send).get_run(api.GetRun(run_id="1"))


# --- the whole stack over sockets ----------------------------------------------------------------


@pytest.fixture
def tracking_server(tmp_path: Path, server: ScriptedServer) -> Iterator[ScriptedServer]:
    """A server that answers as Headrace's does, from an embedded store."""
    store: TrackingStore = open_tracking_store(str(tmp_path / "served"))
    dispatch: Callable[[str, str, bytes | None], tuple[int, bytes]] = make_dispatch(store)

    def answer(request: Request) -> Answer:
        server.requests.append(request)
        return Answer(*dispatch(request.verb, request.path, request.body or None))

    server.answer = answer  # type: ignore[method-assign]
    yield server
    store.close()


@pytest.mark.usefixtures("fresh_client")
class TestFluentOverHttp:
    def test_a_run(
        self, tracking_server: ScriptedServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        headrace.set_tracking_uri(tracking_server.url)
        headrace.set_experiment("remote")
        with headrace.start_run(run_name="far", tags={"a": 1}) as run:
            headrace.log_params({"p": 1, "long": "x" * 20_000})
            headrace.log_metric("m", float("nan"), step=2**62)
            headrace.log_metrics({"a": float("inf"), "b": -0.5})

        stored = headrace.get_run(run.info.run_id)
        assert (stored.info.run_name, stored.info.status) == ("far", "FINISHED")
        assert stored.data.params == {"p": "1", "long": "x" * 20_000}
        assert stored.data.metrics["a"] == float("inf")
        (point,) = headrace.MlflowClient().get_metric_history(run.info.run_id, "m")
        assert (str(point.value), point.step) == ("nan", 2**62)
        assert len(headrace.search_runs(output_format="list")) == 1
        experiment = f"{tracking_server.url}/#/experiments/{run.info.experiment_id}"
        assert capsys.readouterr().out == (
            f"🏃 View run far at: {experiment}/runs/{run.info.run_id}\n"
            f"🧪 View experiment at: {experiment}\n"
        )

    def test_the_link_can_be_switched_off_and_shows_no_password(
        self,
        tracking_server: ScriptedServer,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        headrace.set_tracking_uri(tracking_server.url.replace("://", "://ada:geheim@"))
        with headrace.start_run():
            pass
        shown = capsys.readouterr().out
        assert tracking_server.url in shown
        assert "geheim" not in shown

        monkeypatch.setenv("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
        with headrace.start_run():
            pass
        assert capsys.readouterr().out == ""

    def test_errors_are_those_of_the_store(self, tracking_server: ScriptedServer) -> None:
        client = headrace.MlflowClient(tracking_server.url)

        with pytest.raises(HeadraceError, match="No Experiment with id=77") as caught:
            client.create_run("77")
        assert caught.value.error_code == "RESOURCE_DOES_NOT_EXIST"
        assert client.get_experiment_by_name("nothing") is None

    def test_the_server_goes_away_in_the_middle(
        self, tracking_server: ScriptedServer, pauses: list[float]
    ) -> None:
        headrace.set_tracking_uri(tracking_server.url)
        run = headrace.start_run()
        headrace.log_metric("m", 1)
        headrace.flush()
        answer = tracking_server.answer
        tracking_server.answer = lambda request: Answer(drop=True)  # type: ignore[method-assign]

        headrace.log_metric("m", 2)
        with pytest.raises(TemporarilyUnavailable):
            headrace.log_metric("m", 3, synchronous=True)
        with pytest.raises(TemporarilyUnavailable):
            headrace.get_run(run.info.run_id)
        assert headrace.active_run() is run

        tracking_server.answer = answer  # type: ignore[method-assign]
        assert headrace.get_run(run.info.run_id).data.metrics == {"m": 2.0}
