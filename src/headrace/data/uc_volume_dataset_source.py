"""A file or folder of a volume of Databricks' Unity Catalog as the source of a data set."""

from __future__ import annotations

import os
from typing import Any

from headrace.data.dataset_source import DatasetSource
from headrace.errors import InvalidParameterValue, NotSupported, ResourceDoesNotExist

_ROOT = "/Volumes/"


class UCVolumeDatasetSource(DatasetSource):
    """A file or folder at ``/Volumes/CATALOG/SCHEMA/VOLUME/...``.

    Attributes:
        path: Its path. Nobody looks whether it is there before it is loaded.

    """

    def __init__(self, path: str) -> None:
        """Take a path.

        Raises:
            InvalidParameterValue: If it is no path of a volume.

        """
        parts = path.strip("/").split("/") if isinstance(path, str) else []
        if len(parts) < 4 or not path.startswith(_ROOT) or ".." in parts:
            raise InvalidParameterValue(
                f"{path!r} is no path of a volume: {_ROOT}CATALOG/SCHEMA/VOLUME/FILE."
            )
        self.path = path

    @staticmethod
    def _get_source_type() -> str:
        return "uc_volume"

    def load(self) -> str:
        """Return the path: machines of Databricks have it in their file system.

        Raises:
            ResourceDoesNotExist: If this machine has not.

        """
        if not os.path.exists(self.path):
            raise ResourceDoesNotExist(
                f"{self.path} is not on this machine. Volumes are in the file system of machines "
                "of Databricks; elsewhere, download the file with Databricks' own tools."
            )
        return self.path

    @staticmethod
    def _can_resolve(raw_source: Any) -> bool:
        return False

    @classmethod
    def _resolve(cls, raw_source: Any) -> DatasetSource:
        raise NotSupported(f"Write UCVolumeDatasetSource({raw_source!r}) for a path of a volume.")

    def to_dict(self) -> dict[str, Any]:
        """Return the path."""
        return {"path": self.path}

    @classmethod
    def from_dict(cls, source_dict: dict[str, Any]) -> UCVolumeDatasetSource:
        """Return the source at the path of a dictionary."""
        return cls(source_dict.get("path", ""))
