"""Artifacts as the client's methods see them: of runs and logged models, by id and path.

`MlflowClient` and the fluent API hold one `ArtifactFiles` per tracking store and hand the calls of
the same names on to it.
"""

from __future__ import annotations

import io
import json
import logging
import os
import posixpath
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from headrace.api import tracking as api
from headrace.artifacts.base import ArtifactStore
from headrace.artifacts.folder_view import FolderView
from headrace.artifacts.image_names import series_name
from headrace.artifacts.paths import clean_path, join
from headrace.client import images, tables
from headrace.client.artifact_tree import ArtifactTree
from headrace.client.owner import Owner
from headrace.client.registry import get_registry_store
from headrace.client.uris import Places, parse_run_uri
from headrace.entities import FileInfo, Run, tag_names
from headrace.errors import InvalidParameterValue, ResourceDoesNotExist, TemporarilyUnavailable
from headrace.file_uri import scheme_of
from headrace.optional import need

if TYPE_CHECKING:
    import matplotlib.figure
    import numpy
    import pandas
    import PIL.Image
    import plotly.graph_objects

    from headrace.client.session import Session

_PLOTLY_IMAGES = (".png", ".jpeg", ".webp", ".svg", ".pdf")

_logger = logging.getLogger(__name__)


class ArtifactFiles:
    """The artifact calls of one tracking store."""

    def __init__(self, session: Session) -> None:
        """Take the session of the store."""
        self._session = session
        self._tables: dict[str, str] = {}  # of each run the tag that names its tables

    @property
    def _stored(self) -> Places:
        """The artifacts of runs and models, after they have all that was logged before."""
        self._session.deliver_files()
        return self._session.places

    # --- into a run ------------------------------------------------------------------------------

    def log_artifact(
        self, run_id: str, local_path: str | os.PathLike[str], artifact_path: str | None = None
    ) -> None:
        """Store a local file, or a folder with all that is in it, in a folder of the run.

        Args:
            run_id: The run.
            local_path: The file or folder; it keeps its name.
            artifact_path: The folder of the run; its root if not given.

        Raises:
            LocalFileNotFound: If there is no such local file.
            InvalidParameterValue: If a name cannot be stored.

        """
        local = Path(local_path)
        target = join(artifact_path, os.path.basename(os.path.abspath(local)))
        if local.is_dir():
            self._session.outlet.put_folder(Owner(run_id), local, target)
        else:
            self._session.outlet.put_file(Owner(run_id), local, target)

    def log_artifacts(
        self, run_id: str, local_dir: str | os.PathLike[str], artifact_path: str | None = None
    ) -> None:
        """Store what is in a local folder in a folder of the run."""
        self._session.outlet.put_folder(Owner(run_id), Path(local_dir), artifact_path or "")

    def log_text(self, run_id: str, text: str, artifact_file: str) -> None:
        """Store a text, as UTF-8."""
        if not isinstance(text, str):
            raise TypeError(f"log_text() takes a str, not {type(text).__name__}.")
        self._write(run_id, text.encode(), artifact_file)

    def log_dict(self, run_id: str, dictionary: Any, artifact_file: str) -> None:
        """Store a value as YAML if the file is a ``.yml`` or ``.yaml``, else as JSON.

        What JSON does not know is stored as its text.

        Raises:
            MissingLibrary: If YAML is asked for and PyYAML is not installed.

        """
        if artifact_file.endswith((".yml", ".yaml")):
            yaml = need("yaml", f"log_dict() to {artifact_file!r}")
            text = yaml.dump(dictionary, indent=2, default_flow_style=False)
        else:
            text = json.dumps(dictionary, indent=2, default=str)
        self._write(run_id, text.encode(), artifact_file)

    def log_stream(
        self, run_id: str, stream: io.BufferedIOBase | io.RawIOBase, artifact_file: str
    ) -> None:
        """Store what is left in a binary stream."""
        given: object = stream
        if isinstance(given, io.TextIOBase) or not hasattr(given, "read"):
            raise TypeError(f"log_stream() takes a binary stream, not {type(stream).__name__}.")
        self._session.outlet.write(Owner(run_id), artifact_file, cast(BinaryIO, stream))

    def log_figure(
        self,
        run_id: str,
        figure: matplotlib.figure.Figure | plotly.graph_objects.Figure,
        artifact_file: str,
        *,
        save_kwargs: dict[str, Any] | None = None,
    ) -> None:
        """Store a figure of matplotlib or plotly in the format that the extension names.

        Args:
            run_id: The run.
            figure: The figure.
            artifact_file: Where to store it, for example ``plots/loss.png``.
            save_kwargs: Passed to the figure's own method that saves it.

        Raises:
            TypeError: If it is no figure, or if plotly does not write such files.

        """
        plot: Any = figure
        options = dict(save_kwargs or {})
        extension = posixpath.splitext(artifact_file)[1]
        # A figure can only be of a library that somebody has imported.
        if _is_figure(plot, "matplotlib.figure"):
            with self._staged(run_id, artifact_file) as path:
                plot.savefig(path, **options)
        elif not _is_figure(plot, "plotly.graph_objects"):
            raise TypeError(f"Unsupported figure object type: '{type(figure)}'")
        elif extension == ".html":
            options = {"include_plotlyjs": "cdn", "auto_open": False, **options}
            with self._staged(run_id, artifact_file) as path:
                plot.write_html(path, **options)
        elif extension in _PLOTLY_IMAGES:
            with self._staged(run_id, artifact_file) as path:
                plot.write_image(path, **options)
        else:
            raise TypeError(f"Unsupported file extension for plotly figure: '{extension}'")

    def log_image(
        self,
        run_id: str,
        image: numpy.ndarray | PIL.Image.Image | images.Image,
        artifact_file: str | None = None,
        key: str | None = None,
        step: int | None = None,
        timestamp: int | None = None,
        synchronous: bool | None = None,
    ) -> None:
        """Store an image: as a file of its own, or as one of a series that is told by its key.

        Args:
            run_id: The run.
            image: The image; see `headrace.client.images.from_array` for arrays.
            artifact_file: Where to store it; its extension is the format.
            key: Name of the series; the image is kept whole and as a thumbnail.
            step: Its step in the series; 0 if not given.
            timestamp: Its time in milliseconds since the epoch; now if not given.
            synchronous: Whether to wait until the store has the image.

        Raises:
            TypeError: If it is no image, or if not exactly one of file and key is given.
            ValueError: If an array or the key is malformed.

        """
        if artifact_file is not None and (key, step, timestamp) != (None, None, None):
            raise TypeError(
                "The `artifact_file` parameter cannot be used in conjunction with `key`, `step`, "
                "or `timestamp` parameters."
            )
        picture = images.to_pillow(image)
        if artifact_file is not None:
            with self._staged(run_id, artifact_file) as path:
                picture.save(path)
        elif key is None:
            raise TypeError(
                "Invalid arguments: Please specify exactly one of `artifact_file` or `key`."
            )
        else:
            now = int(time.time() * 1000)
            name = series_name(key, step or 0, timestamp or now)
            self._store_in_series(run_id, picture, name)
        if synchronous:
            self._session.deliver_files()

    def _store_in_series(self, run_id: str, picture: PIL.Image.Image, name: str) -> None:
        """Store an image whole and as a thumbnail."""
        with self._staged(run_id, f"{name}.png") as path:
            picture.save(path)
        with self._staged(run_id, f"{name}+compressed.webp") as path:
            images.thumbnail(picture).save(path)
        self._set_tag(run_id, tag_names.LOGGED_IMAGES, "True")

    # --- into a logged model ---------------------------------------------------------------------

    def log_model_artifact(
        self, model_id: str, local_path: str | os.PathLike[str], artifact_path: str | None = None
    ) -> None:
        """Store a local file in a folder of the logged model."""
        local = Path(local_path)
        target = join(artifact_path, local.name)
        self._session.outlet.put_file(Owner(model_id=model_id), local, target)

    def log_model_artifacts(
        self, model_id: str, local_dir: str | os.PathLike[str], artifact_path: str | None = None
    ) -> None:
        """Store what is in a local folder in a folder of the logged model."""
        owner = Owner(model_id=model_id)
        self._session.outlet.put_folder(owner, Path(local_dir), artifact_path or "")

    # --- out of both -----------------------------------------------------------------------------

    def list_artifacts(self, run_id: str, path: str | None = None) -> list[FileInfo]:
        """Return what lies directly in a folder of the run, sorted by path."""
        return self.of_run(run_id).list(path or "")

    def list_logged_model_artifacts(self, model_id: str, path: str | None = None) -> list[FileInfo]:
        """Return what lies directly in a folder of the logged model, sorted by path."""
        return self.of_model(model_id).list(path or "")

    def download_artifacts(
        self, run_id: str, path: str | None, dst_path: str | os.PathLike[str] | None = None
    ) -> str:
        """Make a file or folder of a run available locally; see `ArtifactTree.download`."""
        return self.of_run(run_id).download(path or "", dst_path)

    def delete_artifacts(self, run_id: str, path: str | None = None) -> None:
        """Delete a file or folder of a run; all of its artifacts if no path is given."""
        self.of_run(run_id).delete(path or "")

    def delete_logged_model_artifacts(self, model_id: str, path: str | None = None) -> None:
        """Delete a file or folder of a logged model; all of its artifacts if no path is given."""
        self.of_model(model_id).delete(path or "")

    def of_run(self, run_id: str) -> ArtifactTree:
        """Return the artifacts of a run, once the store has all that was logged before."""
        places = self._stored
        find_model = partial(places.model_in_run, run_id)
        return ArtifactTree(places.of_run(run_id), find_model, self._session.seals)

    def of_model(self, model_id: str) -> ArtifactTree:
        """Return the artifacts of a logged model, once the store has what was logged before."""
        return ArtifactTree(self._stored.of_model(model_id), seals=self._session.seals)

    def at(
        self, uri: str, registry_uri: str | None = None, *, verify: bool = True
    ) -> tuple[ArtifactTree, str]:
        """Return the artifacts that a URI names one of, and its path among them.

        Args:
            uri: The URI.
            registry_uri: Where names of models are looked up; the present registry if not given.
            verify: Whether files of a version are compared with what is recorded of it.

        Raises:
            InvalidParameterValue: If the URI is malformed, or names an alias that is not there.
            ResourceDoesNotExist: If its run or model is not there.
            NotSupported: If no store knows its scheme.

        """
        if scheme_of(uri) == "runs":
            run_id, path = parse_run_uri(uri)
            return self.of_run(run_id), path
        registry = partial(get_registry_store, self._session.uri, registry_uri)
        place = self._stored.resolve(uri, registry, verify=verify)
        # What has the name of a version refuses every change by itself.
        seals = None if isinstance(place.store, FolderView) else self._session.seals
        return ArtifactTree(place.store, seals=seals), place.path

    def list_uri(self, uri: str) -> list[FileInfo]:
        """Return what lies directly in the folder that an artifact URI names."""
        tree, path = self.at(uri)
        return tree.list(path)

    def download_uri(
        self,
        uri: str,
        dst_path: str | os.PathLike[str] | None = None,
        registry_uri: str | None = None,
        *,
        verify: bool = True,
    ) -> str:
        """Make what an artifact URI names available locally; see `at`, `ArtifactTree.download`."""
        tree, path = self.at(uri, registry_uri, verify=verify)
        return tree.download(path, dst_path)

    def delete_uri(self, uri: str) -> None:
        """Delete what an artifact URI names; see `ArtifactTree.delete`."""
        tree, path = self.at(uri)
        tree.delete(path)

    def open_uri(self, uri: str) -> BinaryIO:
        """Return a stream of the file that an artifact URI names; the caller closes it.

        Raises:
            ResourceDoesNotExist: If there is no such file.
            InvalidParameterValue: If it is a folder.

        """
        tree, path = self.at(uri)
        place = tree.find(path)
        return place.store.open(place.path)

    # --- tables ----------------------------------------------------------------------------------

    def log_table(
        self, run_id: str, data: dict[str, Any] | pandas.DataFrame, artifact_file: str
    ) -> None:
        """Store a table, or append its rows to the table that is there already.

        Args:
            run_id: The run.
            data: A pandas frame, or a dictionary of columns; images in it are stored beside it.
            artifact_file: Where to store it: a ``.json`` or ``.parquet`` file.

        Raises:
            MissingLibrary: If pandas is not installed, or pyarrow for parquet.
            ValueError: If the name or a column is not allowed.
            HeadraceError: If the format does not know a value.

        """
        tables.check_name(artifact_file)
        frame = tables.to_frame(data)

        def save(image: Any, path: str) -> None:
            picture = images.to_pillow(image)
            with self._staged(run_id, path) as local:
                (images.thumbnail(picture) if path.endswith(".webp") else picture).save(local)

        tables.store_images(frame, artifact_file, save)
        present = self._present_table(run_id, artifact_file)
        if present is not None:
            frame = tables.concatenate([tables.decode(present, artifact_file), frame])
        self._write(run_id, tables.encode(frame, artifact_file), artifact_file)
        self._name_table(run_id, artifact_file)

    def load_table(
        self,
        experiment_id: str,
        artifact_file: str,
        run_ids: list[str] | None = None,
        extra_columns: list[str] | None = None,
    ) -> pandas.DataFrame:
        """Return the tables of this name of an experiment's runs as one frame.

        Args:
            experiment_id: The experiment.
            artifact_file: The table's path in each run.
            run_ids: The runs to look at; all if not given.
            extra_columns: Facts of the run to add to its rows, named as columns of `search_runs`.

        Raises:
            ResourceDoesNotExist: If no run has such a table.

        """
        tables.check_name(artifact_file)
        need("pandas", "load_table")
        runs = list(self._runs_with_table(experiment_id, artifact_file, run_ids))
        if not runs:
            raise ResourceDoesNotExist("No runs found with the corresponding table artifact.")
        if run_ids and len(run_ids) != len(runs):
            _logger.warning(
                "Not all of the runs have the table %r; the rest is left out.", artifact_file
            )
        frames = []
        for run in runs:
            run_id = run.info.run_id
            store = self._stored.of_run(run_id)
            if not _is_file(store, artifact_file):
                raise ResourceDoesNotExist(f"Artifact {artifact_file} not found for run {run_id}.")
            frame = tables.decode(store.open(artifact_file), artifact_file)
            tables.add_columns(frame, run, extra_columns or [])
            frames.append(frame)
        return tables.concatenate(frames)

    def _runs_with_table(
        self, experiment_id: str, artifact_file: str, run_ids: list[str] | None
    ) -> Iterator[Run]:
        request = api.SearchRuns(
            experiment_ids=[experiment_id],
            filter=tables.search_filter(artifact_file, run_ids),
            max_results=1000,
        )
        while True:
            page = self._session.store.search_runs(request)
            yield from (run for run in page.runs if tables.has_table(run, artifact_file))
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    # --- parts -----------------------------------------------------------------------------------

    def _write(self, run_id: str, content: bytes, artifact_file: str) -> None:
        self._session.outlet.write(Owner(run_id), artifact_file, io.BytesIO(content))

    def _set_tag(self, run_id: str, key: str, value: str) -> None:
        self._session.writer.write([api.SetTag(run_id=run_id, key=key, value=value)])

    def _present_table(self, run_id: str, artifact_file: str) -> BinaryIO | None:
        """Return the table that rows are to be appended to, if there is one.

        Raises:
            TemporarilyUnavailable: If only the store can say, and cannot be reached.

        """
        try:
            return self._session.outlet.open(Owner(run_id), artifact_file)
        except (TemporarilyUnavailable, ResourceDoesNotExist):
            # Of a run that began here nobody else has a table; of one that the store has not yet
            # neither.
            is_first = tables.with_table(self._tables.get(run_id), artifact_file) is not None
            if self._session.writer.has_begun(run_id) and is_first:
                return None
            raise

    def _name_table(self, run_id: str, artifact_file: str) -> None:
        """Add a table to the tag that names those of a run."""
        if tables.with_table(self._tables.get(run_id), artifact_file) is None:
            return  # that is done
        known = self._tables_of(run_id)
        tag = tables.with_table(known, artifact_file)
        if tag is not None:
            self._set_tag(run_id, tag_names.LOGGED_ARTIFACTS, tag)
        self._tables[run_id] = tag or known or ""

    def _tables_of(self, run_id: str) -> str | None:
        """Return the tag that names the tables of a run, as far as that is known."""
        try:
            run = self._session.hasty_store.get_run(api.GetRun(run_id=run_id)).run
        except (TemporarilyUnavailable, ResourceDoesNotExist):
            return self._tables.get(run_id)
        return run.data.tags.get(tag_names.LOGGED_ARTIFACTS)

    @contextmanager
    def _staged(self, run_id: str, artifact_file: str) -> Iterator[str]:
        """Yield the path of a local file to write, which is then stored as `artifact_file`."""
        name = posixpath.basename(clean_path(artifact_file))
        if not name:
            raise InvalidParameterValue(f"Invalid path {artifact_file!r}: it names no file.")
        with tempfile.TemporaryDirectory() as folder:
            local = Path(folder, name)
            yield str(local)
            self._session.outlet.put_file(Owner(run_id), local, artifact_file)


def _is_figure(figure: object, module: str) -> bool:
    loaded = sys.modules.get(module)
    return loaded is not None and isinstance(figure, loaded.Figure)


def _is_file(store: ArtifactStore, path: str) -> bool:
    found = store.stat(path)
    return found is not None and not found.is_dir
