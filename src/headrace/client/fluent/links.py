"""What a run is known to be linked with, so that logging a metric need not ask the store."""

from __future__ import annotations

from collections.abc import Iterable

from headrace.entities import (
    Dataset,
    DatasetInput,
    LoggedModelInput,
    LoggedModelOutput,
    Run,
)


class RunLinks:
    """The models and data sets of one run.

    Attributes:
        model_ids: Logged models that are its inputs or outputs.
        datasets: Name and digest of the data sets that are its inputs.

    """

    def __init__(self, run: Run | None) -> None:
        """Take a run as it is now; None for one of which nothing is known."""
        self.model_ids: set[str] = set()
        self.datasets: set[tuple[str, str]] = set()
        self._outputs_at: dict[int, list[str]] = {}
        if run is None:
            return
        self.model_ids.update(model.model_id for model in run.inputs.model_inputs)
        self.add_datasets(run.inputs.dataset_inputs)
        if run.outputs is not None:
            self.add_outputs(run.outputs.model_outputs)

    def add_models(self, models: Iterable[LoggedModelInput]) -> None:
        """Note inputs that are logged models."""
        self.model_ids.update(model.model_id for model in models)

    def add_datasets(self, inputs: Iterable[DatasetInput]) -> None:
        """Note inputs that are data sets."""
        self.datasets.update((entry.dataset.name, entry.dataset.digest) for entry in inputs)

    def add_outputs(self, models: Iterable[LoggedModelOutput]) -> None:
        """Note outputs."""
        for model in models:
            self.model_ids.add(model.model_id)
            self._outputs_at.setdefault(model.step, []).append(model.model_id)

    @property
    def have_outputs(self) -> bool:
        """Whether the run produced models, so that metrics may describe them."""
        return bool(self._outputs_at)

    def outputs_at(self, step: int) -> list[str]:
        """Return the models that the run produced at a step."""
        return self._outputs_at.get(step, [])

    def is_input(self, dataset: Dataset) -> bool:
        """Return whether a data set is an input of the run."""
        return (dataset.name, dataset.digest) in self.datasets
