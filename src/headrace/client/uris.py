"""Names of artifacts into places: ``runs:/`` and ``models:/`` are names that only a store resolves.

=================================  =============================================================
``runs:/RUN_ID/PATH``              an artifact of a run
``models:/MODEL_ID/PATH``          an artifact of a logged model, ``m-`` and 32 digits
``models:/NAME/3/PATH``            of a version of a registered model, by its number
``models:/NAME@ALIAS/PATH``        of the version that an alias points to
``models:/NAME/STAGE/PATH``        of the latest version in a stage, such as ``Production``
``models:/NAME/latest/PATH``       of the latest version of all
``mlflow-artifacts:/PATH``         an artifact that the tracking server keeps
``sftp://HOST/PATH``, and so on    what is at a place of `headrace.artifacts.registry`
a path, ``file:///PATH``           a local file or folder
=================================  =============================================================

What ``models:/`` names say is read by `headrace.stores.model_uri`.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import NamedTuple
from urllib.parse import unquote, urlsplit, urlunsplit

from headrace.api import tracking as api
from headrace.api.registry import GetModelVersionContent, GetModelVersionDownloadUri
from headrace.artifacts.base import ArtifactStore
from headrace.artifacts.folder_view import FolderView
from headrace.artifacts.paths import clean_path
from headrace.artifacts.registry import open_artifact_store
from headrace.client.delivery.connections import Connection
from headrace.client.model_lookup import find_version
from headrace.client.owner import Owner
from headrace.entities import ModelVersion
from headrace.errors import (
    EndpointNotFound,
    HeadraceError,
    InvalidParameterValue,
    InvalidState,
)
from headrace.file_uri import path_of, scheme_of
from headrace.stores.base import RegistryStore, TrackingStore
from headrace.stores.model_uri import MODEL_ID, parse_model_uri

_MAX_ROOTS = 1024
# What no logged model's name holds, and no filter could quote.
_NOT_IN_MODEL_NAMES = re.compile(r"""[/:.%"']""")


class Place(NamedTuple):
    """Where an artifact is: a store, and a path in it."""

    store: ArtifactStore
    path: str


class _Root(NamedTuple):
    store: ArtifactStore
    experiment_id: str


