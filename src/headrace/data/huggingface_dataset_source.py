"""The source of a data set of Hugging Face: what `datasets.load_dataset` was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from headrace.data.dataset_source import DatasetSource
from headrace.errors import InvalidParameterValue, NotSupported
from headrace.optional import need

if TYPE_CHECKING:
    import datasets

    DataFiles: TypeAlias = str | Sequence[str] | Mapping[str, str | Sequence[str]]


class HuggingFaceDatasetSource(DatasetSource):
    """A data set of the hub, or local files that ``datasets`` reads.

    Attributes:
        path: Its name on the hub, or the kind of files, such as ``csv``.
        config_name: Which of its configurations; the argument `name` of ``load_dataset``.
        data_dir: Folder of its files.
        data_files: Its files.
        split: Which part, such as ``train``; all of them if None.
        revision: Version on the hub.
        trust_remote_code: Whether code of the hub may run; never recorded.

    """

    def __init__(
        self,
        path: str,
        config_name: str | None = None,
        data_dir: str | None = None,
        data_files: DataFiles | None = None,
        split: str | datasets.Split | None = None,
        revision: str | datasets.Version | None = None,
        trust_remote_code: bool | None = None,
    ) -> None:
        """Take arguments of ``load_dataset``.

        Raises:
            InvalidParameterValue: If `path` is no text.

        """
        if not isinstance(path, str) or not path:
            raise InvalidParameterValue(
                f"The path of a Hugging Face data set must be a text such as 'user/name', "
                f"not {path!r}."
            )
        self.path = path
        self.config_name = config_name
        self.data_dir = data_dir
        self.data_files = data_files
        self.split = split
        self.revision = revision
        self.trust_remote_code = trust_remote_code

    @staticmethod
    def _get_source_type() -> str:
        return "hugging_face"

    def load(self, **kwargs: Any) -> Any:
        """Load the data with ``datasets.load_dataset``.

        Args:
            **kwargs: Further arguments of it, such as ``cache_dir`` or ``token``.

        Returns:
            A ``datasets.Dataset``, or a ``DatasetDict`` if no split is known.

        Raises:
            InvalidParameterValue: If an argument is one that the source gives.
            MissingLibrary: If ``datasets`` is not installed.

        """
        given = {
            "path": self.path,
            "name": self.config_name,
            "data_dir": self.data_dir,
            "data_files": self.data_files,
            "split": self.split,
            "revision": self.revision,
        }
        if self.trust_remote_code is not None:
            given["trust_remote_code"] = self.trust_remote_code
        twice = sorted(given.keys() & kwargs.keys())
        if twice:
            raise InvalidParameterValue(
                f"The source gives {', '.join(twice)} already; leave it out of load()."
            )
        return need("datasets", "Loading a Hugging Face data set").load_dataset(**given, **kwargs)

    @staticmethod
    def _can_resolve(raw_source: Any) -> bool:
        return False

    @classmethod
    def _resolve(cls, raw_source: Any) -> DatasetSource:
        raise NotSupported(f"No Hugging Face data set can be told from {raw_source!r}.")

    def to_dict(self) -> dict[str, Any]:
        """Return the arguments that JSON can hold."""
        return {
            "path": self.path,
            "config_name": self.config_name,
            "data_dir": self.data_dir,
            "data_files": self.data_files,
            "split": str(self.split),
            "revision": None if self.revision is None else str(self.revision),
        }

    @classmethod
    def from_dict(cls, source_dict: dict[str, Any]) -> HuggingFaceDatasetSource:
        """Return the source with the arguments of a dictionary."""
        known = ("path", "config_name", "data_dir", "data_files", "split", "revision")
        given = {name: source_dict.get(name) for name in known}
        if given["split"] == "None":  # so MLflow writes that there is none
            given["split"] = None
        return cls(**given)  # type: ignore[arg-type]  # it checks what it needs
