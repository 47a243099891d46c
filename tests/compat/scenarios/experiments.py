"""Experiments: create, read, rename, delete, restore and tag, with good and bad input."""

from __future__ import annotations

from typing import Any

from tests.compat.differences import coded, refused
from tests.compat.exchange import Scenario, get, post, send
from tests.compat.scenarios.beginnings import new_experiment, new_run, tag

CREATE = "experiments/create"
GET = "experiments/get"
BY_NAME = "experiments/get-by-name"
UPDATE = "experiments/update"
DELETE = "experiments/delete"
RESTORE = "experiments/restore"
SET_TAG = "experiments/set-experiment-tag"
DELETE_TAG = "experiments/delete-experiment-tag"
JSON = {"Content-Type": "application/json"}


def _tags_by_key(body: Any) -> Any:
    return {t["key"]: t["value"] for t in body["experiment"].get("tags", [])}


SCENARIOS = [
    Scenario(
        "create and get",
        [
            post(CREATE, {"name": "$unique"}, save={"exp": "experiment_id"}),
            get(GET, {"experiment_id": "$exp"}),
            get(BY_NAME, {"experiment_name": "$unique"}),
            post(
                CREATE,
                {
                    "name": "$unique/deep \u65e5\u672c\u8a9e '\"%_ \U0001f600",
                    "tags": [tag("a", "1"), tag("b", ""), tag("mlflow.note.content", "# hi")],
                },
                save={"exp": "experiment_id"},
            ),
            get(GET, {"experiment_id": "$exp"}),
            get(BY_NAME, {"experiment_name": "$unique/deep \u65e5\u672c\u8a9e '\"%_ \U0001f600"}),
        ],
    ),
    Scenario(
        "artifact location",
        [
            post(
                CREATE,
                {"name": "$unique", "artifact_location": "$root/own place"},
                save={"exp": "experiment_id"},
            ),
            get(GET, {"experiment_id": "$exp"}),
            new_run(),
            get("runs/get", {"run_id": "$run"}),
            post(
                CREATE,
                {"name": "$unique s3", "artifact_location": "s3://bucket/some/folder/"},
                save={"exp": "experiment_id"},
            ),
            get(GET, {"experiment_id": "$exp"}),
            new_run("run_b"),
            get("runs/get", {"run_id": "$run_b"}),
            post(CREATE, {"name": "$unique f", "artifact_location": "$root/x#fragment"}),
            post(CREATE, {"name": "$unique q", "artifact_location": "$root/x?query=1"}),
            post(CREATE, {"name": "$unique p", "artifact_location": "$root/x;param=1"}),
            post(
                CREATE,
                {"name": "$unique d", "artifact_location": "$root/../../etc"},
                ours=refused("A location says which folder it means: '..' is refused."),
            ),
            post(CREATE, {"name": "$unique n", "artifact_location": 5}),
        ],
    ),
    Scenario(
        "create with bad input",
        [
            post(CREATE, {}, exact=True),
            post(CREATE, {"name": ""}, exact=True),
            post(CREATE, {"name": None}, exact=True),
            post(CREATE, {"name": 5}, exact=True),
            post(CREATE, {"name": ["a"]}),
            post(CREATE, {"name": {"a": 1}}),
            post(CREATE, {"name": True}),
            post(CREATE, {"name": "x" * 501}),
            post(CREATE, {"name": "$unique " + "x" * 480}, label="near limit"),
            post(CREATE, {"name": "$unique a", "tags": 5}),
            post(CREATE, {"name": "$unique b", "tags": {"a": "b"}}),
            post(CREATE, {"name": "$unique c", "tags": ["a"]}),
            post(CREATE, {"name": "$unique d", "tags": [{"value": "no key"}]}),
            post(CREATE, {"name": "$unique e", "tags": [{"key": "no value"}]}),
            post(CREATE, {"name": "$unique f", "tags": [{"key": 5, "value": 6}]}),
            post(CREATE, {"name": "$unique g", "tags": [tag("k" * 251, "v")]}),
            post(CREATE, {"name": "$unique h", "tags": [tag("k", "v" * 20001)]}),
            post(
                CREATE,
                {"name": "$unique i", "tags": [tag("a", "1"), tag("a", "2")]},
                ours=refused("MLflow takes the tag that is given twice for the experiment's name."),
            ),
            post(CREATE, {"name": "$unique j", "tags": None}),
            post(CREATE, {"name": "$unique k", "tags": [None]}),
            get("experiments/get-by-name", {"experiment_name": "$unique g"}),
        ],
    ),
    Scenario(
        "duplicate names",
        [
            new_experiment(),
            post(CREATE, {"name": "$unique"}, exact=True),
            post(DELETE, {"experiment_id": "$exp"}),
            post(CREATE, {"name": "$unique"}, label="deleted name"),
            post(CREATE, {"name": "$unique "}, label="trailing space"),
            post(CREATE, {"name": "$unique UPPER"}),
            post(CREATE, {"name": "$unique upper"}),
        ],
    ),
    Scenario(
        "lenient JSON",
        [
            post(CREATE, {"name": "$unique a", "no_such_field": {"deep": [1, 2]}}),
            post(
                CREATE,
                {"name": "$unique b", "artifactLocation": "$root/camel"},
                save={"exp": "experiment_id"},
                label="camel case",
            ),
            get(GET, {"experiment_id": "$exp"}),
            post(
                CREATE,
                {
                    "name": "$unique c",
                    "artifactLocation": "$root/camel",
                    "artifact_location": "$root/snake",
                },
                label="both spellings",
            ),
            post(CREATE, {"name": "$unique d", "artifact_location": None, "tags": []}),
        ],
    ),
    Scenario(
        "get with bad input",
        [
            get(GET, headers=JSON, exact=True),
            get(GET, label="no parameters, no content type"),
            get(GET, {"experiment_id": ""}, exact=True),
            get(GET, {"experiment_id": "abc"}),
            get(GET, {"experiment_id": "777777777"}, exact=True),
            get(GET, {"experiment_id": "-1"}),
            get(GET, {"experiment_id": "1.5"}),
            get(GET, {"experiment_id": "99999999999999999999999"}),
            get(GET, {"no_such": "1"}),
            send("GET", GET, {"experiment_id": "777777777"}, label="body instead of query"),
            get(BY_NAME, headers=JSON, exact=True),
            get(BY_NAME, {"experiment_name": ""}),
            get(BY_NAME, {"experiment_name": "$unique"}, exact=True),
            get(BY_NAME, {"name": "$unique"}),
        ],
    ),
    Scenario(
        "default experiment",
        [
            get(GET, {"experiment_id": "0"}),
            get(BY_NAME, {"experiment_name": "Default"}),
            post(CREATE, {"name": "Default"}, exact=True),
        ],
    ),
    Scenario(
        "rename",
        [
            new_experiment(),
            new_experiment("other", " other"),
            post(UPDATE, {"experiment_id": "$exp", "new_name": "$unique new"}),
            get(GET, {"experiment_id": "$exp"}),
            get(BY_NAME, {"experiment_name": "$unique"}, label="old name"),
            post(UPDATE, {"experiment_id": "$exp", "new_name": "$unique new"}, label="same name"),
            post(
                UPDATE,
                {"experiment_id": "$exp", "new_name": "$unique other"},
                ours=coded("RESOURCE_ALREADY_EXISTS"),
            ),
            post(UPDATE, {"experiment_id": "$exp"}, exact=True),
            post(UPDATE, {"experiment_id": "$exp", "new_name": ""}),
            post(UPDATE, {"experiment_id": "$exp", "new_name": 7}),
            post(UPDATE, {"experiment_id": "$exp", "new_name": "x" * 501}),
            post(UPDATE, {"new_name": "y"}, exact=True),
            post(UPDATE, {"experiment_id": "777777777", "new_name": "y"}),
            post(UPDATE, {"experiment_id": "abc", "new_name": "y"}),
            post(DELETE, {"experiment_id": "$exp"}),
            post(
                UPDATE,
                {"experiment_id": "$exp", "new_name": "$unique z"},
                ours=refused("Clients try a 500 again, for minutes; this one never gets better."),
            ),
            get(GET, {"experiment_id": "$exp"}),
        ],
    ),
    Scenario(
        "delete and restore",
        [
            new_experiment(),
            new_run(),
            new_run("gone"),
            post("runs/delete", {"run_id": "$gone"}),
            post(DELETE, {"experiment_id": "$exp"}),
            get(GET, {"experiment_id": "$exp"}),
            get(BY_NAME, {"experiment_name": "$unique"}),
            get("runs/get", {"run_id": "$run"}, label="run of deleted experiment"),
            post("runs/create", {"experiment_id": "$exp"}, exact=True),
            post("runs/set-tag", {"run_id": "$run", "key": "a", "value": "b"}),
            post(SET_TAG, {"experiment_id": "$exp", "key": "a", "value": "b"}),
            post(DELETE, {"experiment_id": "$exp"}, label="delete twice"),
            post(RESTORE, {"experiment_id": "$exp"}),
            get(GET, {"experiment_id": "$exp"}),
            get("runs/get", {"run_id": "$run"}, label="run of restored experiment"),
            get("runs/get", {"run_id": "$gone"}, label="run deleted before its experiment"),
            post(RESTORE, {"experiment_id": "$exp"}, label="restore twice"),
            post(DELETE, {}),
            post(DELETE, {"experiment_id": "777777777"}),
            post(DELETE, {"experiment_id": "abc"}),
            post(DELETE, {"experiment_id": 777777777}),
            post(RESTORE, {}),
            post(RESTORE, {"experiment_id": "777777777"}),
            post(RESTORE, {"experiment_id": ""}),
        ],
    ),
    Scenario(
        "set tag",
        [
            new_experiment(),
            post(SET_TAG, {"experiment_id": "$exp", "key": "a", "value": "1"}),
            post(SET_TAG, {"experiment_id": "$exp", "key": "a", "value": "2"}),
            post(SET_TAG, {"experiment_id": "$exp", "key": "empty", "value": ""}),
            post(SET_TAG, {"experiment_id": "$exp", "key": "absent"}),
            post(
                SET_TAG,
                {"experiment_id": "$exp", "key": "\u00fc n\u00ef/c-o.d_e", "value": "\u65e5"},
            ),
            post(SET_TAG, {"experiment_id": "$exp", "key": "k" * 250, "value": "v"}),
            post(SET_TAG, {"experiment_id": "$exp", "key": "long", "value": "v" * 20000}),
            get(GET, {"experiment_id": "$exp"}, view=_tags_by_key, label="all tags"),
            post(SET_TAG, {"experiment_id": "$exp", "value": "1"}, exact=True),
            post(SET_TAG, {"experiment_id": "$exp", "key": "", "value": "1"}),
            post(SET_TAG, {"experiment_id": "$exp", "key": 5, "value": "1"}),
            post(SET_TAG, {"experiment_id": "$exp", "key": "a", "value": 5}),
            post(SET_TAG, {"experiment_id": "$exp", "key": "a", "value": None}),
            post(SET_TAG, {"experiment_id": "$exp", "key": "k" * 251, "value": "v"}),
            post(SET_TAG, {"experiment_id": "$exp", "key": "long", "value": "v" * 20001}),
            post(SET_TAG, {"experiment_id": "$exp", "key": "../up", "value": "v"}),
            post(SET_TAG, {"experiment_id": "$exp", "key": "/root", "value": "v"}),
            post(SET_TAG, {"experiment_id": "$exp", "key": "a:b", "value": "v"}),
            post(SET_TAG, {"experiment_id": "$exp", "key": "a\tb", "value": "v"}),
            post(SET_TAG, {"experiment_id": "777777777", "key": "a", "value": "v"}),
            post(SET_TAG, {"key": "a", "value": "v"}),
            get(GET, {"experiment_id": "$exp"}, view=lambda b: sorted(_tags_by_key(b))),
        ],
    ),
    Scenario(
        "delete tag",
        [
            post(
                CREATE, {"name": "$unique", "tags": [tag("a", "1")]}, save={"exp": "experiment_id"}
            ),
            post(DELETE_TAG, {"experiment_id": "$exp", "key": "a"}),
            get(GET, {"experiment_id": "$exp"}),
            post(DELETE_TAG, {"experiment_id": "$exp", "key": "a"}, exact=True),
            post(DELETE_TAG, {"experiment_id": "$exp"}),
            post(DELETE_TAG, {"key": "a"}),
            post(DELETE_TAG, {"experiment_id": "777777777", "key": "a"}),
            post(DELETE, {"experiment_id": "$exp"}),
            post(DELETE_TAG, {"experiment_id": "$exp", "key": "a"}),
        ],
    ),
]
