"""The artifact methods of `MlflowClient`; the work is done in `ArtifactFiles`."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from headrace.client.artifact_checks import verify_run
from headrace.client.store_client import StoreClient
from headrace.entities import FileCheck, FileInfo

if TYPE_CHECKING:
    import matplotlib.figure
    import numpy
    import pandas
    import PIL.Image
    import plotly.graph_objects

    from headrace.client.images import Image

Path = str | os.PathLike[str]


class ArtifactCalls(StoreClient):
    """Files of runs and logged models."""

    def log_artifact(self, run_id: str, local_path: Path, artifact_path: str | None = None) -> None:
        """Store a local file or folder under its name as an artifact of a run.

        Args:
            run_id: The run.
            local_path: The file or folder.
            artifact_path: Folder among the run's artifacts; their root if not given.

        """
        self._session.files.log_artifact(run_id, local_path, artifact_path)

    def log_artifacts(self, run_id: str, local_dir: Path, artifact_path: str | None = None) -> None:
        """Store what is in a local folder as artifacts of a run."""
        self._session.files.log_artifacts(run_id, local_dir, artifact_path)

    def log_text(self, run_id: str, text: str, artifact_file: str) -> None:
        """Store a text as an artifact of a run, in UTF-8."""
        self._session.files.log_text(run_id, text, artifact_file)

    def log_dict(self, run_id: str, dictionary: dict[str, Any], artifact_file: str) -> None:
        """Store a dictionary or list as JSON, or as YAML if the name ends so."""
        self._session.files.log_dict(run_id, dictionary, artifact_file)

    def log_stream(
        self, run_id: str, stream: io.BufferedIOBase | io.RawIOBase, artifact_file: str
    ) -> None:
        """Store what a binary stream holds, from where it stands, as an artifact of a run."""
        self._session.files.log_stream(run_id, stream, artifact_file)

    def log_figure(
        self,
        run_id: str,
        figure: matplotlib.figure.Figure | plotly.graph_objects.Figure,
        artifact_file: str,
        *,
        save_kwargs: dict[str, Any] | None = None,
    ) -> None:
        """Store a figure of matplotlib or plotly in the format that the name ends in.

        Args:
            run_id: The run.
            figure: The figure.
            artifact_file: Such as ``plots/loss.png`` or ``plots/loss.html``.
            save_kwargs: Passed to the figure's own method that saves it.

        """
        self._session.files.log_figure(run_id, figure, artifact_file, save_kwargs=save_kwargs)

    def log_image(
        self,
        run_id: str,
        image: numpy.ndarray | PIL.Image.Image | Image,
        artifact_file: str | None = None,
        key: str | None = None,
        step: int | None = None,
        timestamp: int | None = None,
        synchronous: bool | None = None,
    ) -> None:
        """Store an image, either as a file or as one of a series.

        Args:
            run_id: The run.
            image: A Pillow image, a numpy array or a `headrace.Image`.
            artifact_file: Path of the file; or else
            key: Name of the series.
            step: Position in the series; 0 if not given.
            timestamp: Milliseconds since the epoch; now if not given.
            synchronous: Whether to wait until the store has the image.

        """
        self._session.files.log_image(
            run_id, image, artifact_file, key, step, timestamp, synchronous
        )

    def log_table(
        self, run_id: str, data: dict[str, Any] | pandas.DataFrame, artifact_file: str
    ) -> None:
        """Store a table as JSON or parquet; a table that is there already is appended to."""
        self._session.files.log_table(run_id, data, artifact_file)

    def load_table(
        self,
        experiment_id: str,
        artifact_file: str,
        run_ids: list[str] | None = None,
        extra_columns: list[str] | None = None,
    ) -> pandas.DataFrame:
        """Return the tables of one name of an experiment's runs, one below the other.

        Args:
            experiment_id: The experiment.
            artifact_file: The table's path in each run.
            run_ids: The runs to look at; all if not given.
            extra_columns: What to add of each run, for example ``run_id``.

        """
        return self._session.files.load_table(experiment_id, artifact_file, run_ids, extra_columns)

    def list_artifacts(self, run_id: str, path: str | None = None) -> list[FileInfo]:
        """Return what lies directly in a folder of a run's artifacts, their root if not given."""
        return self._session.files.list_artifacts(run_id, path)

    def list_logged_model_artifacts(self, model_id: str, path: str | None = None) -> list[FileInfo]:
        """Return what lies directly in a folder of a logged model, its root if not given."""
        return self._session.files.list_logged_model_artifacts(model_id, path)

    def download_artifacts(self, run_id: str, path: str, dst_path: str | None = None) -> str:
        """Bring an artifact of a run to this machine.

        Args:
            run_id: The run.
            path: File or folder among its artifacts; empty for all of them.
            dst_path: Local folder to put it into. If not given, what lies on this machine is not
                copied, and anything else goes into a new temporary folder.

        Returns:
            The local path.

        """
        return self._session.files.download_artifacts(run_id, path, dst_path)

    def verify_artifacts(self, run_id: str, path: str | None = None) -> Iterator[FileCheck]:
        """Read artifacts of a run to their end, and compare them with what was stored.

        Args:
            run_id: The run.
            path: File or folder among its artifacts; if not given all of them, and the files of the
                models that the run logged, by their ``models:/`` URIs.

        Yields:
            What became of each file: as it was stored if its `state` is ``ok``, not if it
            `is_wrong`.

        Raises:
            ResourceDoesNotExist: If there is no such run, or nothing at the path.

        """
        return verify_run(self._session, run_id, path or "")

    def delete_artifacts(self, run_id: str, path: str | None = None) -> None:
        """Delete an artifact of a run for good.

        Args:
            run_id: The run.
            path: File or folder among its artifacts; all of them if not given.

        Raises:
            ResourceDoesNotExist: If there is no such run or artifact.

        """
        self._session.files.delete_artifacts(run_id, path)

    def delete_logged_model_artifacts(self, model_id: str, path: str | None = None) -> None:
        """Delete a file or folder of a logged model for good, all of them if none is named."""
        self._session.files.delete_logged_model_artifacts(model_id, path)

    def log_model_artifact(
        self, model_id: str, local_path: Path, artifact_path: str | None = None
    ) -> None:
        """Store a local file as an artifact of a logged model."""
        self._session.files.log_model_artifact(model_id, local_path, artifact_path)

    def log_model_artifacts(
        self, model_id: str, local_dir: Path, artifact_path: str | None = None
    ) -> None:
        """Store what is in a local folder as artifacts of a logged model."""
        self._session.files.log_model_artifacts(model_id, local_dir, artifact_path)
