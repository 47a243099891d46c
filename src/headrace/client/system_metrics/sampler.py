"""The thread that samples the machine, for all runs of this process that want it."""

from __future__ import annotations

import logging
import os
import threading
import time

from headrace.client.system_metrics.run_metrics import RunMetrics

_logger = logging.getLogger(__name__)


class Sampler:
    """Has each run's samples taken when they are due."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Sample for nobody, also where locks are held by threads of the past."""
        self._runs: list[RunMetrics] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def begin(self, run: RunMetrics) -> None:
        """Sample for a run too."""
        with self._changed:
            self._runs.append(run)
            self._changed.notify()
            if self._thread is not None:
                return
            # Taken down before it starts: a signal handler that begins a run begins no second one.
            self._thread = threading.Thread(target=self._run, name="headrace-system", daemon=True)
            try:
                self._thread.start()
            except RuntimeError as error:  # no thread can be had, or the process is at its end
                self._thread = None
                self._runs.remove(run)
                run.give_up(str(error))

    def end(self, run: RunMetrics, seconds: float) -> None:
        """Have the last sample of a run logged.

        Args:
            run: The run.
            seconds: How long to wait for it at most.

        """
        with self._changed:
            run.end()
            self._changed.notify()
        if not run.is_done.wait(seconds):
            _logger.warning(
                "System metrics of the run %s lack the last: that took longer than %g s.",
                *(run.run_id, seconds),
            )

    def _run(self) -> None:
        changed = self._changed
        while True:
            with changed:
                self._runs = [run for run in self._runs if not run.is_done.is_set()]
                if not self._runs:
                    self._thread = None
                    return
                next_run = min(self._runs, key=lambda run: run.due)
                seconds = next_run.due - time.monotonic()
                if seconds > 0:
                    changed.wait(seconds)
                    continue
            next_run.work()


sampler = Sampler()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=sampler.forget)  # the runs are the parent's
