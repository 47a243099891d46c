"""Metric points: what may be logged one by one and what a run shows as latest."""

from __future__ import annotations

from typing import Any

from tests.compat.differences import INFINITE, UNCHECKED, UNREAD, coded, ours, refused
from tests.compat.exchange import Exchange, Scenario, get, post
from tests.compat.scenarios.beginnings import T0, new_experiment, new_run, unseen

LOG = "runs/log-metric"
ABSENT = "0123456789abcdef0123456789abcdef"


def log(key: str, value: Any, timestamp: Any = T0, step: Any = 0, **options: Any) -> Exchange:
    """Log one point of `$run`."""
    body = {"run_id": "$run", "key": key, "value": value, "timestamp": timestamp, "step": step}
    return post(LOG, body, **options)


def latest(**options: Any) -> Exchange:
    """Read the latest metrics of `$run`."""
    return get("runs/get", {"run_id": "$run"}, view=_latest, **options)


def _latest(body: Any) -> Any:
    data = body["run"]["data"]
    return sorted(data.get("metrics", []), key=lambda metric: metric["key"])


def _of_model(body: Any) -> Any:
    return sorted(body["model"]["data"]["metrics"], key=lambda m: (m["key"], m["step"]))


def history(key: str, **options: Any) -> Exchange:
    """Read the points of one metric of `$run`."""
    return get("metrics/get-history", {"run_id": "$run", "metric_key": key}, **options)


