"""Logged models: create, finalise, read, tag, params, delete, artifacts."""

from __future__ import annotations

from typing import Any

from tests.compat.differences import IDEMPOTENT, UNCHECKED, UNREAD, Ours, accepted, coded, ours
from tests.compat.exchange import Exchange, Scenario, get, post, send
from tests.compat.scenarios.beginnings import T0, new_experiment, new_run, tag, unseen

MODELS = "logged-models"
ONE = "logged-models/$model"
ABSENT = "logged-models/m-0123456789abcdef0123456789abcdef"

NAN = "NaN comes back as NaN, as from runs; MLflow stores 0."
TWICE = coded("INVALID_PARAMETER_VALUE")
BY_PATH = "The path names the model; what the body says of its id is not needed."


def _new(**fields: Any) -> Exchange:
    body = {"experiment_id": "$exp", "name": "m"} | fields
    return post(MODELS, body, save={"model": "model.info.model_id"})


def _create(ours: Ours, **fields: Any) -> Exchange:
    body = {"experiment_id": "$exp", "name": "m"} | fields
    return post(MODELS, body, view=unseen, ours=ours)


def _finalize(status: Any, **options: Any) -> Exchange:
    return send("PATCH", ONE, {"model_id": "$model", "status": status}, **options)


def _tag(*tags: Any, **options: Any) -> Exchange:
    return send("PATCH", ONE + "/tags", {"model_id": "$model", "tags": list(tags)}, **options)


def _params(*params: Any, **options: Any) -> Exchange:
    return post(ONE + "/params", {"model_id": "$model", "params": list(params)}, **options)


def _words(body: Any) -> Any:
    return {
        "words": len(body["model"]["info"]["name"].split("-")),
        "fields": sorted(body["model"]["info"]),
    }


def _tag_keys(body: Any) -> Any:
    """Return the keys of the tags, without those that only MLflow takes."""
    keys = (tag["key"] for tag in body["model"]["info"]["tags"])
    return sorted(key for key in keys if 0 < len(key) <= 250)


def _param_keys(body: Any) -> Any:
    """Return the keys of the params, without those that only one of the two takes."""
    keys = (param["key"] for param in body["model"]["data"]["params"])
    return sorted(key for key in keys if 0 < len(key) <= 250 and key not in {"c", "e"})


def _metrics(body: Any) -> Any:
    return sorted(body["model"]["data"]["metrics"], key=lambda m: (m["key"], m["step"]))


def _status(body: Any) -> Any:
    return body["model"]["info"]["status"]


