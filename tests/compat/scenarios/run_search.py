"""Search of runs: filters of every kind, order with ties, pages, view types, bad input."""

from __future__ import annotations

from typing import Any

from tests.compat.differences import NO_KEY, NULL_IS_ABSENT, UNREAD, accepted, ours, refused, wider
from tests.compat.exchange import OPTIONS, Exchange, Scenario, get, post
from tests.compat.scenarios.beginnings import T0, new_experiment, new_run, point, tag

SEARCH = "runs/search"

NOT_UNDERSTOOD = refused("MLflow reads it as something else than what stands there.")
BY_X = {"names": ["Gamma", "epsilon", "Alpha", "delta", "beta"], "more": False}


def _names(body: Any) -> Any:
    """Reduce an answer to the run names in order and whether a further page exists."""
    names = [run["info"]["run_name"] for run in body.get("runs", [])]
    return {"names": names, "more": "next_page_token" in body}


def _sorted_names(body: Any) -> Any:
    return sorted(_names(body)["names"])


def _ties_by_id(body: Any) -> Any:
    """Reduce an answer to whether its runs, all equal in the order asked for, stand by id."""
    ids = [run["info"]["run_id"] for run in body["runs"]]
    return {"count": len(ids), "ascending": ids == sorted(ids)}


def _search(filter_string: Any = None, **fields: Any) -> Exchange:
    options = {name: fields.pop(name) for name in OPTIONS if name in fields}
    body: dict[str, Any] = {"experiment_ids": ["$exp"]} | fields
    if filter_string is not None:
        body["filter"] = filter_string
    return post(SEARCH, body, **({"view": _sorted_names} | options))


def _make(name: str, start: int, **batch: Any) -> list[Exchange]:
    run = new_run(
        name.lower(), run_name=name, start_time=T0 + start, user_id="ann" if start else "bob"
    )
    return [run, post("runs/log-batch", {"run_id": f"${name.lower()}"} | batch)]


_FIVE = [
    new_experiment(),
    *_make(
        "Alpha",
        0,
        metrics=[point("acc", 0.5), point("a loss", 1.0), point("x", 1)],
        params=[tag("lr", "0.1"), tag("kind", "Tree"), tag("a b", "c")],
        tags=[tag("team", "red"), tag("mlflow.user", "ann"), tag("a.b", "c")],
    ),
    *_make(
        "beta",
        10,
        metrics=[point("acc", 0.7), point("x", "NaN")],
        params=[tag("lr", "0.10"), tag("kind", "tree")],
        tags=[tag("team", "Red")],
    ),
    *_make(
        "Gamma",
        20,
        metrics=[point("acc", "NaN"), point("x", 3)],
        params=[tag("lr", "1"), tag("note", "50%_off")],
        tags=[tag("team", "blue"), tag("empty", "")],
    ),
    *_make("delta", 30, metrics=[point("acc", -1.0), point("x", -2)], params=[tag("kind", "")]),
    *_make("epsilon", 40, metrics=[point("x", 2)]),
    post("runs/update", {"run_id": "$alpha", "status": "FINISHED", "end_time": T0 + 100}),
    post("runs/update", {"run_id": "$beta", "status": "FAILED", "end_time": T0 + 50}),
    post(
        "runs/log-inputs",
        {
            "run_id": "$alpha",
            "datasets": [
                {
                    "tags": [tag("mlflow.data.context", "train")],
                    "dataset": {"name": "iris", "digest": "d1", "source_type": "l", "source": "s"},
                }
            ],
        },
    ),
    post(
        "runs/log-inputs",
        {
            "run_id": "$beta",
            "datasets": [
                {
                    "tags": [tag("mlflow.data.context", "Test")],
                    "dataset": {"name": "Iris", "digest": "d2", "source_type": "l", "source": "s"},
                }
            ],
        },
    ),
]

