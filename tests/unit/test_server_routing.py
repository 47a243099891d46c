"""The router: every row of the table is served, and nothing else is."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest

from headrace.api import tracking
from headrace.api.endpoint import Empty, Endpoint, Permission, Target
from headrace.api.table import ENDPOINTS
from headrace.errors import EndpointNotFound, InvalidState
from headrace.server.routing import MethodNotAllowed, Router


class Anybody:
    """Has a method of every name."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_: name


TARGETS = {Target.STORE: Anybody(), Target.SERVER: Anybody()}


def example(endpoint: Endpoint[Any, Any], base: str) -> str:
    return base + re.sub(r"\{(\w+)(?::path)?\}", r"the-\1", endpoint.path)


@pytest.mark.parametrize("prefix", ["", "/tracking/v2"])
def test_every_row_is_served_under_all_its_bases(prefix: str) -> None:
    router = Router(ENDPOINTS, TARGETS, prefix)
    for endpoint in ENDPOINTS:
        assert endpoint.bases, endpoint.name
        for base in endpoint.bases:
            route, fields = router.find(endpoint.verb, prefix + example(endpoint, base))
            assert route.endpoint is endpoint
            assert fields == {name: f"the-{name}" for name in endpoint.path_fields}


def test_nothing_is_served_beside_the_static_prefix() -> None:
    router = Router(ENDPOINTS, TARGETS, "/tracking")
    for endpoint in ENDPOINTS:
        with pytest.raises(EndpointNotFound):
            router.find(endpoint.verb, example(endpoint, endpoint.bases[0]))
    assert router.find("GET", "/tracking")[0].endpoint.name == "home"


def test_mlflows_two_bases_are_those_of_its_calls() -> None:
    both = {row.name for row in tracking.ENDPOINTS if row.bases == ("/api", "/ajax-api")}

    assert {row.name for row in tracking.ENDPOINTS} - both == {"get_metric_history_bulk"}


def test_fields_in_the_path_are_decoded_after_it_is_taken_apart() -> None:
    router = Router(ENDPOINTS, TARGETS)

    route, fields = router.find("DELETE", "/api/2.0/mlflow/logged-models/m-1/tags/a%2Fb%20%C3%A9")

    assert route.endpoint.name == "delete_logged_model_tag"
    assert fields == {"model_id": "m-1", "tag_key": "a/b é"}


def test_the_rest_of_a_path_can_be_a_field() -> None:
    row = Endpoint("files", "GET", "/f/{path:path}", Empty, Empty, Permission.READ, bases=("",))

    assert Router([row], TARGETS).find("GET", "/f/a/b%20c")[1] == {"path": "a/b c"}


def test_head_is_answered_as_get() -> None:
    assert Router(ENDPOINTS, TARGETS).find("HEAD", "/health")[0].endpoint.name == "health"


def test_a_fixed_path_does_not_hide_the_template_that_takes_another_verb() -> None:
    router = Router(ENDPOINTS, TARGETS)
    path = "/api/2.0/mlflow/logged-models/search"

    assert router.find("POST", path)[0].endpoint.name == "search_logged_models"
    assert router.find("GET", path)[0].endpoint.name == "get_logged_model"


@pytest.mark.parametrize(
    ("verb", "path", "allowed"),
    [
        ("GET", "/api/2.0/mlflow/runs/create", ["POST"]),
        ("PUT", "/api/2.0/mlflow/experiments/search", ["GET", "POST"]),
        ("POST", "/api/2.0/mlflow/logged-models/m-1", ["DELETE", "GET", "PATCH"]),
    ],
)
def test_a_wrong_verb_is_told_the_right_ones(verb: str, path: str, allowed: list[str]) -> None:
    with pytest.raises(MethodNotAllowed) as caught:
        Router(ENDPOINTS, TARGETS).find(verb, path)

    assert caught.value.allowed == allowed
    assert caught.value.get_http_status_code() == 405


@pytest.mark.parametrize(
    "path",
    ["/api/3.0/mlflow/traces", "/v1/traces", "/api/2.0/mlflow/logged-models/", "", "//", "/api"],
)
def test_an_unknown_path_names_the_compatibility_page(path: str) -> None:
    with pytest.raises(EndpointNotFound, match=r"docs/compatibility\.md"):
        Router(ENDPOINTS, TARGETS).find("POST", path)


def test_a_row_without_a_permission_does_not_start() -> None:
    row = dataclasses.replace(tracking.GET_RUN, permission=None)  # type: ignore[arg-type]

    with pytest.raises(InvalidState, match=r"get_run .* declares no permission"):
        Router([row], TARGETS)


def test_a_row_that_nobody_answers_does_not_start() -> None:
    with pytest.raises(InvalidState, match="answered by nobody"):
        Router([tracking.GET_RUN], {Target.STORE: object(), Target.SERVER: object()})


def test_two_rows_for_one_path_do_not_start() -> None:
    with pytest.raises(InvalidState, match="Two endpoints claim GET"):
        Router([tracking.GET_RUN, tracking.GET_RUN], TARGETS)
