"""Tables as artifacts: pandas frames in the files that MLflow writes for `log_table`."""

from __future__ import annotations

import io
import json
import logging
import posixpath
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, BinaryIO

from headrace.entities import Run, tag_names
from headrace.errors import HeadraceError, InvalidParameterValue
from headrace.optional import need

if TYPE_CHECKING:
    import pandas as pd

_FORBIDDEN = "\"',:[]{}"
_INFO_COLUMNS = ("run_id", "experiment_id", "status", "artifact_uri", "start_time", "end_time")

_logger = logging.getLogger(__name__)


def check_name(artifact_file: str) -> None:
    """Refuse a name that the tag of a run's tables, and the search for it, could not hold.

    Raises:
        ValueError: Naming the character, or the extensions that are known.

    """
    for character in _FORBIDDEN:
        if character in artifact_file:
            raise ValueError(f"The artifact_file contains forbidden character: {character}")
    if not artifact_file.endswith((".json", ".parquet")):
        raise ValueError(
            f"Invalid artifact file path '{artifact_file}'. Please ensure the file you are trying "
            "to log as a table has a file name with either '.json' or '.parquet' extension."
        )


def to_frame(data: object) -> pd.DataFrame:
    """Return a copy of a frame, or a dictionary of columns (or of one row) as a frame."""
    pandas = need("pandas", "log_table")
    if isinstance(data, pandas.DataFrame):
        copy: pd.DataFrame = data.copy()
        return copy
    if not isinstance(data, dict):
        raise InvalidParameterValue("data must be a pandas.DataFrame or a dictionary")
    try:
        frame: pd.DataFrame = pandas.DataFrame(data)
    except ValueError:  # values that are no columns
        frame = pandas.DataFrame([data])
    return frame


def store_images(frame: pd.DataFrame, artifact_file: str, save: Callable[[Any, str], None]) -> None:
    """Replace the images in a frame by dictionaries that say where they are stored.

    Args:
        frame: The frame, which is changed.
        artifact_file: Where the table goes.
        save: Stores an image, whole for ``.png`` and as a thumbnail for ``.webp``.

    Raises:
        ValueError: If a column mixes images with other values.

    """
    folder = posixpath.join("table_images", posixpath.splitext(artifact_file)[0])

    def reference(image: Any) -> dict[str, str]:
        base = posixpath.join(folder, str(uuid.uuid4()))
        places = {"filepath": base + ".png", "compressed_filepath": base + ".webp"}
        for place in places.values():
            save(image, place)
        return {"type": "image", **places}

    for column in frame.columns[frame.dtypes == "object"]:
        are_images = [_is_image(value) for value in frame[column]]
        if any(are_images) and not all(are_images):
            raise ValueError(
                f"Column `{column}` contains a mix of images and non-images. "
                "Please ensure that all elements in the column are of the same type."
            )
        if are_images and all(are_images):
            frame[column] = frame[column].map(reference)


def encode(frame: pd.DataFrame, artifact_file: str) -> bytes:
    """Return a frame as the bytes of its file.

    Raises:
        HeadraceError: If it holds values that the format does not know.

    """
    buffer = io.BytesIO()
    try:
        if artifact_file.endswith(".json"):
            text = frame.to_json(orient="split", index=False, date_format="iso")
            return str(text).encode()
        need("pyarrow", f"log_table() to {artifact_file!r}")
        frame.to_parquet(buffer, index=False)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise HeadraceError(
            f"Failed to save {frame} as table as the data is not JSON serializable. Error: {error}"
        ) from error
    return buffer.getvalue()


def decode(stream: BinaryIO, artifact_file: str) -> pd.DataFrame:
    """Return the frame in a file."""
    pandas = need("pandas", "load_table")
    with stream:
        if artifact_file.endswith(".json"):
            frame: pd.DataFrame = pandas.read_json(stream, orient="split")
        else:
            need("pyarrow", f"load_table() of {artifact_file!r}")
            frame = pandas.read_parquet(io.BytesIO(stream.read()))
    return frame


def concatenate(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Return frames as one, with its rows counted anew."""
    frame: pd.DataFrame = need("pandas", "load_table").concat(frames, ignore_index=True)
    return frame


def with_table(tag: str | None, artifact_file: str) -> str | None:
    """Return a run's tag of tables with one more, or None if it is in it already."""
    tables = json.loads(tag or "[]")
    entry = {"path": artifact_file, "type": "table"}
    return None if entry in tables else json.dumps([*tables, entry])


def has_table(run: Run, artifact_file: str) -> bool:
    """Return whether a run's tag names a table."""
    return with_table(run.data.tags.get(tag_names.LOGGED_ARTIFACTS), artifact_file) is None


def search_filter(artifact_file: str, run_ids: list[str] | None) -> str:
    """Return the filter that finds the runs with a table, and perhaps a few more."""
    pattern = f'%"path"%:%"{artifact_file}",%"type"%:%"table"%'
    condition = f"tags.{tag_names.LOGGED_ARTIFACTS} LIKE '{pattern}'"
    if run_ids:
        condition += f" AND attributes.run_id IN ({', '.join(map(repr, run_ids))})"
    return condition


def add_columns(frame: pd.DataFrame, run: Run, columns: list[str]) -> None:
    """Add facts of a run as columns, named as those of `search_runs`; an existing name gets ``_``.

    Raises:
        InvalidParameterValue: If a name is none of a column of `search_runs`.

    """
    for column in columns:
        name = column
        if column in frame:
            name = f"{column}_"
            _logger.warning("The table has a column %r already: the run's is %r.", column, name)
        frame[name] = _fact(run, column)


def _fact(run: Run, column: str) -> object:
    kind, _, key = column.partition(".")
    if kind in ("metrics", "params", "tags") and key:
        return getattr(run.data, kind).get(key)
    if column not in _INFO_COLUMNS:
        raise InvalidParameterValue(
            f"Unknown extra column {column!r}: it must be one of {', '.join(_INFO_COLUMNS)}, or "
            "metrics.KEY, params.KEY or tags.KEY."
        )
    value = getattr(run.info, column)
    if column in ("start_time", "end_time"):
        return need("pandas", "load_table").to_datetime(value, unit="ms", utc=True)
    return value


def _is_image(value: object) -> bool:
    """Return whether a value behaves like an image of Pillow or of ours."""
    methods = (getattr(value, "save", None), getattr(value, "resize", None))
    return all(map(callable, methods)) and hasattr(value, "size")
