"""Logged models: creation, status, params, tags, search."""

from __future__ import annotations

import pytest

from headrace.api import tracking as api
from headrace.entities import LoggedModelParameter, LoggedModelStatus, LoggedModelTag
from headrace.stores.base import TrackingStore
from headrace.testing.stores.make import (
    get_model,
    log,
    make_experiment,
    make_model,
    make_run,
    refused,
)


def find(store: TrackingStore, experiment_id: str, **fields: object) -> list[str]:
    """Return the ids that a search answers, in its order."""
    request = api.SearchLoggedModels(experiment_ids=[experiment_id], **fields)  # type: ignore[arg-type]
    return [model.model_id for model in store.search_logged_models(request).models]


class LoggedModelSuite:
    """What a store of logged models must do."""

    def test_create_answers_the_model_whole(self, store: TrackingStore) -> None:
        experiment_id = make_experiment(store)
        run_id = make_run(store, experiment_id)
        request = api.CreateLoggedModel(
            experiment_id=experiment_id,
            name="net",
            model_type="classifier",
            source_run_id=run_id,
            params=[LoggedModelParameter("depth", "3")],
            tags=[LoggedModelTag("team", "red")],
        )

        model = store.create_logged_model(request).model

        assert model.model_id.startswith("m-")
        assert len(model.model_id) == 34
        assert (model.name, model.model_type, model.source_run_id) == ("net", "classifier", run_id)
        assert (model.params, model.tags) == ({"depth": "3"}, {"team": "red"})
        assert model.status is LoggedModelStatus.PENDING
        assert model.artifact_location is not None
        assert model.artifact_location.endswith(f"/models/{model.model_id}/artifacts")
        assert get_model(store, model.model_id) == model

    def test_unnamed_model_gets_a_name(self, store: TrackingStore) -> None:
        assert get_model(store, make_model(store)).name

    @pytest.mark.parametrize("name", ["a/b", "a:b", "a.b", "a%b", 'a"b', "a'b"])
    def test_bad_names_of_logged_models_are_refused(self, store: TrackingStore, name: str) -> None:
        with refused("INVALID_PARAMETER_VALUE", "name"):
            make_model(store, name=name)

    @pytest.mark.parametrize("status", ["LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED"])
    def test_finalize(self, store: TrackingStore, status: str) -> None:
        model_id = make_model(store)

        answer = store.finalize_logged_model(
            api.FinalizeLoggedModel(model_id=model_id, status=status)
        )

        assert answer.model.info.status == status
        assert get_model(store, model_id).info.status == status

    def test_tags_and_params(self, store: TrackingStore) -> None:
        model_id = make_model(store, tags=[LoggedModelTag("a", "1")])
        store.set_logged_model_tags(
            api.SetLoggedModelTags(
                model_id=model_id, tags=[LoggedModelTag("a", "2"), LoggedModelTag("ö", "")]
            )
        )
        assert get_model(store, model_id).tags == {"a": "2", "ö": ""}
        store.delete_logged_model_tag(api.DeleteLoggedModelTag(model_id=model_id, tag_key="a"))
        store.log_logged_model_params(
            api.LogLoggedModelParams(
                model_id=model_id, params=[LoggedModelParameter("p", "x" * 1000)]
            )
        )

        model = get_model(store, model_id)

        assert (model.tags, model.params) == ({"ö": ""}, {"p": "x" * 1000})
        with refused("RESOURCE_DOES_NOT_EXIST", "a"):
            store.delete_logged_model_tag(api.DeleteLoggedModelTag(model_id=model_id, tag_key="a"))

    def test_deleted_model_is_gone(self, store: TrackingStore) -> None:
        experiment_id = make_experiment(store)
        model_id = make_model(store, experiment_id)

        store.delete_logged_model(api.DeleteLoggedModel(model_id=model_id))

        with refused("RESOURCE_DOES_NOT_EXIST", model_id):
            get_model(store, model_id)
        assert find(store, experiment_id) == []

    def test_unknown_model(self, store: TrackingStore) -> None:
        for call in (
            lambda: get_model(store, "m-none"),
            lambda: store.finalize_logged_model(
                api.FinalizeLoggedModel(model_id="m-none", status="LOGGED_MODEL_READY")
            ),
            lambda: store.delete_logged_model(api.DeleteLoggedModel(model_id="m-none")),
        ):
            with refused("RESOURCE_DOES_NOT_EXIST", "m-none"):
                call()

    def test_search_filters_and_orders(self, store: TrackingStore) -> None:
        experiment_id = make_experiment(store)
        run_id = make_run(store, experiment_id)
        models = []
        for number in range(4):
            model_id = make_model(
                store,
                experiment_id,
                name=f"n{number}",
                params=[LoggedModelParameter("even", str(number % 2 == 0))],
            )
            models.append(model_id)
            if number:
                log(store, run_id, "acc", number / 10, model_id=model_id,
                    dataset_name="test", dataset_digest="d")  # fmt: skip

        order = api.LoggedModelOrder("metrics.acc", ascending=True)

        assert sorted(find(store, experiment_id)) == sorted(models)
        assert find(store, experiment_id, filter="name = 'n2'") == [models[2]]
        assert find(store, experiment_id, filter="metrics.acc > 0.15", order_by=[order]) == [
            models[2],
            models[3],
        ]
        assert sorted(find(store, experiment_id, filter="params.even = 'True'")) == sorted(
            [models[0], models[2]]
        )
        on_other_data = [api.DatasetFilter("other")]
        assert find(store, experiment_id, filter="metrics.acc > 0", datasets=on_other_data) == []

    def test_search_pages(self, store: TrackingStore) -> None:
        experiment_id = make_experiment(store)
        models = {make_model(store, experiment_id) for _ in range(5)}

        found: list[str] = []
        token = None
        while True:
            page = store.search_logged_models(
                api.SearchLoggedModels(
                    experiment_ids=[experiment_id], max_results=2, page_token=token
                )
            )
            found += [model.model_id for model in page.models]
            token = page.next_page_token
            if token is None:
                break

        assert len(found) == 5
        assert set(found) == models
