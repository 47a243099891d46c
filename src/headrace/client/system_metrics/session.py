"""The system metrics of a run, from its start to its end in this process."""

from __future__ import annotations

import time

from headrace.api import tracking as api
from headrace.client.system_metrics.monitor import Figures
from headrace.client.system_metrics.plan import read_plan
from headrace.client.system_metrics.run_metrics import RunMetrics, next_step
from headrace.client.system_metrics.sampler import sampler
from headrace.client.writer import Writer
from headrace.entities import Run


class SystemMetrics:
    """Has the machine sampled, and the samples logged like any metric of the run, until it ends.

    Args:
        writer: Of the run's store.
        run: The run as it begins or goes on.

    Raises:
        InvalidParameterValue: If a setting has no value that it may have.

    """

    def __init__(self, writer: Writer, run: Run) -> None:
        self._writer = writer
        self._run_id = run.info.run_id
        plan = read_plan()
        first_step = next_step(run.data.metric_list, plan)
        self._metrics = RunMetrics(self._run_id, plan, first_step, self._log)
        sampler.begin(self._metrics)

    def end(self, seconds: float) -> None:
        """Have the last sample in the journal.

        Args:
            seconds: How long to wait at most.

        """
        sampler.end(self._metrics, seconds)

    def _log(self, values: Figures, step: int) -> bool:
        if not self._writer.knows(self._run_id):
            return False  # it was ended by its id
        moment = time.time_ns() // 1_000_000
        points = [
            api.MetricPoint(key=key, value=value, timestamp=moment, step=step)
            for key, value in values.items()
        ]
        self._writer.write([api.LogBatch(run_id=self._run_id, metrics=points)])
        return True
