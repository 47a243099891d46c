"""The graph of lineage: what came from what, and where it is cut."""

from __future__ import annotations

from typing import Any

from headrace.api import tracking
from headrace.api.lineage import GetLineage
from headrace.api.registry import (
    DeleteModelVersion,
    GetModelVersionLineage,
    RenameRegisteredModel,
)
from headrace.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    Lineage,
    LoggedModelInput,
    LoggedModelOutput,
    RunTag,
    dataset_id,
)
from headrace.stores.base import TrackingStore
from headrace.testing.stores.make import (
    make_experiment,
    make_model,
    make_registered_model,
    make_run,
    make_version,
    move,
    refused,
    set_alias,
)


def lineage(store: TrackingStore, kind: str, id: str, **fields: Any) -> Lineage:
    """Return the lineage of a thing."""
    return store.get_lineage(GetLineage(kind=kind, id=id, **fields)).lineage


def edges(found: Lineage) -> set[str]:
    """Return the edges as ``NAME relation NAME``; a version is ``NAME/VERSION``."""
    names = [
        node.id if node.kind in ("model_version", "dataset") else node.name for node in found.nodes
    ]
    return {f"{names[edge.source]} {edge.relation} {names[edge.target]}" for edge in found.edges}


def cuts(found: Lineage) -> set[tuple[str, str, bool, int]]:
    """Return the cuts, with the names of their nodes."""
    return {
        (found.nodes[cut.node].name, cut.relation, cut.downstream, cut.count) for cut in found.cuts
    }


def use(store: TrackingStore, run_id: str, name: str, digest: str = "1", why: str = "") -> None:
    """Log a data set as an input of a run."""
    data = Dataset(name=name, digest=digest, source_type="local", source="{}")
    tags = [InputTag("mlflow.data.context", why)] if why else []
    store.log_inputs(
        tracking.LogInputs(run_id=run_id, datasets=[DatasetInput(dataset=data, tags=tags)])
    )


def log_model(
    store: TrackingStore, run_id: str, experiment_id: str, name: str, step: int = 0
) -> str:
    """Log a model as an output of a run, and return its id."""
    model_id = make_model(store, experiment_id, name=name, source_run_id=run_id)
    outputs = [LoggedModelOutput(model_id, step)]
    store.log_outputs(tracking.LogOutputs(run_id=run_id, models=outputs))
    return model_id


def read_model(store: TrackingStore, run_id: str, model_id: str) -> None:
    """Log a logged model as an input of a run."""
    store.log_inputs(tracking.LogInputs(run_id=run_id, models=[LoggedModelInput(model_id)]))


def make_child(store: TrackingStore, parent: str, experiment_id: str = "0", **fields: Any) -> str:
    """Create a run below another one."""
    tags = [RunTag("mlflow.parentRunId", parent)]
    return make_run(store, experiment_id, tags=tags, **fields)


