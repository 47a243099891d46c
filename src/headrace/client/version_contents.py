"""What versions hold, in a registry that this process opens itself, and behind a server."""

from __future__ import annotations

import time
from contextlib import suppress

from headrace.api import registry as api
from headrace.artifacts.base import ArtifactStore
from headrace.client.session import Session
from headrace.entities import ModelVersion, VersionContent
from headrace.errors import DeadlineExceeded, HeadraceError
from headrace.stores.base import RegistryStore
from headrace.stores.sealing import ContentStore, look_at
from headrace.stores.sql.version_contents import DueContent

_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 1.0


def verify(
    registry: Session, tracking: Session, version: ModelVersion, seconds: float | None = None
) -> VersionContent:
    """Have all files of a version read, and return how they are.

    What is not recorded yet is recorded; what is, is compared. Behind a server the server reads.

    Args:
        registry: Where the version is registered.
        tracking: Where its run and its logged model are.
        version: The version.
        seconds: How long to wait for a server; None for as long as it takes.

    Raises:
        DeadlineExceeded: If it takes longer; the server goes on.

    """
    contents = registry.contents
    if contents is not None:
        _look(contents, registry.store, tracking, version)
        return _read(registry.store, version)
    store = registry.store
    store.check_model_version_content(_check(version))
    deadline = None if seconds is None else time.monotonic() + seconds
    pause = _FIRST_PAUSE
    while True:
        content = _read(store, version)
        if content.checked_at is not None or content.problem is not None:
            return content
        if deadline is not None and time.monotonic() > deadline:
            raise DeadlineExceeded(
                f"The files of version {version.version} of the model {version.name!r} were not "
                f"read within {seconds} s. The server goes on: see get_model_version_content()."
            )
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


def seal_soon(registry: Session, tracking: Session, version: ModelVersion) -> None:
    """Have the files of a new version recorded, all of which are there.

    A server does so in the background. Where there is none, what lies on this machine is recorded
    now; anything else when somebody verifies it, since all of it would have to be fetched.
    """
    if version.content_state is None or version.content_digest is not None:
        return  # a server of MLflow's, or a copy
    # That it is registered stands; what could not be recorded is told where its content is shown.
    with suppress(HeadraceError):
        if registry.contents is None:
            registry.store.check_model_version_content(_check(version))
        elif tracking.places.of_version(version, registry.store).local_path() is not None:
            _look(registry.contents, registry.store, tracking, version)


def _look(
    contents: ContentStore, store: RegistryStore, tracking: Session, version: ModelVersion
) -> None:
    tracking.deliver_files()

    def open_files(_: DueContent) -> ArtifactStore:
        return tracking.places.of_version(version, store, verify=False)

    left = look_at(contents, contents.find_content(version.name, int(version.version)), open_files)
    if left is not None:
        contents.put_off_contents([left])


def _read(store: RegistryStore, version: ModelVersion) -> VersionContent:
    request = api.GetModelVersionContent(name=version.name, version=version.version)
    return store.get_model_version_content(request).content


def _check(version: ModelVersion) -> api.CheckModelVersionContent:
    return api.CheckModelVersionContent(name=version.name, version=version.version)
