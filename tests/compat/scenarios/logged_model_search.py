"""Search of logged models: filters, data sets, order, pages."""

from __future__ import annotations

from typing import Any

from tests.compat.differences import ours, refused, wider
from tests.compat.exchange import OPTIONS, Exchange, Scenario, post, send
from tests.compat.scenarios.beginnings import T0, new_experiment, new_run, tag

SEARCH = "logged-models/search"


def _make(
    name: str, *, kind: str = "", params: list[Any] | None = None, tags: list[Any] | None = None
) -> Exchange:
    body = {
        "experiment_id": "$exp",
        "name": name,
        "model_type": kind,
        "source_run_id": "$run",
        "params": params or [],
        "tags": tags or [],
    }
    return post("logged-models", body, save={name.lower(): "model.info.model_id"})


def _measure(model: str, key: str, value: Any, step: int = 0, **dataset: Any) -> Exchange:
    body = {"run_id": "$run", "key": key, "value": value, "timestamp": T0, "step": step}
    return post("runs/log-metric", body | {"model_id": f"${model}"} | dataset)


def _names(body: Any) -> Any:
    names = [model["info"]["name"] for model in body.get("models", [])]
    return {"names": names, "more": "next_page_token" in body}


def _sorted_names(body: Any) -> Any:
    return sorted(_names(body)["names"])


def _search(filter_string: str | None = None, **fields: Any) -> Exchange:
    options = {name: fields.pop(name) for name in OPTIONS if name in fields}
    body: dict[str, Any] = {"experiment_ids": ["$exp"]} | fields
    if filter_string is not None:
        body["filter"] = filter_string
    return post(SEARCH, body, **({"view": _sorted_names} | options))


def _by(field: Any, ascending: Any = None, **more: Any) -> dict[str, Any]:
    order = {"field_name": field} | more
    return order if ascending is None else order | {"ascending": ascending}


STATUS = "A status is found by its name; MLflow compares the name with a number."
NAN = "NaN is no number, as in the search of runs; MLflow compares it as 0."
_IRIS: dict[str, Any] = {"dataset_name": "iris", "dataset_digest": "d1"}
_FOUR = [
    new_experiment(),
    new_run(),
    _make("Alpha", kind="tree", params=[tag("depth", "3")], tags=[tag("team", "red")]),
    _make("beta", kind="tree", params=[tag("depth", "10")], tags=[tag("team", "Red")]),
    _make("Gamma", kind="net", tags=[tag("a b", "x")]),
    _make("delta"),
    _measure("alpha", "acc", 0.5),
    _measure("alpha", "acc", 0.9, 1, **_IRIS),
    _measure("beta", "acc", 0.7),
    _measure("beta", "acc", 0.1, 1),
    _measure("gamma", "acc", "NaN"),
    send("PATCH", "logged-models/$beta", {"model_id": "$beta", "status": 2}),
]

