"""The ASGI application: bodies, headers, errors, and the calls about the server itself."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headrace.server import asgi, small_calls
from headrace.server.core import make_dispatch
from headrace.server.security import CROSS_ORIGIN, INVALID_HOST
from headrace.stores.remote import RemoteTrackingStore
from headrace.version import VERSION
from tests.unit.server_client import MLFLOW, Client, Request

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    client = Client(tmp_path)
    yield client
    client.close()


# --- bodies --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "Missing value for required parameter"),
        (b"{", "Missing value for required parameter"),
        (b"[1, 2]", "Missing value for required parameter"),
        (b"\xff\xfe", "Missing value for required parameter"),
        (b"[" * 100_000, "Missing value for required parameter"),
        (b'{"run_id": 5, "key": "a", "value": 1, "timestamp": 1}', "Invalid value 5 for parameter"),
        (b'{"run_id": "r", "key": "a", "value": [], "timestamp": 1}', "Invalid value [] for"),
        (b'{"run_id": "r", "key": "a", "value": 1}', "required parameter 'timestamp'"),
        (b'{"run_id": "r", "key": "a", "value": 1, "timestamp": 1e30}', "Invalid value 1e+30 for"),
    ],
)
def test_malformed_bodies_are_told_what_is_wrong(
    client: Client, body: bytes, expected: str
) -> None:
    answer = client.post("/runs/log-metric", body, headers=JSON)

    assert (answer.status, answer.error_code) == (400, "INVALID_PARAMETER_VALUE")
    assert expected in answer.message


def test_unknown_fields_are_ignored_and_double_encoding_is_undone(client: Client) -> None:
    fields = {"experiment_id": "0", "start_time": "17", "colour": "red"}

    for body in (fields, json.dumps(fields)):
        answer = client.post("/runs/create", body)
        assert answer.json["run"]["info"]["start_time"] == 17


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, "Content-Type header is missing"),
        ({"Content-Type": "text/plain"}, "Content-Type must be one of ['application/json']"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, "must be one of"),
    ],
)
def test_a_body_has_to_say_that_it_is_json(
    client: Client, headers: dict[str, str], expected: str
) -> None:
    answer = client.post("/runs/create", b'{"experiment_id": "0"}', headers=headers)

    assert (answer.status, answer.error_code) == (400, "INVALID_PARAMETER_VALUE")
    assert expected in answer.message


@pytest.mark.parametrize("value", ["application/json; charset=utf-8", "Application/JSON"])
def test_json_with_a_charset_is_json(client: Client, value: str) -> None:
    answer = client.post("/runs/create", b'{"experiment_id": "0"}', headers={"Content-Type": value})
    assert answer.status == 200


@pytest.mark.parametrize("path", ["/runs/log-batch", "/runs/create"])
def test_a_body_that_is_too_long_is_refused(
    client: Client, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asgi, "MAX_JSON_BYTES", 1000)
    body = b'{"run_id": "' + b"x" * 5000 + b'"}'

    for pieces in (1, 7):
        answer = client.post(path, body, headers=JSON, pieces=pieces)
        assert (answer.status, answer.error_code) == (400, "INVALID_PARAMETER_VALUE")
        assert "at most 1000 bytes" in answer.message


def test_a_body_in_pieces_is_put_together(client: Client) -> None:
    run_id = client.new_run()
    body = {"run_id": run_id, "key": "k" * 200, "value": 1.5, "timestamp": 1}

    assert client.post("/runs/log-metric", body, pieces=9).json == {}
    run = client.get(f"/runs/get?run_id={run_id}").json["run"]
    assert run["data"]["metrics"][0]["value"] == 1.5


def test_a_long_batch_is_stored_whole(client: Client) -> None:
    run_id = client.new_run()
    metrics = [{"key": f"k{n}", "value": n, "timestamp": 1} for n in range(1000)]
    body: dict[str, Any] = {"run_id": run_id, "metrics": metrics}

    assert len(json.dumps(body)) < small_calls.MAX_BYTES
    assert client.post("/runs/log-batch", body).json == {}
    body["metrics"] = []
    body["tags"] = [{"key": f"t{n}", "value": "x" * 8000} for n in range(9)]
    assert len(json.dumps(body)) > small_calls.MAX_BYTES
    assert client.post("/runs/log-batch", body).json == {}
    run = client.get(f"/runs/get?run_id={run_id}").json["run"]
    assert len(run["data"]["metrics"]) == 1000
    assert sum(tag["value"] == "x" * 8000 for tag in run["data"]["tags"]) == 9


def test_a_caller_that_goes_away_harms_nobody(client: Client) -> None:
    request = Request("POST", MLFLOW + "/runs/create", {"experiment_id": "0"})

    async def leave() -> list[Any]:
        messages = iter([{"type": "http.request", "body": b"{", "more_body": True}])
        sent: list[Any] = []

        async def receive() -> Any:
            return next(messages, {"type": "http.disconnect"})

        async def send(message: Any) -> None:
            sent.append(message)

        await client.application(request.scope(), receive, send)
        return sent

    assert asyncio.run(leave())[0]["status"] == 400
    assert client.get("/experiments/get?experiment_id=0").status == 200


# --- queries -------------------------------------------------------------------------------------


def test_a_get_takes_its_fields_from_query_or_body(client: Client) -> None:
    assert client.get("/experiments/get?experiment_id=0").json["experiment"]["name"] == "Default"
    answer = client.get("/experiments/get", body={"experiment_id": "0"})
    assert answer.json["experiment"]["name"] == "Default"
    assert "required parameter 'experiment_id'" in client.get("/experiments/get").message


def test_a_query_with_too_many_fields_is_refused(client: Client) -> None:
    answer = client.get("/experiments/get?" + "a=1&" * 20_000)

    assert (answer.status, answer.error_code) == (400, "INVALID_PARAMETER_VALUE")


# --- headers, hosts and origins ------------------------------------------------------------------


def test_answers_carry_mlflows_security_headers(client: Client) -> None:
    for answer in (
        client.get("/experiments/get?experiment_id=0"),
        client.get("/experiments/get?experiment_id=nope"),
        client.post("/runs/log-metric", {}),
        client.call("GET", "/health"),
    ):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "SAMEORIGIN"
        assert answer.headers["content-length"] == str(len(answer.body))


def test_a_foreign_host_is_refused_except_for_health_checks(client: Client) -> None:
    evil = {"Host": "evil.example.com"}

    answer = client.get("/experiments/get?experiment_id=0", headers=evil)
    assert (answer.status, answer.body.decode()) == (403, INVALID_HOST)
    assert client.call("GET", "/health", headers=evil).body == b"OK"
    assert client.call("GET", "/version", headers=evil).status == 200


def test_a_foreign_page_may_not_change_anything(client: Client) -> None:
    evil = {"Origin": "https://evil.example.com"}

    answer = client.post("/experiments/create", {"name": "x"}, headers=evil)
    assert (answer.status, answer.body.decode()) == (403, CROSS_ORIGIN)
    answer = client.get("/experiments/get?experiment_id=0", headers=evil)
    assert answer.status == 200
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_page_of_this_machine_may(client: Client) -> None:
    page = {"Origin": "http://localhost:3000"}

    for answer in (
        client.post("/experiments/create", {"name": "x"}, headers=page),
        client.post("/runs/log-metric", {}, headers=page),
        client.post("/runs/set-tag", {"run_id": client.new_run(), "key": "a"}, headers=page),
    ):
        assert answer.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
        assert answer.headers["Access-Control-Allow-Credentials"] == "true"


def test_preflights(client: Client) -> None:
    def ask(origin: str) -> Any:
        return client.call(
            "OPTIONS",
            MLFLOW + "/runs/create",
            headers={
                "Origin": origin,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "content-type, x-thing",
            },
        )

    allowed = ask("http://127.0.0.1:3000")
    assert allowed.status == 204
    assert "POST" in allowed.headers["Access-Control-Allow-Methods"]
    assert allowed.headers["Access-Control-Allow-Headers"] == "content-type, x-thing"
    assert allowed.headers["Access-Control-Allow-Origin"] == "http://127.0.0.1:3000"
    refused = ask("https://evil.example.com")
    assert refused.status == 403
    assert "Access-Control-Allow-Origin" not in refused.headers


def test_options_and_wrong_verbs_name_the_right_ones(client: Client) -> None:
    options = client.call("OPTIONS", MLFLOW + "/experiments/search")
    assert (options.status, options.headers["Allow"]) == (204, "GET, POST, OPTIONS")
    wrong = client.call("DELETE", MLFLOW + "/experiments/search")
    assert (wrong.status, wrong.headers["Allow"]) == (405, "GET, POST")


# --- errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("GET", "/api/3.0/mlflow/traces/tr-1"),
        ("POST", "/api/3.0/mlflow/traces/search"),
        ("POST", "/api/2.0/mlflow/traces"),
        ("POST", "/v1/traces"),
        ("POST", "/api/3.0/mlflow/scorers/register"),
        ("GET", "/ajax-api/2.0/mlflow/gateway-proxy"),
        ("GET", "/no/such/page"),
    ],
)
def test_calls_that_are_not_offered_name_the_compatibility_page(
    client: Client, verb: str, path: str
) -> None:
    answer = client.call(verb, path)

    assert (answer.status, answer.error_code) == (404, "ENDPOINT_NOT_FOUND")
    assert answer.headers["content-type"] == "application/json"
    assert path in answer.message
    assert "docs/compatibility.md" in answer.message


@pytest.mark.parametrize("path", ["/runs/get?run_id=x", "/runs/log-metric"])
def test_an_unforeseen_failure_is_logged_and_not_shown(
    tmp_path: Path, path: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("the secret reason")

    monkeypatch.setattr("headrace.stores.sql.tracking.SqlTrackingStore.get_run", fail)
    monkeypatch.setattr("headrace.server.asgi.decode", fail)
    client = Client(tmp_path)
    verb, body = ("GET", None) if "get" in path else ("POST", {})
    with caplog.at_level(logging.ERROR, "headrace.server"):
        answer = client.call(verb, MLFLOW + path, body)
    client.close()

    assert (answer.status, answer.error_code) == (500, "INTERNAL_ERROR")
    assert "secret" not in answer.body.decode()
    assert "Traceback" not in answer.body.decode()
    assert "the secret reason" in caplog.text
    assert answer.message.split()[-1].rstrip(".") in caplog.text


def test_dispatch_without_sockets_fails_the_same_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise RuntimeError("the secret reason")

    client = Client(tmp_path)
    monkeypatch.setattr(client.store, "get_run", fail, raising=False)
    status, body = make_dispatch(client.store)("GET", "/api/2.0/mlflow/runs/get?run_id=x", None)
    client.close()

    assert status == 500
    assert b"INTERNAL_ERROR" in body
    assert b"secret" not in body


def test_a_remote_store_on_dispatch_is_the_whole_stack(tmp_path: Path) -> None:
    from headrace.api import tracking as api

    client = Client(tmp_path)
    store = RemoteTrackingStore(make_dispatch(client.store))
    created = store.create_experiment(api.CreateExperiment(name="é/ü"))

    request = api.GetExperimentByName(experiment_name="é/ü")
    found = store.get_experiment_by_name(request).experiment
    assert found.experiment_id == created.experiment_id
    client.close()


# --- the server about itself ---------------------------------------------------------------------


def test_health_and_version(client: Client) -> None:
    health, version = client.call("GET", "/health"), client.call("GET", "/version")

    assert (health.status, health.body) == (200, b"OK")
    assert health.headers["content-type"] == "text/plain; charset=utf-8"
    assert version.body.decode() == VERSION


@pytest.mark.parametrize("base", ["/api", "/ajax-api"])
def test_server_info_has_mlflows_fields_and_ours(client: Client, base: str) -> None:
    info = client.call("GET", base + "/3.0/mlflow/server-info").json

    assert info["headrace"] == {
        "version": VERSION,
        "client_run_ids": True,
        "journals": True,
        "artifacts": True,
        "sign_in": "none",
        "address": "http://127.0.0.1:5000",
    }
    assert set(info) - {"headrace"} == {
        "store_type",
        "workspaces_enabled",
        "trace_archival_enabled",
        "multipart_uploads_enabled",
        "multipart_downloads_enabled",
        "presigned_upload_run_id_supported",
        "presigned_upload_model_id_supported",
        "features_enabled",
    }


def test_the_first_page_gives_three_lines_with_its_own_address(tmp_path: Path) -> None:
    client = Client(tmp_path, prefix="/tracking")
    headers = {"Host": "mlflow:8080", "X-Forwarded-Proto": "https"}

    page = client.call("GET", "/tracking/", headers=headers)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert 'set_tracking_uri("https://mlflow:8080/tracking")' in page.body.decode()
    client.close()


def test_the_first_page_escapes_what_a_caller_says(client: Client) -> None:
    page = client.call("GET", "/", headers={"X-Forwarded-Host": '"><script>alert(1)</script>'})

    assert b"<script>" not in page.body


def test_a_websocket_is_closed(client: Client) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    asyncio.run(client.application({"type": "websocket"}, receive, send))
    assert sent == [{"type": "websocket.close", "code": 1000}]
