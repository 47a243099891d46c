"""The experiment methods of `MlflowClient`."""

from __future__ import annotations

from typing import Any

from headrace.api import tracking as api
from headrace.api.limits import DEFAULT_EXPERIMENTS_PER_SEARCH
from headrace.client.background import background
from headrace.client.store_client import StoreClient
from headrace.client.validation import make_request, to_experiment_id
from headrace.entities import Experiment, PagedList, ViewType
from headrace.entities.card import shown_by
from headrace.errors import InvalidParameterValue, ResourceDoesNotExist


class ExperimentCalls(StoreClient):
    """Experiments and their tags."""

    def search_experiments(
        self,
        view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int | None = DEFAULT_EXPERIMENTS_PER_SEARCH,
        filter_string: str | None = None,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[Experiment]:
        """Return a page of the experiments that fit.

        Args:
            view_type: A `ViewType`.
            max_results: Length of the page, 1 to 50000.
            filter_string: Such as ``name LIKE 'vision%' AND tags.team = 'a'``.
            order_by: Such as ``["last_update_time DESC"]``; newest first if not given.
            page_token: The `token` of the page before.

        Raises:
            InvalidParameterValue: If an argument is malformed.

        """
        answer = self._store.search_experiments(
            make_request(
                api.SearchExperiments,
                view_type=view_type,
                max_results=max_results,
                filter=filter_string,
                order_by=order_by,
                page_token=page_token,
            )
        )
        draw = self._draw_card
        for experiment in answer.experiments:
            shown_by(draw, experiment)
        return PagedList(answer.experiments, answer.next_page_token)

    def get_experiment(self, experiment_id: str) -> Experiment:
        """Return an experiment, deleted or not.

        Raises:
            ResourceDoesNotExist: If there is none with this id.

        """
        request = make_request(api.GetExperiment, experiment_id=to_experiment_id(experiment_id))
        return shown_by(self._draw_card, self._store.get_experiment(request).experiment)

    def get_experiment_by_name(self, name: str) -> Experiment | None:
        """Return an experiment, deleted or not; None if there is none of this name."""
        request = make_request(api.GetExperimentByName, experiment_name=name)
        try:
            return shown_by(self._draw_card, self._store.get_experiment_by_name(request).experiment)
        except ResourceDoesNotExist:
            return None

    def create_experiment(
        self, name: str, artifact_location: str | None = None, tags: dict[str, Any] | None = None
    ) -> str:
        """Create an experiment.

        Args:
            name: A name that no experiment of the store has, not even a deleted one.
            artifact_location: URI or folder for the artifacts of its runs; the store's own choice
                if not given.
            tags: Tags; values become texts.

        Returns:
            The new experiment's id.

        Raises:
            ResourceAlreadyExists: If the name is taken.
            InvalidParameterValue: If an argument is malformed.

        """
        if artifact_location is not None and str(artifact_location).startswith("runs:"):
            raise InvalidParameterValue(
                "Artifact location cannot be a runs:/ URI, the name of a run's own artifacts. "
                f"Given: '{artifact_location}'"
            )
        request = make_request(
            api.CreateExperiment,
            name=name,
            artifact_location=artifact_location,
            tags=[{"key": key, "value": str(value)} for key, value in (tags or {}).items()],
        )
        return self._store.create_experiment(request).experiment_id

    def delete_experiment(self, experiment_id: str) -> None:
        """Mark an experiment and its runs as deleted; `restore_experiment` takes it back.

        Raises:
            ResourceDoesNotExist: If there is no active experiment with this id.

        """
        background.wait()  # a deleted run takes nothing
        self._store.delete_experiment(
            make_request(api.DeleteExperiment, experiment_id=to_experiment_id(experiment_id))
        )
        self._writer.forget_all()  # its runs are deleted too

    def restore_experiment(self, experiment_id: str) -> None:
        """Make a deleted experiment active again, with its runs.

        Raises:
            ResourceDoesNotExist: If there is no deleted experiment with this id.

        """
        self._store.restore_experiment(
            make_request(api.RestoreExperiment, experiment_id=to_experiment_id(experiment_id))
        )

    def rename_experiment(self, experiment_id: str, new_name: str) -> None:
        """Give an active experiment another name.

        Raises:
            ResourceAlreadyExists: If the name is taken.
            ResourceDoesNotExist: If there is no experiment with this id.

        """
        request = make_request(
            api.UpdateExperiment, experiment_id=to_experiment_id(experiment_id), new_name=new_name
        )
        self._store.update_experiment(request)

    def set_experiment_tag(self, experiment_id: str, key: str, value: Any) -> None:
        """Set a tag of an experiment; the value becomes a text."""
        request = make_request(
            api.SetExperimentTag,
            experiment_id=to_experiment_id(experiment_id),
            key=key,
            value=str(value),
        )
        self._store.set_experiment_tag(request)

    def delete_experiment_tag(self, experiment_id: str, key: str) -> None:
        """Delete a tag of an experiment.

        Raises:
            ResourceDoesNotExist: If the experiment has no such tag.

        """
        request = make_request(
            api.DeleteExperimentTag, experiment_id=to_experiment_id(experiment_id), key=key
        )
        self._store.delete_experiment_tag(request)
