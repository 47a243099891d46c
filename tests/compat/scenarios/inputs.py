"""What a run used and made: data sets, models in, models out, and the data sets of experiments."""

from __future__ import annotations

from typing import Any

from tests.compat.differences import IDEMPOTENT, UNCHECKED, UNREAD, accepted, coded, ours
from tests.compat.exchange import AJAX, Exchange, Scenario, get, post
from tests.compat.scenarios.beginnings import new_experiment, new_run, tag

INPUTS = "runs/log-inputs"
OUTPUTS = "runs/outputs"
LOG_MODEL = "runs/log-model"
DATASETS = AJAX + "experiments/search-datasets"
ABSENT = "0123456789abcdef0123456789abcdef"


def dataset(name: str, digest: str, **more: str) -> dict[str, str]:
    """Return a data set as it travels."""
    return {"name": name, "digest": digest, "source_type": "local", "source": "s"} | more


def _use(run: str, *datasets: dict[str, Any], **options: Any) -> Exchange:
    return post(INPUTS, {"run_id": f"${run}", "datasets": list(datasets)}, **options)


def _new_model(variable: str = "model") -> Exchange:
    body = {"experiment_id": "$exp", "name": variable}
    return post("logged-models", body, save={variable: "model.info.model_id"})


def _run(**options: Any) -> Exchange:
    return get("runs/get", {"run_id": "$run"}, view=_inputs_and_outputs, **options)


def _inputs_and_outputs(body: Any) -> Any:
    """Reduce a run to its inputs and outputs; MLflow returns data sets in any order."""
    inputs = body["run"]["inputs"]
    used = sorted(inputs.get("dataset_inputs", []), key=lambda item: str(item["dataset"]))
    rest = {name: value for name, value in inputs.items() if name != "dataset_inputs"}
    return {"datasets": used, "inputs": rest, "outputs": body["run"].get("outputs")}


def _summaries(body: Any) -> Any:
    return sorted(body.get("dataset_summaries", []), key=lambda item: sorted(item.items()))


def _sorted_outputs(body: Any) -> Any:
    outputs = body["run"].get("outputs", {}).get("model_outputs", [])
    return sorted(outputs, key=lambda item: (item.get("step", 0), item["model_id"]))


def _tags(body: Any) -> Any:
    return {t["key"]: t["value"] for t in body["run"]["data"]["tags"]}


_MODEL = (
    '{"artifact_path": "PATH", "run_id": "r", "utc_time_created": "2023-11-14 22:13:20.0",'
    ' "flavors": {"python_function": {"loader_module": "x"}}}'
)
_CONTEXT = tag("mlflow.data.context", "training")

