"""Metric histories: one metric, pages, many runs, an interval of steps."""

from __future__ import annotations

from typing import Any

from tests.compat.differences import UNREAD, ours, refused
from tests.compat.exchange import AJAX, API, Exchange, Scenario, get, post
from tests.compat.scenarios.beginnings import T0, new_experiment, new_run, point

HISTORY = "metrics/get-history"
BULK = AJAX + "metrics/get-history-bulk"
INTERVAL = AJAX + "metrics/get-history-bulk-interval"
ABSENT = "0123456789abcdef0123456789abcdef"

BARE_NAN = "A bare NaN is no JSON: browsers refuse the whole answer."


def _batch(run: str, points: list[dict[str, Any]]) -> Exchange:
    return post("runs/log-batch", {"run_id": f"${run}", "metrics": points})


def _steps(body: Any) -> Any:
    """Reduce a history to its steps and whether a further page exists."""
    steps = [m.get("step") for m in body.get("metrics", [])]
    return {"steps": steps, "more": "next_page_token" in body}


def _by_run(body: Any) -> Any:
    """Reduce a history of several runs to (run, step, value) in order."""
    return [[m["run_id"], m.get("step"), m["value"]] for m in body.get("metrics", [])]


def _sampled(body: Any) -> Any:
    """Reduce a sampled history to its number of points, its steps' sum and its ends."""
    steps = [m.get("step") for m in body.get("metrics", [])]
    return {"count": len(steps), "first": steps[:12], "last": steps[-3:], "sum": sum(steps)}


_TEN = [point("m", i / 4, T0 + i, i) for i in range(10)]
_OUT_OF_ORDER = [
    point("m", 3.0, T0 + 2, 1),
    point("m", 1.0, T0, 2),
    point("m", 2.0, T0, 1),
    point("m", 1.0, T0, 1),
    point("m", "NaN", T0 + 1, 1),
    point("m", 9.0, T0 - 1, -4),
]