SCENARIOS = [
    Scenario(
        "whole answer",
        [
            new_experiment(),
            post(SEARCH, {"experiment_ids": ["$exp"]}, label="no runs"),
            *_make(
                "one", 5, metrics=[point("acc", 0.5)], params=[tag("a", "b")], tags=[tag("c", "d")]
            ),
            post(SEARCH, {"experiment_ids": ["$exp"]}),
            post(SEARCH, {"experiment_ids": ["$exp"], "max_results": 1}),
        ],
    ),
    Scenario(
        "filters on metrics",
        [
            *_FIVE,
            _search("metrics.acc > 0.5"),
            _search("metrics.acc >= 0.5"),
            _search("metrics.acc < 0.6"),
            _search("metrics.acc <= -1"),
            _search("metrics.acc = 0.5"),
            _search("metrics.acc = .5"),
            _search("metrics.acc != 0.5"),
            _search("metrics.acc = 5e-1"),
            _search("metrics.acc > -2"),
            _search("metric.acc > 0.5"),
            _search("metrics.`acc` > 0.5"),
            _search('metrics."acc" > 0.5'),
            _search("metrics.`a loss` = 1"),
            _search("metrics.ACC > 0.5"),
            _search("metrics.nothing > 0"),
            _search("metrics.acc > 0 AND metrics.x > 0"),
            _search("metrics.acc > 0 and params.lr = '0.1'"),
            _search("metrics.acc>0.5"),
            _search("  metrics.acc   >   0.5  "),
            _search("metrics.acc > 9999999999999999999999"),
        ],
    ),
    Scenario(
        "filters on params",
        [
            *_FIVE,
            _search("params.lr = '0.1'"),
            _search('params.lr = "0.1"'),
            _search("params.lr != '0.1'"),
            _search("param.lr = '0.1'"),
            _search("parameters.lr = '0.1'"),
            _search("parameter.lr = '0.1'"),
            _search("params.`a b` = 'c'"),
            _search('params."a b" = "c"'),
            _search("params.kind LIKE 't%'"),
            _search("params.kind LIKE 'T%'"),
            _search("params.kind ILIKE 't%'"),
            _search("params.kind like 'T%'"),
            _search("params.kind = ''"),
            _search("params.kind IS NULL"),
            _search("params.kind IS NOT NULL"),
            _search("params.nothing IS NULL"),
            _search("params.note LIKE '50!%%'"),
            _search("params.note LIKE '%\\_off'"),
            _search("params.note LIKE '%_off'"),
            _search("params.kind LIKE '%'"),
            _search("params.kind IN ('Tree', 'tree')", ours=wider(["Alpha", "beta"])),
            _search("params.KIND = 'Tree'"),
            _search("params.lr = 0.1", label="bare number"),
            _search("params.lr > '0'", label="greater"),
        ],
    ),
    Scenario(
        "filters on tags",
        [
            *_FIVE,
            _search("tags.team = 'red'"),
            _search("tag.team = 'red'"),
            _search("tags.team != 'red'"),
            _search("tags.team ILIKE 'RED'"),
            _search("tags.team LIKE 'R%'"),
            _search("tags.team IS NULL"),
            _search("tags.team IS NOT NULL"),
            _search("tags.team is null"),
            _search("tags.empty = ''"),
            _search("tags.mlflow.user = 'ann'"),
            _search("tags.`mlflow.user` = 'ann'"),
            _search("tags.a.b = 'c'"),
            _search("tags.mlflow.runName = 'beta'"),
            _search("tags.team IN ('red')", ours=wider(["Alpha"])),
            _search("tags.team = 5", label="bare number"),
        ],
    ),
    Scenario(
        "filters on attributes",
        [
            *_FIVE,
            _search("attributes.status = 'RUNNING'"),
            _search("attribute.status = 'FINISHED'"),
            _search("attr.status != 'RUNNING'"),
            _search("run.status = 'FAILED'"),
            _search("status = 'FAILED'"),
            _search("status ILIKE 'f%'"),
            _search("status IN ('FAILED', 'FINISHED')", ours=wider(["Alpha", "beta"])),
            _search("run_name = 'beta'"),
            _search("attributes.run_name LIKE '%a'"),
            _search("attributes.`run name` ILIKE 'ALPHA'"),
            _search("attributes.`Run Name` = 'Alpha'"),
            _search("`run name` = 'Alpha'"),
            _search("run_id = '$beta'"),
            _search("attributes.run_id IN ('$alpha', '$beta')"),
            _search("run_id NOT IN ('$alpha', '$beta')"),
            _search("run_id IN ('$alpha')"),
            _search("run_id LIKE '%'"),
            _search("run_id IN ()", label="empty list"),
            _search("run_id IN ('a' 'b')", label="list without comma", ours=NOT_UNDERSTOOD),
            _search("run_id IN 'a'", label="no list"),
            _search("run_id IN (1, 2)", label="list of numbers"),
            _search("user_id = 'bob'"),
            _search("attributes.user_id != 'bob'"),
            _search(f"start_time > {T0 + 10}"),
            _search(f"attributes.start_time >= {T0 + 10}"),
            _search(f"start_time = {T0}"),
            _search(f"created > {T0 + 10}"),
            _search(f"attributes.Created > {T0 + 10}"),
            _search(f"end_time <= {T0 + 50}"),
            _search(f"end_time != {T0 + 50}"),
            _search("artifact_uri LIKE '%$alpha%'"),
            _search("experiment_id = '$exp'", label="experiment_id"),
            _search("lifecycle_stage = 'active'", label="lifecycle_stage"),
            _search("start_time > '5'", label="quoted time"),
            _search("start_time LIKE '5'", label="LIKE on a time"),
            _search("status > 'A'", label="greater on text"),
            _search("status = 5", label="number for a status"),
            _search("status = 'NO SUCH'"),
        ],
    ),
    Scenario(
        "filters on data sets",
        [
            *_FIVE,
            _search("dataset.name = 'iris'"),
            _search("datasets.name = 'iris'"),
            _search("dataset.name != 'iris'"),
            _search("dataset.name LIKE '%ris'"),
            _search("dataset.name ILIKE 'IRIS'"),
            _search("dataset.digest = 'd2'"),
            _search("dataset.digest IN ('d1', 'd2')"),
            _search("dataset.name IN ('iris')"),
            _search("dataset.name NOT IN ('iris')"),
            _search("dataset.context = 'train'"),
            _search("dataset.context ILIKE 'T%'"),
            _search("dataset.name = 'iris' AND dataset.context = 'train'"),
            _search("dataset.name = 'iris' AND dataset.context = 'Test'"),
            _search("dataset.source = 's'", label="unknown data set field"),
            _search("dataset.name > 'a'", label="greater on a data set"),
        ],
    ),
    Scenario(
        "filters that MLflow refuses",
        [
            *_FIVE,
            _search("metrics.acc IN (0.5, 0.7)", ours=wider(["Alpha", "beta"])),
            _search("metrics.acc IS NULL", ours=wider(["epsilon"])),
            _search("metrics.acc > 0.6 OR metrics.acc < 0", ours=wider(["beta", "delta"])),
            _search("NOT metrics.acc > 0.5", ours=wider(["Alpha", "Gamma", "delta", "epsilon"])),
            _search("(metrics.acc > 0.5)", ours=wider(["beta"])),
            _search("params.lr BETWEEN '0' AND '0.1'", ours=wider(["Alpha"])),
        ],
    ),
    Scenario(
        "bad filters",
        [
            new_experiment(),
            *[
                _search(text, ours=wider([]) if "RLIKE" in text else None)
                for text in [
                    "metrics.acc > 'x'",
                    "metrics.acc LIKE 0.5",
                    "metrics.acc > NaN",
                    "metrics.acc",
                    "metrics.acc >",
                    "metrics.acc > 0.5,",
                    "metrics.acc > 0.5 AND",
                    "AND metrics.acc > 0.5",
                    "metrics.acc > 0.5 AND AND metrics.x > 1",
                    "metrics.acc == 0.5",
                    "metrics.acc <> 0.5",
                    "0.5 < metrics.acc",
                    "metrics.acc > metrics.x",
                    "metrics > 1",
                    ".acc > 1",
                    "nothing.acc > 1",
                    "acc > 1",
                    "params.lr = 'unterminated",
                    "params.lr = unquoted",
                    "params.lr = `back`",
                    "params.lr RLIKE 'x'",
                    "params.lr = 'a''b'",
                    "params.lr = 'x' -- comment",
                    "params.lr = 'x'; DROP TABLE runs",
                    "SELECT * FROM runs",
                    "attributes.no_such = 'x'",
                    "'a' = 'a'",
                    "1 = 1",
                    "\u65e5\u672c = 'x'",
                    "((((",
                ]
            ],
            _search("metrics.acc > 0.5 metrics.x > 1", ours=NOT_UNDERSTOOD),
            _search("metrics. > 1", ours=NO_KEY),
            _search("", label="empty"),
            _search("   ", label="blank"),
            _search(5),
            _search(["metrics.acc > 1"]),
        ],
    ),
    Scenario(
        "order",
        [
            *_FIVE,
            _search(view=_names, label="default"),
            *[
                _search(view=_names, order_by=order)
                for order in [
                    ["metrics.acc"],
                    ["metrics.acc ASC"],
                    ["metrics.acc DESC"],
                    ["metrics.acc desc"],
                    ["metrics.x DESC"],
                    ["metrics.x"],
                    ["metric.x"],
                    ["metrics.`a loss` DESC"],
                    ["metrics.nothing"],
                    ["params.lr"],
                    ["params.lr DESC"],
                    ["param.kind"],
                    ["params.kind DESC"],
                    ["tags.team"],
                    ["tag.team DESC"],
                    ["tags.`mlflow.user`"],
                    ["attributes.start_time"],
                    ["attribute.start_time DESC"],
                    ["start_time"],
                    ["start_time ASC"],
                    ["created DESC"],
                    ["attributes.end_time"],
                    ["end_time DESC"],
                    ["status"],
                    ["status DESC"],
                    ["run_name"],
                    ["run_name DESC"],
                    ["attributes.run_name"],
                    ["user_id", "start_time"],
                    ["status ASC", "metrics.x DESC"],
                    [],
                ]
            ],
            _search(
                view=_names,
                order_by=["metrics.x DESC", "metrics.x ASC"],
                ours=accepted("The first of two orders by the same counts.", BY_X),
            ),
            _search(
                view=_names,
                order_by=["  metrics.x   DESC  "],
                ours=accepted("Blanks around an order mean nothing.", BY_X),
            ),
            *[
                _search(view=_sorted_names, order_by=order)
                for order in [
                    ["run_id"],
                    ["artifact_uri DESC"],
                    ["attributes.`Run Name`"],
                    ["experiment_id"],
                    ["lifecycle_stage"],
                    ["dataset.name"],
                    ["metrics.x SIDEWAYS"],
                    ["metrics.x ASC DESC"],
                    ["metrics.x, metrics.acc"],
                    ["x"],
                    ["nothing.x"],
                    [""],
                    ["metrics.x; DROP TABLE runs"],
                    [5],
                    "metrics.x",
                    {"metrics.x": "DESC"},
                ]
            ],
        ],
    ),
    Scenario(
        "ties",
        [
            new_experiment(),
            *[new_run(f"run_{i}", run_name="same") for i in range(8)],
            *[
                post(
                    "runs/log-metric",
                    {"run_id": f"$run_{i}", "key": "m", "value": 1.0, "timestamp": T0},
                )
                for i in range(8)
            ],
            post(SEARCH, {"experiment_ids": ["$exp"]}, view=_ties_by_id),
            post(SEARCH, {"experiment_ids": ["$exp"], "order_by": ["metrics.m"]}, view=_ties_by_id),
            post(
                SEARCH,
                {"experiment_ids": ["$exp"], "order_by": ["metrics.m DESC"]},
                view=_ties_by_id,
            ),
            post(
                SEARCH, {"experiment_ids": ["$exp"], "order_by": ["params.none"]}, view=_ties_by_id
            ),
            post(
                SEARCH,
                {"experiment_ids": ["$exp"], "order_by": ["run_name DESC"]},
                view=_ties_by_id,
            ),
            post(
                SEARCH,
                {"experiment_ids": ["$exp"], "order_by": ["start_time ASC"]},
                view=_ties_by_id,
            ),
        ],
    ),
    Scenario(
        "pages",
        [
            *_FIVE,
            _search(view=_names, max_results=2, save={"token": "next_page_token"}),
            _search(
                view=_names, max_results=2, page_token="$token", save={"token": "next_page_token"}
            ),
            _search(view=_names, max_results=2, page_token="$token", label="last page"),
            _search(view=_names, max_results=5, label="exactly full page"),
            _search(
                "metrics.x > 0",
                view=_names,
                max_results=2,
                order_by=["metrics.x"],
                save={"token": "next_page_token"},
            ),
            _search(
                "metrics.x > 0",
                view=_names,
                max_results=2,
                order_by=["metrics.x"],
                page_token="$token",
            ),
            _search(
                view=_names,
                max_results=2,
                order_by=["metrics.acc DESC"],
                save={"token": "next_page_token"},
            ),
            _search(
                view=_names,
                max_results=2,
                order_by=["metrics.acc DESC"],
                page_token="$token",
                save={"token": "next_page_token"},
                label="into NaN and missing",
            ),
            _search(view=_names, max_results=2, order_by=["metrics.acc DESC"], page_token="$token"),
            _search(max_results=2, page_token="not base64!", exact=True),
            _search(max_results=2, page_token="bm90IGpzb24="),
            _search(max_results=2, page_token="e30="),
            _search(max_results=2, page_token=""),
            _search(max_results=2, page_token=5, ours=UNREAD),
            _search(max_results=2, page_token=None),
        ],
    ),
    Scenario(
        "max_results",
        [
            *_FIVE,
            _search(label="absent"),
            _search(max_results=50000),
            _search(max_results=50001),
            _search(max_results=0, exact=True),
            _search(max_results=-1),
            _search(max_results="3", view=_names),
            _search(max_results="x"),
            _search(max_results=2.0, view=_names),
            _search(max_results=2.5, ours=UNREAD),
            _search(
                max_results=None,
                ours=accepted(NULL_IS_ABSENT, ["Alpha", "Gamma", "beta", "delta", "epsilon"]),
            ),
            _search(max_results=2**40, label="beyond 32 bits"),
            _search(max_results=[5], label="a list"),
        ],
    ),
    Scenario(
        "view types",
        [
            new_experiment(),
            new_run("kept"),
            new_run("gone"),
            post("runs/delete", {"run_id": "$gone"}),
            *[
                _search(run_view_type=kind)
                for kind in [
                    "ACTIVE_ONLY",
                    "DELETED_ONLY",
                    "ALL",
                    1,
                    2,
                    3,
                    "1",
                    None,
                ]
            ],
            *[_search(run_view_type=kind, ours=UNREAD) for kind in [0, 9, "SOME"]],
            _search(
                run_view_type="all",
                ours=ours("View types are taken in any case.", body=["gone", "kept"]),
            ),
            post("experiments/delete", {"experiment_id": "$exp"}),
            _search(label="deleted experiment"),
            _search(run_view_type="ALL", label="deleted experiment, all"),
            _search(run_view_type="DELETED_ONLY", label="deleted experiment, deleted"),
        ],
    ),
    Scenario(
        "experiments",
        [
            new_experiment(),
            new_experiment("exp_b", " b"),
            new_run("one"),
            new_run("two", "exp_b", start_time=T0 + 5),
            post(SEARCH, {"experiment_ids": ["$exp", "$exp_b"]}, view=_names),
            post(SEARCH, {"experiment_ids": ["$exp_b", "$exp", "$exp"]}, view=_names),
            post(SEARCH, {"experiment_ids": ["$exp_b"]}, view=_names),
            post(SEARCH, {"experiment_ids": ["777777777"]}, view=_names),
            post(SEARCH, {"experiment_ids": []}, view=_names, label="no experiments"),
            post(SEARCH, {}, view=_names, label="empty request"),
            post(SEARCH, {"experiment_ids": ["abc"]}, label="a word for an id"),
            post(SEARCH, {"experiment_ids": "$exp"}),
            post(SEARCH, {"experiment_ids": [5]}, label="a number for an id", ours=UNREAD),
            post(SEARCH, {"experiment_ids": [None]}, label="null for an id", ours=UNREAD),
            get(SEARCH, {"experiment_ids": "$exp"}, label="GET"),
        ],
    ),
]
