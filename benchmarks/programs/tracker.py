"""The client libraries behind one face, each as its own documentation uses it.

The programs of this folder run in the environments of the peers, so they know nothing but the
standard library and the tracker that they are told to load.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol


class Tracker(Protocol):
    """A library that tracks into the place that the environment variables name.

    Attributes:
        log_one: The library's own function that logs one point, to be called with `one`.
        log_step: The same for all metrics of a step, to be called with `step`.

    """

    log_one: Callable[..., object]
    log_step: Callable[..., object]

    def one(self, key: str, value: float, step: int) -> tuple[object, ...]:
        """Return the arguments that `log_one` takes for a point."""
        ...

    def begin(self) -> str:
        """Start a run and return its id."""
        ...

    def end(self) -> None:
        """End the run; everything is stored afterwards."""
        ...

    def adopt(self) -> None:
        """Bring into the store what dead processes left for it."""
        ...

    def steps(self, run_id: str, key: str) -> list[int]:
        """Return the steps of all stored points of a metric."""
        ...


class Fluent:
    """MLflow's fluent API: MLflow itself, or Headrace."""

    def __init__(self, name: str) -> None:
        self._library: Any = importlib.import_module(name)
        self._start, self._end = self._library.start_run, self._library.end_run
        self.log_one = self._library.log_metric
        self.log_step = self._library.log_metrics

    def one(self, key: str, value: float, step: int) -> tuple[object, ...]:
        return key, value, step

    def begin(self) -> str:
        return str(self._start().info.run_id)

    def end(self) -> None:
        self._end()

    def adopt(self) -> None:
        if hasattr(self._library, "flush"):  # MLflow leaves nothing
            self._library.flush()

    def steps(self, run_id: str, key: str) -> list[int]:
        history = self._library.MlflowClient().get_metric_history(run_id, key)
        return [int(point.step) for point in history]


class Transfers:
    """The artifacts of MLflow's fluent API, in an experiment whose files the server keeps."""

    def __init__(self, name: str) -> None:
        self._library: Any = importlib.import_module(name)

    def begin(self) -> None:
        """Start a run; the store has it afterwards."""
        name = f"bench-{time.time_ns()}"
        location = f"mlflow-artifacts:/{name}"
        experiment = self._library.create_experiment(name, artifact_location=location)
        self._run_id = self._library.start_run(experiment_id=experiment).info.run_id
        self._settle()

    def put(self, folder: Path, path: str) -> None:
        """Log a folder of files, or the one file in it; the server has everything afterwards."""
        files = list(folder.iterdir())
        if len(files) == 1:
            self._library.log_artifact(str(files[0]), path)
        else:
            self._library.log_artifacts(str(folder), path)
        self._settle()

    def get(self, path: str, folder: Path) -> None:
        """Download a folder into another one."""
        self._library.artifacts.download_artifacts(
            run_id=self._run_id, artifact_path=path, dst_path=str(folder)
        )

    def end(self) -> None:
        """End the run."""
        self._library.end_run()

    def _settle(self) -> None:
        if hasattr(self._library, "flush"):  # MLflow's calls return when all is stored
            self._library.flush()


class Trackio:
    """trackio in its local form: no server, no account, no page."""

    _PROJECT = "bench"

    def __init__(self) -> None:
        self._library: Any = importlib.import_module("trackio")
        self.log_one = self.log_step = self._library.log

    def one(self, key: str, value: float, step: int) -> tuple[object, ...]:
        return {key: value}, step

    def begin(self) -> str:
        with contextlib.redirect_stdout(io.StringIO()):  # what it prints costs it nothing here
            return str(self._library.init(project=self._PROJECT, embed=False).id)

    def end(self) -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            self._library.finish()

    def adopt(self) -> None:
        """Do nothing: what it had in memory is gone."""

    def steps(self, run_id: str, key: str) -> list[int]:
        database = Path(os.environ["TRACKIO_DIR"]) / f"{self._PROJECT}.db"
        with contextlib.closing(sqlite3.connect(database)) as connection:
            rows = connection.execute(
                "SELECT step, metrics FROM metrics WHERE run_id = ?", (run_id,)
            ).fetchall()
        return [step for step, metrics in rows if key in json.loads(metrics)]


def load(library: str) -> Tracker:
    """Import a library: ``headrace``, ``mlflow`` or ``trackio``."""
    return Trackio() if library == "trackio" else Fluent(library)


def load_transfers(library: str) -> Transfers:
    """Import a library that moves files: ``headrace`` or ``mlflow``."""
    return Transfers(library)