SCENARIOS = [
    Scenario(
        "one metric",
        [
            new_experiment(),
            new_run(),
            _batch("run", _TEN),
            get(HISTORY, {"run_id": "$run", "metric_key": "m"}),
            get(HISTORY, {"run_uuid": "$run", "metric_key": "m"}, view=_steps),
            get(HISTORY, {"run_id": "$run", "metric_key": "never"}, label="unknown key"),
            get(HISTORY, {"run_id": ABSENT, "metric_key": "m"}, label="unknown run"),
            get(HISTORY, {"run_id": "$run"}, exact=True),
            get(HISTORY, {"metric_key": "m"}, exact=True),
            get(HISTORY, {"run_id": "$run", "metric_key": ""}),
            get(HISTORY, {"run_id": "$run", "metric_key": "M"}, label="other case"),
            get(HISTORY, headers={"Content-Type": "application/json"}),
        ],
    ),
    Scenario(
        "order",
        [
            new_experiment(),
            new_run(),
            _batch("run", _OUT_OF_ORDER),
            get(
                HISTORY,
                {"run_id": "$run", "metric_key": "m"},
                view=lambda b: sorted(
                    [m["timestamp"], m["step"], str(m["value"])] for m in b["metrics"]
                ),
                label="without pages",
            ),
            get(HISTORY, {"run_id": "$run", "metric_key": "m", "max_results": 100}, label="paged"),
        ],
    ),
    Scenario(
        "pages",
        [
            new_experiment(),
            new_run(),
            _batch("run", _TEN),
            get(
                HISTORY,
                {"run_id": "$run", "metric_key": "m", "max_results": 4},
                save={"token": "next_page_token"},
            ),
            get(
                HISTORY,
                {"run_id": "$run", "metric_key": "m", "max_results": 4, "page_token": "$token"},
                save={"token": "next_page_token"},
                view=_steps,
            ),
            get(
                HISTORY,
                {"run_id": "$run", "metric_key": "m", "max_results": 4, "page_token": "$token"},
                view=_steps,
                label="last page",
            ),
            get(
                HISTORY,
                {"run_id": "$run", "metric_key": "m", "max_results": 10},
                view=_steps,
                label="exactly full page",
            ),
            get(HISTORY, {"run_id": "$run", "metric_key": "m", "max_results": 25000}, view=_steps),
            get(
                HISTORY, {"run_id": "$run", "metric_key": "m", "max_results": 1000000}, view=_steps
            ),
            get(HISTORY, {"run_id": "$run", "metric_key": "m", "max_results": 0}, exact=True),
            get(HISTORY, {"run_id": "$run", "metric_key": "m", "max_results": -1}),
            get(HISTORY, {"run_id": "$run", "metric_key": "m", "max_results": "x"}, ours=UNREAD),
            get(
                HISTORY,
                {
                    "run_id": "$run",
                    "metric_key": "m",
                    "max_results": 3,
                    "page_token": "not base64!",
                },
            ),
            get(HISTORY, {"run_id": "$run", "metric_key": "m", "page_token": "not base64!"}),
            get(
                HISTORY,
                {"run_id": "$run", "metric_key": "m", "max_results": 3, "page_token": ""},
                view=_steps,
            ),
        ],
    ),
    Scenario(
        "bulk",
        [
            new_experiment(),
            new_run("run_a"),
            new_run("run_b"),
            new_run("run_c"),
            _batch("run_a", _TEN[:3]),
            _batch("run_b", [*_OUT_OF_ORDER, point("other", 5.0)]),
            get(BULK, {"run_id": ["$run_a"], "metric_key": "m"}),
            get(
                BULK,
                {"run_id": ["$run_b"], "metric_key": "m"},
                view=_by_run,
                label="order",
                ours=ours(BARE_NAN, body__4__2="NaN"),
            ),
            get(BULK, {"run_id": ["$run_a"], "metric_key": "never"}),
            get(BULK, {"run_id": ["$run_c"], "metric_key": "m"}),
            get(BULK, {"run_id": [ABSENT], "metric_key": "m"}),
            get(
                BULK,
                {"run_id": ["$run_a", "$run_b", "$run_c"], "metric_key": "m"},
                view=lambda b: sorted(str(row[1:]) for row in _by_run(b)),
                label="three runs",
                ours=ours(BARE_NAN, body__2="[1, 'NaN']"),
            ),
            get(
                BULK,
                {"run_id": ["$run_a", "$run_a"], "metric_key": "m"},
                view=_by_run,
                label="the same run twice",
            ),
            get(BULK, {"run_id": ["$run_a"], "metric_key": "m", "max_results": 2}, view=_by_run),
            get(BULK, {"run_id": ["$run_a"], "metric_key": "m", "max_results": 0}),
            get(
                BULK,
                {"run_id": ["$run_a"], "metric_key": "m", "max_results": 99999999},
                view=_by_run,
            ),
            get(
                BULK,
                {"run_id": ["$run_a"], "metric_key": "m", "max_results": "x"},
                label="word for max_results",
            ),
            get(
                BULK,
                {"run_id": ["$run_a"], "metric_key": "m", "max_results": -1},
                label="negative max_results",
                ours=refused("MLflow counts from the end of the list."),
            ),
            get(BULK, {"metric_key": "m"}),
            get(BULK, {"run_id": ["$run_a"]}),
            get(
                BULK,
                {"run_id": ["$run_a"], "metric_key": ""},
                ours=refused("An empty key counts as missing, as in the other calls of histories."),
            ),
            get(BULK, {"run_id": [f"{i:032x}" for i in range(101)], "metric_key": "m"}),
            get(BULK, {"run_id": [f"{i:032x}" for i in range(100)], "metric_key": "m"}),
            get(
                API + "metrics/get-history-bulk",
                {"run_id": ["$run_a"], "metric_key": "m"},
                label="only under ajax-api",
            ),
        ],
    ),
    Scenario(
        "bulk interval",
        [
            new_experiment(),
            new_run("run_a"),
            new_run("run_b"),
            _batch("run_a", _TEN),
            _batch("run_b", _OUT_OF_ORDER),
            get(INTERVAL, {"run_ids": ["$run_a"], "metric_key": "m"}),
            get(INTERVAL, {"run_ids": ["$run_b"], "metric_key": "m"}, view=_by_run, label="order"),
            get(
                INTERVAL, {"run_ids": ["$run_a"], "metric_key": "m", "max_results": 4}, view=_by_run
            ),
            get(
                INTERVAL, {"run_ids": ["$run_a"], "metric_key": "m", "max_results": 1}, view=_by_run
            ),
            get(
                INTERVAL,
                {"run_ids": ["$run_a"], "metric_key": "m", "start_step": 2, "end_step": 5},
                view=_by_run,
            ),
            get(
                INTERVAL,
                {"run_ids": ["$run_a"], "metric_key": "m", "start_step": 5, "end_step": 5},
                view=_by_run,
            ),
            get(
                INTERVAL,
                {"run_ids": ["$run_b"], "metric_key": "m", "start_step": -9, "end_step": 1},
                view=_by_run,
            ),
            get(
                INTERVAL,
                {"run_ids": ["$run_a"], "metric_key": "m", "start_step": 50, "end_step": 60},
            ),
            get(
                INTERVAL, {"run_ids": ["$run_a"], "metric_key": "m", "start_step": 5, "end_step": 2}
            ),
            get(INTERVAL, {"run_ids": ["$run_a"], "metric_key": "m", "start_step": 5}),
            get(INTERVAL, {"run_ids": ["$run_a"], "metric_key": "m", "end_step": 5}),
            get(
                INTERVAL,
                {"run_ids": ["$run_a"], "metric_key": "m", "start_step": "x", "end_step": 5},
                label="word for a step",
            ),
            get(INTERVAL, {"run_ids": ["$run_a"], "metric_key": "m", "max_results": 0}),
            get(INTERVAL, {"run_ids": ["$run_a"], "metric_key": "m", "max_results": 2501}),
            get(
                INTERVAL,
                {"run_ids": ["$run_a"], "metric_key": "m", "max_results": "x"},
                label="word for max_results",
            ),
            get(INTERVAL, {"run_ids": ["$run_a"], "metric_key": "never"}),
            get(INTERVAL, {"run_ids": ["$run_a"]}),
            get(INTERVAL, {"metric_key": "m"}),
            get(INTERVAL, {"run_ids": ["$run_a"], "metric_key": ""}),
            get(INTERVAL, {"run_ids": [ABSENT], "metric_key": "m"}),
            get(INTERVAL, {"run_ids": [f"{i:032x}" for i in range(101)], "metric_key": "m"}),
            get(
                API + "metrics/get-history-bulk-interval",
                {"run_ids": ["$run_a"], "metric_key": "m"},
                view=_by_run,
                label="under api",
            ),
        ],
    ),
    Scenario(
        "sampling",
        [
            new_experiment(),
            new_run("run_a"),
            new_run("run_b"),
            _batch("run_a", [point("m", i % 7, T0 + i, 3 * i) for i in range(1000)]),
            _batch("run_b", [point("m", i % 5, T0 + i, 2 * i + 1) for i in range(333)]),
            *[
                get(
                    INTERVAL,
                    {"run_ids": ["$run_a"], "metric_key": "m", "max_results": limit},
                    view=_sampled,
                )
                for limit in [1, 2, 3, 7, 10, 100, 320, 999, 1000, 2500]
            ],
            *[
                get(
                    INTERVAL,
                    {"run_ids": ["$run_a", "$run_b"], "metric_key": "m", "max_results": limit},
                    view=_sampled,
                )
                for limit in [1, 10, 100]
            ],
            get(
                INTERVAL,
                {
                    "run_ids": ["$run_a"],
                    "metric_key": "m",
                    "max_results": 10,
                    "start_step": 100,
                    "end_step": 2000,
                },
                view=_sampled,
            ),
            get(
                INTERVAL,
                {
                    "run_ids": ["$run_a"],
                    "metric_key": "m",
                    "max_results": 10,
                    "start_step": 101,
                    "end_step": 131,
                },
                view=_sampled,
            ),
        ],
    ),
]
