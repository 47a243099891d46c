"""Fluent functions for artifacts of the active run; one is started if there is none."""

from __future__ import annotations

import io
import logging
import os
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from headrace.client.fluent.active_run import active_or_new, active_run, find_active
from headrace.client.fluent.experiments import active_experiment_id
from headrace.client.mlflow_client import MlflowClient

if TYPE_CHECKING:
    import matplotlib.figure
    import numpy
    import pandas
    import PIL.Image
    import plotly.graph_objects

    from headrace.client.images import Image

Path = str | os.PathLike[str]

_logger = logging.getLogger(__name__)


def log_artifact(
    local_path: Path, artifact_path: str | None = None, run_id: str | None = None
) -> None:
    """Store a local file or folder under its name as an artifact.

    Args:
        local_path: The file or folder.
        artifact_path: Folder among the run's artifacts; their root if not given.
        run_id: The run; the active one if not given.

    """
    client, target_id = _run(run_id)
    client.log_artifact(target_id, local_path, artifact_path)


def log_artifacts(
    local_dir: Path, artifact_path: str | None = None, run_id: str | None = None
) -> None:
    """Store what is in a local folder as artifacts; arguments as for `log_artifact`."""
    client, target_id = _run(run_id)
    client.log_artifacts(target_id, local_dir, artifact_path)


def log_text(text: str, artifact_file: str, run_id: str | None = None) -> None:
    """Store a text as an artifact, in UTF-8."""
    client, target_id = _run(run_id)
    client.log_text(target_id, text, artifact_file)


def log_dict(dictionary: dict[str, Any], artifact_file: str, run_id: str | None = None) -> None:
    """Store a dictionary or list as JSON, or as YAML if the name ends so."""
    client, target_id = _run(run_id)
    client.log_dict(target_id, dictionary, artifact_file)


def log_stream(
    stream: io.BufferedIOBase | io.RawIOBase, artifact_file: str, run_id: str | None = None
) -> None:
    """Store what a binary stream holds, from where it stands, as an artifact."""
    client, target_id = _run(run_id)
    client.log_stream(target_id, stream, artifact_file)


def log_figure(
    figure: matplotlib.figure.Figure | plotly.graph_objects.Figure,
    artifact_file: str,
    *,
    save_kwargs: dict[str, Any] | None = None,
) -> None:
    """Store a figure of matplotlib or plotly in the format that the name ends in.

    Args:
        figure: The figure.
        artifact_file: Such as ``plots/loss.png`` or ``plots/loss.html``.
        save_kwargs: Passed to the figure's own method that saves it.

    """
    client, target_id = _run(None)
    client.log_figure(target_id, figure, artifact_file, save_kwargs=save_kwargs)


def log_image(
    image: numpy.ndarray | PIL.Image.Image | Image,
    artifact_file: str | None = None,
    key: str | None = None,
    step: int | None = None,
    timestamp: int | None = None,
    synchronous: bool | None = False,
) -> None:
    """Store an image, either as a file or as one of a series.

    Args:
        image: A Pillow image, a numpy array or a `headrace.Image`.
        artifact_file: Path of the file; or else
        key: Name of the series.
        step: Position in the series; 0 if not given.
        timestamp: Milliseconds since the epoch; now if not given.
        synchronous: Whether to wait until the store has the image.

    """
    client, target_id = _run(None)
    client.log_image(target_id, image, artifact_file, key, step, timestamp, synchronous)


def log_table(
    data: dict[str, Any] | pandas.DataFrame, artifact_file: str, run_id: str | None = None
) -> None:
    """Store a table as JSON or parquet; a table that is there already is appended to."""
    client, target_id = _run(run_id)
    client.log_table(target_id, data, artifact_file)


def load_table(
    artifact_file: str, run_ids: list[str] | None = None, extra_columns: list[str] | None = None
) -> pandas.DataFrame:
    """Return the tables of one name of the active experiment's runs, one below the other.

    Args:
        artifact_file: The table's path in each run.
        run_ids: The runs to look at; all if not given.
        extra_columns: What to add of each run, for example ``run_id``.

    """
    return MlflowClient().load_table(active_experiment_id(), artifact_file, run_ids, extra_columns)


def get_artifact_uri(artifact_path: str | None = None) -> str:
    """Return where the active run's artifacts live, or where one of them does.

    Args:
        artifact_path: Path of an artifact, which need not be there yet; their root if not given.

    """
    if active_run() is None:
        _logger.warning(
            "No run is active, so one is started; use headrace.start_run() to start it yourself."
        )
    root = active_or_new().run.info.artifact_uri or ""
    if not artifact_path:
        return root
    # A query of the URI, such as a bucket's region, stays behind the path.
    parts = urlsplit(root)
    joined = f"{parts.path.rstrip('/')}/{artifact_path.lstrip('/')}"
    return urlunsplit(parts._replace(path=joined))


def _run(run_id: str | None) -> tuple[MlflowClient, str]:
    active = active_or_new() if run_id is None else find_active(run_id)
    return (active.client, active.run_id) if active else (MlflowClient(), str(run_id))
