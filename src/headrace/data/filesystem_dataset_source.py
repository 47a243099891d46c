"""What sources have in common whose data are files."""

from __future__ import annotations

import os
from abc import abstractmethod

from headrace.data.dataset_source import DatasetSource


class FileSystemDatasetSource(DatasetSource):
    """A file or folder, wherever it is.

    Attributes:
        uri: Its URI or path.

    """

    uri: str

    @abstractmethod
    def load(self, dst_path: str | os.PathLike[str] | None = None) -> str:
        """Make the file or folder available locally, in a folder if one is given.

        Returns:
            The local path.

        """
