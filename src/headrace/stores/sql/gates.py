"""Gates, held against the versions that move; nothing of a model is ever run."""

from __future__ import annotations

import math
from typing import NamedTuple

from headrace.entities import ContentGate, ContentState, MetricGate, TagGate
from headrace.entities.registry_rule import COMPARISONS, Gate, number_text
from headrace.stores.sql.engine import Transaction
from headrace.stores.sql.summaries import NAN
from headrace.stores.sql.version_contents import content_state

_VERSION = (
    "SELECT id, version, run_id, logged_model_id FROM model_versions WHERE name = ? AND version = ?"
)
_METRIC_OF_LOGGED_MODEL = (
    "SELECT p.kind, p.value FROM logged_model_metrics AS p "
    "JOIN logged_models AS m ON m.id = p.model_id WHERE m.uuid = ? AND p.key = ? "
    "ORDER BY p.step DESC, p.time DESC, p.value DESC LIMIT 1"
)
_METRIC_OF_RUN = (
    "SELECT s.last_kind, s.last_value FROM runs AS r "
    "JOIN keys AS k ON k.experiment_id = r.experiment_id "
    "JOIN metric_summaries AS s ON s.run_id = r.id AND s.key_id = k.id "
    "WHERE r.uuid = ? AND k.name = ?"
)


class Finding(NamedTuple):
    """Whether a gate lets a version through, and what was found, in words."""

    passes: bool
    found: str


class _Version(NamedTuple):
    """What gates ask of a version; ids of runs and logged models may be of other stores."""

    id: int
    number: int
    run_id: str | None
    logged_model_id: str | None


def judge(tx: Transaction, gate: Gate, name: str, version: int, replaced: int | None) -> Finding:
    """Return what a gate says of a version that arrives at an alias or a stage.

    Args:
        tx: The transaction of the move.
        gate: The gate.
        name: The model's name.
        version: The version's number.
        replaced: Number of the version that is there until then; None if there is none.

    """
    match gate:
        case MetricGate():
            return _judge_metric(tx, gate, name, version, replaced)
        case TagGate():
            return _judge_tag(tx, gate, _find(tx, name, version))
        case ContentGate():
            return _judge_content(tx, _find(tx, name, version))


def _judge_metric(
    tx: Transaction, gate: MetricGate, name: str, version: int, replaced: int | None
) -> Finding:
    arriving = _find(tx, name, version)
    value = _metric(tx, arriving, gate.metric)
    if value is None:
        return Finding(False, _say_absent(tx, arriving, gate.metric))
    found = f"version {version} has {_number(value)}"
    compare = COMPARISONS[gate.comparison]
    if gate.threshold is not None:
        return Finding(compare(value, gate.threshold), found)
    if math.isnan(value):
        return Finding(False, found)
    if replaced is None:
        return Finding(True, f"{found} and replaces no version")
    present = _find(tx, name, replaced)
    current = _metric(tx, present, gate.metric)
    if current is None:
        absent = _say_absent(tx, present, gate.metric)
        return Finding(False, f"{found}, but nothing to compare it with: {absent}")
    found += f", and version {replaced}, which it replaces, {_number(current)}"
    return Finding(compare(value, current + gate.offset), found)


def _judge_tag(tx: Transaction, gate: TagGate, version: _Version) -> Finding:
    sql = "SELECT value FROM model_version_tags WHERE version_id = ? AND key = ?"
    row = tx.execute(sql, (version.id, gate.key)).fetchone()
    if row is None:
        return Finding(False, f"version {version.number} has no tag {gate.key!r}")
    passes = gate.value is None or row[0] == gate.value
    return Finding(passes, f"version {version.number} has {gate.key}={row[0]}")


def _judge_content(tx: Transaction, version: _Version) -> Finding:
    state = content_state(tx, version.id)
    found = f"the content of version {version.number} is {state}"
    if state is ContentState.UNVERIFIED:
        found += "; 'headrace models verify' has it read"
    return Finding(state is ContentState.VERIFIED, found)


def _find(tx: Transaction, name: str, version: int) -> _Version:
    return _Version(*tx.execute(_VERSION, (name, version)).fetchone())


def _metric(tx: Transaction, version: _Version, key: str) -> float | None:
    """Return the last value of a metric: of the logged model, else of the run; None if absent.

    One run may have logged several models, each with its own value of the metric.
    """
    for sql, uuid in (
        (_METRIC_OF_LOGGED_MODEL, version.logged_model_id),
        (_METRIC_OF_RUN, version.run_id),
    ):
        row = tx.execute(sql, (uuid, key)).fetchone() if uuid else None
        if row is not None:
            return math.nan if row[0] == NAN else float(row[1])
    return None


def _say_absent(tx: Transaction, version: _Version, key: str) -> str:
    if not version.run_id:
        return f"version {version.number} comes from no run, and has no metric {key!r}"
    if tx.execute("SELECT 1 FROM runs WHERE uuid = ?", (version.run_id,)).fetchone() is None:
        return f"the run {version.run_id} of version {version.number} is not in this store"
    return f"the run {version.run_id} of version {version.number} has no metric {key!r}"


def _number(value: float) -> str:
    return number_text(value) if math.isfinite(value) else str(value)
