"""Orders and page tokens."""

from __future__ import annotations

import base64
import contextlib
import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.errors import InvalidParameterValue
from headrace.search.fields import EXPERIMENT, LOGGED_MODEL, RUN, Noun
from headrace.search.ordering import (
    MAX_ORDER_ITEMS,
    OrderItem,
    complete_order,
    parse_model_order,
    parse_order_by,
)
from headrace.search.paging import decode_token, encode_token, take_fingerprint

RUN_TIES = ["-attribute.start_time", "attribute.run_id"]

ORDERS: list[tuple[Noun, list[str], list[str]]] = [
    (RUN, [], RUN_TIES),
    (RUN, ["metrics.loss"], ["metric.loss", *RUN_TIES]),
    (RUN, ["metrics.loss ASC"], ["metric.loss", *RUN_TIES]),
    (RUN, ["metric.`a b` desc"], ["-metric.a b", *RUN_TIES]),
    (RUN, ["  params.lr   DESC  "], ["-parameter.lr", *RUN_TIES]),
    (RUN, ["tags.mlflow.user"], ["tag.mlflow.user", *RUN_TIES]),
    (RUN, ["metrics.desc desc"], ["-metric.desc", *RUN_TIES]),
    (RUN, ["`status` DESC"], ["-attribute.status", *RUN_TIES]),
    (RUN, ["start_time"], ["attribute.start_time", "attribute.run_id"]),
    (RUN, ["created DESC"], RUN_TIES),
    (RUN, ["run_id DESC", "metrics.a"], ["-attribute.run_id"]),
    (RUN, ["metrics.a", "metrics.a DESC"], ["metric.a", *RUN_TIES]),
    (RUN, ["min(metrics.loss) DESC"], ["-min(metric.loss)", *RUN_TIES]),
    (RUN, ["number( params.`a b` )"], ["number(parameter.a b)", *RUN_TIES]),
    (RUN, ["last(metrics.a)", "metrics.a DESC"], ["metric.a", *RUN_TIES]),
    (RUN, ["max(metrics.a)", "metrics.a"], ["max(metric.a)", "metric.a", *RUN_TIES]),
    (EXPERIMENT, [], ["-attribute.creation_time", "attribute.experiment_id"]),
    (EXPERIMENT, ["name"], ["attribute.name", "-attribute.experiment_id"]),
    (EXPERIMENT, ["experiment_id"], ["attribute.experiment_id"]),
    (EXPERIMENT, ["name", "name DESC"], ["attribute.name", "-attribute.experiment_id"]),
]

WRONG_CLAUSES: list[tuple[Noun, str, str]] = [
    (RUN, "", r"Invalid order_by clause ''\. Could not be parsed"),
    (RUN, " ", r"Invalid order_by clause ' '\. Could not be parsed"),
    (RUN, "DESC", "Invalid attribute key 'DESC'"),
    (RUN, "'a'", "Could not be parsed"),
    (RUN, "5", "Could not be parsed"),
    (RUN, "metrics.x SIDEWAYS", r"Invalid ordering key .*at column 11 of"),
    (RUN, "metrics.x ASC DESC", r"Could not be parsed.*at column 15 of"),
    (RUN, "metrics.x, metrics.y", "Could not be parsed"),
    (RUN, "metrics.x; DROP TABLE runs", "';' has no meaning here"),
    (RUN, "nothing.x", "Invalid entity type 'nothing'"),
    (RUN, "x", "Invalid attribute key 'x' specified. Valid keys are"),
    (RUN, "lifecycle_stage", "Invalid attribute key"),
    (RUN, "`Run Name`", "Invalid attribute key 'Run Name'"),
    (RUN, "dataset.name", "Invalid order_by entity: dataset"),
    (EXPERIMENT, "tags.team", "Invalid order_by entity: tag"),
    (EXPERIMENT, "metrics.a", "Invalid entity type 'metrics'"),
    (RUN, "metrics.\ud800", "cannot be stored"),
    (RUN, "avg(metrics.a)", "Invalid function 'avg'.*at column 1 of"),
    (RUN, "min(params.a)", r"Invalid field 'parameter.a' in min\(\).*at column 5 of"),
    (RUN, "min(metrics.a", r"expected '\)', found the end .at the end of"),
    (RUN, "min(metrics.a) UP", "Expected ASC or DESC .at column 16 of"),
    (EXPERIMENT, "number(tags.a)", "Invalid order_by entity: tag"),
]


def show(order: tuple[OrderItem, ...]) -> list[str]:
    return [("" if item.ascending else "-") + str(item.field) for item in order]


@pytest.mark.parametrize(("noun", "clauses", "expected"), ORDERS)
def test_an_order_is_completed(noun: Noun, clauses: list[str], expected: list[str]) -> None:
    assert show(parse_order_by(clauses, noun)) == expected


@pytest.mark.parametrize(("noun", "clause", "message"), WRONG_CLAUSES)
def test_a_wrong_clause_is_refused(noun: Noun, clause: str, message: str) -> None:
    with pytest.raises(InvalidParameterValue, match=message):
        parse_order_by([clause], noun)


def test_the_length_of_an_order_is_limited() -> None:
    clauses = [f"metrics.m{i}" for i in range(MAX_ORDER_ITEMS + 1)]
    assert len(parse_order_by(clauses[1:], RUN)) == MAX_ORDER_ITEMS + 2
    with pytest.raises(InvalidParameterValue, match=f"at most {MAX_ORDER_ITEMS}"):
        parse_order_by(clauses, RUN)