SCENARIOS = [
    Scenario(
        "create and get",
        [
            new_experiment(),
            new_run(),
            post(MODELS, {"experiment_id": "$exp"}, view=_words, label="a random name"),
            _new(),
            get(ONE),
            _new(
                name="all of it",
                model_type="classifier",
                source_run_id="$run",
                params=[tag("depth", "3"), tag("empty", "")],
                tags=[tag("team", "red"), tag("empty", "")],
            ),
            get(ONE),
            _new(name="all of it"),
            get("runs/get", {"run_id": "$run"}),
        ],
    ),
    Scenario(
        "create with bad input",
        [
            new_experiment(),
            post(MODELS, {}, exact=True),
            post(MODELS, {"experiment_id": "777777777"}),
            post(MODELS, {"experiment_id": "abc"}),
            post(MODELS, {"experiment_id": 5}),
            _new(name=""),
            _new(name=5),
            _new(name="a/b"),
            _new(name="a:b"),
            _new(name="a.b"),
            _new(name="a%b"),
            _new(name='a"b'),
            _new(name="a'b"),
            _new(name="n" * 500),
            _new(name="n" * 501),
            _new(source_run_id="no such run"),
            _new(params=5),
            _new(params=[{"key": "no value"}]),
            _new(params=[tag("k", "v" * 6001)]),
            _new(tags=[tag("k", "v" * 8001)]),
            _create(params=[{"value": "x"}], ours=UNCHECKED),
            _create(params=[tag("k" * 251, "v")], ours=UNCHECKED),
            _create(tags=[{"value": "x"}], ours=UNCHECKED),
            _create(tags=[tag("k" * 251, "v")], ours=UNCHECKED),
            _create(params=[tag("a", "1"), tag("a", "1")], ours=TWICE),
            _create(tags=[tag("a", "1"), tag("a", "2")], ours=TWICE),
            _new(model_type="t" * 501),
            post("experiments/delete", {"experiment_id": "$exp"}),
            _new(),
        ],
    ),
    Scenario(
        "finalise",
        [
            new_experiment(),
            _new(),
            _finalize(2),
            get(ONE),
            _finalize("LOGGED_MODEL_UPLOAD_FAILED"),
            _finalize(3),
            _finalize(1),
            _finalize("2"),
            _finalize(
                "READY",
                view=_status,
                ours=ours("MLflow's own entities say READY.", body="LOGGED_MODEL_READY"),
            ),
            _finalize(0),
            _finalize(9, view=unseen, ours=UNREAD),
            _finalize(None),
            _finalize(""),
            _finalize(True, view=unseen, ours=UNREAD),
            send(
                "PATCH",
                ONE,
                {"status": 2},
                label="no model_id",
                view=_status,
                ours=accepted(BY_PATH, "LOGGED_MODEL_READY"),
            ),
            send("PATCH", ONE, {"model_id": "$model"}, label="no status"),
            send("PATCH", ONE, {}),
            send("PATCH", ABSENT, {"model_id": ABSENT.rpartition("/")[2], "status": 2}),
            send(
                "PATCH",
                ONE,
                {"model_id": ABSENT.rpartition("/")[2], "status": 3},
                label="another id in the body",
                view=_status,
                ours=accepted(BY_PATH, "LOGGED_MODEL_UPLOAD_FAILED"),
            ),
            _finalize(1),
            get(ONE),
        ],
    ),
    Scenario(
        "get with bad input",
        [
            get(ABSENT, exact=True),
            get("logged-models/abc"),
            get("logged-models/"),
            get("logged-models"),
            send("PUT", ABSENT, {}),
        ],
    ),
    Scenario(
        "tags",
        [
            new_experiment(),
            _new(tags=[tag("a", "1")]),
            _tag(tag("a", "2"), tag("b", "")),
            get(ONE),
            _tag(tag("c", "1"), tag("c", "2"), label="a tag twice"),
            _tag(),
            send("PATCH", ONE + "/tags", {"tags": [tag("d", "no id in the body")]}),
            send("PATCH", ONE + "/tags", {"tags": 5}),
            _tag({"value": "x"}, label="no key", ours=UNCHECKED),
            _tag({"key": "valueless"}),
            _tag(tag("k" * 251, "v"), ours=UNCHECKED),
            _tag(tag("k", "v" * 8001)),
            _tag(tag("../up", "v"), label="climbing key"),
            send("PATCH", ABSENT + "/tags", {"tags": [tag("a", "1")]}),
            get(ONE, view=_tag_keys),
            send("DELETE", ONE + "/tags/a"),
            send("DELETE", ONE + "/tags/a", label="delete twice"),
            send("DELETE", ABSENT + "/tags/a"),
            get(ONE, view=_tag_keys),
        ],
    ),
    Scenario(
        "params",
        [
            new_experiment(),
            _new(params=[tag("a", "1")]),
            _params(tag("b", "2"), tag("empty", "")),
            get(ONE, view=lambda b: b["model"]["data"]),
            _params(tag("b", "2"), label="same value", ours=accepted(IDEMPOTENT, {})),
            _params(tag("b", "3"), label="other value", ours=coded("INVALID_PARAMETER_VALUE")),
            _params(
                tag("a", "1"),
                tag("c", "1"),
                label="an old and a new one",
                ours=accepted(IDEMPOTENT, {}),
            ),
            _params(tag("d", "1"), tag("d", "2"), label="a param twice", ours=TWICE),
            _params(),
            _params({"value": "x"}, label="no key", ours=UNCHECKED),
            _params({"key": "valueless"}),
            _params(tag("k" * 251, "v"), ours=UNCHECKED),
            _params(tag("long", "v" * 6001), label="long param"),
            post(
                ONE + "/params",
                {"params": [tag("e", "1")]},
                label="no model_id in the body",
                ours=accepted(BY_PATH, {}),
            ),
            post(ABSENT + "/params", {"model_id": "x", "params": [tag("e", "1")]}),
            get(ONE, view=_param_keys, label="kept params"),
        ],
    ),
    Scenario(
        "delete",
        [
            new_experiment(),
            _new(),
            send("DELETE", ONE),
            get(ONE, exact=True),
            get(ONE, {"allow_deleted": "true"}, label="allow_deleted"),
            get(ONE, {"allow_deleted": "false"}),
            send("DELETE", ONE, label="delete twice"),
            send("DELETE", ABSENT),
            _finalize(2),
            _tag(tag("a", "1")),
            _params(tag("a", "1")),
            post("logged-models/search", {"experiment_ids": ["$exp"]}),
        ],
    ),
    Scenario(
        "metrics",
        [
            new_experiment(),
            new_run(),
            _new(source_run_id="$run"),
            *[
                post(
                    "runs/log-metric",
                    {
                        "run_id": "$run",
                        "key": key,
                        "value": value,
                        "timestamp": T0 + step,
                        "step": step,
                        "model_id": "$model",
                    }
                    | more,
                )
                for key, value, step, more in [
                    ("acc", 0.5, 0, {}),
                    ("acc", 0.7, 1, {}),
                    ("acc", 0.6, 2, {"dataset_name": "iris", "dataset_digest": "d"}),
                    ("loss", "NaN", 0, {}),
                    ("inf", 1e300, 0, {}),
                ]
            ],
            get(
                ONE,
                view=_metrics,
                label="all metrics",
                ours=ours(NAN, body__4__value="NaN"),
            ),
            post(
                "runs/log-batch",
                {
                    "run_id": "$run",
                    "metrics": [
                        {
                            "key": "batch",
                            "value": 1.0,
                            "timestamp": T0,
                            "step": 0,
                            "model_id": "$model",
                        },
                        {
                            "key": "batch",
                            "value": 2.0,
                            "timestamp": T0,
                            "step": 1,
                            "model_id": "$model",
                            "dataset_name": "iris",
                            "dataset_digest": "d",
                        },
                    ],
                },
            ),
            get(
                ONE,
                view=_metrics,
                label="after a batch",
                ours=ours(NAN, body__6__value="NaN"),
            ),
            get("metrics/get-history", {"run_id": "$run", "metric_key": "acc"}),
            post(
                "runs/log-metric",
                {
                    "run_id": "$run",
                    "key": "acc",
                    "value": 0.1,
                    "timestamp": T0,
                    "step": 0,
                    "model_id": "$model",
                    "dataset_name": "wine",
                    "dataset_digest": "d",
                },
                label="another value of the same moment",
                ours=accepted("Points of one moment are told apart by value and data set.", {}),
            ),
        ],
    ),
    Scenario(
        "artifacts",
        [
            new_experiment(),
            _new(),
            get(ONE + "/artifacts/directories"),
            get(ONE + "/artifacts/directories", {"artifact_directory_path": "none"}),
            get(ONE + "/artifacts/directories", {"artifact_directory_path": "../.."}),
            get(ABSENT + "/artifacts/directories"),
            get("/ajax-api/2.0/mlflow/logged-models/$model/artifacts/files"),
            get(
                "/ajax-api/2.0/mlflow/logged-models/$model/artifacts/files",
                {"artifact_file_path": "absent"},
            ),
            get(
                "/ajax-api/2.0/mlflow/logged-models/$model/artifacts/files",
                {"artifact_file_path": "../../x"},
            ),
        ],
    ),
]
