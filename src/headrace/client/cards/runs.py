"""The card of a run: how it is, its metrics with a curve, and what it was given."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Sequence

from headrace.amounts import age, span
from headrace.api import tracking as api
from headrace.api.run_table import GetRunWindow
from headrace.client.cards.curve import draw_curve
from headrace.client.cards.frame import (
    AMBER,
    GREEN,
    RED,
    TEAL,
    beside,
    chips,
    dot,
    frame,
    number,
    table,
    title,
)
from headrace.entities import Metric, Run, RunInfo, ViewType
from headrace.errors import HeadraceError
from headrace.stores.base import TrackingStore

SHOWN_METRICS = 6
SHOWN_PARAMS = 12
CURVE_POINTS = 200

_COLORS = {"RUNNING": TEAL, "FINISHED": GREEN, "FAILED": RED, "KILLED": AMBER}

# Of which metrics less is better, and of which more: as the pages have it, which mark the best run.
_LOW = re.compile(
    "(^|[^a-z])(loss|error|err|rmse|mae|mse|mape|perplexity|ppl|latency|wer|cer|fid|nll|bce|time"
    "|seconds)($|[^a-z])",
    re.IGNORECASE,
)
_HIGH = re.compile(
    "(^|[^a-z])(acc|accuracy|auc|auroc|f1|precision|recall|score|map|iou|miou|bleu|rouge|reward"
    "|return|r2|psnr|ssim|dice|throughput)($|[^a-z])",
    re.IGNORECASE,
)
_HELD_OUT = re.compile("(^|[^a-z])(val|valid|validation|eval|test)($|[^a-z])", re.IGNORECASE)
_LOSS = re.compile("loss", re.IGNORECASE)


def draw_run(run: Run, store: TrackingStore, way: str) -> str:
    """Return the card of a run; without a curve, and as it was, if the store does not answer now.

    Args:
        run: The run.
        store: Reads it anew.
        way: The link to its page, as HTML.

    """
    note, curve = "", ""
    extremes: dict[str, list[float | None]] = {}
    try:
        run = store.get_run(api.GetRun(run_id=run.info.run_id)).run
    except HeadraceError:
        note = "as it was when it was read: the store does not answer"
    info, metrics = run.info, choose_metrics(run.data.metric_list)
    if not note:
        with contextlib.suppress(HeadraceError):  # a server of MLflow has neither
            extremes = _read_extremes(info, metrics, store)
            curve = _read_curve(info.run_id, metrics, store)
    status = "lost" if info.lost else info.status.lower()
    color = AMBER if info.lost else _COLORS.get(info.status, AMBER)
    mark = dot(color, is_filled=status not in ("running", "lost", "killed"))
    deleted = "deleted" if info.lifecycle_stage == "deleted" else ""
    head = title(info.run_name or info.run_id, mark, (status, *_times(info), deleted, note))
    params = [(param.key, param.value) for param in run.data.param_list]
    parts = (beside(_metrics_table(metrics, extremes), curve), chips(params, SHOWN_PARAMS), way)
    return frame(head, parts)


def choose_metrics(metrics: Sequence[Metric]) -> list[Metric]:
    """Return the metrics that tell most: losses and scores, those on data held out first."""

    def rank(metric: Metric) -> tuple[bool, bool, bool]:
        name = metric.key
        is_judged = bool(_LOW.search(name) or _HIGH.search(name))
        return not is_judged, not _HELD_OUT.search(name), not _LOSS.search(name)

    of_the_run = [metric for metric in metrics if not metric.key.startswith("system/")]
    return sorted(of_the_run, key=rank)[:SHOWN_METRICS]


def choose_curve(metrics: Sequence[Metric]) -> Metric | None:
    """Return the metric whose curve is drawn: a loss, else the first one with steps."""
    with_steps = [metric for metric in metrics if metric.step != 0]
    losses = [metric for metric in with_steps if _LOSS.search(metric.key)]
    return next(iter([*losses, *with_steps]), None)


def _read_extremes(
    info: RunInfo, metrics: Sequence[Metric], store: TrackingStore
) -> dict[str, list[float | None]]:
    """Return the least and greatest value of metrics, by ``min(metrics.KEY)`` and ``max``."""
    columns = [
        f"{best}(metrics.{metric.key})"
        for metric in metrics
        for best, pattern in (("min", _LOW), ("max", _HIGH))
        if pattern.search(metric.key)
    ]
    if not columns:
        return {}
    request = GetRunWindow(
        experiment_ids=[info.experiment_id],
        filter=f"run_id = '{info.run_id}'",
        run_view_type=ViewType.ALL,
        max_results=1,
        columns=columns,
    )
    return store.get_run_window(request).numbers


def _read_curve(run_id: str, metrics: Sequence[Metric], store: TrackingStore) -> str:
    chosen = choose_curve(metrics)
    if chosen is None:
        return ""
    request = api.GetMetricSeries(
        run_ids=[run_id],
        metric_keys=[chosen.key],
        max_points=CURVE_POINTS,
        timestamps=False,
    )
    series = store.get_metric_series(request).series
    if not series:
        return ""
    return draw_curve(chosen.key, series[0].steps, series[0].values)


def _metrics_table(metrics: Sequence[Metric], extremes: dict[str, list[float | None]]) -> str:
    if not metrics:
        return ""
    if not extremes:
        return table(
            ("Metric", "Last"), [(one.key, number(one.value)) for one in metrics], ("Last",)
        )
    rows = []
    for metric in metrics:
        least, most = (
            next(iter(extremes.get(f"{best}(metrics.{metric.key})", ())), None)
            for best in ("min", "max")
        )
        rows.append((metric.key, number(metric.value), number(most if least is None else least)))
    return table(("Metric", "Last", "Best"), rows, numbers=("Last", "Best"))


def _times(info: RunInfo) -> tuple[str, ...]:
    """Return how long a run took, and when that was."""
    if info.start_time is None:
        return ()
    if info.end_time is not None:
        return span((info.end_time - info.start_time) / 1000), f"ended {age(info.end_time)}"
    if info.lost:
        return (f"began {age(info.start_time)}",)
    return (f"for {span(max(0.0, time.time() - info.start_time / 1000))}",)
