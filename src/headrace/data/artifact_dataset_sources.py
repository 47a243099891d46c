"""Files and folders as sources of data sets: at every URI at which artifacts can be."""

from __future__ import annotations

import os
from typing import Any

from headrace.client.artifacts import download_artifacts
from headrace.data.filesystem_dataset_source import FileSystemDatasetSource
from headrace.errors import InvalidParameterValue
from headrace.file_uri import scheme_of
from headrace.settings import without_password


class ArtifactDatasetSource(FileSystemDatasetSource):
    """A file or folder at a URI; a subclass stands for the URIs of one kind.

    Attributes:
        uri: The URI or path, as it was given.

    """

    _source_type = ""
    _schemes: tuple[str, ...] = ()

    def __init__(self, uri: str) -> None:
        self.uri = uri

    @classmethod
    def _get_source_type(cls) -> str:
        return cls._source_type

    def load(self, dst_path: str | os.PathLike[str] | None = None) -> str:
        """Make the file or folder available locally.

        Args:
            dst_path: Local folder to copy it into. If not given, what lies on this machine is not
                copied, and the rest goes into a new temporary folder.

        Returns:
            The local path.

        """
        return download_artifacts(artifact_uri=self.uri, dst_path=dst_path)

    @classmethod
    def _can_resolve(cls, raw_source: Any) -> bool:
        if not isinstance(raw_source, (str, os.PathLike)):
            return False
        return scheme_of(os.fspath(raw_source)) in cls._schemes

    @classmethod
    def _resolve(cls, raw_source: Any) -> ArtifactDatasetSource:
        return cls(os.fspath(raw_source))

    def to_dict(self) -> dict[str, Any]:
        """Return the URI, without its password: whoever sees the run sees it."""
        return {"uri": without_password(self.uri)}

    @classmethod
    def from_dict(cls, source_dict: dict[str, Any]) -> ArtifactDatasetSource:
        """Return the source at the URI of a dictionary."""
        if not isinstance(source_dict.get("uri"), str):
            raise InvalidParameterValue(
                f"Failed to parse {cls.__name__}: the key 'uri' is missing in {source_dict!r}."
            )
        return cls(source_dict["uri"])


class LocalArtifactDatasetSource(ArtifactDatasetSource):
    """A file or folder on this machine."""

    _source_type = "local"
    _schemes = ("", "file")


class S3ArtifactDatasetSource(ArtifactDatasetSource):
    """A file or folder in Amazon S3 or what speaks its protocol."""

    _source_type = "s3"
    _schemes = ("s3",)


class R2ArtifactDatasetSource(ArtifactDatasetSource):
    """A file or folder in Cloudflare R2."""

    _source_type = "r2"
    _schemes = ("r2",)


class B2ArtifactDatasetSource(ArtifactDatasetSource):
    """A file or folder in Backblaze B2."""

    _source_type = "b2"
    _schemes = ("b2",)


class GCSArtifactDatasetSource(ArtifactDatasetSource):
    """A file or folder in Google Cloud Storage."""

    _source_type = "gs"
    _schemes = ("gs",)


class AzureBlobArtifactDatasetSource(ArtifactDatasetSource):
    """A file or folder in Azure Blob Storage."""

    _source_type = "wasbs"
    _schemes = ("wasbs",)


class AzureDataLakeArtifactDatasetSource(ArtifactDatasetSource):
    """A file or folder in Azure Data Lake Storage."""

    _source_type = "abfss"
    _schemes = ("abfss",)


class FTPArtifactDatasetSource(ArtifactDatasetSource):
    """A file or folder on an FTP server."""

    _source_type = "ftp"
    _schemes = ("ftp",)


class SFTPArtifactDatasetSource(ArtifactDatasetSource):
    """A file or folder on an SFTP server."""

    _source_type = "sftp"
    _schemes = ("sftp",)


class HdfsArtifactDatasetSource(ArtifactDatasetSource):
    """A file or folder in HDFS."""

    _source_type = "hdfs"
    _schemes = ("hdfs",)


class ViewFSArtifactDatasetSource(ArtifactDatasetSource):
    """A file or folder in a view of HDFS."""

    _source_type = "viewfs"
    _schemes = ("viewfs",)


class DbfsArtifactDatasetSource(ArtifactDatasetSource):
    """A file or folder in the file system of Databricks; MLflow knows no such source."""

    _source_type = "dbfs"
    _schemes = ("dbfs",)


class RunArtifactDatasetSource(ArtifactDatasetSource):
    """An artifact of a run, as ``runs:/RUN_ID/PATH``; MLflow knows no such source."""

    _source_type = "runs"
    _schemes = ("runs",)


class MlflowArtifactsDatasetSource(ArtifactDatasetSource):
    """An artifact behind a tracking server; MLflow knows no such source."""

    _source_type = "mlflow-artifacts"
    _schemes = ("mlflow-artifacts",)


SOURCES: tuple[type[ArtifactDatasetSource], ...] = (
    LocalArtifactDatasetSource,
    S3ArtifactDatasetSource,
    R2ArtifactDatasetSource,
    B2ArtifactDatasetSource,
    GCSArtifactDatasetSource,
    AzureBlobArtifactDatasetSource,
    AzureDataLakeArtifactDatasetSource,
    FTPArtifactDatasetSource,
    SFTPArtifactDatasetSource,
    HdfsArtifactDatasetSource,
    ViewFSArtifactDatasetSource,
    DbfsArtifactDatasetSource,
    RunArtifactDatasetSource,
    MlflowArtifactsDatasetSource,
)