SCENARIOS = [
    Scenario(
        "data sets",
        [
            new_experiment(),
            new_run(),
            _use(
                "run",
                {"tags": [_CONTEXT], "dataset": dataset("iris", "d1", schema="S", profile="P")},
                {"dataset": dataset("wine", "d2")},
            ),
            get("runs/get", {"run_id": "$run"}),
            _use("run", {"tags": [_CONTEXT], "dataset": dataset("iris", "d1")}),
            _run(label="the same again"),
            _use("run", {"tags": [tag("extra", "x")], "dataset": dataset("iris", "d1")}),
            _run(label="the same with another tag"),
            _use(
                "run",
                {"tags": [tag("mlflow.data.context", "test")], "dataset": dataset("iris", "d1")},
            ),
            _run(label="the same with another context"),
            _use("run", {"dataset": dataset("iris", "d3", source="elsewhere")}),
            _use("run", {"dataset": dataset("iris", "d1", source="changed", schema="T")}),
            _run(label="another digest, and a changed source"),
            _use("run"),
            post(INPUTS, {"run_id": "$run"}),
            new_run("other"),
            _use(
                "other",
                {"tags": [tag("mlflow.data.context", "eval")], "dataset": dataset("iris", "d1")},
            ),
            get("runs/get", {"run_id": "$other"}, view=_inputs_and_outputs, label="another run"),
            post(
                "runs/search",
                {"experiment_ids": ["$exp"]},
                view=lambda b: sorted(
                    len(r["inputs"].get("dataset_inputs", [])) for r in b["runs"]
                ),
            ),
        ],
    ),
    Scenario(
        "bad data sets",
        [
            new_experiment(),
            new_run(),
            _use(
                "run",
                {"dataset": {"digest": "d", "source_type": "l", "source": "s"}},
                label="no name",
                ours=UNCHECKED,
            ),
            _use(
                "run",
                {"dataset": {"name": "n", "source_type": "l", "source": "s"}},
                label="no digest",
                ours=UNCHECKED,
            ),
            _use(
                "run",
                {"dataset": {"name": "n", "digest": "d", "source": "s"}},
                label="no source type",
            ),
            _use(
                "run",
                {"dataset": {"name": "n", "digest": "d", "source_type": "l"}},
                label="no source",
            ),
            _use("run", {"tags": [_CONTEXT]}, label="no data set", ours=UNCHECKED),
            _use("run", {"dataset": dataset("n" * 501, "d")}, label="long name"),
            _use("run", {"dataset": dataset("n", "d" * 37)}, label="long digest"),
            _use("run", {"dataset": dataset("n", "d", source="s" * 65536)}, label="long source"),
            _use("run", {"dataset": dataset("n", "e", schema="s" * 1048576)}, label="long schema"),
            _use(
                "run", {"dataset": dataset("n", "f", profile="p" * 16777217)}, label="long profile"
            ),
            _use(
                "run",
                {"dataset": dataset("n", "g"), "tags": [tag("k" * 256, "v")]},
                label="long tag key",
            ),
            _use(
                "run",
                {"dataset": dataset("n", "h"), "tags": [tag("k", "v" * 501)]},
                label="long tag value",
            ),
            _use(
                "run",
                {"dataset": dataset("n", "i"), "tags": [{"value": "v"}]},
                label="tag without key",
                ours=UNCHECKED,
            ),
            _use(
                "run",
                {"dataset": dataset("n", "j"), "tags": [{"key": "k"}]},
                label="tag without value",
            ),
            post(INPUTS, {"run_id": "$run", "datasets": 5}),
            post(INPUTS, {"run_id": "$run", "datasets": {"dataset": {}}}),
            post(
                INPUTS,
                {"run_id": "$run", "datasets": [5]},
                label="number for a data set",
                ours=UNREAD,
            ),
            post(INPUTS, {"datasets": []}, exact=True),
            post(INPUTS, {"run_id": ABSENT, "datasets": []}),
            post(INPUTS, {"run_id": ABSENT, "datasets": [{"dataset": dataset("n", "d")}]}),
        ],
    ),
    Scenario(
        "models in and out",
        [
            new_experiment(),
            new_run(),
            _new_model("model"),
            _new_model("model_b"),
            post(INPUTS, {"run_id": "$run", "models": [{"model_id": "$model"}]}),
            _run(label="a model in"),
            post(INPUTS, {"run_id": "$run", "models": [{"model_id": "$model"}]}, label="in again"),
            _run(label="a model in, twice"),
            post(OUTPUTS, {"run_id": "$run", "models": [{"model_id": "$model_b", "step": 3}]}),
            post(OUTPUTS, {"run_id": "$run", "models": [{"model_id": "$model"}]}, label="no step"),
            get("runs/get", {"run_id": "$run"}, view=_sorted_outputs),
            post(
                "runs/search",
                {"experiment_ids": ["$exp"]},
                view=lambda b: _sorted_outputs({"run": b["runs"][0]}),
            ),
            post(
                OUTPUTS,
                {"run_id": "$run", "models": [{"model_id": "$model_b", "step": 3}]},
                label="out again",
                ours=accepted(IDEMPOTENT, {}),
            ),
            post(
                OUTPUTS,
                {"run_id": "$run", "models": [{"model_id": "$model_b", "step": 4}]},
                label="out with another step",
                ours=coded("INVALID_PARAMETER_VALUE"),
            ),
            get("runs/get", {"run_id": "$run"}, view=_sorted_outputs),
        ],
    ),
    Scenario(
        "bad models in and out",
        [
            new_experiment(),
            new_run(),
            post(
                INPUTS,
                {"run_id": "$run", "models": [{}]},
                label="a model in without id",
                ours=UNCHECKED,
            ),
            post(
                INPUTS, {"run_id": "$run", "models": [{"model_id": "m-absent"}]}, label="absent in"
            ),
            post(INPUTS, {"run_id": "$run", "models": 5}),
            post(OUTPUTS, {"run_id": "$run"}),
            post(OUTPUTS, {"run_id": "$run", "models": []}),
            post(OUTPUTS, {"run_id": "$run", "models": 5}),
            post(
                OUTPUTS,
                {"run_id": "$run", "models": [{}]},
                label="a model out without id",
                ours=UNCHECKED,
            ),
            post(
                OUTPUTS,
                {"run_id": "$run", "models": [{"model_id": "m-absent"}]},
                label="absent out",
            ),
            post(OUTPUTS, {"run_id": ABSENT, "models": [{"model_id": "m-absent"}]}),
            post(OUTPUTS, {"models": [{"model_id": "m-absent"}]}, exact=True),
            _run(
                label="after bad models",
                ours=ours(
                    UNCHECKED.reason,
                    body__inputs__model_inputs=[{"model_id": "m-absent"}],
                    body__outputs__model_outputs=[{"model_id": "m-absent", "step": 0}],
                ),
            ),
        ],
    ),
    Scenario(
        "log-model",
        [
            new_experiment(),
            new_run(),
            post(LOG_MODEL, {"run_id": "$run", "model_json": _MODEL.replace("PATH", "model")}),
            get("runs/get", {"run_id": "$run"}, view=_tags),
            post(LOG_MODEL, {"run_id": "$run", "model_json": _MODEL.replace("PATH", "second")}),
            get("runs/get", {"run_id": "$run"}, view=_tags, label="two models"),
            post(LOG_MODEL, {"run_id": "$run"}, exact=True),
            post(LOG_MODEL, {"model_json": "{}"}, exact=True),
            post(LOG_MODEL, {"run_id": "$run", "model_json": ""}),
            post(LOG_MODEL, {"run_id": "$run", "model_json": "{"}),
            post(LOG_MODEL, {"run_id": "$run", "model_json": "{}"}),
            post(LOG_MODEL, {"run_id": "$run", "model_json": "5"}, label="a number"),
            post(LOG_MODEL, {"run_id": "$run", "model_json": {}}),
            post(LOG_MODEL, {"run_id": ABSENT, "model_json": _MODEL}),
        ],
    ),
    Scenario(
        "data sets of experiments",
        [
            new_experiment(),
            new_experiment("exp_b", " b"),
            new_run(),
            new_run("run_b", "exp_b"),
            post(DATASETS, {"experiment_ids": ["$exp"]}, label="none yet"),
            _use(
                "run",
                {"tags": [_CONTEXT], "dataset": dataset("iris", "d1")},
                {"dataset": dataset("wine", "d2")},
            ),
            _use("run_b", {"tags": [_CONTEXT], "dataset": dataset("iris", "d1")}),
            post(DATASETS, {"experiment_ids": ["$exp"]}, view=_summaries),
            post(DATASETS, {"experiment_ids": ["$exp_b"]}),
            post(
                DATASETS, {"experiment_ids": ["$exp", "$exp_b"]}, view=lambda b: len(_summaries(b))
            ),
            post(DATASETS, {"experiment_ids": ["777777777"]}),
            post(DATASETS, {"experiment_ids": []}, exact=True),
            post(DATASETS, {}),
            post(DATASETS, {"experiment_ids": ["abc"]}, label="a word for an id"),
            post(DATASETS, {"experiment_ids": "1"}),
            post(DATASETS, {"experiment_ids": [str(i) for i in range(700000, 700020)]}),
            post(DATASETS, {"experiment_ids": [str(i) for i in range(700000, 700021)]}),
            post(
                DATASETS.replace("ajax-api", "api"),
                {"experiment_ids": ["$exp"]},
                label="only under ajax-api in MLflow",
                view=_summaries,
                ours=accepted(
                    "Headrace offers under both what it offers.",
                    [
                        {
                            "context": "training",
                            "digest": "d1",
                            "experiment_id": "<experiment 1>",
                            "name": "iris",
                        },
                        {"digest": "d2", "experiment_id": "<experiment 1>", "name": "wine"},
                    ],
                ),
            ),
        ],
    ),
]
