"""Headrace's own call of `MlflowClient` that tells what came from what."""

from __future__ import annotations

from headrace.api.lineage import GetLineage
from headrace.client.registered_model_calls import only_of_headrace
from headrace.client.store_client import StoreClient
from headrace.client.validation import make_request
from headrace.entities import Lineage, LineageKind


class LineageCalls(StoreClient):
    """Lineage as a graph."""

    def get_lineage(
        self,
        kind: str,
        id: str,
        *,
        direction: str | None = None,
        depth: int | None = None,
        max_nodes: int | None = None,
    ) -> Lineage:
        """Return what came from what around a thing: data sets, runs, logged models, versions.

        Args:
            kind: ``dataset``, ``run``, ``logged_model`` or ``model_version``.
            id: Id of the run or the logged model; ``NAME/VERSION`` of the version; of a data set
                what `headrace.entities.dataset_id` makes of its name and digest.
            direction: ``upstream`` for what it came from alone, ``downstream`` for what came from
                it.
            depth: How many steps are followed, 8 if not given.
            max_nodes: How many nodes come at most, 200 if not given, those nearest first.

        Returns:
            A graph whose first node is the thing, and which counts what it leaves out (`cuts`).

        Raises:
            ResourceDoesNotExist: If there is no such thing.
            InvalidParameterValue: If there is no such kind, or a bound is out of range.
            NotSupported: If the server is one of MLflow's.

        """
        request = make_request(
            GetLineage, kind=kind, id=str(id), direction=direction, depth=depth, max_nodes=max_nodes
        )
        store = self._registry if kind == LineageKind.MODEL_VERSION else self._store
        with only_of_headrace("lineage"):
            return store.get_lineage(request).lineage
