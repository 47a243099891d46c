"""The protocol around the calls: health, headers, content types, hosts, origins, unknown routes."""

from __future__ import annotations

from typing import Any

from tests.compat.differences import NOT_OFFERED, accepted, ours, refused
from tests.compat.exchange import AJAX, API, Exchange, Scenario, get, post, send
from tests.compat.scenarios.beginnings import T0, unseen

JSON = {"Content-Type": "application/json"}
SECURITY = ("x-content-type-options", "x-frame-options")
CORS = ("access-control-allow-origin",)
CREATE = API + "experiments/create"

PLAIN = ours("A version is plain text, no page.", mime="text/plain")

BLOCKED = "Cross-origin request blocked"


def _with(headers: dict[str, str], name: str, **options: Any) -> Exchange:
    body = {"name": f"$unique {name}"}
    return send("POST", CREATE, body, headers=headers, **options)


SCENARIOS = [
    Scenario(
        "health and version",
        [
            get("/health", show=SECURITY),
            get("/version", show=SECURITY, ours=PLAIN),
            send("HEAD", "/health", headers={}),
            send("POST", "/health", {}),
            get(
                "/api/3.0/mlflow/server-info",
                view=lambda b: [b["store_type"], b["workspaces_enabled"]],
            ),
            get("/ajax-api/3.0/mlflow/server-info", view=lambda b: b["store_type"]),
            get("/", view=lambda _: None, show=SECURITY, label="start page"),
        ],
    ),
    Scenario(
        "headers of answers",
        [
            post(
                "experiments/create",
                {"name": "$unique"},
                show=SECURITY,
                save={"exp": "experiment_id"},
            ),
            get("experiments/get", {"experiment_id": "$exp"}, show=SECURITY),
            get("experiments/get", {"experiment_id": "777777777"}, show=SECURITY),
            get("/no/such/page", show=SECURITY),
        ],
    ),
    Scenario(
        "content types",
        [
            _with({}, "none", exact=True, label="missing"),
            _with({"Content-Type": ""}, "empty", label="empty"),
            _with({"Content-Type": "text/plain"}, "plain", exact=True),
            _with({"Content-Type": "application/x-www-form-urlencoded"}, "form"),
            _with({"Content-Type": "application/json; charset=utf-8"}, "charset"),
            _with({"Content-Type": "application/json;charset=UTF-8"}, "charset2"),
            _with(
                {"Content-Type": "APPLICATION/JSON"},
                "upper",
                view=unseen,
                ours=accepted("Media types are written in any case.", None),
            ),
            _with({"Content-Type": "application/json-patch+json"}, "patch"),
            _with({"Content-Type": "text/json"}, "text json"),
            send("GET", "experiments/search", headers={}, label="GET without content type"),
            send("DELETE", "logged-models/m-x", headers={}, label="DELETE without content type"),
        ],
    ),
    Scenario(
        "bodies that are no object",
        [
            *[
                send("POST", CREATE, raw, headers=JSON)
                for raw in [
                    b"",
                    b"{",
                    b"null",
                    b"not json",
                    b"\xff\xfe",
                    b'{"name": "x"',
                    b"{'name': 'x'}",
                ]
            ],
            *[
                send("POST", CREATE, raw, headers=JSON, label=raw.decode())
                for raw in [
                    b"[]",
                    b"5",
                    b"true",
                    b'""',
                    b'["name"]',
                    b'"text"',
                    b"\xef\xbb\xbf{}"[3:],
                ]
            ],
            send(
                "POST",
                CREATE,
                b'"{\\"name\\": \\"$unique\\"}"',
                headers=JSON,
                label="encoded twice",
                view=lambda b: sorted(b),
            ),
            send("POST", CREATE, b'{"name": "\\ud800"}', headers=JSON, label="lone surrogate"),
            send(
                "POST",
                CREATE,
                b'{"name": "$unique a\\u0000b"}',
                headers=JSON,
                label="NUL",
                view=unseen,
                ours=refused("No PostgreSQL text holds NUL."),
            ),
            send("POST", CREATE, b'{"name": "", "name": ""}', headers=JSON, label="a name twice"),
            send("POST", API + "runs/log-batch", b"[]", headers=JSON, label="batch of a list"),
            send("POST", API + "runs/log-batch", b"not json", headers=JSON, label="batch no json"),
        ],
    ),
    Scenario(
        "unknown routes and verbs",
        [
            post("no/such/call", {}, label="unknown call"),
            get("experiments/list", label="a call of MLflow 1"),
            post("experiments/list", {}, label="a call of MLflow 1 by POST"),
            send("PUT", "experiments/create", {}, label="PUT"),
            send("GET", "experiments/create", headers={}, label="GET of a POST call"),
            send("POST", "experiments/get", {}, label="POST of a GET call"),
            send("POST", "experiments/create/", {"name": "$unique"}, label="trailing slash"),
            send(
                "POST",
                "//api/2.0/mlflow/experiments/create",
                {"name": "$unique"},
                label="two slashes",
                view=unseen,
                ours=refused("A path is taken as it is written.", "ENDPOINT_NOT_FOUND", 404),
            ),
            send(
                "POST",
                "/api/2.0/preview/mlflow/experiments/create",
                {"name": "$unique"},
                label="preview",
            ),
            send(
                "POST", "/api/3.0/mlflow/experiments/create", {"name": "$unique"}, label="version 3"
            ),
            send(
                "POST",
                "/API/2.0/mlflow/experiments/create",
                {"name": "$unique"},
                label="upper case",
            ),
            get("/static-files/../../etc/passwd", label="static files"),
            send("OPTIONS", "experiments/create", headers={}, label="OPTIONS"),
        ],
    ),
    Scenario(
        "origins",
        [
            *[
                _with(JSON | {"Origin": origin}, f"o{i}", show=CORS)
                for i, origin in enumerate(
                    [
                        "http://localhost:3000",
                        "http://127.0.0.1:8080",
                        "http://[::1]:9",
                        "null",
                        "http://evil.example",
                        "https://localhost.evil.example",
                        "http://192.168.1.5",
                    ]
                )
            ],
            _with(
                JSON | {"Origin": "https://localhost"},
                "tls",
                show=CORS,
                ours=ours(
                    "Who may call may also read the answer.",
                    **{"headers/access-control-allow-origin": "https://localhost"},
                ),
            ),
            send(
                "PATCH", "logged-models/m-x", {}, headers=JSON | {"Origin": "http://evil.example"}
            ),
            send("DELETE", "logged-models/m-x", headers={"Origin": "http://evil.example"}),
            get(
                "experiments/get",
                {"experiment_id": "0"},
                headers={"Origin": "http://evil.example"},
                show=CORS,
                label="GET from elsewhere",
            ),
            send(
                "POST",
                AJAX + "experiments/create",
                {"name": "$unique ajax"},
                headers=JSON | {"Origin": "http://evil.example"},
            ),
            send(
                "OPTIONS",
                "experiments/create",
                headers={
                    "Origin": "http://localhost:3000",
                    "Access-Control-Request-Method": "POST",
                },
                show=CORS,
                label="preflight from here",
                ours=ours("A preflight is answered without content.", status=204, body=None),
            ),
            send(
                "OPTIONS",
                "experiments/create",
                headers={"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"},
                show=CORS,
                label="preflight from elsewhere",
                ours=ours(
                    "The answer to the request itself says the same.",
                    status=403,
                    body__text=BLOCKED,
                ),
            ),
        ],
    ),
    Scenario(
        "hosts",
        [
            *[
                get(
                    "experiments/get",
                    {"experiment_id": "0"},
                    headers={"Host": host},
                    view=lambda _: "ok",
                    label=f"host {host}",
                )
                for host in [
                    "localhost",
                    "localhost:5000",
                    "127.0.0.1",
                    "127.0.0.1:9999",
                    "[::1]",
                    "[::1]:80",
                    "0.0.0.0:80",
                    "192.168.1.5",
                    "10.0.0.1:5000",
                    "172.16.0.1",
                    "evil.example",
                    "evil.example:5000",
                    "localhost.evil.example",
                ]
            ],
            *[
                get(
                    "experiments/get",
                    {"experiment_id": "0"},
                    headers={"Host": host},
                    view=lambda _: "ok",
                    label=f"host {host}",
                    ours=accepted("Rebinding needs a name; an address cannot be rebound.", "ok"),
                )
                for host in ["172.32.0.1", "8.8.8.8"]
            ],
            get(
                "experiments/get",
                {"experiment_id": "0"},
                headers={"Host": "LOCALHOST"},
                view=lambda _: "ok",
                ours=accepted("Names of hosts are written in any case.", "ok"),
            ),
            get("/health", headers={"Host": "evil.example"}, label="health of a foreign host"),
            get(
                "/version",
                headers={"Host": "evil.example"},
                label="version of a foreign host",
                ours=PLAIN,
            ),
            get("/", headers={"Host": "evil.example"}, label="page of a foreign host"),
        ],
    ),
    Scenario(
        "GenAI calls",
        [
            send(
                "POST",
                "/api/3.0/mlflow/traces",
                {"trace": {}},
                label="start a trace",
                ours=NOT_OFFERED,
            ),
            send(
                "POST",
                "/api/3.0/mlflow/traces/search",
                {"locations": []},
                label="search traces",
                ours=NOT_OFFERED,
            ),
            send(
                "POST",
                "/api/2.0/mlflow/traces",
                {},
                label="start a trace, version 2",
                ours=NOT_OFFERED,
            ),
            send(
                "GET",
                "/api/3.0/mlflow/traces/tr-x",
                headers={},
                label="get a trace",
                ours=NOT_OFFERED,
            ),
            send(
                "POST",
                "/v1/traces",
                b"",
                headers={"Content-Type": "application/x-protobuf"},
                label="OTLP",
                ours=NOT_OFFERED,
            ),
            send(
                "GET",
                "/api/3.0/mlflow/scorers/list",
                headers=JSON,
                label="scorers",
                ours=NOT_OFFERED,
            ),
        ],
    ),
    Scenario(
        "under ajax-api",
        [
            send(
                "POST",
                AJAX + "experiments/create",
                {"name": "$unique"},
                save={"exp": "experiment_id"},
            ),
            send("GET", AJAX + "experiments/get", headers={}, query=(("experiment_id", "$exp"),)),
            send(
                "GET",
                AJAX + "experiments/get-by-name",
                headers={},
                query=(("experiment_name", "$unique"),),
            ),
            send(
                "POST",
                AJAX + "experiments/search",
                {"max_results": 1, "filter": "name = '$unique'"},
            ),
            send(
                "POST",
                AJAX + "experiments/update",
                {"experiment_id": "$exp", "new_name": "$unique b"},
            ),
            send(
                "POST",
                AJAX + "experiments/set-experiment-tag",
                {"experiment_id": "$exp", "key": "a", "value": "b"},
            ),
            send(
                "POST",
                AJAX + "runs/create",
                {"experiment_id": "$exp", "run_name": "r", "start_time": T0},
                save={"run": "run.info.run_id"},
            ),
            send(
                "POST",
                AJAX + "runs/log-metric",
                {"run_id": "$run", "key": "m", "value": 1.0, "timestamp": T0, "step": 0},
            ),
            send("POST", AJAX + "runs/log-parameter", {"run_id": "$run", "key": "p", "value": "v"}),
            send("POST", AJAX + "runs/set-tag", {"run_id": "$run", "key": "t", "value": "v"}),
            send("POST", AJAX + "runs/log-batch", {"run_id": "$run"}),
            send("GET", AJAX + "runs/get", headers={}, query=(("run_id", "$run"),)),
            send("POST", AJAX + "runs/search", {"experiment_ids": ["$exp"]}),
            send(
                "GET",
                AJAX + "metrics/get-history",
                headers={},
                query=(("run_id", "$run"), ("metric_key", "m")),
            ),
            send("GET", AJAX + "artifacts/list", headers={}, query=(("run_id", "$run"),)),
            send(
                "POST",
                AJAX + "runs/update",
                {"run_id": "$run", "status": "FINISHED", "end_time": T0},
            ),
            send("POST", AJAX + "runs/delete", {"run_id": "$run"}),
            send("POST", AJAX + "runs/restore", {"run_id": "$run"}),
            send("POST", AJAX + "runs/delete-tag", {"run_id": "$run", "key": "t"}),
            send(
                "POST",
                AJAX + "logged-models",
                {"experiment_id": "$exp", "name": "m"},
                save={"model": "model.info.model_id"},
            ),
            send("GET", AJAX + "logged-models/$model", headers={}),
            send("POST", AJAX + "logged-models/search", {"experiment_ids": ["$exp"]}),
            send("POST", AJAX + "experiments/delete", {"experiment_id": "$exp"}),
            send("POST", AJAX + "experiments/restore", {"experiment_id": "$exp"}),
        ],
    ),
]