class LineageGraphSuite:
    """The graph of lineage."""

    def test_all_kinds_both_ways(self, store: TrackingStore) -> None:
        trees, checks = make_experiment(store, "trees"), make_experiment(store, "checks")
        top = make_run(store, trees, run_name="top")
        oak = make_child(store, top, trees, run_name="oak", start_time=2000)
        other = make_run(store, trees, run_name="other")
        use(store, oak, "leaves/green", "a/b%", "training")
        use(store, other, "leaves/green", "a/b%")
        net = log_model(store, oak, trees, "net", step=7)
        check = make_run(store, checks, run_name="check")
        read_model(store, check, net)
        for name in ("m", "copies"):
            make_registered_model(store, name)
        make_version(store, source=f"models:/{net}", model_id=net)
        make_version(store, "copies", source="models:/m/1")
        set_alias(store, "champion", "1")
        set_alias(store, "best", "1")
        move(store, "1", "Staging")

        data = dataset_id("leaves/green", "a/b%")
        assert data == "leaves/green/a%2Fb%25"
        path = {f"{data} used oak", "top nested oak", "oak logged net", "net registered m/1"}
        ends = {"net read check", "m/1 copied copies/1"}
        found = lineage(store, "model_version", "m/1")
        assert edges(found) == path | {"m/1 copied copies/1"}
        assert found.cuts == []
        assert edges(lineage(store, "logged_model", net)) == path | ends
        assert edges(lineage(store, "run", oak)) == path | ends
        assert edges(lineage(store, "model_version", "copies/1")) == edges(found)
        assert edges(lineage(store, "run", check)) == path - {"net registered m/1"} | {
            "net read check"
        }
        assert edges(lineage(store, "dataset", data)) == (path | ends | {f"{data} used other"}) - {
            "top nested oak"
        }

        nodes = {node.name: node for node in found.nodes}
        version, run, model = nodes["m"], nodes["oak"], nodes["net"]
        assert found.nodes[0] == version
        assert (version.id, version.version, version.stage) == ("m/1", "1", "Staging")
        assert version.aliases == ["best", "champion"]
        assert (run.id, run.status, run.time, run.state) == (oak, "RUNNING", 2000, "active")
        assert (run.experiment_id, run.experiment_name, run.lost) == (trees, "trees", False)
        assert (model.id, model.status, model.experiment_id) == (net, "PENDING", trees)
        assert (nodes["leaves/green"].digest, nodes["leaves/green"].type) == ("a/b%", "local")
        details = {edge.relation: edge.detail for edge in found.edges if edge.detail}
        assert details == {"used": "training", "logged": "7"}

    def test_one_direction_and_one_relation(self, store: TrackingStore) -> None:
        run = make_run(store, run_name="r")
        use(store, run, "d")
        make_child(store, run, run_name="c")
        log_model(store, run, "0", "n")
        assert edges(lineage(store, "run", run, direction="upstream")) == {"d/1 used r"}
        below = edges(lineage(store, "run", run, direction="downstream"))
        assert below == {"r nested c", "r logged n"}
        assert edges(lineage(store, "run", run, relation="nested")) == {"r nested c"}

    def test_versions_without_a_logged_model_come_from_their_run(
        self, store: TrackingStore
    ) -> None:
        make_registered_model(store)
        run, other = make_run(store, run_name="r"), make_run(store, run_name="other")
        net = log_model(store, other, "0", "net")
        made = make_model(store, name="made", source_run_id=run)  # no run says that it made this
        make_version(store, run_id=run)
        make_version(store, source=f"models:/{net}", model_id=net, run_id=run)
        assert edges(lineage(store, "run", run)) == {
            "r registered m/1",
            "r registered m/2",
            "r logged made",
        }
        assert edges(lineage(store, "logged_model", made)) == {"r logged made"}
        assert edges(lineage(store, "model_version", "m/2")) == {
            "r registered m/2",
            "net registered m/2",
            "other logged net",
        }

    def test_a_copy_whose_original_is_gone_comes_from_its_run(self, store: TrackingStore) -> None:
        for name in ("m", "copies"):
            make_registered_model(store, name)
        run = make_run(store, run_name="r")
        make_version(store, run_id=run)
        make_version(store, "copies", source="models:/m/1")
        make_version(store, "copies", source="models:/copies/1")
        below = {"copies/1 copied copies/2"}
        before = {"r registered m/1", "m/1 copied copies/1"}
        assert edges(lineage(store, "run", run)) == before | below
        store.delete_model_version(DeleteModelVersion(name="m", version="1"))
        assert edges(lineage(store, "run", run)) == {"r registered copies/1"} | below
        assert edges(lineage(store, "model_version", "copies/2")) == below | {
            "r registered copies/1"
        }

    def test_a_copy_stays_with_its_original_when_that_is_renamed(
        self, store: TrackingStore
    ) -> None:
        for name in ("m", "copies"):
            make_registered_model(store, name)
        run = make_run(store, run_name="r")
        make_version(store, run_id=run)
        make_version(store, "copies", source="models:/m/1")
        for old, new in (("m", "middle"), ("middle", "n"), ("copies", "others")):
            store.rename_registered_model(RenameRegisteredModel(name=old, new_name=new))
        make_registered_model(store)  # another one, of the name in the source of the copy
        make_version(store, run_id=run)
        make_version(store, "others", source="models:/n/1")
        expected = {"r registered n/1", "n/1 copied others/1", "n/1 copied others/2"}
        for kind, id in (("model_version", "n/1"), ("run", run)):
            assert edges(lineage(store, kind, id)) - {"r registered m/1"} == expected
        assert edges(lineage(store, "model_version", "m/1")) == {"r registered m/1"}

        def original(version: str) -> str | None:
            request = GetModelVersionLineage(name="others", version=version)
            return store.get_model_version_lineage(request).lineage.copied_from

        assert (original("1"), original("2")) == ("n/1", "n/1")
        store.delete_model_version(DeleteModelVersion(name="n", version="1"))
        # As it was called when it was copied; that is the name of another one by now, or of none.
        assert (original("1"), original("2")) == (None, "n/1")
        assert edges(lineage(store, "model_version", "others/1")) == {"r registered others/1"}

    def test_what_is_deleted_or_unknown_is_a_node_that_says_so(self, store: TrackingStore) -> None:
        make_registered_model(store)
        run = make_run(store, run_name="r")
        make_version(store, run_id=run)
        store.delete_run(tracking.DeleteRun(run_id=run))
        make_version(store, run_id="f" * 32)
        reader = make_run(store, run_name="reader")
        read_model(store, reader, "m-" + "0" * 32)
        deleted = lineage(store, "model_version", "m/1").nodes[1]
        assert (deleted.id, deleted.state) == (run, "deleted")
        unknown = lineage(store, "model_version", "m/2").nodes[1]
        assert (unknown.id, unknown.state, unknown.name) == ("f" * 32, "unknown", "f" * 32)
        model = lineage(store, "run", reader).nodes[1]
        assert (model.kind, model.state) == ("logged_model", "unknown")

    def test_the_same_data_in_two_experiments_is_one_node(self, store: TrackingStore) -> None:
        first = make_run(store, make_experiment(store, "a"), run_name="first")
        second = make_run(store, make_experiment(store, "b"), run_name="second")
        for run in (first, second):
            use(store, run, "d")
            use(store, run, "d", "2")
        assert edges(lineage(store, "dataset", "d/1")) == {"d/1 used first", "d/1 used second"}

    def test_many_neighbours_are_cut_and_can_be_gone_through(self, store: TrackingStore) -> None:
        runs = [make_run(store, run_name=f"r{number}") for number in range(7)]
        for run in runs:
            use(store, run, "d")
        log_model(store, runs[0], "0", "n")
        make_registered_model(store)
        make_version(store, run_id=runs[1])
        store.delete_run(tracking.DeleteRun(run_id=runs[6]))

        def names(**fields: Any) -> list[str]:
            found = lineage(store, "dataset", "d/1", max_neighbors=3, depth=1, **fields)
            return [node.name for node in found.nodes[1:]]

        # Those first that led to something, deleted ones last, else the newest.
        assert names() == ["r1", "r0", "r5"]
        assert names(skip=3) == ["r4", "r3", "r2"]
        assert names(skip=6) == ["r6"]
        assert names(skip=7) == []
        found = lineage(store, "dataset", "d/1", max_neighbors=3)
        assert cuts(found) == {("d", "used", True, 4)}
        assert {"r0 logged n", "r1 registered m/1"} < edges(found)
        found = lineage(store, "dataset", "d/1", max_neighbors=3, skip=3)
        assert cuts(found) == {("d", "used", True, 1)}

    def test_depth_and_size_are_bounded(self, store: TrackingStore) -> None:
        top = make_run(store, run_name="top")
        for number in range(3):
            middle = make_child(store, top, run_name=f"middle{number}")
            make_child(store, middle, run_name=f"leaf{number}")
        found = lineage(store, "run", top, depth=1)
        assert len(found.nodes) == 4
        assert cuts(found) == {(f"middle{number}", "nested", True, 1) for number in range(3)}
        found = lineage(store, "run", top, max_nodes=3)
        assert [node.name for node in found.nodes] == ["top", "middle2", "middle1"]
        assert cuts(found) == {
            ("top", "nested", True, 1),
            ("middle2", "nested", True, 1),
            ("middle1", "nested", True, 1),
        }
        found = lineage(store, "run", top, depth=0)
        assert (len(found.nodes), cuts(found)) == (1, {("top", "nested", True, 3)})

    def test_runs_in_a_circle_end(self, store: TrackingStore) -> None:
        first = make_run(store, run_name="a")
        second = make_child(store, first, run_name="b")
        for run, parent in ((first, second), (second, first)):
            tag = tracking.SetTag(run_id=run, key="mlflow.parentRunId", value=parent)
            store.set_tag(tag)
        found = lineage(store, "run", first)
        assert edges(found) == {"a nested b", "b nested a"}
        assert found.cuts == []

    def test_bad_requests_are_refused(self, store: TrackingStore) -> None:
        for kind, id, code, text in (
            ("flower", "x", "INVALID_PARAMETER_VALUE", "dataset, run"),
            ("run", "f" * 32, "RESOURCE_DOES_NOT_EXIST", "f" * 32),
            ("logged_model", "m-0", "RESOURCE_DOES_NOT_EXIST", "m-0"),
            ("model_version", "m/1", "RESOURCE_DOES_NOT_EXIST", "name=m"),
            ("model_version", "m", "INVALID_PARAMETER_VALUE", "NAME/VERSION"),
            ("model_version", "m/one", "INVALID_PARAMETER_VALUE", "one"),
            ("dataset", "d", "INVALID_PARAMETER_VALUE", "NAME/DIGEST"),
            ("dataset", "d/1", "RESOURCE_DOES_NOT_EXIST", "digest=1"),
            ("run", "a\0b", "INVALID_PARAMETER_VALUE", "id"),
        ):
            with refused(code, text):
                lineage(store, kind, id)
        run = make_run(store)
        for field, value in (
            ("depth", 51),
            ("depth", -1),
            ("max_nodes", 0),
            ("max_nodes", 2001),
            ("max_neighbors", 0),
            ("skip", -1),
            ("direction", "sideways"),
            ("relation", "married"),
        ):
            with refused("INVALID_PARAMETER_VALUE", field, str(value)):
                lineage(store, "run", run, **{field: value})