class Places:
    """Finds the artifacts of one tracking store.

    A run's or model's root never changes, so it is asked for once.
    """

    def __init__(
        self,
        connection: Connection,
        tracking_uri: str,
        get_store: Callable[[], TrackingStore],
        *,
        hasty: bool = False,
    ) -> None:
        """Take what they stand on.

        Args:
            connection: Opens artifact stores.
            tracking_uri: What it was opened with.
            get_store: Returns the tracking store to ask.
            hasty: Whether the calls of the artifact stores are tried once.

        """
        self._connection = connection
        self._get_store = get_store
        self._hasty = hasty
        is_server = scheme_of(tracking_uri) in ("http", "https")
        self._server = tracking_uri if is_server else None
        self._roots: OrderedDict[str, _Root] = OrderedDict()
        self._lock = Lock()

    def of(self, owner: Owner) -> ArtifactStore:
        """Return the store of the artifacts of a run or logged model; see `of_run`, `of_model`."""
        return self.of_run(owner.run_id) if owner.run_id else self.of_model(owner.model_id)

    def of_run(self, run_id: str) -> ArtifactStore:
        """Return the store of a run's artifacts.

        Raises:
            ResourceDoesNotExist: If there is no such run.
            NotSupported: If the run's artifacts are where no store of ours reaches.

        """
        return self._run_root(run_id).store

    def of_model(self, model_id: str) -> ArtifactStore:
        """Return the store of a logged model's artifacts.

        Raises:
            ResourceDoesNotExist: If there is no such logged model.

        """
        known = self._known(model_id)
        if known:
            return known.store
        model = self._get_store().get_logged_model(api.GetLoggedModel(model_id=model_id)).model
        where = Owner(model_id=model_id)
        return self._open(where, model.artifact_location, model.experiment_id).store

    def model_in_run(self, run_id: str, path: str) -> Place | None:
        """Return the artifact of a logged model that a path below a run speaks of.

        MLflow shows a model that a run logged under its name below the run, though its files are
        elsewhere: ``runs:/RUN/NAME/PATH`` is ``PATH`` of the model ``NAME``.
        """
        name, _, rest = path.partition("/")
        if not name or _NOT_IN_MODEL_NAMES.search(name):
            return None
        server_run_id = self._connection.server_run_id(run_id, hasty=self._hasty)
        request = api.SearchLoggedModels(
            experiment_ids=[self._run_root(run_id).experiment_id],
            filter=f"name = '{name}' AND source_run_id = '{server_run_id}'",
            max_results=1,
        )
        try:
            models = self._get_store().search_logged_models(request).models
        except EndpointNotFound:  # a server from before logged models
            return None
        return Place(self.of_model(models[0].model_id), rest) if models else None

    def of_version(
        self, version: ModelVersion, registry: RegistryStore, *, verify: bool = True
    ) -> ArtifactStore:
        """Return the files of a version of a registered model, to be read.

        Args:
            version: The version.
            registry: Where it is registered; asked only about a copy of another version, and for
                the files of a version when they are read.
            verify: Whether they are compared with what is recorded of the version.

        Raises:
            InvalidState: If the version has no source.
            ResourceDoesNotExist: If the run or model that has its files is gone.

        """
        store, folder = self._folder_of(version, registry)
        title = f"version {version.version} of the model {version.name!r}"
        digest = version.content_digest
        if digest is None or not verify:
            return FolderView(store, folder, title)
        from headrace.client.sealed_view import SealedView

        wanted = GetModelVersionContent(name=version.name, version=version.version, files=True)
        return SealedView(
            store,
            folder,
            title,
            digest,
            lambda: registry.get_model_version_content(wanted).content.files,
        )

    def _folder_of(
        self, version: ModelVersion, registry: RegistryStore
    ) -> tuple[ArtifactStore, str]:
        """Return the store that has the files of a version, and the folder."""
        source = version.artifact_uri or version.source or ""
        if scheme_of(source) == "models" and not parse_model_uri(source).model_id:
            # A server of MLflow's says of a copy only what it is a copy of.
            request = GetModelVersionDownloadUri(name=version.name, version=version.version)
            source = registry.get_model_version_download_uri(request).artifact_uri
        if not source:
            raise InvalidState(
                f"Version {version.version} of the model {version.name!r} says nowhere where its "
                "files are."
            )
        if scheme_of(source) == "runs":
            run_id, path = parse_run_uri(source)
            return self.of_run(run_id), path
        if scheme_of(source) == "models":
            named = parse_model_uri(source)
            return self.of_model(named.model_id), named.path
        if self._connection.serves(source):
            run, model = Owner(version.run_id or ""), Owner(model_id=version.model_id or "")
            for owner in (run, model):
                store = self._above(source, owner)
                if store is not None:
                    return store, _path_below(store.uri, source)
        return open_artifact_store(source, self._server), ""

    def resolve(
        self, uri: str, registry: Callable[[], RegistryStore], *, verify: bool = True
    ) -> Place:
        """Return the place that an artifact URI names; a run's own files for ``runs:/``.

        Args:
            uri: The URI.
            registry: Returns the registry that knows the names of models.
            verify: Whether files of a version are compared with what is recorded of it.

        Raises:
            InvalidParameterValue: If the URI is malformed, or names an alias that is not there.
            ResourceDoesNotExist: If its run or model is not there.
            NotSupported: If no store knows its scheme.

        """
        scheme = scheme_of(uri)
        if scheme == "runs":
            run_id, path = parse_run_uri(uri)
            return Place(self.of_run(run_id), path)
        if scheme == "models":
            named = parse_model_uri(uri)
            if named.model_id:
                return Place(self.of_model(named.model_id), named.path)
            version = find_version(registry(), named)
            return Place(self.of_version(version, registry(), verify=verify), named.path)
        root, name = split_root(uri)
        return Place(open_artifact_store(root, self._server), name)

    # --- parts -----------------------------------------------------------------------------------

    def _run_root(self, run_id: str) -> _Root:
        known = self._known(run_id)
        if known:
            return known
        store = self._get_store()
        own_id = self._connection.server_run_id(run_id, hasty=self._hasty)
        info = store.get_run(api.GetRun(run_id=own_id)).run.info
        root = self._open(Owner(run_id=own_id), info.artifact_uri, info.experiment_id)
        return self._keep(run_id, root)

    def _above(self, source: str, owner: Owner) -> ArtifactStore | None:
        """Return the store of a run or model, if it is there and a place is in it."""
        if not (owner.run_id or owner.model_id):
            return None
        try:
            store = self.of(owner)
        except HeadraceError:  # deleted, or of another store: the source may be reached without it
            return None
        return store if _is_below(store.uri, source) else None

    def _known(self, owner: str) -> _Root | None:
        with self._lock:
            if owner in self._roots:
                self._roots.move_to_end(owner)
            return self._roots.get(owner)

    def _open(self, owner: Owner, uri: str | None, experiment_id: str) -> _Root:
        if not uri:
            raise InvalidState(f"The {owner} has no artifact location.")
        store = self._connection.open_artifacts(
            uri, run_id=owner.run_id, model_id=owner.model_id, hasty=self._hasty
        )
        return self._keep(owner.run_id or owner.model_id, _Root(store, experiment_id))

    def _keep(self, owner: str, root: _Root) -> _Root:
        with self._lock:
            self._roots[owner] = root
            if len(self._roots) > _MAX_ROOTS:
                self._roots.popitem(last=False)
        return root


