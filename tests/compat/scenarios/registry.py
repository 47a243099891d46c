"""The model registry: models, versions, aliases, stages, tags, searches."""

from __future__ import annotations

from typing import Any

from tests.compat.differences import Ours, ours, refused
from tests.compat.exchange import OPTIONS, Exchange, Scenario, get, post, send
from tests.compat.scenarios.beginnings import new_experiment, new_run, tag, unseen

MODELS = "registered-models"
VERSIONS = "model-versions"

# Every name carries the scenario's own text, since the server that records has only one registry.
NAME = "$unique-m"
OTHER = "$unique-n"
REMOTE = "s3://bucket/model"

PLACE = "Where the files lie is told too, where the source does not say so."
FROM = "A version tells which logged model it came from."


def _placed(place: str, **more: Any) -> Ours:
    fields = {"artifact_uri": place} | more
    return ours(
        PLACE if not more else f"{PLACE} {FROM}",
        **{f"body__model_version__{name}": value for name, value in fields.items()},
    )


def _model(name: str = NAME, **fields: Any) -> Exchange:
    return post(f"{MODELS}/create", {"name": name} | fields)


def _split(options: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the fields of a request, and what a scenario says about the step."""
    fields = {key: value for key, value in options.items() if key not in OPTIONS}
    return fields, {key: value for key, value in options.items() if key in OPTIONS}


def _version(name: str = NAME, **options: Any) -> Exchange:
    fields, rest = _split(options)
    return post(f"{VERSIONS}/create", {"name": name, "source": REMOTE} | fields, **rest)


def _of_model(method: str, call: str, **options: Any) -> Exchange:
    fields, rest = _split(options)
    return send(method, f"{MODELS}/{call}", {"name": NAME} | fields, **rest)


def _of_version(method: str, call: str, version: Any = "1", **options: Any) -> Exchange:
    fields, rest = _split(options)
    body = {"name": NAME, "version": version} | fields
    return send(method, f"{VERSIONS}/{call}", body, **rest)


def _get_model(name: str = NAME, **options: Any) -> Exchange:
    return get(f"{MODELS}/get", {"name": name}, **options)


def _get_version(version: str = "1", name: str = NAME, **options: Any) -> Exchange:
    return get(f"{VERSIONS}/get", {"name": name, "version": version}, **options)


def _by_alias(alias: str, **options: Any) -> Exchange:
    return get(f"{MODELS}/alias", {"name": NAME, "alias": alias}, **options)


def _latest(*stages: str, **options: Any) -> Exchange:
    options.setdefault("view", _numbers)
    return get(f"{MODELS}/get-latest-versions", {"name": NAME, "stages": list(stages)}, **options)


def _find(noun: str, text: str, *order: str, **options: Any) -> Exchange:
    options.setdefault("view", _names)
    query = {"filter": text, "order_by": list(order)}
    return get(f"{noun}/search", query, **options)


def _names(body: Any) -> Any:
    found = body.get("registered_models", body.get("model_versions", []))
    return [one["name"] + "/" + one.get("version", "") for one in found]


def _numbers(body: Any) -> Any:
    return sorted(one["version"] for one in body.get("model_versions", []))


def _only(*names: str) -> Any:
    def view(body: Any) -> Any:
        return {name: body["model_version"].get(name) for name in names}

    return view


def _model_of(*names: str) -> Any:
    def view(body: Any) -> Any:
        return {name: body["registered_model"].get(name) for name in names}

    return view


SCENARIOS = [
    Scenario(
        "registered models",
        [
            _model(tags=[tag("a", "1"), tag("a", "2"), tag("b", "")], description="what it does"),
            _get_model(),
            _model(),
            _model("a/b"),
            _model("a:b"),
            _model(""),
            _model(" "),
            _model(".."),
            _model(5),  # type: ignore[arg-type]
            _get_model("$unique-none"),
            get(f"{MODELS}/get"),
            _of_model("PATCH", "update", description="other"),
            _of_model("PATCH", "update"),
            _get_model(),
            _model(OTHER),
            _get_model(OTHER),
            _of_model("POST", "rename", new_name=OTHER),
            _of_model("POST", "rename", new_name=""),
            _of_model("POST", "rename", new_name="a/b"),
            _of_model("POST", "rename"),
            _of_model("POST", "rename", new_name="$unique-o"),
            _get_model("$unique-o"),
            _get_model(exact=True),
            send("DELETE", f"{MODELS}/delete", {"name": "$unique-o"}),
            send("DELETE", f"{MODELS}/delete", {"name": "$unique-o"}),
            send("DELETE", f"{MODELS}/delete", {}),
        ],
    ),
    Scenario(
        "tags of models",
        [
            _model(),
            _of_model("POST", "set-tag", key="a", value="1"),
            _of_model("POST", "set-tag", key="a", value="2"),
            _of_model("POST", "set-tag", key="b"),
            _get_model(),
            _of_model("POST", "set-tag", key="", value="1"),
            _of_model("POST", "set-tag", value="1"),
            _of_model("POST", "set-tag", key="../up", value="1"),
            _of_model("POST", "set-tag", key="k" * 251, value="1"),
            _of_model("POST", "set-tag", key="c", value="v" * 100_001),
            _of_model("DELETE", "delete-tag", key="a"),
            _of_model("DELETE", "delete-tag", key="a", label="delete twice"),
            _of_model("DELETE", "delete-tag"),
            _get_model(),
            send("POST", f"{MODELS}/set-tag", {"name": "$unique-x", "key": "a", "value": "1"}),
        ],
    ),
    Scenario(
        "versions",
        [
            _version(),
            _model(),
            _version(tags=[tag("b", "1"), tag("a", "2"), tag("a", "3")], description="first"),
            _get_version(),
            _version(run_link="https://other/run", run_id="0" * 32),
            _get_version("2"),
            _get_model(),
            _version(source=""),
            _version(name=""),
            _version(run_id=5),
            post(f"{VERSIONS}/create", {"name": NAME}),
            _get_version("9", exact=True),
            _get_version("x", exact=True),
            _get_version("1.5"),
            _get_version(""),
            _get_version("1", "$unique-none"),
            _of_version("GET", "get", 1, label="a number in the body"),
            _of_version("PATCH", "update", description="other", view=_only("description")),
            _of_version("PATCH", "update", view=_only("description")),
            _of_version("PATCH", "update", "9"),
            get(f"{VERSIONS}/get-download-uri", {"name": NAME, "version": "1"}),
            get(f"{VERSIONS}/get-download-uri", {"name": NAME, "version": "9"}),
            _of_version("DELETE", "delete", "2"),
            _of_version("DELETE", "delete", "2", label="delete twice"),
            _get_version("2"),
            _version(view=_only("version")),
            _get_model(view=_model_of("name", "tags", "aliases")),
            _of_version("DELETE", "delete", "x"),
        ],
    ),
    Scenario(
        "tags of versions",
        [
            _model(),
            _version(),
            _of_version("POST", "set-tag", key="a", value="1"),
            _of_version("POST", "set-tag", key="a", value="2"),
            _get_version(view=_only("tags")),
            _of_version("POST", "set-tag", key="", value="1"),
            _of_version("POST", "set-tag", "9", key="a", value="1"),
            _of_version("POST", "set-tag", key="k" * 251, value="1"),
            _of_version("POST", "set-tag", key="a", value="v" * 100_001),
            _of_version("DELETE", "delete-tag", key="a"),
            _of_version("DELETE", "delete-tag", key="a"),
            _get_version(view=_only("tags")),
        ],
    ),
    Scenario(
        "aliases",
        [
            _model(),
            _by_alias("latest", exact=True),
            _version(),
            _version(),
            _of_model("POST", "alias", alias="champion", version="1"),
            _of_model("POST", "alias", alias="Champion", version="2"),
            _by_alias("champion"),
            _by_alias("LATEST", view=_only("version")),
            _of_model("POST", "alias", alias="champion", version="2"),
            _get_model(view=_model_of("aliases")),
            _get_version("2", view=_only("aliases")),
            _of_model("POST", "alias", alias="latest", version="1"),
            _of_model("POST", "alias", alias="v3", version="1"),
            _of_model("POST", "alias", alias="a b", version="1"),
            _of_model("POST", "alias", alias="", version="1"),
            _of_model("POST", "alias", alias="a" * 256, version="1"),
            _of_model("POST", "alias", alias="a", version="9"),
            _of_model("POST", "alias", alias="a", version="x"),
            _by_alias("none", exact=True),
            _by_alias("a b"),
            _by_alias(""),
            _of_model("DELETE", "alias", alias="champion"),
            _of_model("DELETE", "alias", alias="champion", label="delete twice"),
            _of_version("DELETE", "delete", "2"),
            _get_model(view=_model_of("aliases")),
            get(f"{MODELS}/alias", {"name": "$unique-none", "alias": "champion"}),
        ],
    ),
    Scenario(
        "stages",
        [
            _model(),
            _version(),
            _version(),
            _version(),
            _of_version(
                "POST",
                "transition-stage",
                stage="sTaging",
                archive_existing_versions=False,
                view=_only("current_stage"),
            ),
            _of_version(
                "POST", "transition-stage", "2", stage="Staging", view=_only("current_stage")
            ),
            _latest(),
            _latest("staging"),
            _latest("None", "Production"),
            _latest("Live"),
            post(
                f"{MODELS}/get-latest-versions",
                {"name": NAME, "stages": ["Staging"]},
                view=_numbers,
            ),
            get(f"{MODELS}/get-latest-versions", {"name": "$unique-none"}),
            _of_version(
                "POST",
                "transition-stage",
                "3",
                stage="Staging",
                archive_existing_versions=True,
                view=_only("current_stage"),
            ),
            _get_version("1", view=_only("current_stage")),
            _of_version(
                "POST", "transition-stage", "3", stage="Archived", archive_existing_versions=True
            ),
            _of_version("POST", "transition-stage", "3", stage="Live"),
            _of_version("POST", "transition-stage", "3"),
            _of_version("POST", "transition-stage", "9", stage="Staging"),
            _get_model(view=_model_of("latest_versions")),
        ],
    ),
    Scenario(
        "copies",
        [
            _model(),
            _model(OTHER),
            _version(run_id="0" * 32),
            _version(),
            _of_model("POST", "alias", alias="champion", version="1"),
            _version(OTHER, source=f"models:/{NAME}/1", ours=_placed(REMOTE)),
            _version(OTHER, source=f"models:/{NAME}@champion", ours=_placed(REMOTE)),
            _version(OTHER, source=f"models:/{NAME}/latest", view=_only("source")),
            _version(OTHER, source=f"models:/{NAME}/1", run_id="1" * 32),
            _version(OTHER, source=f"models:/{NAME}/9"),
            _version(OTHER, source=f"models:/{NAME}"),
            _version(OTHER, source=f"models://host/{NAME}/1"),
            get(f"{VERSIONS}/get-download-uri", {"name": OTHER, "version": "1"}),
        ],
    ),
    Scenario(
        "sources of runs and logged models",
        [
            new_experiment(),
            new_run(artifact_uri=None),
            post(
                "logged-models",
                {"experiment_id": "$exp", "name": "m", "source_run_id": "$run"},
                save={"model": "model.info.model_id", "place": "model.info.artifact_uri"},
            ),
            get(
                "runs/get", {"run_id": "$run"}, save={"root": "run.info.artifact_uri"}, view=unseen
            ),
            _model(),
            _version(source="${root}/model", run_id="$run"),
            _version(source="${root}/model"),
            _version(source="/etc", run_id="$run"),
            _version(source="${root}/../..", run_id="$run"),
            _version(
                source="runs:/$run/model",
                run_id="$run",
                ours=_placed("<root>/<experiment 1>/<run 1>/artifacts/model"),
            ),
            _version(source="runs:/$run/model"),
            _version(
                source="models:/$model",
                model_id="$model",
                ours=_placed(
                    "<root>/<experiment 1>/models/<model 1>/artifacts", model_id="<model 1>"
                ),
            ),
            _version(source="models:/$model"),
            _version(source="$place", model_id="$model", view=_only("version")),
            _version(source="${root}/model", model_id="$model"),
            _version(source=REMOTE, model_id="m-" + "0" * 32),
            get("logged-models/$model", view=lambda body: body["model"]["info"]["tags"]),
        ],
    ),
    Scenario(
        "search models",
        [
            _model("$unique-a", tags=[tag("team", "red"), tag("size", "l")]),
            _model("$unique-b", tags=[tag("team", "blue")]),
            _model("$unique-c"),
            _find(MODELS, "name LIKE '$unique%'"),
            _find(MODELS, "name LIKE '$unique%'", "name DESC"),
            _find(MODELS, "name ILIKE '%UNIQUE-A'"),
            _find(MODELS, "name = '$unique-b'", view=None),
            _find(MODELS, "name LIKE '$unique%' AND tags.team = 'red'"),
            _find(MODELS, "name LIKE '$unique%' AND tags.team != 'red'"),
            _find(MODELS, "name LIKE '$unique%' AND tag.`size` LIKE '%l' AND tags.team = 'red'"),
            _find(MODELS, "name IN ('$unique-a', '$unique-c')"),
            _find(MODELS, "name LIKE '$unique%'", "colour"),
            _find(MODELS, "colour = 'x'"),
            _find(MODELS, "name"),
            _find(MODELS, "metrics.a = 1"),
            get(f"{MODELS}/search", {"filter": "name LIKE '$unique%'", "max_results": 2}),
            get(
                f"{MODELS}/search",
                {"max_results": 0},
                ours=refused("An empty page helps nobody; of versions MLflow refuses it too."),
            ),
            get(f"{MODELS}/search", {"max_results": 1001}),
            get(f"{MODELS}/search", {"max_results": "x"}),
            get(f"{MODELS}/search", {"page_token": "x"}),
        ],
    ),
    Scenario(
        "search versions",
        [
            _model("$unique-a"),
            _model("$unique-b"),
            _version("$unique-a", run_id="0" * 32, tags=[tag("kind", "x")]),
            _version("$unique-a", source="s3://other/x"),
            _version("$unique-b", run_id="1" * 32, tags=[tag("kind", "y")]),
            _find(VERSIONS, "name LIKE '$unique%'", "name", "version_number"),
            _find(VERSIONS, "name LIKE '$unique%'", "version_number DESC"),
            _find(VERSIONS, "name LIKE '$unique%' AND version_number > 1"),
            _find(VERSIONS, "name = '$unique-a'", "version_number ASC"),
            _find(VERSIONS, "name LIKE '$unique%' AND run_id = '" + "0" * 32 + "'"),
            _find(VERSIONS, "name LIKE '$unique%' AND run_id IN ('" + "1" * 32 + "')"),
            _find(VERSIONS, "name LIKE '$unique%' AND source_path = 's3://other/x'"),
            _find(VERSIONS, "name LIKE '$unique%' AND tags.kind = 'x'"),
            _find(VERSIONS, "name LIKE '$unique%' AND tags.kind ILIKE 'Y'", view=None),
            _find(VERSIONS, "name LIKE '$unique%'", "colour"),
            _find(VERSIONS, "colour = 'x'"),
            _find(VERSIONS, "version_number > 1.5"),
            get(
                f"{VERSIONS}/search",
                {"filter": "name LIKE '$unique%'", "max_results": 2},
                view=lambda body: [len(body["model_versions"]), body["next_page_token"] != ""],
            ),
            get(f"{VERSIONS}/search", {"max_results": 0}),
            get(f"{VERSIONS}/search", {"max_results": 200_001}),
            get(f"{VERSIONS}/search", {"page_token": "x"}),
        ],
    ),
]
