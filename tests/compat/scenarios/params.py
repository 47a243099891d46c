"""Params: written once, read back as given."""

from __future__ import annotations

from typing import Any

from tests.compat.differences import WHOLE, Ours, ours
from tests.compat.exchange import Scenario, get, post
from tests.compat.normalise import abbreviate
from tests.compat.scenarios.beginnings import new_experiment, new_run, tag

LOG = "runs/log-parameter"
ABSENT = "0123456789abcdef0123456789abcdef"


def _params(body: Any) -> Any:
    return {p["key"]: p["value"] for p in body["run"]["data"].get("params", [])}


def _whole(**values: str) -> Ours:
    return ours(WHOLE, body={key: abbreviate(value) for key, value in values.items()})


SCENARIOS = [
    Scenario(
        "log and read",
        [
            new_experiment(),
            new_run(),
            post(LOG, {"run_id": "$run", "key": "lr", "value": "0.01"}),
            post(LOG, {"run_id": "$run", "key": "lr", "value": "0.01"}, label="same value"),
            post(LOG, {"run_id": "$run", "key": "lr", "value": "0.02"}, exact=True, label="other"),
            post(LOG, {"run_uuid": "$run", "key": "uuid", "value": "x"}),
            post(LOG, {"run_id": "$run", "key": "empty", "value": ""}),
            post(LOG, {"run_id": "$run", "key": "empty", "value": ""}, label="empty again"),
            post(LOG, {"run_id": "$run", "key": "empty", "value": "x"}, exact=True),
            post(LOG, {"run_id": "$run", "key": "absent"}),
            post(LOG, {"run_id": "$run", "key": "null", "value": None}),
            post(LOG, {"run_id": "$run", "key": "space", "value": "  a  "}),
            post(LOG, {"run_id": "$run", "key": "space", "value": "a"}, label="stripped"),
            post(
                LOG,
                {
                    "run_id": "$run",
                    "key": "\u00fc n\u00ef/c-o.d_e",
                    "value": "\u65e5\u672c\n\U0001f600",
                },
            ),
            post(LOG, {"run_id": "$run", "key": "Case", "value": "1"}),
            post(LOG, {"run_id": "$run", "key": "case", "value": "2"}),
            post(LOG, {"run_id": "$run", "key": "k" * 250, "value": "v"}),
            post(LOG, {"run_id": "$run", "key": "long", "value": "v" * 6000}),
            get("runs/get", {"run_id": "$run"}, view=_params, label="all params"),
            get("runs/get", {"run_id": "$run"}, view=lambda b: sorted(b["run"]["data"])),
        ],
    ),
    Scenario(
        "longer than MLflow's limit",
        [
            new_experiment(),
            new_run(),
            post(LOG, {"run_id": "$run", "key": "long", "value": "v" * 6001}, label="long param"),
            get(
                "runs/get",
                {"run_id": "$run"},
                view=_params,
                label="long param read",
                ours=_whole(long="v" * 6001),
            ),
            post(
                "runs/log-batch",
                {"run_id": "$run", "params": [tag("batch", "w" * 6001)]},
                label="long param in a batch",
            ),
            get(
                "runs/get",
                {"run_id": "$run"},
                view=_params,
                label="long params read",
                ours=ours(
                    WHOLE, body={"long": abbreviate("v" * 6001), "batch": abbreviate("w" * 6001)}
                ),
            ),
        ],
    ),
    Scenario(
        "bad input",
        [
            new_experiment(),
            new_run(),
            post(LOG, {"run_id": "$run", "value": "1"}, exact=True),
            post(LOG, {"run_id": "$run", "key": "", "value": "1"}),
            post(LOG, {"run_id": "$run", "key": None, "value": "1"}),
            post(LOG, {"run_id": "$run", "key": 5, "value": "1"}),
            post(LOG, {"run_id": "$run", "key": "a", "value": 5}),
            post(LOG, {"run_id": "$run", "key": "a", "value": 0.5}),
            post(LOG, {"run_id": "$run", "key": "a", "value": True}),
            post(LOG, {"run_id": "$run", "key": "a", "value": ["x"]}),
            post(LOG, {"run_id": "$run", "key": "k" * 251, "value": "v"}),
            post(LOG, {"run_id": "$run", "key": "../a", "value": "v"}),
            post(LOG, {"run_id": "$run", "key": "a\nb", "value": "v"}),
            post(LOG, {"run_id": "$run", "key": "a*b", "value": "v"}),
            post(LOG, {"run_id": ABSENT, "key": "a", "value": "v"}, exact=False),
            post(LOG, {"run_id": "", "key": "a", "value": "v"}),
            post(LOG, {"key": "a", "value": "v"}, exact=True),
            get("runs/get", {"run_id": "$run"}, view=_params, label="nothing written"),
        ],
    ),
]