def parse_run_uri(uri: str) -> tuple[str, str]:
    """Return the run id and the path of a ``runs:/`` URI; the path may be empty."""
    parts = urlsplit(uri)
    run_id, _, path = parts.path.removeprefix("/").partition("/")
    if not parts.path.startswith("/") or parts.netloc or not run_id:
        raise InvalidParameterValue(
            f"Not a proper runs:/ URI: {uri}. It is runs:/RUN_ID/PATH/OF/ARTIFACT."
        )
    return run_id, _path_in(uri, path)


def split_root(uri: str) -> tuple[str, str]:
    """Return the root and the name of the file or folder that a physical URI names.

    The root is the folder that holds it, as in MLflow; the URI of a whole root has no name.
    """
    if scheme_of(uri) in ("", "file"):
        if _looks_like_model(uri):
            raise InvalidParameterValue(
                f"{uri!r} is no place of artifacts. Did you mean 'models:/{uri}'?"
            )
        place = path_of(uri)
        return str(place.parent), place.name
    parts = urlsplit(uri)
    folder, _, name = parts.path.rstrip("/").rpartition("/")
    root = urlunsplit(parts._replace(path=folder or "/"))
    return root, _path_in(uri, unquote(name))


def append_path(uri: str, path: str | None) -> str:
    """Return the URI of an artifact path below a root's URI."""
    if not path:
        return uri
    parts = urlsplit(uri)
    if scheme_of(uri) == "" or not parts.query:
        return f"{uri.rstrip('/')}/{path.lstrip('/')}"
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{path.lstrip('/')}"))


def _path_in(uri: str, path: str) -> str:
    if "?" in uri or "#" in uri:
        raise InvalidParameterValue(
            f"Invalid path in {uri!r}: '?' and '#' are not allowed in artifact URIs."
        )
    return clean_path(path)


def _is_below(root: str, uri: str) -> bool:
    return uri == root or uri.startswith(root.rstrip("/") + "/")


def _path_below(root: str, uri: str) -> str:
    """Return the artifact path of what a URI names below a root's."""
    return clean_path(unquote(uri[len(root.rstrip("/")) :].lstrip("/")))


def _looks_like_model(uri: str) -> bool:
    return MODEL_ID.fullmatch(uri) is not None and not path_of(uri).exists()
