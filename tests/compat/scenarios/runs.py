"""Runs: create, read, update, delete, restore and tag, with good and bad input."""

from __future__ import annotations

from typing import Any

from tests.compat.differences import UNCHECKED, UNREAD, WHOLE, Ours, accepted, coded, ours, refused
from tests.compat.exchange import Exchange, Scenario, get, post
from tests.compat.normalise import abbreviate
from tests.compat.scenarios.beginnings import T0, new_experiment, new_run, tag, unseen

CREATE = "runs/create"
GET = "runs/get"
UPDATE = "runs/update"
SET_TAG = "runs/set-tag"
DELETE_TAG = "runs/delete-tag"
ABSENT = "0123456789abcdef0123456789abcdef"

NO_EXPERIMENT = coded("INVALID_PARAMETER_VALUE")


def _create(ours: Ours | None = None, **fields: Any) -> Exchange:
    return post(CREATE, {"experiment_id": "$exp"} | fields, view=unseen, ours=ours)


def _start_time(body: Any) -> Any:
    return body["run"]["info"]["start_time"]


def _tags(body: Any) -> Any:
    return {t["key"]: t["value"] for t in body["run"]["data"].get("tags", [])}


def _name_and_tags(body: Any) -> Any:
    return {"run_name": body["run"]["info"].get("run_name"), "tags": _tags(body)}


def _is_random_name(body: Any) -> Any:
    name = body["run"]["info"]["run_name"]
    return {"words": len(name.split("-")), "tag agrees": _tags(body)["mlflow.runName"] == name}


