"""First steps that many scenarios share: an experiment, a run in it."""

from __future__ import annotations

from typing import Any

from tests.compat.exchange import Exchange, post

# A fixed moment of the past: server times become a placeholder, these must come back as sent.
T0 = 1_700_000_000_000


def new_experiment(variable: str = "exp", suffix: str = "") -> Exchange:
    """Create an experiment named after the scenario and save its id."""
    name = f"$unique{suffix}"
    return post("experiments/create", {"name": name}, save={variable: "experiment_id"})


def new_run(variable: str = "run", experiment: str = "exp", **fields: Any) -> Exchange:
    """Create a run and save its id; `fields` are further fields of the request."""
    body = {"experiment_id": f"${experiment}", "start_time": T0, "run_name": variable} | fields
    return post("runs/create", body, save={variable: "run.info.run_id"})


def unseen(_: Any) -> Any:
    """Reduce an answer to nothing: that the request was accepted is what matters."""
    return None


def tag(key: str, value: str) -> dict[str, str]:
    """Return a tag or param as it travels."""
    return {"key": key, "value": value}


def point(key: str, value: Any, timestamp: Any = T0, step: Any = 0, **more: Any) -> dict[str, Any]:
    """Return a metric point as it travels."""
    return {"key": key, "value": value, "timestamp": timestamp, "step": step} | more
