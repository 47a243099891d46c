"""What data sets of tables have in common: a frame, and roles of its columns."""

from __future__ import annotations

import json
import logging
from abc import abstractmethod
from functools import cached_property
from typing import Any, Generic, TypeVar

from headrace.data.dataset import Dataset
from headrace.data.dataset_source import DatasetSource
from headrace.errors import InvalidParameterValue
from headrace.optional import need
from headrace.types import Schema

Frame = TypeVar("Frame")

_logger = logging.getLogger(__name__)


class TableDataset(Dataset, Generic[Frame]):
    """A table of named columns."""

    def __init__(
        self,
        df: Frame,
        source: DatasetSource,
        targets: str | None = None,
        name: str | None = None,
        digest: str | None = None,
        predictions: str | None = None,
    ) -> None:
        """Take a table.

        Args:
            df: The table.
            source: Where it came from.
            targets: The column that a model is to predict.
            name: Its name; ``dataset`` if not given.
            digest: Its digest; computed if not given.
            predictions: The column with what a model predicted.

        Raises:
            InvalidParameterValue: If a column is not in the table.

        """
        self._df = df
        self._targets = targets
        self._predictions = predictions
        for role, column in (("targets", targets), ("predictions", predictions)):
            if column is not None and column not in self._column_names():
                raise InvalidParameterValue(
                    f"The specified DataFrame does not contain the specified {role} column "
                    f"{column!r}. Its columns are {self._column_names()!r}."
                )
        super().__init__(source=source, name=name, digest=digest)

    @abstractmethod
    def _column_names(self) -> list[Any]:
        """Return the names of the columns."""

    @abstractmethod
    def _infer_schema(self) -> Schema:
        """Return the columns' types, or raise `InvalidParameterValue`."""

    @property
    def df(self) -> Frame:
        """The table."""
        return self._df

    @property
    def targets(self) -> str | None:
        """The column of targets, if there is one."""
        return self._targets

    @property
    def predictions(self) -> str | None:
        """The column of predictions, if there is one."""
        return self._predictions

    @cached_property
    def schema(self) -> Schema | None:
        """The columns, or None if one has a type that no schema knows."""
        try:
            return self._infer_schema()
        except InvalidParameterValue as error:
            _logger.debug("The data set %r has no schema: %s", self.name, error)
            return None

    def to_dict(self) -> dict[str, Any]:
        """Return what a run records, each part as a text."""
        schema = self.schema
        return {
            **super().to_dict(),
            "schema": json.dumps({"mlflow_colspec": schema.to_dict()}) if schema else None,
            "profile": json.dumps(self.profile),
        }


def check_frame(df: object, module: str, caller: str) -> None:
    """Refuse what is no frame of a library.

    Args:
        df: What was given.
        module: The library's module that has `DataFrame`.
        caller: Who needs it, for the message if the library is missing.

    Raises:
        InvalidParameterValue: If it is something else.
        MissingLibrary: If the library is not installed.

    """
    if not isinstance(df, need(module, caller).DataFrame):
        kind = type(df)
        given = kind.__name__
        if kind.__module__ != "builtins":
            given = f"{kind.__module__.partition('.')[0]}.{given}"
        raise InvalidParameterValue(f"df must be a {module}.DataFrame, not a {given}.")