@pytest.mark.parametrize(
    ("field_name", "expected"),
    [
        ("metrics.acc", "metric.acc"),
        ("metrics.a b.c", "metric.a b.c"),
        ("creation_time", "attribute.creation_timestamp"),
        ("last_updated_timestamp_ms", "attribute.last_updated_timestamp"),
        (" name ", "attribute.name"),
        ("min(metrics.a b.c)", "min(metric.a b.c)"),
        (" Last( metrics.acc ) ", "last(metric.acc )"),
        ("number(params.depth)", "number(parameter.depth)"),
        ("metrics.min(x)", "metric.min(x)"),
    ],
)
def test_a_key_for_logged_models(field_name: str, expected: str) -> None:
    item = parse_model_order(field_name, None, "", None, LOGGED_MODEL)
    assert (str(item.field), item.ascending, item.dataset_name) == (expected, True, None)


@pytest.mark.parametrize(
    "field_name",
    [
        "",
        "no_such",
        "params.a",
        "metrics.",
        "things.a",
        "min(params.a)",
        "number(metrics.a)",
        "min(name)",
        "avg(metrics.a)",
        "min()",
    ],
)
def test_a_wrong_key_for_logged_models(field_name: str) -> None:
    with pytest.raises(InvalidParameterValue, match="Invalid order by field name"):
        parse_model_order(field_name, True, None, None, LOGGED_MODEL)


def test_logged_models_end_in_creation_and_id() -> None:
    by_name = parse_model_order("name", False, None, None, LOGGED_MODEL)
    assert show(complete_order([by_name], LOGGED_MODEL)) == [
        "-attribute.name",
        "-attribute.creation_timestamp",
        "attribute.model_id",
    ]


def test_one_metric_of_two_data_sets_is_two_keys() -> None:
    items = [
        parse_model_order("metrics.a", True, name, None, LOGGED_MODEL) for name in ("x", "y", "x")
    ]
    assert [item.dataset_name for item in complete_order(items, LOGGED_MODEL)[:2]] == ["x", "y"]
    assert len(complete_order(items, LOGGED_MODEL)) == 4


# --- tokens --------------------------------------------------------------------------------------

ORDER = parse_order_by(["metrics.m", "params.p"], RUN)
FINGERPRINT = take_fingerprint("run", "a filter", [1, 2])
LAST = [0.5, None, 17, "0123"]


@pytest.mark.parametrize(
    "last",
    [
        LAST,
        [math.inf, "größe", -(2**63), ""],
        [None, None, 0, "x"],
        [-0.0, "\U0010ffff", 2**63 - 1, "x"],
    ],
)
def test_a_token_comes_back(last: list[str | int | float | None]) -> None:
    token = encode_token(FINGERPRINT, last)
    assert token.isascii()
    assert "+" not in token
    assert "/" not in token
    assert decode_token(token, FINGERPRINT, ORDER) == last


def test_nan_in_a_token_comes_back() -> None:
    back = decode_token(encode_token(FINGERPRINT, [math.nan, "a", 1, "x"]), FINGERPRINT, ORDER)
    assert back is not None
    assert isinstance(back[0], float)
    assert math.isnan(back[0])


@pytest.mark.parametrize("token", [None, ""])
def test_no_token_is_the_first_page(token: str | None) -> None:
    assert decode_token(token, FINGERPRINT, ORDER) is None


def _packed(*parts: object) -> str:
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(parts)).decode()


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("not base64!", "^Invalid page token, could not base64-decode$"),
        ("ä", "^Invalid page token, could not base64-decode$"),
        ("abc", "^Invalid page token, could not base64-decode$"),
        (
            "bm90IGpzb24=",
            r"^Invalid page token, decoded value=b'not json'$",
        ),
        (base64.b64encode(b'{"offset": 2}').decode(), "Invalid page token, decoded value"),
        (_packed(FINGERPRINT), "Invalid page token, decoded value"),
        (_packed(FINGERPRINT, LAST, 1), "Invalid page token, decoded value"),
        (_packed(FINGERPRINT, [{}]), "Invalid page token, decoded value"),
        (_packed(b"another", LAST), "it continues another search"),
        (_packed(FINGERPRINT, LAST[:3]), "it continues another search"),
        (_packed(FINGERPRINT, ["text", None, 17, "x"]), "it continues another search"),
        (_packed(FINGERPRINT, [0.5, 3, 17, "x"]), "it continues another search"),
        (_packed(FINGERPRINT, [0.5, None, 2**63, "x"]), "it continues another search"),
        (_packed(FINGERPRINT, [0.5, None, 17, "\0"]), "it continues another search"),
        (_packed(FINGERPRINT, [0.5, None, 17, None]), "it continues another search"),
    ],
)
def test_a_bad_token_is_refused(token: str, message: str) -> None:
    with pytest.raises(InvalidParameterValue, match=message):
        decode_token(token, FINGERPRINT, ORDER)


@given(st.text() | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_no_token_does_anything_else(token: str) -> None:
    with contextlib.suppress(InvalidParameterValue):
        assert decode_token(token, FINGERPRINT, ORDER) is None
        assert token == ""


@given(st.text(st.sampled_from("metrics.aparamslr`'\"( )DESC,;5\0\ud800é"), max_size=12))
def test_no_clause_does_anything_else(clause: str) -> None:
    with contextlib.suppress(InvalidParameterValue):
        assert parse_order_by([clause], RUN)[-1].field.key == "run_id"


def test_a_fingerprint_tells_searches_apart() -> None:
    searches = [("run", "", []), ("run", "a", []), ("run", "", ["a"]), ("experiment", "", [])]
    assert len({take_fingerprint(*search) for search in searches}) == len(searches)
    assert take_fingerprint("run", "a") == take_fingerprint("run", "a")