SCENARIOS = [
    Scenario(
        "log and read",
        [
            new_experiment(),
            new_run(),
            log("loss", 0.5),
            log("loss", 0.25, T0 + 1, 1),
            post(LOG, {"run_uuid": "$run", "key": "acc", "value": 1, "timestamp": T0}),
            post(LOG, {"run_id": "$run", "key": "stepless", "value": 3.0, "timestamp": T0}),
            get("runs/get", {"run_id": "$run"}),
            history("loss"),
            history("acc"),
            log("val/loss x-y.z_1:2", 1.0),
            log("\u00fc n\u00efc\u00f6de", 1.0),
            log("k" * 250, 1.0),
            latest(label="all latest"),
        ],
    ),
    Scenario(
        "values",
        [
            new_experiment(),
            new_run(),
            log("int", 1),
            log("negative", -2.5),
            log("zero", 0),
            log("negative zero", -0.0),
            log("tiny", 5e-324),
            log("huge", 1.7976931348623157e308),
            log("third", 1 / 3),
            log("exponent", 1e21),
            log("big int", 2**53 + 1),
            log("text", "0.5"),
            log("text exponent", "1e3"),
            log("nan", "NaN"),
            latest(label="latest values"),
            *[history(key) for key in ["nan", "third", "tiny", "negative zero", "text exponent"]],
        ],
    ),
    Scenario(
        "infinities",
        [
            new_experiment(),
            new_run(),
            log("inf", "Infinity"),
            log("-inf", "-Infinity"),
            latest(
                ours=ours(INFINITE, body__0__value="-Infinity", body__1__value="Infinity"),
            ),
            history("inf", ours=ours(INFINITE, body__metrics__0__value="Infinity")),
            history("-inf", ours=ours(INFINITE, body__metrics__0__value="-Infinity")),
            post(
                "runs/log-batch",
                {
                    "run_id": "$run",
                    "metrics": [
                        {"key": "batch", "value": "Infinity", "timestamp": T0, "step": 0},
                        {"key": "batch", "value": "NaN", "timestamp": T0, "step": 1},
                        {"key": "batch", "value": "-Infinity", "timestamp": T0, "step": 2},
                    ],
                },
            ),
            history(
                "batch",
                ours=ours(
                    INFINITE,
                    body__metrics__0__value="Infinity",
                    body__metrics__2__value="-Infinity",
                ),
            ),
            log(
                "over",
                "1e999",
                ours=refused("A number that no float holds is a mistake, not an infinity."),
            ),
        ],
    ),
    Scenario(
        "steps and timestamps",
        [
            new_experiment(),
            new_run(),
            log("text", 1.0, "1700000000000", "7"),
            log("negative", 1.0, T0, -3),
            log("large", 1.0, T0, 2**63 - 1),
            log("small", 1.0, T0, -(2**63)),
            log("whole float", 1.0, 1.7e12, 4.0),
            log("old", 1.0, 1, 0),
            log("before", 1.0, -5, 0),
            log("null step", 1.0, T0, None),
            latest(label="latest"),
            log("word", 1.0, T0, "one"),
            log("word time", 1.0, "today", 1),
            log("empty", 1.0, T0, ""),
            log("zero time", 1.0, 0, 0),
        ],
    ),
    Scenario(
        "steps and timestamps that MLflow drops",
        [
            new_experiment(),
            new_run(),
            log("overflow", 1.0, T0, 2**63, ours=UNREAD),
            log("fraction", 1.0, T0, 1.5, ours=UNREAD),
            log("fraction time", 1.0, T0 + 0.5, 1, ours=UNREAD),
            log("bool", 1.0, T0, True, ours=UNREAD),
            log("value", True, T0, 1, ours=UNREAD),
            latest(ours=ours(UNREAD.reason, body=[])),
        ],
    ),
    Scenario(
        "latest",
        [
            new_experiment(),
            new_run(),
            log("by step", 1.0, T0, 5),
            log("by step", 2.0, T0 + 9, 3),
            log("by time", 1.0, T0 + 9, 5),
            log("by time", 2.0, T0, 5),
            log("by value", 3.0, T0, 5),
            log("by value", 2.0, T0, 5),
            log("nan first", "NaN", T0, 5),
            log("nan first", 2.0, T0, 5),
            log("nan last", 2.0, T0, 5),
            log("nan last", "NaN", T0, 5),
            log("nan and negative", -2.0, T0, 5),
            log("nan and negative", "NaN", T0, 5),
            log("nan later", 2.0, T0, 5),
            log("nan later", "NaN", T0, 6),
            log("negative step", 2.0, T0, -5),
            log("negative step", 1.0, T0, -6),
            log("nan twice", "NaN", T0, 5),
            log("nan twice", "NaN", T0, 5),
            log("zeros", 0.0, T0, 5),
            log("zeros", -0.0, T0, 5),
            latest(),
        ],
    ),
    Scenario(
        "the same point twice",
        [
            new_experiment(),
            new_run(),
            log("m", 1.0, T0, 5),
            log("m", 1.0, T0, 5),
            log("m", "NaN", T0, 5),
            log("m", "NaN", T0, 5),
            history("m", view=lambda b: sorted(str(p["value"]) for p in b["metrics"])),
        ],
    ),
    Scenario(
        "bad input",
        [
            new_experiment(),
            new_run(),
            post(LOG, {"run_id": "$run", "value": 1.0, "timestamp": T0}, exact=True),
            post(LOG, {"run_id": "$run", "key": "a", "timestamp": T0}, exact=True),
            post(LOG, {"run_id": "$run", "key": "a", "value": 1.0}, exact=True),
            post(LOG, {"key": "a", "value": 1.0, "timestamp": T0}, exact=True),
            log("", 1.0),
            log("a", None),
            log("a", 1.0, None),
            log("a", ""),
            log("a", "abc", label="word for a value"),
            log("a", "nan", label="small nan"),
            log("b", "inf", label="short infinity"),
            log("a", [1.0]),
            log("a", {"v": 1.0}),
            log(5, 1.0),  # type: ignore[arg-type]
            log("k" * 251, 1.0),
            log("../a", 1.0),
            log("a\nb", 1.0),
            log("a|b", 1.0),
            post(LOG, {"run_id": ABSENT, "key": "a", "value": 1.0, "timestamp": T0}),
            post(
                LOG, b'{"run_id": "x", "key": "a", "value": NaN, "timestamp": 1}', label="bare NaN"
            ),
            post(LOG, b'{"run_id": "x", "key": "a", "value": Infinity, "timestamp": 1}'),
            latest(
                label="written of these",
                ours=ours(
                    INFINITE + " A small nan is one, where MLflow stores 0 at the time 0.",
                    body__0__value="NaN",
                    body__0__timestamp=T0,
                    body__1__value="Infinity",
                ),
            ),
        ],
    ),
    Scenario(
        "model and data set of a point",
        [
            new_experiment(),
            new_run(),
            post(
                "logged-models",
                {"experiment_id": "$exp", "name": "m", "source_run_id": "$run"},
                save={"model": "model.info.model_id"},
            ),
            post(
                LOG,
                {
                    "run_id": "$run",
                    "key": "acc",
                    "value": 0.5,
                    "timestamp": T0,
                    "step": 1,
                    "model_id": "$model",
                    "dataset_name": "iris",
                    "dataset_digest": "abc",
                },
            ),
            post(
                LOG,
                {
                    "run_id": "$run",
                    "key": "acc",
                    "value": 0.7,
                    "timestamp": T0,
                    "step": 2,
                    "model_id": "$model",
                },
            ),
            post(
                LOG,
                {
                    "run_id": "$run",
                    "key": "acc",
                    "value": 0.9,
                    "timestamp": T0,
                    "step": 3,
                    "model_id": "m-absent",
                },
                label="absent model",
                ours=coded("RESOURCE_DOES_NOT_EXIST", 404),
            ),
            post(
                LOG,
                {
                    "run_id": "$run",
                    "key": "acc",
                    "value": 0.9,
                    "timestamp": T0,
                    "step": 5,
                    "dataset_name": "only name",
                },
            ),
            post(
                LOG,
                {
                    "run_id": "$run",
                    "key": "acc",
                    "value": 0.9,
                    "timestamp": T0,
                    "step": 6,
                    "model_id": 5,
                },
            ),
            latest(),
            history("acc"),
            get("logged-models/$model", view=_of_model),
            post(
                LOG,
                {
                    "run_id": "$run",
                    "key": "acc",
                    "value": 0.9,
                    "timestamp": T0,
                    "step": 4,
                    "dataset_name": "d" * 501,
                    "dataset_digest": "x",
                },
                label="long data set name",
                view=unseen,
                ours=UNCHECKED,
            ),
        ],
    ),
]
