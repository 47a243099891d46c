"""What the SQL store does with its nouns, beyond what the shared suite asks of any store."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from headrace.api import tracking as api
from headrace.entities import (
    Dataset,
    DatasetInput,
    ExperimentTag,
    InputTag,
    LoggedModelInput,
    LoggedModelOutput,
    LoggedModelParameter,
    LoggedModelStatus,
    LoggedModelTag,
    Run,
    RunTag,
)
from headrace.errors import (
    InvalidParameterValue,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
)
from headrace.stores.base import Actor, acting_as
from headrace.stores.sql.tracking import SqlTrackingStore

NUL_OR_SURROGATE = ["a\0b", "a\ud800b"]


def create_run(store: SqlTrackingStore, **fields: Any) -> Run:
    fields.setdefault("experiment_id", "0")
    run = store.create_run(api.CreateRun(**fields)).run
    found = get_run(store, run)
    assert (found.info, found.data, found.inputs) == (run.info, run.data, run.inputs)
    return found


def get_run(store: SqlTrackingStore, run: Run) -> Run:
    return store.get_run(api.GetRun(run_id=run.info.run_id)).run


# --- experiments ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("s3://b/x#fragment", "fragments or params"),
        ("/x;param=1", "fragments or params"),
        ("s3://b/x?a=../..", "Invalid query string"),
        ("s3://b/x?a=%2e%2e", "Invalid query string"),
        ("runs:/abc/model", "cannot be a runs:/ URI"),
        ("/" + "x" * 2048, "greater than 2048"),
        ("http://[::1/x", "Invalid artifact_location"),
        ("/a\0b", "NUL"),
        ("/a/../b", "holds '..'"),
        ("../b", "holds '..'"),
        ("s3://b/a/%252e%252e/c", "holds '..'"),
        ("s3://b/a%5c..%5cc", "holds '..'"),
        ("file:///a%0Ab", "control character"),
        ("//host/share", "drive or another machine"),
        ("C:\\folder", "drive or another machine"),
    ],
)
def test_bad_artifact_locations(sql_store: SqlTrackingStore, location: str, words: str) -> None:
    with pytest.raises(InvalidParameterValue, match=re.escape(words)):
        sql_store.create_experiment(api.CreateExperiment(name="e", artifact_location=location))
    with pytest.raises(ResourceDoesNotExist):
        sql_store.get_experiment_by_name(api.GetExperimentByName(experiment_name="e"))


def test_relative_artifact_location_counts_from_the_working_directory(
    sql_store: SqlTrackingStore, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for given, kept in (
        ("own place", f"{tmp_path}/own place"),
        ("file:own", f"file://{tmp_path}/own"),
    ):
        request = api.CreateExperiment(name=given, artifact_location=given)
        experiment_id = sql_store.create_experiment(request).experiment_id
        answer = sql_store.get_experiment(api.GetExperiment(experiment_id=experiment_id))
        assert answer.experiment.artifact_location == kept


def test_run_goes_below_the_location_of_its_experiment(sql_store: SqlTrackingStore) -> None:
    for location, place in (
        ("s3://bucket/folder/", "s3://bucket/folder/{}/artifacts"),
        ("s3://bucket/folder?x=1", "s3://bucket/folder/{}/artifacts?x=1"),
        ("/", "/{}/artifacts"),
    ):
        request = api.CreateExperiment(name=location, artifact_location=location)
        experiment_id = sql_store.create_experiment(request).experiment_id
        run = create_run(sql_store, experiment_id=experiment_id)
        assert run.info.artifact_uri == place.format(run.info.run_id)
        assert get_run(sql_store, run).info == run.info


@pytest.mark.parametrize(
    "tags",
    [
        [ExperimentTag("k", "1"), ExperimentTag("k", "2")],
        [ExperimentTag("k" * 251, "v")],
        [ExperimentTag("k", "v" * 20_001)],
        [ExperimentTag("../k", "v")],
        [ExperimentTag("", "v")],
        [ExperimentTag("k", "a\0b")],
    ],
)
def test_experiment_with_bad_tags_is_not_made(
    sql_store: SqlTrackingStore, tags: list[ExperimentTag]
) -> None:
    with pytest.raises(InvalidParameterValue):
        sql_store.create_experiment(api.CreateExperiment(name="e", tags=tags))
    with pytest.raises(ResourceDoesNotExist):
        sql_store.get_experiment_by_name(api.GetExperimentByName(experiment_name="e"))


@pytest.mark.parametrize("experiment_id", ["", "abc", "1.5", "99999999999999999999", "१", "1\n1"])
def test_what_is_no_experiment_id(sql_store: SqlTrackingStore, experiment_id: str) -> None:
    for call in (
        lambda: sql_store.get_experiment(api.GetExperiment(experiment_id=experiment_id)),
        lambda: create_run(sql_store, experiment_id=experiment_id),
        lambda: sql_store.delete_experiment(api.DeleteExperiment(experiment_id=experiment_id)),
    ):
        with pytest.raises(InvalidParameterValue, match="must be a valid integer"):
            call()


def test_deleting_twice_and_restoring_twice(sql_store: SqlTrackingStore) -> None:
    experiment_id = sql_store.create_experiment(api.CreateExperiment(name="e")).experiment_id
    delete = api.DeleteExperiment(experiment_id=experiment_id)
    restore = api.RestoreExperiment(experiment_id=experiment_id)

    for call, request in (
        (sql_store.delete_experiment, delete),
        (sql_store.restore_experiment, restore),
    ):
        call(request)  # type: ignore[operator]
        with pytest.raises(ResourceDoesNotExist, match=f"No Experiment with id={experiment_id}"):
            call(request)  # type: ignore[operator]


def test_ids_go_on_after_the_default_experiment(sql_store: SqlTrackingStore) -> None:
    made = [
        sql_store.create_experiment(api.CreateExperiment(name=name)).experiment_id for name in "ab"
    ]

    assert made == ["1", "2"]


# --- runs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"run_name": "mine"}, "mine"),
        ({"tags": [RunTag("mlflow.runName", "by tag")]}, "by tag"),
        ({"run_name": "both", "tags": [RunTag("mlflow.runName", "both")]}, "both"),
        ({"run_name": "", "tags": [RunTag("mlflow.runName", "")]}, None),
        ({}, None),
    ],
)
def test_name_and_its_tag(
    sql_store: SqlTrackingStore, fields: dict[str, Any], name: str | None
) -> None:
    run = get_run(sql_store, create_run(sql_store, **fields))

    assert run.data.tags == {"mlflow.runName": run.info.run_name}
    if name is None:
        assert re.fullmatch(r"[a-z]+-[a-z]+-\d{1,3}", run.info.run_name or "")
    else:
        assert run.info.run_name == name


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"run_name": "a", "tags": [RunTag("mlflow.runName", "b")]}, "run_name='a'"),
        ({"tags": [RunTag("k", "1"), RunTag("k", "2")]}, "given twice"),
        ({"tags": [RunTag("", "1")]}, "tags[0].key"),
        ({"tags": [RunTag("a", "1"), RunTag("k" * 251, "1")]}, "tags[1].key"),
        ({"start_time": 2**63}, "64-bit"),
        ({"start_time": -(2**63) - 1}, "64-bit"),
        *(({"tags": [RunTag("k", bad)]}, "tags[0].value") for bad in NUL_OR_SURROGATE),
        *(({"tags": [RunTag(bad, "v")]}, "tags[0].key") for bad in NUL_OR_SURROGATE),
        *(({"run_name": bad}, "run_name") for bad in NUL_OR_SURROGATE),
        *(({"user_id": bad}, "user_id") for bad in NUL_OR_SURROGATE),
    ],
)
def test_bad_runs_are_not_made(
    sql_store: SqlTrackingStore, fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(InvalidParameterValue, match=re.escape(words)):
        create_run(sql_store, **fields)

    assert sql_store.search_runs(api.SearchRuns(experiment_ids=["0"])).runs == []


def test_run_starts_with_any_tags_as_in_mlflow(sql_store: SqlTrackingStore) -> None:
    tags = {"../up": "1", "a@b": "2", "long": "v" * 9000, "empty": ""}

    run = create_run(sql_store, tags=[RunTag(key, value) for key, value in tags.items()])

    assert get_run(sql_store, run).data.tags == tags | {"mlflow.runName": run.info.run_name}
    assert get_run(sql_store, run) == run


@pytest.mark.parametrize("run_id", ["a", "0123abcd" * 4, "My-run_1", "x" * 250])
def test_client_chooses_the_run_id(sql_store: SqlTrackingStore, run_id: str) -> None:
    run = create_run(sql_store, run_id=run_id, tags=[RunTag("k", "first")])

    assert run.info.run_id == run_id
    assert (run.info.artifact_uri or "").endswith(f"/0/{run_id}/artifacts")
    with pytest.raises(ResourceAlreadyExists, match=run_id):
        create_run(sql_store, run_id=run_id, tags=[RunTag("k", "second")])
    assert get_run(sql_store, run) == run


@pytest.mark.parametrize(
    "run_id", ["", "x" * 251, "-a", "_a", "a/b", "a.b", "..", "ä", "a b", "a\n"]
)
def test_bad_run_ids_are_refused(sql_store: SqlTrackingStore, run_id: str) -> None:
    with pytest.raises(InvalidParameterValue, match="run_id"):
        create_run(sql_store, run_id=run_id)


def test_run_that_was_deleted_for_good_does_not_come_back(sql_store: SqlTrackingStore) -> None:
    with sql_store._database.write() as tx:
        tx.execute("INSERT INTO tombstones (run_uuid, deleted_at) VALUES ('gone', 1)")

    with pytest.raises(InvalidParameterValue, match="gone was deleted for good"):
        create_run(sql_store, run_id="gone")


@pytest.mark.parametrize(
    ("actor", "given", "user", "verified"),
    [
        (Actor(), None, "", 0),
        (Actor(), "ann", "ann", 0),
        (Actor("bob", verified=True), None, "bob", 1),
        (Actor("bob", verified=True), "bob", "bob", 1),
        (Actor("bob", verified=True), "ann", "ann", 0),
        (Actor("bob"), None, "bob", 0),
    ],
)
def test_user_is_verified_only_if_a_server_checked_that_name(
    sql_store: SqlTrackingStore, actor: Actor, given: str | None, user: str, verified: int
) -> None:
    with acting_as(actor):
        run = create_run(sql_store, user_id=given)

    with sql_store._database.read() as tx:
        assert tx.execute("SELECT user_id, user_verified FROM runs").fetchall() == [
            (user, verified)
        ]
    assert run.info.user_id == user


def test_update_renames_and_sets_the_tag_again(sql_store: SqlTrackingStore) -> None:
    run = create_run(sql_store, run_name="first")
    sql_store.delete_tag(api.DeleteTag(run_id=run.info.run_id, key="mlflow.runName"))
    request = api.UpdateRun(run_id=run.info.run_id, run_name="second", status=3, end_time=7)

    info = sql_store.update_run(request).run_info

    found = get_run(sql_store, run)
    assert found.info == info
    assert (info.run_name, info.status, info.end_time) == ("second", "FINISHED", 7)
    assert found.data.tags == {"mlflow.runName": "second"}
    unchanged = api.UpdateRun(run_id=run.info.run_id, run_name="", status="")
    assert sql_store.update_run(unchanged).run_info == info


@pytest.mark.parametrize(
    "fields",
    [{"status": "DONE"}, {"status": 9}, {"end_time": 2**63}, {"run_name": "a\0"}],
)
def test_bad_updates(sql_store: SqlTrackingStore, fields: dict[str, Any]) -> None:
    run = create_run(sql_store)

    with pytest.raises(InvalidParameterValue):
        sql_store.update_run(api.UpdateRun(run_id=run.info.run_id, **fields))

    assert get_run(sql_store, run) == run


def test_deleted_run_keeps_the_time_of_its_deletion(sql_store: SqlTrackingStore) -> None:
    run_id = create_run(sql_store).info.run_id
    times = []
    for _ in range(2):
        sql_store.delete_run(api.DeleteRun(run_id=run_id))
        with sql_store._database.read() as tx:
            times.append(tx.execute("SELECT deleted_at FROM runs").fetchone())

    assert times[0] == times[1] != (None,)


@pytest.mark.parametrize("run_id", NUL_OR_SURROGATE)
def test_texts_that_no_database_holds_are_refused_as_ids(
    sql_store: SqlTrackingStore, run_id: str
) -> None:
    model = run_id
    for call in (
        lambda: sql_store.get_run(api.GetRun(run_id=run_id)),
        lambda: sql_store.update_run(api.UpdateRun(run_id=run_id)),
        lambda: sql_store.delete_run(api.DeleteRun(run_id=run_id)),
        lambda: sql_store.restore_run(api.RestoreRun(run_id=run_id)),
        lambda: sql_store.log_inputs(api.LogInputs(run_id=run_id)),
        lambda: sql_store.get_logged_model(api.GetLoggedModel(model_id=model)),
        lambda: sql_store.delete_logged_model(api.DeleteLoggedModel(model_id=model)),
        lambda: sql_store.set_logged_model_tags(api.SetLoggedModelTags(model_id=model)),
    ):
        with pytest.raises(InvalidParameterValue, match="NUL|surrogate"):
            call()


# --- inputs, outputs -----------------------------------------------------------------------------


def log_dataset(
    store: SqlTrackingStore, run: Run, name: str, digest: str, *tags: tuple[str, str], **more: str
) -> None:
    dataset = Dataset(name, digest, **more)
    given = DatasetInput(dataset, [InputTag(key, value) for key, value in tags])
    store.log_inputs(api.LogInputs(run_id=run.info.run_id, datasets=[given]))


def test_data_set_and_its_tags_are_those_of_the_first_time(sql_store: SqlTrackingStore) -> None:
    run = create_run(sql_store)
    log_dataset(sql_store, run, "iris", "d", ("mlflow.data.context", "train"), source="s")
    log_dataset(sql_store, run, "iris", "d", ("mlflow.data.context", "test"), source="changed")
    log_dataset(sql_store, run, "iris", "e")

    inputs = get_run(sql_store, run).inputs.dataset_inputs

    assert [(one.dataset.name, one.dataset.digest, one.dataset.source) for one in inputs] == [
        ("iris", "d", "s"),
        ("iris", "e", None),
    ]
    assert [one.tags for one in inputs] == [[InputTag("mlflow.data.context", "train")], []]


@pytest.mark.parametrize(
    ("dataset", "words"),
    [
        (Dataset("n" * 501, "d"), "'name' exceeds the maximum length of 500"),
        (Dataset("n", "d" * 37), "'digest' exceeds the maximum length of 36"),
        (Dataset("n", "d", source="s" * 65_536), "'source' exceeds"),
        (Dataset("n", "d", schema="s" * 1_048_576), "'schema' exceeds"),
        (Dataset("n", "d", profile="p" * 16_777_216), "'profile' exceeds"),
        (Dataset("n\0", "d"), "'name' holds the character NUL"),
    ],
)
def test_bad_data_sets(sql_store: SqlTrackingStore, dataset: Dataset, words: str) -> None:
    run = create_run(sql_store)
    good = DatasetInput(Dataset("good", "g"))
    request = api.LogInputs(run_id=run.info.run_id, datasets=[good, DatasetInput(dataset)])

    with pytest.raises(InvalidParameterValue, match=words):
        sql_store.log_inputs(request)

    assert get_run(sql_store, run).inputs.dataset_inputs == []


@pytest.mark.parametrize("tag", [InputTag("k" * 256, "v"), InputTag("k", "v" * 501)])
def test_bad_tags_of_inputs(sql_store: SqlTrackingStore, tag: InputTag) -> None:
    run = create_run(sql_store)

    with pytest.raises(InvalidParameterValue, match="exceeds the maximum length"):
        log_dataset(sql_store, run, "n", "d", (tag.key, tag.value))


def test_models_in_and_out(sql_store: SqlTrackingStore) -> None:
    run_id = create_run(sql_store).info.run_id
    models = [LoggedModelInput("m-b"), LoggedModelInput("m-a"), LoggedModelInput("m-a")]
    sql_store.log_inputs(api.LogInputs(run_id=run_id, models=models))
    outputs = api.LogOutputs(run_id=run_id, models=[LoggedModelOutput("m-a", 3)])
    sql_store.log_outputs(outputs)
    sql_store.log_outputs(outputs)

    run = sql_store.get_run(api.GetRun(run_id=run_id)).run
    assert run.inputs.model_inputs == [LoggedModelInput("m-a"), LoggedModelInput("m-b")]
    assert run.outputs.model_outputs == [LoggedModelOutput("m-a", 3)]
    with pytest.raises(InvalidParameterValue, match="output of the run at step 3"):
        sql_store.log_outputs(
            api.LogOutputs(
                run_id=run_id, models=[LoggedModelOutput("m-c"), LoggedModelOutput("m-a", 4)]
            )
        )
    assert sql_store.get_run(api.GetRun(run_id=run_id)).run.outputs == run.outputs


@pytest.mark.parametrize("model", [LoggedModelOutput(""), LoggedModelOutput("m", 2**63)])
def test_bad_outputs(sql_store: SqlTrackingStore, model: LoggedModelOutput) -> None:
    run = create_run(sql_store)

    with pytest.raises(InvalidParameterValue):
        sql_store.log_outputs(api.LogOutputs(run_id=run.info.run_id, models=[model]))


def test_search_datasets(sql_store: SqlTrackingStore) -> None:
    experiment_id = sql_store.create_experiment(api.CreateExperiment(name="e")).experiment_id
    for run, context in ((create_run(sql_store), "train"), (create_run(sql_store), "eval")):
        log_dataset(sql_store, run, "iris", "d", ("mlflow.data.context", context), ("other", "x"))
        log_dataset(sql_store, run, "wine", "w")
    log_dataset(sql_store, create_run(sql_store, experiment_id=experiment_id), "iris", "d")

    def search(*ids: str) -> list[tuple[str, str, str, str | None]]:
        found = sql_store.search_datasets(api.SearchDatasets(experiment_ids=list(ids)))
        return [(s.experiment_id, s.name, s.digest, s.context) for s in found.dataset_summaries]

    in_default = [
        ("0", "iris", "d", "eval"),
        ("0", "iris", "d", "train"),
        ("0", "wine", "w", None),
    ]
    assert search("0") == in_default
    assert search("0", experiment_id, "77") == [*in_default, (experiment_id, "iris", "d", None)]
    assert search("77") == []
    with pytest.raises(InvalidParameterValue, match="at least one experiment_id"):
        search()
    with pytest.raises(InvalidParameterValue, match="more than 20 experiment_ids. Received 21"):
        search(*["0"] * 21)


def model_json(**fields: Any) -> str:
    whole = {
        "artifact_path": "model",
        "flavors": {"python_function": {"loader_module": "x", "config": {"secret": 1}}},
        "run_id": "r",
        "utc_time_created": "2023-11-14 22:13:20.0",
        "signature": None,
    }
    return json.dumps(whole | fields)


def test_log_model_keeps_what_mlflow_keeps(sql_store: SqlTrackingStore) -> None:
    run = create_run(sql_store)
    for path in ("model", "second"):
        request = api.LogModel(run_id=run.info.run_id, model_json=model_json(artifact_path=path))
        sql_store.log_model(request)

    history = get_run(sql_store, run).data.tags["mlflow.log-model.history"]

    first, second = json.loads(history)
    assert list(first) == ["run_id", "artifact_path", "utc_time_created", "model_uuid", "flavors"]
    assert first["flavors"] == {"python_function": {"loader_module": "x"}}
    assert (first["artifact_path"], second["artifact_path"]) == ("model", "second")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not a valid JSON"),
        ("5", "JSON object of an MLmodel file"),
        ('{"flavors": 5}', "JSON object of an MLmodel file"),
        ("{}", "{'artifact_path', 'flavors', 'run_id', 'utc_time_created'}"),
    ],
)
def test_bad_model_json(sql_store: SqlTrackingStore, text: str, words: str) -> None:
    run = create_run(sql_store)

    with pytest.raises(InvalidParameterValue, match=re.escape(words)):
        sql_store.log_model(api.LogModel(run_id=run.info.run_id, model_json=text))

    assert get_run(sql_store, run) == run


def test_model_history_that_a_user_spoiled(sql_store: SqlTrackingStore) -> None:
    run = create_run(sql_store, tags=[RunTag("mlflow.log-model.history", "mine")])

    with pytest.raises(InvalidParameterValue, match="is no JSON list"):
        sql_store.log_model(api.LogModel(run_id=run.info.run_id, model_json=model_json()))


# --- logged models -------------------------------------------------------------------------------


def create_model(store: SqlTrackingStore, **fields: Any) -> str:
    request = api.CreateLoggedModel(experiment_id="0", **fields)
    return store.create_logged_model(request).model.model_id


def test_params_of_a_model_are_set_once(sql_store: SqlTrackingStore) -> None:
    model_id = create_model(sql_store, params=[LoggedModelParameter("a", "1")])

    def log(**params: str) -> None:
        given = [LoggedModelParameter(key, value) for key, value in params.items()]
        sql_store.log_logged_model_params(api.LogLoggedModelParams(model_id=model_id, params=given))

    log(a="1", b="2")
    with pytest.raises(InvalidParameterValue, match="key='a' was already logged with value='1'"):
        log(c="3", a="2")

    model = sql_store.get_logged_model(api.GetLoggedModel(model_id=model_id)).model
    assert model.params == {"a": "1", "b": "2"}


@pytest.mark.parametrize(
    "fields",
    [
        {"params": [LoggedModelParameter("a", "1"), LoggedModelParameter("a", "1")]},
        {"tags": [LoggedModelTag("a", "1"), LoggedModelTag("a", "2")]},
        {"tags": [LoggedModelTag("", "1")]},
        {"tags": [LoggedModelTag("k" * 251, "1")]},
        {"params": [LoggedModelParameter("k", "a\0")]},
        {"name": "a\0"},
        {"model_type": "a\0"},
        {"source_run_id": "a\ud800"},
    ],
)
def test_bad_models_are_not_made(sql_store: SqlTrackingStore, fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameterValue):
        create_model(sql_store, **fields)

    page = sql_store.search_logged_models(api.SearchLoggedModels(experiment_ids=["0"]))
    assert page.models == []


@pytest.mark.parametrize("status", ["", "DONE", 4, -1])
def test_bad_status_of_a_model(sql_store: SqlTrackingStore, status: str | int) -> None:
    model_id = create_model(sql_store)

    with pytest.raises(InvalidParameterValue, match="status"):
        sql_store.finalize_logged_model(api.FinalizeLoggedModel(model_id=model_id, status=status))


def test_deleted_model_is_there_for_who_asks(sql_store: SqlTrackingStore) -> None:
    model_id = create_model(sql_store)
    for _ in range(2):
        sql_store.delete_logged_model(api.DeleteLoggedModel(model_id=model_id))
    answer = sql_store.finalize_logged_model(api.FinalizeLoggedModel(model_id=model_id, status=2))
    assert answer.model.status is LoggedModelStatus.READY

    with pytest.raises(ResourceDoesNotExist):
        sql_store.get_logged_model(api.GetLoggedModel(model_id=model_id))
    request = api.GetLoggedModel(model_id=model_id, allow_deleted=True)
    assert sql_store.get_logged_model(request).model == answer.model


def test_points_of_a_model(sql_store: SqlTrackingStore) -> None:
    run_id = create_run(sql_store).info.run_id
    model_id = create_model(sql_store)
    for step, value, name in ((1, 0.5, None), (0, float("inf"), None), (0, float("nan"), "test")):
        sql_store.log_metric(
            api.LogMetric(
                run_id=run_id,
                key="acc",
                value=value,
                timestamp=step,
                step=step,
                model_id=model_id,
                dataset_name=name,
                dataset_digest=name and "d",
            )
        )

    points = sql_store.get_logged_model(api.GetLoggedModel(model_id=model_id)).model.metrics

    assert [(p.step, repr(p.value), p.dataset_name, p.dataset_digest) for p in points] == [
        (0, "inf", None, None),
        (1, "0.5", None, None),
        (0, "nan", "test", "d"),
    ]
    assert {(p.run_id, p.model_id) for p in points} == {(run_id, model_id)}
