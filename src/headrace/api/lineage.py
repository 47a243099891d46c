"""The call that tells what came from what, over data sets, runs, logged models and versions."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from headrace.api.endpoint import HEADRACE, Endpoint, Permission
from headrace.api.tracking import Request
from headrace.entities import Lineage


class GetLineage(Request):
    """Get what a thing came from, and what came from it, nearest first.

    What it came from is followed upstream only, what came from it downstream only: the other runs
    of a data set are no part of the lineage of a version, but of that of the data set.

    Attributes:
        kind: ``dataset``, ``run``, ``logged_model`` or ``model_version``.
        id: A run's or a logged model's id, ``NAME/VERSION``, or for a data set ``NAME/DIGEST``,
            with ``%2F`` for ``/`` and ``%25`` for ``%`` in the digest.
        direction: ``upstream`` or ``downstream``; both if it is not given.
        depth: How many steps are followed, 8 if not given and at most 50.
        max_nodes: How many nodes come at most, 200 if not given and at most 2000.
        max_neighbors: How many neighbours of a node come by one relation, 20 if not given and at
            most 1000: those first that led to versions or logged models, then the newest.
        relation: Only neighbours of this relation of the thing itself.
        skip: How many of each relation's neighbours of the thing itself are passed over, to go on.

    """

    kind: str
    id: str
    direction: str | None = None
    depth: int | None = None
    max_nodes: int | None = None
    max_neighbors: int | None = None
    relation: str | None = None
    skip: int | None = None


class LineageAnswer(Struct):
    """Answer of `GetLineage`."""

    lineage: Lineage


GET_LINEAGE = Endpoint(
    "get_lineage",
    "GET",
    HEADRACE + "/lineage/get",
    GetLineage,
    LineageAnswer,
    Permission.READ,
)

ENDPOINTS: tuple[Endpoint[Any, Any], ...] = (GET_LINEAGE,)
