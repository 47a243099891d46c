"""What came from what: a graph of data sets, runs, logged models and versions of models."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class LineageKind(StrEnum):
    """What a node is, by the names that travel."""

    DATASET = "dataset"
    RUN = "run"
    LOGGED_MODEL = "logged_model"
    MODEL_VERSION = "model_version"


class LineageRelation(StrEnum):
    """What the source of an edge has to do with its target, by the names that travel.

    ``used``: a data set and a run that used it. ``read``: a logged model and a run that used it.
    ``nested``: a run and one below it. ``logged``: a run and a logged model that it made.
    ``registered``: a logged model, or else a run, and a version that was registered from it.
    ``copied``: a version and its copy.
    """

    USED = "used"
    READ = "read"
    NESTED = "nested"
    LOGGED = "logged"
    REGISTERED = "registered"
    COPIED = "copied"


class LineageNode(Struct, omit_defaults=True):
    """A data set, a run, a logged model or a version.

    Attributes:
        kind: Which of them; a `LineageKind`.
        id: The run's or the logged model's id, ``NAME/VERSION``, or of a data set
            ``NAME/DIGEST``, see `dataset_id`.
        name: Its name; of a version that of its model.
        state: ``active``, ``deleted``, ``gone`` if it was deleted for good, or ``unknown`` if this
            store never had it.
        time: When the run began, or the other was made, in milliseconds since the epoch.
        experiment_id: The experiment of a run or a logged model.
        experiment_name: Its name.
        status: How the run is, or the logged model (``READY``).
        lost: Whether the run should be running, but gives no sign of life.
        version: The version's number.
        stage: Its stage.
        aliases: Its aliases, sorted.
        type: What kind of model the logged model is, or what kind of source the data set has.
        digest: Digest of the data set.

    """

    kind: str
    id: str
    name: str
    state: str = "active"
    time: int | None = None
    experiment_id: str | None = None
    experiment_name: str | None = None
    status: str | None = None
    lost: bool = False
    version: str | None = None
    stage: str | None = None
    aliases: list[str] = []
    type: str | None = None
    digest: str | None = None


class LineageEdge(Struct, omit_defaults=True):
    """Something, and what came from it.

    Attributes:
        source: Position of the node that was there first.
        target: Position of the node that came from it.
        relation: A `LineageRelation`.
        detail: What the run used the data for (``training``), or the step of a logged model.

    """

    source: int
    target: int
    relation: str
    detail: str | None = None


class LineageCut(Struct):
    """Neighbours of a node that are not in the graph, since they are too many or too far.

    Attributes:
        node: Position of the node.
        relation: What they have to do with it; a `LineageRelation`.
        downstream: Whether they came from the node; else the node came from them.
        count: How many they are.

    """

    node: int
    relation: str
    downstream: bool
    count: int


class Lineage(Struct):
    """What a thing came from, and what came from it.

    Attributes:
        nodes: What there is; the first one is what was asked for.
        edges: What came from what. There may be circles: tags say which run is a run's parent.
        cuts: What is not in the graph. Without any the graph is whole.

    """

    nodes: list[LineageNode]
    edges: list[LineageEdge]
    cuts: list[LineageCut]


def dataset_id(name: str, digest: str) -> str:
    """Return the id of a data set in a graph: it is the same data in whichever experiment."""
    return f"{name}/{digest.replace('%', '%25').replace('/', '%2F')}"


def split_dataset_id(text: str) -> tuple[str, str]:
    """Return name and digest of the id of a data set."""
    name, _, digest = text.rpartition("/")
    return name, digest.replace("%2F", "/").replace("%25", "%")
