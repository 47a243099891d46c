"""What a version of a registered model came from."""

from __future__ import annotations

from msgspec import Struct


class VersionDataset(Struct, omit_defaults=True):
    """A data set that the run of a version used.

    Attributes:
        name: Name of the data set.
        digest: Its digest.
        source_type: What kind of source it has.
        source: Where it came from, as JSON.
        context: What the run used it for, for example ``training``.

    """

    name: str
    digest: str
    source_type: str | None = None
    source: str | None = None
    context: str | None = None


class VersionLineage(Struct, omit_defaults=True):
    """What a version came from; a part that nobody recorded is left out.

    Attributes:
        name: Name of the registered model.
        version: The version.
        source: What it was registered from, as the caller said.
        copied_from: Name and version of the version that it is a copy of, as ``NAME/VERSION``.
        run_id: The run.
        run_name: Its name.
        run_state: ``active``, ``deleted``, ``gone`` if it was deleted for good, or ``unknown`` if
            this store never had it.
        experiment_id: The run's experiment, or the logged model's where there is no run.
        experiment_name: Its name.
        commit: The commit of the code that the run ran.
        repository: Where that code lives.
        model_id: The logged model.
        model_name: Its name.
        datasets: The data sets that the run used.

    """

    name: str
    version: str
    source: str | None = None
    copied_from: str | None = None
    run_id: str | None = None
    run_name: str | None = None
    run_state: str | None = None
    experiment_id: str | None = None
    experiment_name: str | None = None
    commit: str | None = None
    repository: str | None = None
    model_id: str | None = None
    model_name: str | None = None
    datasets: list[VersionDataset] = []
