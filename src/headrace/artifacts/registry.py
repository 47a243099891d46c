"""Which class keeps the artifacts of which URI scheme; each is imported when it is first used."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from headrace.artifacts.base import ArtifactStore
from headrace.errors import NotSupported
from headrace.file_uri import scheme_of
from headrace.settings import without_password


class Scheme(NamedTuple):
    """How the artifacts of a scheme are reached.

    Attributes:
        target: ``module:name`` of what makes an `ArtifactStore` of (uri, server).
        install: What to install for it, as pip takes it; empty if nothing is needed.

    """

    target: str
    install: str = ""


_PROXY = Scheme("headrace.artifacts.mlflow_artifacts:ProxiedArtifactStore")
_WEB = Scheme("headrace.artifacts.web:open_web_store")
_HADOOP = Scheme("headrace.artifacts.hadoop:HadoopArtifactStore", "headrace[hdfs]")
_LOCAL = Scheme("headrace.artifacts.local:LocalArtifactStore")
_AZURE = Scheme("headrace.artifacts.azure:AzureArtifactStore", "headrace[azure]")

SCHEMES: Mapping[str, Scheme] = MappingProxyType(
    {
        "": _LOCAL,
        "file": _LOCAL,
        "mlflow-artifacts": _PROXY,
        "http": _WEB,
        "https": _WEB,
        "sftp": Scheme("headrace.artifacts.sftp:SftpArtifactStore", "headrace[sftp]"),
        "ftp": Scheme("headrace.artifacts.ftp:FtpArtifactStore"),
        "hdfs": _HADOOP,
        "viewfs": _HADOOP,
        "dbfs": Scheme("headrace.artifacts.dbfs:DbfsArtifactStore"),
        "s3": Scheme("headrace.artifacts.s3:S3ArtifactStore", "headrace[s3]"),
        "r2": Scheme("headrace.artifacts.r2:R2ArtifactStore", "headrace[s3]"),
        "b2": Scheme("headrace.artifacts.b2:B2ArtifactStore", "headrace[s3]"),
        "gs": Scheme("headrace.artifacts.gcs:GcsArtifactStore", "headrace[gcs]"),
        "wasbs": _AZURE,
        "abfss": _AZURE,
    }
)


def open_artifact_store(uri: str, server: str | None = None) -> ArtifactStore:
    """Return the store of the files below a URI.

    Args:
        uri: A physical place: a path, a ``file:`` URI or one of a scheme of `SCHEMES`.
        server: Tracking server, where there is one; ``mlflow-artifacts:`` URIs lead through it.

    Raises:
        NotSupported: If no store knows the scheme, or if its library is not installed.
        InvalidParameterValue: If the URI is malformed.

    """
    scheme = scheme_of(uri)
    entry = SCHEMES.get(scheme)
    if entry is None:
        known = ", ".join(f"{name}:" for name in SCHEMES if name)
        raise NotSupported(
            f"No artifact store for {scheme}: URIs, as in {without_password(uri)!r}. Artifacts can "
            f"live in a local folder (a plain path) or at one of {known}."
        )
    module, _, name = entry.target.partition(":")
    try:
        factory = getattr(importlib.import_module(module), name)
    except ImportError as error:
        if not entry.install:
            raise
        raise NotSupported(
            f"Artifacts at {scheme}: URIs need a library that is not installed ({error}): "
            f"pip install '{entry.install}'"
        ) from error
    store: ArtifactStore = factory(uri, server)
    return store
