"""The system metrics of one session of a run."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from headrace import optional
from headrace.client.system_metrics.monitor import Figures
from headrace.client.system_metrics.plan import Plan
from headrace.client.undivided import undivided
from headrace.entities import Metric

if TYPE_CHECKING:
    from headrace.client.system_metrics.parts import Part

# Whoever starts the run goes on first: two threads that both want to run take turns of 5 ms.
_SECONDS_FOR_STARTER = 0.002
# Of a shorter time than this nothing can be told: the system counts processor time in hundredths.
_MIN_SECONDS = 0.1

_logger = logging.getLogger(__name__)

Log = Callable[[Figures, int], bool]


class RunMetrics:
    """Samples the machine for one run, and logs the means; all in the thread of the sampler.

    A sample is taken at the end of each interval, so that it tells what was in it. When the run
    ends, a last one tells of the time since.

    Args:
        run_id: The run.
        plan: How often, and under which names.
        first_step: Step of the first points.
        log: Logs points of the run by their names, at a step; False once the run has ended.

    Attributes:
        due: When there is something to do next, by the monotonic clock.
        is_done: Set when there never will be.

    """

    def __init__(self, run_id: str, plan: Plan, first_step: int, log: Log) -> None:
        self.run_id = run_id
        self.due = time.monotonic() + _SECONDS_FOR_STARTER
        self.is_done = threading.Event()
        self._plan = plan
        self._step = first_step
        self._log = log
        self._is_ending = False
        self._parts: list[Part] | None = None  # until the first look
        self._looked = 0.0  # when the last look was, by the monotonic clock
        self._samples = 0  # that no point tells of yet
        self._has_looked = False

    def end(self) -> None:
        """Have the next work be the last."""
        self._is_ending = True
        self.due = 0.0

    def work(self) -> None:
        """Do what is due."""
        try:
            self._work()
        except optional.MissingLibrary as error:
            self.give_up(error.message)
        except Exception as error:  # border: no run fails of what it records of itself
            self.give_up(repr(error))

    def give_up(self, why: str) -> None:
        """Tell that nothing is recorded any more, and why."""
        _logger.warning("System metrics of the run %s are not recorded: %s", self.run_id, why)
        self._close()

    def _work(self) -> None:
        last = self.due
        if self._parts is None:
            with undivided():
                # Imported only here, with psutil: whoever starts the run need not wait for it.
                from headrace.client.system_metrics.parts import open_parts

                self._parts = list(open_parts())
            last = self._looked = time.monotonic()
        elif self._is_ending:
            if not self._has_looked or time.monotonic() - self._looked >= _MIN_SECONDS:
                self._look(self._parts)
            if self._samples:
                self._publish(self._parts)
            self._close()
        else:
            self._look(self._parts)
            if self._samples >= self._plan.samples and not self._publish(self._parts):
                self._close()
        # A machine that slept does not make up for what it missed.
        self.due = max(last, time.monotonic() - self._plan.interval) + self._plan.interval
        if self._is_ending:
            self.due = 0.0

    def _look(self, parts: list[Part]) -> None:
        with undivided():
            for part in parts:
                part.look()
        self._looked = time.monotonic()
        self._has_looked = True
        self._samples += 1

    def _publish(self, parts: list[Part]) -> bool:
        """Log what was sampled since the last time, and return whether the run goes on."""
        prefix, step = self._plan.prefix, self._step
        points = {prefix + name: value for part in parts for name, value in part.take().items()}
        self._samples = 0
        self._step += 1
        return self._log(points, step)

    def _close(self) -> None:
        for part in self._parts or ():
            part.close()
        self.is_done.set()


def next_step(metrics: Iterable[Metric], plan: Plan) -> int:
    """Return the step with which a run goes on.

    Args:
        metrics: The latest points of what the run has.
        plan: Tells which of them are system metrics of this node.

    """
    depth = plan.prefix.count("/")
    steps = [
        metric.step
        for metric in metrics
        if metric.key.startswith(plan.prefix) and metric.key.count("/") == depth
    ]
    return max(steps, default=-1) + 1