SCENARIOS = [
    Scenario(
        "create and get",
        [
            new_experiment(),
            post(CREATE, {"experiment_id": "$exp"}, save={"run": "run.info.run_id"}),
            get(GET, {"run_id": "$run"}),
            get(GET, {"run_uuid": "$run"}),
            get(GET, {"run_id": "$run", "run_uuid": "something else"}),
            post(
                CREATE,
                {
                    "experiment_id": "$exp",
                    "user_id": "ann",
                    "start_time": T0,
                    "run_name": "a na\u00efve \u65e5\u672c run/with:all",
                    "tags": [
                        tag("mlflow.user", "ann"),
                        tag("mlflow.source.type", "LOCAL"),
                        tag("mlflow.source.name", "train.py"),
                        tag("mlflow.parentRunId", "$run"),
                        tag("mlflow.note.content", "what it is"),
                        tag("empty", ""),
                    ],
                },
                save={"run": "run.info.run_id"},
            ),
            get(GET, {"run_id": "$run"}),
        ],
    ),
    Scenario(
        "run name",
        [
            new_experiment(),
            post(CREATE, {"experiment_id": "$exp"}, view=_is_random_name),
            post(CREATE, {"experiment_id": "$exp", "run_name": ""}, view=_is_random_name),
            post(CREATE, {"experiment_id": "$exp", "run_name": "mine"}, view=_name_and_tags),
            post(
                CREATE,
                {"experiment_id": "$exp", "tags": [tag("mlflow.runName", "by tag")]},
                view=_name_and_tags,
            ),
            post(
                CREATE,
                {
                    "experiment_id": "$exp",
                    "run_name": "both",
                    "tags": [tag("mlflow.runName", "both")],
                },
                view=_name_and_tags,
            ),
            post(
                CREATE,
                {
                    "experiment_id": "$exp",
                    "run_name": "one",
                    "tags": [tag("mlflow.runName", "two")],
                },
                exact=True,
                label="conflict",
            ),
            post(
                CREATE,
                {"experiment_id": "$exp", "tags": [tag("mlflow.runName", "")]},
                view=_is_random_name,
                ours=accepted(
                    "An empty name gives a random one; MLflow trips over its database.",
                    {"words": 3, "tag agrees": True},
                ),
            ),
            post(CREATE, {"experiment_id": "$exp", "run_name": "x" * 250}, view=_name_and_tags),
            post(CREATE, {"experiment_id": "$exp", "run_name": "x" * 251}, view=_name_and_tags),
            post(CREATE, {"experiment_id": "$exp", "run_name": "x" * 9000}, view=_name_and_tags),
            post(CREATE, {"experiment_id": "$exp", "run_name": 5}),
        ],
    ),
    Scenario(
        "create with bad input",
        [
            new_experiment(),
            post(CREATE, {}, ours=NO_EXPERIMENT),
            post(CREATE, {"experiment_id": ""}, ours=NO_EXPERIMENT),
            post(CREATE, {"experiment_id": "777777777"}, exact=True),
            post(CREATE, {"experiment_id": "abc"}),
            post(CREATE, {"experiment_id": 5}),
            _create(start_time="yesterday"),
            _create(start_time=1.5, ours=UNREAD),
            _create(start_time=2**63, ours=UNREAD),
            _create(user_id=5, ours=UNREAD),
            _create(tags="a", ours=UNREAD),
            _create(tags={"a": "b"}, ours=UNREAD),
            _create(tags=[{"value": "no key"}], ours=UNCHECKED),
            _create(tags=[{"key": "", "value": "x"}], ours=UNCHECKED),
            _create(tags=[tag("k" * 251, "v")], ours=UNCHECKED),
            _create(tags=[tag("a", "1"), tag("a", "2")], ours=coded("INVALID_PARAMETER_VALUE")),
        ],
    ),
    Scenario(
        "create with odd input",
        [
            new_experiment(),
            *[
                post(CREATE, {"experiment_id": "$exp", "start_time": time}, view=_start_time)
                for time in ["1700000000000", 1700000000000.0, -5, None, 2**63 - 1]
            ],
            post(CREATE, {"experiment_id": "$exp", "tags": [{"key": "no value"}]}, view=_tags),
            post(CREATE, {"experiment_id": "$exp", "tags": [tag("../k", "v")]}, view=_tags),
            post(CREATE, {"experiment_id": "$exp", "tags": [tag("k", "v" * 8001)]}, view=_tags),
            post(
                CREATE,
                {"experiment_id": "$exp", "tags": [tag(f"t{i}", "v") for i in range(101)]},
                view=lambda body: len(_tags(body)),
                label="101 tags",
            ),
            post("runs/search", {"experiment_ids": ["$exp"]}, view=lambda b: len(b["runs"])),
        ],
    ),
    Scenario(
        "get with bad input",
        [
            get(GET, {"run_id": ABSENT}),
            get(GET, {"run_id": "absent"}, exact=True),
            get(GET, {"run_id": ""}, exact=True),
            get(GET, {"run_id": "x" * 300}),
            get(GET, {"run_uuid": "absent"}),
            get(GET, headers={"Content-Type": "application/json"}, exact=True),
            get(GET, {"nothing": "x"}),
        ],
    ),
    Scenario(
        "update",
        [
            new_experiment(),
            new_run(),
            post(UPDATE, {"run_id": "$run", "status": "FINISHED", "end_time": T0 + 5000}),
            get(GET, {"run_id": "$run"}),
            post(UPDATE, {"run_id": "$run", "status": "RUNNING"}),
            get(GET, {"run_id": "$run"}, label="running again keeps end_time"),
            *[
                post(UPDATE, {"run_id": "$run", "status": status})
                for status in ["FAILED", "KILLED", "SCHEDULED", 3, "3", 1]
            ],
            *[
                post(UPDATE, {"run_id": "$run", "status": status})
                for status in ["", 9, 0, None, ["FAILED"]]
            ],
            *[
                post(UPDATE, {"run_id": "$run", "status": status}, ours=UNREAD)
                for status in ["finished", "DONE", True]
            ],
            get(GET, {"run_id": "$run"}),
            post(UPDATE, {"run_id": "$run"}, label="nothing to change"),
            post(UPDATE, {"run_uuid": "$run", "status": "FAILED"}, label="by run_uuid"),
            post(UPDATE, {"run_id": "$run", "end_time": "1700000009000"}),
            post(UPDATE, {"run_id": "$run", "end_time": "later"}),
            post(UPDATE, {"run_id": "$run", "end_time": 1.5}, ours=UNREAD),
            post(
                UPDATE,
                {"run_id": "$run", "end_time": 0},
                ours=ours("The first moment of 1970 is one too.", body__run_info__end_time=0),
            ),
            post(UPDATE, {"run_id": "$run", "end_time": -1}),
            post(UPDATE, {}, exact=True),
            post(UPDATE, {"run_id": ABSENT, "status": "FAILED"}),
        ],
    ),
    Scenario(
        "rename",
        [
            new_experiment(),
            new_run(),
            post(UPDATE, {"run_id": "$run", "run_name": "second"}),
            get(GET, {"run_id": "$run"}, view=_name_and_tags),
            post(UPDATE, {"run_id": "$run", "run_name": ""}, label="empty name"),
            get(GET, {"run_id": "$run"}, view=_name_and_tags),
            post(SET_TAG, {"run_id": "$run", "key": "mlflow.runName", "value": "third"}),
            get(GET, {"run_id": "$run"}, view=_name_and_tags, label="renamed by tag"),
            post(SET_TAG, {"run_id": "$run", "key": "mlflow.runName", "value": ""}),
            get(GET, {"run_id": "$run"}, view=_name_and_tags, label="empty name tag"),
            post(DELETE_TAG, {"run_id": "$run", "key": "mlflow.runName"}),
            get(GET, {"run_id": "$run"}, view=_name_and_tags, label="name tag deleted"),
            post(
                "runs/log-batch",
                {"run_id": "$run", "tags": [tag("mlflow.runName", "by batch")]},
            ),
            get(GET, {"run_id": "$run"}, view=_name_and_tags, label="renamed by batch"),
            post(UPDATE, {"run_id": "$run", "run_name": "x" * 9000}),
            post(UPDATE, {"run_id": "$run", "run_name": 5}),
        ],
    ),
    Scenario(
        "delete and restore",
        [
            new_experiment(),
            new_run(),
            post("runs/delete", {"run_id": "$run"}),
            get(GET, {"run_id": "$run"}),
            post("runs/delete", {"run_id": "$run"}, label="delete twice"),
            post(SET_TAG, {"run_id": "$run", "key": "a", "value": "b"}, exact=True),
            post("runs/log-metric", {"run_id": "$run", "key": "a", "value": 1, "timestamp": T0}),
            post("runs/log-parameter", {"run_id": "$run", "key": "a", "value": "b"}),
            post("runs/log-batch", {"run_id": "$run", "params": [tag("a", "b")]}),
            post("runs/log-batch", {"run_id": "$run"}, label="empty batch"),
            post(UPDATE, {"run_id": "$run", "status": "FAILED"}),
            post(DELETE_TAG, {"run_id": "$run", "key": "mlflow.runName"}),
            post("runs/log-inputs", {"run_id": "$run", "datasets": []}),
            get("metrics/get-history", {"run_id": "$run", "metric_key": "a"}),
            get("artifacts/list", {"run_id": "$run"}),
            post("runs/restore", {"run_id": "$run"}),
            get(GET, {"run_id": "$run"}),
            post("runs/restore", {"run_id": "$run"}, label="restore twice"),
            post("runs/delete", {}, exact=True),
            post("runs/delete", {"run_id": ABSENT}),
            post(
                "runs/delete",
                {"run_uuid": "$run"},
                ours=refused("MLflow looks for a run without a name."),
            ),
            post("runs/delete", {"run_id": 5}),
            post("runs/restore", {}),
            post("runs/restore", {"run_id": ABSENT}),
        ],
    ),
    Scenario(
        "set tag",
        [
            new_experiment(),
            new_run(),
            post(SET_TAG, {"run_id": "$run", "key": "a", "value": "1"}),
            post(SET_TAG, {"run_id": "$run", "key": "a", "value": "2"}),
            post(SET_TAG, {"run_uuid": "$run", "key": "uuid", "value": "x"}),
            post(SET_TAG, {"run_id": "$run", "key": "empty", "value": ""}),
            post(SET_TAG, {"run_id": "$run", "key": "absent"}),
            post(
                SET_TAG,
                {"run_id": "$run", "key": "\u00fc n\u00ef/c-o.d_e:x", "value": "\U0001f600\n\t"},
            ),
            post(SET_TAG, {"run_id": "$run", "key": "k" * 250, "value": "v" * 8000}),
            get(GET, {"run_id": "$run"}, view=_tags, label="all tags"),
            post(SET_TAG, {"run_id": "$run", "value": "1"}, exact=True),
            post(SET_TAG, {"run_id": "$run", "key": "", "value": "1"}),
            post(SET_TAG, {"run_id": "$run", "key": None, "value": "1"}),
            post(SET_TAG, {"run_id": "$run", "key": 5, "value": "1"}),
            post(SET_TAG, {"run_id": "$run", "key": "n", "value": 5}),
            post(SET_TAG, {"run_id": "$run", "key": "n", "value": {"a": 1}}),
            post(SET_TAG, {"run_id": "$run", "key": "n", "value": None}),
            post(SET_TAG, {"run_id": "$run", "key": "k" * 251, "value": "v"}),
            post(SET_TAG, {"run_id": "$run", "key": "long", "value": "v" * 8001}),
            post(SET_TAG, {"run_id": "$run", "key": "..", "value": "v"}),
            post(SET_TAG, {"run_id": "$run", "key": "a/../b", "value": "v"}),
            post(SET_TAG, {"run_id": "$run", "key": "a//b", "value": "v"}),
            post(SET_TAG, {"run_id": "$run", "key": "a/", "value": "v"}),
            post(SET_TAG, {"run_id": "$run", "key": "/a", "value": "v"}),
            post(SET_TAG, {"run_id": "$run", "key": "a\\b", "value": "v"}),
            post(SET_TAG, {"run_id": "$run", "key": "a@b", "value": "v"}),
            post(SET_TAG, {"run_id": "$run", "key": "a,b", "value": "v"}),
            post(SET_TAG, {"run_id": ABSENT, "key": "a", "value": "v"}),
            post(SET_TAG, {"key": "a", "value": "v"}, exact=True),
            get(GET, {"run_id": "$run"}, view=lambda b: sorted(_tags(b)), label="kept tags"),
        ],
    ),
    Scenario(
        "tags longer than MLflow's limit",
        [
            new_experiment(),
            new_run("run", run_name="r"),
            post(SET_TAG, {"run_id": "$run", "key": "one", "value": "v" * 8001}),
            post("runs/log-batch", {"run_id": "$run", "tags": [tag("batch", "w" * 8001)]}),
            get(
                GET,
                {"run_id": "$run"},
                view=_tags,
                ours=ours(
                    WHOLE,
                    body__one=abbreviate("v" * 8001),
                    body__batch=abbreviate("w" * 8001),
                ),
            ),
        ],
    ),
    Scenario(
        "delete tag",
        [
            new_experiment(),
            new_run("run", tags=[tag("a", "1")]),
            post(DELETE_TAG, {"run_id": "$run", "key": "a"}),
            get(GET, {"run_id": "$run"}, view=_tags),
            post(DELETE_TAG, {"run_id": "$run", "key": "a"}, exact=True),
            post(DELETE_TAG, {"run_id": "$run"}),
            post(DELETE_TAG, {"key": "a"}),
            post(DELETE_TAG, {"run_id": ABSENT, "key": "a"}),
        ],
    ),
]