SCENARIOS = [
    Scenario(
        "whole answer",
        [
            new_experiment(),
            new_run(),
            post(SEARCH, {"experiment_ids": ["$exp"]}),
            _make("one", kind="tree", params=[tag("depth", "3")], tags=[tag("team", "red")]),
            _measure("one", "acc", 0.5),
            post(SEARCH, {"experiment_ids": ["$exp"]}),
        ],
    ),
    Scenario(
        "filters",
        [
            *_FOUR,
            _search("name = 'Alpha'"),
            _search("name = 'alpha'"),
            _search("name != 'Alpha'"),
            _search("name LIKE '%a'"),
            _search("name LIKE 'A%'"),
            _search("name ILIKE 'a%'"),
            _search("name IN ('Alpha', 'delta')"),
            _search("name NOT IN ('Alpha', 'delta')"),
            _search("attributes.name = 'Alpha'"),
            _search("model_id = '$alpha'"),
            _search("model_type = 'tree'"),
            _search("model_type = ''"),
            _search("status = 'READY'", ours=ours(STATUS, body=["beta"])),
            _search("status = 'PENDING'", ours=ours(STATUS, body=["Alpha", "Gamma", "delta"])),
            _search("source_run_id = '$run'"),
            _search("experiment_id = '$exp'"),
            _search("creation_timestamp > 0"),
            _search("creation_time > 0"),
            _search("last_updated_timestamp < 1000"),
            _search("creation_timestamp = 5"),
            _search("tags.team = 'red'"),
            _search("tags.team != 'red'"),
            _search("tags.team ILIKE 'R%'"),
            _search("tags.`a b` = 'x'"),
            _search("params.depth = '3'"),
            _search("params.depth != '3'"),
            _search("params.depth LIKE '1%'"),
            _search("params.depth > 3"),
            _search("metrics.acc > 0.4"),
            _search("metrics.acc > 0.8"),
            _search("metrics.acc = 0.5"),
            _search("metrics.acc != 0.5"),
            _search("metrics.acc < 0.2", ours=ours(NAN, body=["beta"])),
            _search("metrics.acc >= 0", ours=ours(NAN, body=["Alpha", "beta"])),
            _search("metrics.nothing > 0"),
            _search("metrics.acc > 0.4 AND params.depth = '3'"),
            _search("metrics.acc > 0.4 and name = 'beta'"),
            _search(""),
        ],
    ),
    Scenario(
        "data sets",
        [
            *_FOUR,
            _search("metrics.acc > 0.8", datasets=[_IRIS]),
            _search("metrics.acc > 0.6", datasets=[_IRIS]),
            _search(
                "metrics.acc > 0",
                datasets=[{"dataset_name": "iris"}],
                ours=ours("Without a digest every version counts.", body=["Alpha"]),
            ),
            _search("metrics.acc > 0", datasets=[{"dataset_name": "iris", "dataset_digest": "d2"}]),
            _search(datasets=[_IRIS], label="no filter"),
            _search(datasets=[{"dataset_name": "wine"}]),
            _search(datasets=[{"dataset_digest": "d1"}]),
            _search(datasets=[{}]),
            _search(datasets=5),
        ],
    ),
    Scenario(
        "bad filters",
        [
            new_experiment(),
            _search("name"),
            _search("name ="),
            _search("name = Alpha", label="unquoted"),
            _search("name > 'a'"),
            _search("metrics.acc LIKE '1'"),
            _search("metrics.acc > 'x'", label="word for a metric"),
            _search("metrics.acc > x", label="bare word for a metric"),
            _search("no_such = 'a'", label="unknown attribute"),
            _search("things.a = 'a'"),
            _search("name = 'a' OR name = 'b'", ours=wider([])),
            _search("name = 'a';"),
            _search("((("),
            _search("params.depth IS NULL", ours=wider([])),
            _search(5),  # type: ignore[arg-type]
        ],
    ),
    Scenario(
        "order",
        [
            *_FOUR,
            _search(view=_sorted_names),
            _search(order_by=[_by("name", True)], view=_names),
            _search(order_by=[_by("name", False)], view=_names),
            _search(order_by=[_by("name")], view=_names, label="direction by default"),
            _search(order_by=[_by("model_type", True), _by("name", True)], view=_names),
            _search(
                order_by=[_by("metrics.acc", True), _by("name", True)],
                view=_names,
                ours=ours(NAN, body__names=["beta", "Alpha", "Gamma", "delta"]),
            ),
            _search(order_by=[_by("metrics.acc", False), _by("name", True)], view=_names),
            _search(order_by=[_by("metrics.acc", False, **_IRIS), _by("name", True)], view=_names),
            _search(
                order_by=[_by("metrics.acc", False, dataset_name="iris"), _by("name", True)],
                view=_names,
            ),
            _search(
                order_by=[_by("params.depth", True), _by("name", True)],
                view=_names,
                label="by a param",
            ),
            _search(
                order_by=[_by("tags.team", True), _by("name", True)], view=_names, label="by a tag"
            ),
            _search(order_by=[_by("creation_timestamp", True)]),
            _search(order_by=[_by("last_updated_timestamp", False)]),
            _search(order_by=[_by("creation_time", True)]),
            _search(order_by=[_by("status", True), _by("name", True)], view=_names),
            _search(order_by=[_by("no_such", True)], label="unknown field"),
            _search(order_by=[_by("things.a", True)]),
            _search(order_by=[_by("", True)], label="empty field"),
            _search(order_by=[{"ascending": True}], label="no field"),
            _search(
                order_by=[_by("metrics.acc", False, dataset_digest="d1")], label="digest alone"
            ),
            _search(order_by=["name"]),
            _search(order_by=5),
        ],
    ),
    Scenario(
        "pages",
        [
            *_FOUR,
            _search(
                max_results=3,
                order_by=[_by("name", True)],
                view=_names,
                save={"token": "next_page_token"},
            ),
            _search(max_results=3, order_by=[_by("name", True)], view=_names, page_token="$token"),
            _search(max_results=4, order_by=[_by("name", True)], view=_names, label="full page"),
            _search(
                max_results=3,
                order_by=[_by("name", False)],
                view=_names,
                page_token="$token",
                label="token of another order",
            ),
            _search(
                "name = 'Alpha'",
                max_results=3,
                order_by=[_by("name", True)],
                page_token="$token",
                label="token of another filter",
            ),
            _search(max_results=3, page_token="not base64!", label="bad token"),
            _search(max_results=3, page_token="bm90IGpzb24=", label="token that is no JSON"),
            _search(max_results=0, label="zero"),
            _search(
                max_results=-1,
                label="negative",
                ours=refused("MLflow counts from the end of the list."),
            ),
            _search(max_results=100000, label="huge"),
            _search(max_results="x", label="a word"),
        ],
    ),
    Scenario(
        "experiments",
        [
            *_FOUR,
            new_experiment("exp_b", " b"),
            post(SEARCH, {}, exact=True),
            post(SEARCH, {"experiment_ids": []}),
            post(SEARCH, {"experiment_ids": "1"}),
            post(SEARCH, {"experiment_ids": ["abc"]}, label="a word for an id"),
            post(SEARCH, {"experiment_ids": ["777777777"]}),
            post(SEARCH, {"experiment_ids": ["$exp", "$exp_b"]}, view=_sorted_names),
            post(SEARCH, {"experiment_ids": [5]}),
            post("experiments/delete", {"experiment_id": "$exp"}),
            post(
                SEARCH, {"experiment_ids": ["$exp"]}, view=_sorted_names, label="deleted experiment"
            ),
        ],
    ),
]
