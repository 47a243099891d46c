"""log-batch: limits, duplicates, and that a refused batch leaves nothing half written."""

from __future__ import annotations

from typing import Any

from tests.compat.differences import NULL_IS_ABSENT, UNREAD, accepted, ours
from tests.compat.exchange import OPTIONS, Exchange, Scenario, get, post
from tests.compat.scenarios.beginnings import T0, new_experiment, new_run, point, tag

BATCH = "runs/log-batch"
ABSENT = "0123456789abcdef0123456789abcdef"


def batch(run: str = "$run", /, **fields: Any) -> Exchange:
    """Log a batch; what `OPTIONS` names is said about the step."""
    options = {name: fields.pop(name) for name in OPTIONS if name in fields}
    return post(BATCH, {"run_id": run} | fields, **options)


def _sizes(body: Any) -> Any:
    return {name: len(items) for name, items in sorted(body["run"]["data"].items())}


def _keys(body: Any) -> Any:
    data = body["run"]["data"]
    return {name: sorted(item["key"] for item in data[name]) for name in sorted(data)}


_SIZES = get("runs/get", {"run_id": "$run"}, view=_sizes)
_KEYS = get("runs/get", {"run_id": "$run"}, view=_keys)

SCENARIOS = [
    Scenario(
        "log and read",
        [
            new_experiment(),
            new_run(),
            batch(
                metrics=[point("loss", 0.5), point("loss", 0.25, T0 + 1, 1), point("acc", 1)],
                params=[tag("lr", "0.1"), tag("empty", "")],
                tags=[tag("team", "red"), tag("mlflow.user", "ann")],
            ),
            get("runs/get", {"run_id": "$run"}),
            batch(),
            batch(metrics=[], params=[], tags=[]),
            batch(metrics=None, params=None, tags=None, ours=accepted(NULL_IS_ABSENT, {})),
            batch(metrics=[point("stepless", 1.0) | {"step": None}], label="null step"),
            batch(metrics=[{"key": "short", "value": 2.0, "timestamp": T0}], label="no step"),
            batch(metrics=[point("text", "0.5", "1700000000000", "3")], label="numbers as text"),
            batch(params=[{"key": "valueless"}], label="param without value"),
            batch(tags=[{"key": "valueless"}], label="tag without value"),
            get("runs/get", {"run_id": "$run"}, label="after more"),
        ],
    ),
    Scenario(
        "duplicates",
        [
            new_experiment(),
            new_run(),
            batch(params=[tag("a", "1"), tag("a", "1")], label="a param twice, same value"),
            batch(params=[tag("b", "1"), tag("b", "2")], label="a param twice, other value"),
            batch(params=[tag("c", "1")]),
            batch(params=[tag("c", "1"), tag("d", "1")], label="same value again"),
            batch(params=[tag("c", "2"), tag("e", "1")], exact=True, label="changed value"),
            batch(tags=[tag("t", "1"), tag("t", "2")], label="a tag twice"),
            batch(tags=[tag("t", "3")], label="a tag again"),
            batch(metrics=[point("m", 1.0), point("m", 1.0)], label="a point twice"),
            batch(metrics=[point("m", 1.0)], label="a point again"),
            batch(metrics=[point("m", 2.0), point("m", 1.0)], label="a new and an old point"),
            get("runs/get", {"run_id": "$run"}),
            get("metrics/get-history", {"run_id": "$run", "metric_key": "m"}),
        ],
    ),
    Scenario(
        "limits",
        [
            new_experiment(),
            new_run(),
            batch(metrics=[point("m", i, T0, i) for i in range(1000)], label="1000 metrics"),
            batch(metrics=[point("n", i, T0, i) for i in range(1001)], label="1001 metrics"),
            batch(params=[tag(f"p{i}", "v") for i in range(100)], label="100 params"),
            batch(params=[tag(f"q{i}", "v") for i in range(101)], label="101 params"),
            batch(tags=[tag(f"t{i}", "v") for i in range(100)], label="100 tags"),
            batch(tags=[tag(f"u{i}", "v") for i in range(101)], label="101 tags"),
            batch(
                metrics=[point("o", i, T0, i) for i in range(801)],
                params=[tag(f"r{i}", "v") for i in range(100)],
                tags=[tag(f"v{i}", "v") for i in range(100)],
                label="1001 together",
            ),
            batch(
                metrics=[point("o", i, T0, i) for i in range(800)],
                params=[tag(f"r{i}", "v") for i in range(100)],
                tags=[tag(f"v{i}", "v") for i in range(100)],
                label="1000 together",
            ),
            batch(tags=[tag("big", "x" * 1_000_001)], label="more than 1 MB"),
            _SIZES,
        ],
    ),
    Scenario(
        "half a batch",
        [
            new_experiment(),
            new_run(),
            batch(params=[tag("old", "1")]),
            batch(
                metrics=[point("m", 1.0)],
                params=[tag("new", "1"), tag("old", "2")],
                tags=[tag("t", "1")],
                label="conflicting param last",
            ),
            _KEYS,
            batch(
                metrics=[point("m", 1.0), point("n" * 251, 1.0)],
                params=[tag("new", "1")],
                tags=[tag("t", "1")],
                label="long metric key",
            ),
            _KEYS,
            batch(
                metrics=[point("m", 1.0)],
                params=[tag("new", "1")],
                tags=[tag("t", "1"), tag("u", "v" * 8001)],
                label="long tag",
            ),
            _KEYS,
            batch(
                metrics=[point("m", 1.0), {"key": "n", "value": 1.0}],
                params=[tag("new", "1")],
                label="metric without timestamp",
            ),
            batch(metrics=[point("m", 1.0), {"key": "n", "timestamp": T0}], exact=True),
            batch(metrics=[point("m", 1.0), {"value": 1.0, "timestamp": T0}], exact=True),
            batch(metrics=[point("m", 1.0)], params=[{"value": "x"}], exact=True),
            batch(metrics=[point("m", 1.0)], tags=[{"value": "x"}], exact=True),
            batch(metrics=[point("m", 1.0)], params=[tag("", "x")]),
            batch(metrics=[point("m", 1.0)], params=[tag("../up", "x")]),
            batch(metrics=[point("m", 1.0), point("../up", 1.0)]),
            batch(metrics=[point("m", 1.0), point("n", 1.0, -1)], label="negative timestamp"),
            _KEYS,
        ],
    ),
    Scenario(
        "wrong types",
        [
            new_experiment(),
            new_run(),
            batch(metrics=5),
            batch(metrics={"key": "m"}),
            batch(params="a"),
            batch(tags={"a": "b"}),
            batch(metrics=[point(5, 1.0)], label="number for a metric key"),  # type: ignore[arg-type]
            batch(metrics=[point("m", "abc")], label="word for a value", ours=UNREAD),
            batch(metrics=[point("m", 1.0, "today")], label="word for a timestamp", ours=UNREAD),
            batch(metrics=[point("m", 1.0, T0, 1.5)], label="fraction for a step", ours=UNREAD),
            batch(metrics=[point("m", None)], label="null value"),
            batch(metrics=[5], label="number for a metric"),
            batch(metrics=[None], label="null for a metric"),
            batch(params=[tag("p", 5)], label="number for a param value", ours=UNREAD),  # type: ignore[arg-type]
            batch(tags=[tag("t", 5)], label="number for a tag value", ours=UNREAD),  # type: ignore[arg-type]
            batch(params=["p"], label="text for a param"),
            post(BATCH, {"run_id": 5, "params": [tag("p", "1")]}, label="number for run_id"),
            get(
                "runs/get",
                {"run_id": "$run"},
                view=_keys,
                ours=ours("MLflow wrote what it could read.", body={"tags": ["mlflow.runName"]}),
            ),
        ],
    ),
    Scenario(
        "bad run",
        [
            post(BATCH, {"metrics": [point("m", 1.0)]}, exact=True),
            post(BATCH, {}, exact=True),
            batch("", params=[tag("p", "1")]),
            batch(ABSENT, params=[tag("p", "1")]),
            batch(ABSENT),
            batch("not-a-run", metrics=[point("m", 1.0)], exact=True),
        ],
    ),
]
