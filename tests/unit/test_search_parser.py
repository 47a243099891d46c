"""Filters: what they mean, and where they are wrong."""

from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.errors import InvalidParameterValue
from headrace.search.fields import EXPERIMENT, LOGGED_MODEL, RUN, Noun
from headrace.search.lexer import MAX_LENGTH
from headrace.search.parser import (
    MAX_COMPARISONS,
    MAX_DEPTH,
    MAX_PATTERN,
    MAX_VALUES,
    parse_filter,
)
from headrace.search.tree import And, Comparison, Node, Not, Or

# A filter, and its tree written by `show`.
MEANINGS: list[tuple[Noun, str, str]] = [
    # comparators
    (RUN, "metrics.loss = 1", "metric.loss = 1"),
    (RUN, "metrics.loss != 1", "metric.loss not = 1"),
    (RUN, "metrics.loss < 0.5", "metric.loss < 0.5"),
    (RUN, "metrics.loss<=-.5", "metric.loss <= -0.5"),
    (RUN, "metrics.loss > 1e-3", "metric.loss > 0.001"),
    (RUN, "metrics.loss >= 5.", "metric.loss >= 5.0"),
    (RUN, "params.lr LIKE '0.%'", "parameter.lr LIKE '0.%'"),
    (RUN, "params.lr ilike 'x'", "parameter.lr ILIKE 'x'"),
    (RUN, "tags.a NOT LIKE 'x'", "tag.a not LIKE 'x'"),
    (RUN, "run_id IN ('a', \"b\",)", "attribute.run_id IN 'a' 'b'"),
    (RUN, "run_id not in ('a')", "attribute.run_id not IN 'a'"),
    (RUN, "metrics.m IN (1, 2.5)", "metric.m IN 1 2.5"),
    (RUN, "metrics.m between 1 and 2", "metric.m BETWEEN 1 2"),
    (RUN, "metrics.m NOT BETWEEN 1 AND 2", "metric.m not BETWEEN 1 2"),
    (RUN, "params.a IS NULL", "(not parameter.a PRESENT)"),
    (RUN, "params.a is not null", "parameter.a PRESENT"),
    (RUN, "end_time IS NULL", "(not attribute.end_time PRESENT)"),
    # names of entities and attributes
    (RUN, "param.a = 'x'", "parameter.a = 'x'"),
    (RUN, "parameter.a = 'x'", "parameter.a = 'x'"),
    (RUN, "parameters.a = 'x'", "parameter.a = 'x'"),
    (RUN, "`metrics`.a = 1", "metric.a = 1"),
    (RUN, "tag.a = 'x'", "tag.a = 'x'"),
    (RUN, "attr.status = 'x'", "attribute.status = 'x'"),
    (RUN, "attributes.status = 'x'", "attribute.status = 'x'"),
    (RUN, "run.status = 'x'", "attribute.status = 'x'"),
    (RUN, "`status` = 'x'", "attribute.status = 'x'"),
    (RUN, "created > 5", "attribute.start_time > 5"),
    (RUN, "attributes.Created > 5", "attribute.start_time > 5"),
    (RUN, "attributes.`Run Name` = 'x'", "attribute.run_name = 'x'"),
    (RUN, "\"run name\" = 'x'", "attribute.run_name = 'x'"),
    (RUN, "attributes.`Run ID` = 'x'", "attribute.run_id = 'x'"),
    (RUN, "datasets.name = 'x'", "dataset.name = 'x'"),
    (RUN, "dataset.context IN ('x')", "dataset.context IN 'x'"),
    (EXPERIMENT, "attribute.name = 'x'", "attribute.name = 'x'"),
    (EXPERIMENT, "tags.a = 'x'", "tag.a = 'x'"),
    (EXPERIMENT, "experiment_id IN ('1', '2')", "attribute.experiment_id IN '1' '2'"),
    (LOGGED_MODEL, "creation_time > 5", "attribute.creation_timestamp > 5"),
    (LOGGED_MODEL, "attributes.name = x", "attribute.name = 'x'"),
    (LOGGED_MODEL, "params.depth = 3", "parameter.depth = '3'"),
    # keys
    (RUN, "metrics.`a b` = 1", "metric.a b = 1"),
    (RUN, 'metrics."a b" = 1', "metric.a b = 1"),
    (RUN, "metrics.'a b' = 1", "metric.a b = 1"),
    (RUN, "metrics.`a.b/c:d-e` = 1", "metric.a.b/c:d-e = 1"),
    (RUN, "metrics.a.b/c:d-e = 1", "metric.a.b/c:d-e = 1"),
    (RUN, "metrics.1st = 1", "metric.1st = 1"),
    (RUN, "metrics.`a``b` = 1", "metric.a`b = 1"),
    (RUN, "metrics.and = 1", "metric.and = 1"),
    (RUN, "tags.mlflow.user = 'x'", "tag.mlflow.user = 'x'"),
    (RUN, "params.größe = 'x'", "parameter.größe = 'x'"),
    # values
    (RUN, 'params.a = "it\'s"', 'parameter.a = "it\'s"'),
    (RUN, "params.a = 'it''s'", 'parameter.a = "it\'s"'),
    (RUN, "params.a = ''", "parameter.a = ''"),
    (RUN, "params.a = 'C:\\'", "parameter.a = 'C:\\\\'"),
    (RUN, "params.a = 'AND (OR'", "parameter.a = 'AND (OR'"),
    (RUN, "start_time > 9223372036854775808", "attribute.start_time > 9.223372036854776e+18"),
    # regular expressions
    (RUN, "params.a RLIKE '^a.*'", "parameter.a RLIKE '^a.*'"),
    (RUN, "dataset.name not rlike 'it''s'", 'dataset.name not RLIKE "it\'s"'),
    (LOGGED_MODEL, "status RLIKE 'READY'", "attribute.status RLIKE 'READY'"),
    # functions
    (RUN, "min(metrics.loss) < 0.1", "min(metric.loss) < 0.1"),
    (RUN, "MAX( metric.`a b` )=1", "max(metric.a b) = 1"),
    (RUN, "first(metrics.loss) IS NULL", "(not first(metric.loss) PRESENT)"),
    (RUN, "last(metrics.loss) > 1", "metric.loss > 1"),
    (RUN, "metrics.loss.min > 1", "metric.loss.min > 1"),
    (RUN, "metrics.min > 1", "metric.min > 1"),
    (RUN, "number(params.lr) BETWEEN 1e-3 AND 1", "number(parameter.lr) BETWEEN 0.001 1"),
    (RUN, "number(tag.a) IN (1, 2)", "number(tag.a) IN 1 2"),
    (EXPERIMENT, "number(tags.a) > 1", "number(tag.a) > 1"),
    (LOGGED_MODEL, "last(metrics.acc) > 1", "last(metric.acc) > 1"),
    (LOGGED_MODEL, "NOT (number(params.a) > 1)", "(not number(parameter.a) > 1)"),
    # conditions
    (RUN, "metrics.a = 1 AND metrics.b = 2", "(metric.a = 1 and metric.b = 2)"),
    (RUN, "metrics.a=1 and metrics.b=2", "(metric.a = 1 and metric.b = 2)"),
    (RUN, "metrics.a = 1\n  AND\tmetrics.b = 2 ", "(metric.a = 1 and metric.b = 2)"),
    (RUN, "AND metrics.a = 1", "metric.a = 1"),
    (RUN, "metrics.a = 1 AND", "metric.a = 1"),
    (RUN, "metrics.a = 1 AND AND metrics.b = 2", "(metric.a = 1 and metric.b = 2)"),
    (
        RUN,
        "metrics.a = 1 OR metrics.b = 2 AND metrics.c = 3",
        "(metric.a = 1 or (metric.b = 2 and metric.c = 3))",
    ),
    (
        RUN,
        "(metrics.a = 1 OR metrics.b = 2) AND metrics.c = 3",
        "((metric.a = 1 or metric.b = 2) and metric.c = 3)",
    ),
    (
        RUN,
        "(metrics.a = 1 AND metrics.b = 2) AND metrics.c = 3",
        "(metric.a = 1 and metric.b = 2 and metric.c = 3)",
    ),
    (
        RUN,
        "NOT metrics.a = 1 AND metrics.b = 2",
        "((not metric.a = 1) and metric.b = 2)",
    ),
    (
        RUN,
        "NOT (metrics.a BETWEEN 1 AND 2 AND metrics.b = 2)",
        "(not (metric.a BETWEEN 1 2 and metric.b = 2))",
    ),
    (RUN, "NOT NOT metrics.a = 1", "(not (not metric.a = 1))"),
    (RUN, "((metrics.a = 1))", "metric.a = 1"),
]

# A filter, the column (from 1) at which it is wrong, and words of the message.
MISTAKES: list[tuple[Noun, str, int, str]] = [
    (RUN, "metrics.acc > 'x'", 15, "Expected numeric value type for metric. Found 'x'"),
    (RUN, "metrics.acc > '1'", 15, "Found '1'; write the number without quotes"),
    (RUN, "metrics.acc > NaN", 15, "Expected numeric value type for metric. Found NaN"),
    (RUN, "metrics.a > metrics.b", 13, "Expected numeric value type for metric. Found metrics.b"),
    (RUN, "metrics.a IN ('x')", 15, "Expected numeric value type for metric. Found 'x'"),
    (RUN, "start_time > '5'", 14, "Expected numeric value type for numeric attribute: start_time"),
    (RUN, "params.lr = 0.1", 13, "Expected a quoted string value for parameter (e.g. 'my-value')"),
    (RUN, "tags.t = ('a')", 10, "Expected a quoted string value for tag (e.g. 'my-value')"),
    (RUN, "params.lr = x", 13, "Parameter value is either not quoted or unidentified quote types"),
    (RUN, "params.lr = `x`", 13, "Parameter value is either not quoted"),
    (RUN, "status = 5", 10, "Expected a quoted string value for attributes. Got value 5"),
    (RUN, "dataset.name = 5", 16, "Expected a quoted string value for dataset attributes"),
    (RUN, "acc > 1", 1, "Invalid attribute key 'acc' specified. Valid keys are"),
    (RUN, "acc > 1", 1, "keys of your own are written metrics.KEY, params.KEY, tags.KEY"),
    (RUN, "metrics > 1", 1, "Invalid attribute key 'metrics' specified"),
    (RUN, "a = 1 AND attributes.b = 1", 1, "Invalid attribute key 'a' specified"),
    (RUN, "nothing.a > 1", 1, "Invalid entity type 'nothing'. Valid values are"),
    (RUN, "dataset.source = 's'", 1, "Invalid dataset key 'source' specified. Valid keys are"),
    (EXPERIMENT, "params.a = 'x'", 1, "Invalid entity type 'params'"),
    (EXPERIMENT, "NAME = 'x'", 1, "Invalid attribute key 'NAME' specified"),
    (EXPERIMENT, "NAME = 'x'", 1, "; keys of your own are written tags.KEY (at"),
    (
        EXPERIMENT,
        "creation_time > 5.5",
        17,
        "Invalid value for numeric attribute 'creation_time': '5.5'",
    ),
    (EXPERIMENT, "experiment_id LIKE '1'", 15, "Invalid comparator 'LIKE'"),
    (LOGGED_MODEL, "param.a = 'x'", 1, "Invalid entity type 'param'"),
    (LOGGED_MODEL, "metrics.a = x", 13, "Expected numeric value type for metric. Found x"),
    (RUN, "metrics.acc == 0.5", 13, "Invalid comparator '==' not one of"),
    (RUN, "metrics.acc <> 0.5", 13, "Invalid comparator '<>' not one of"),
    (RUN, "metrics.acc LIKE 0.5", 13, "Invalid comparator 'LIKE' not one of"),
    (RUN, "params.lr > '0'", 11, "Invalid comparator '>' not one of"),
    (RUN, "params.lr SOUNDS 'x'", 11, "Invalid comparator 'SOUNDS' not one of"),
    (RUN, "params.lr NOT = 'x'", 15, "expected LIKE, ILIKE, RLIKE, IN, BETWEEN, found '='"),
    (RUN, "params.lr IS 'x'", 14, "expected NULL or NOT NULL"),
    (RUN, "params.lr IS NOT 'x'", 18, "expected NULL"),
    (RUN, "1 = 1", 1, "Invalid comparison clause. Expected 'Identifier' found '1'"),
    (RUN, "'a' = 'a'", 1, "Invalid comparison clause. Expected 'Identifier' found ''a''"),
    (RUN, "= 'a'", 1, "expected the name of a field"),
    (RUN, "metrics.a", 0, "expected a comparator such as = or IN, found the end"),
    (RUN, "metrics.a >", 0, "Expected numeric value type for metric. Found nothing"),
    (RUN, "metrics.a (1)", 11, "expected a comparator"),
    (RUN, "metrics.a > 1 metrics.b > 2", 15, "expected AND, OR or the end"),
    (RUN, "metrics.a > 1,", 14, "expected AND, OR or the end"),
    (RUN, "metrics.a > 1)", 14, "expected AND, OR or the end"),
    (RUN, "(metrics.a > 1", 0, "expected AND, OR or ')'"),
    (RUN, "(metrics.a > 1 AND)", 19, "expected the name of a field"),
    (RUN, "metrics.a > 1 OR", 0, "expected the name of a field"),
    (RUN, "NOT", 0, "expected the name of a field"),
    (RUN, "()", 2, "expected the name of a field"),
    (RUN, "metrics.a BETWEEN 1", 0, "expected AND and the upper bound of BETWEEN"),
    (RUN, "metrics.a BETWEEN 1 OR 2", 21, "expected AND and the upper bound of BETWEEN"),
    (RUN, "run_id IN ()", 12, "expected a non-empty list of string values, but got empty list"),
    (RUN, "metrics.a IN ()", 15, "expected a non-empty list of numbers"),
    (RUN, "run_id IN 'a'", 11, "expected a list such as ('a', 'b')"),
    (RUN, "run_id IN ('a'", 0, "expected ',' or ')'"),
    (RUN, "run_id IN ('a' 'b')", 16, "expected ',' or ')'"),
    (RUN, "run_id IN (1, 2)", 12, "Expected a quoted string value for attributes"),
    (RUN, "params.a = 'open", 12, "the quote ' is not closed"),
    (RUN, 'params.a = "open', 12, 'the quote " is not closed'),
    (RUN, "params.`a = 'x'", 8, "the quote ` is not closed"),
    (RUN, "params.a = 'x'; DROP TABLE runs", 15, "the character ';' has no meaning here"),
    (RUN, "params.a = 'x' && params.b = 'y'", 16, "'&' has no meaning here; write AND or OR"),
    (RUN, "params.a = 'x' -- comment", 16, "neither a number nor the name of a field"),
    (RUN, "metrics. > 1", 8, "neither a number nor the name of a field"),
    (RUN, ".acc > 1", 1, "neither a number nor the name of a field"),
    (RUN, "metrics.a > 1.2.3", 13, "neither a number nor the name of a field"),
    (RUN, "min(params.a) > 1", 5, "Invalid field 'parameter.a' in min(): it takes metrics"),
    (RUN, "min(start_time) > 1", 5, "Invalid field 'attribute.start_time' in min()"),
    (RUN, "number(metrics.a) > 1", 8, "it takes parameters or tags, as in number(params.x)"),
    (RUN, "avg(metrics.a) > 1", 1, "Invalid function 'avg'. There are min(metrics.x), max("),
    (RUN, "status('x') = 1", 1, "Invalid function 'status'"),
    (RUN, "min(5) > 1", 5, "expected a field such as metrics.x, found '5'"),
    (RUN, "min() > 1", 5, "expected a field such as metrics.x, found ')'"),
    (RUN, "min(nothing.a) > 1", 5, "Invalid entity type 'nothing'"),
    (RUN, "min(metrics.a > 1", 15, "expected ')', found '>'"),
    (RUN, "min(max(metrics.a)) > 1", 5, "Invalid attribute key 'max'"),
    (RUN, "min(metrics.a) LIKE '1'", 16, "Invalid comparator 'LIKE' not one of"),
    (RUN, "min(metrics.a) > 'x'", 18, "Expected numeric value type for metric. Found 'x'"),
    (RUN, "number(params.a) > '1'", 20, "numeric value type for number(parameter.a). Found '1'"),
    (EXPERIMENT, "min(metrics.a) > 1", 5, "Invalid entity type 'metrics'"),
    (EXPERIMENT, "experiment_id = 'abc'", 17, "Invalid experiment ID 'abc'"),
    (EXPERIMENT, "experiment_id IN ('1', '9223372036854775808')", 24, "Invalid experiment ID"),
    (RUN, "metrics.a RLIKE '1'", 11, "Invalid comparator 'RLIKE'"),
    (RUN, "params.a RLIKE 'a(b'", 18, "a ( that is not closed in the regular expression"),
    (RUN, "params.a RLIKE 'it''s a)'", 24, "a ) that closes nothing in the regular expression"),
    (RUN, "params.a RLIKE 'a(?=b)'", 19, "neither (?: nor a leading (?i)"),
    (RUN, "params.a RLIKE 5", 16, "Expected a quoted string value for parameter"),
    (RUN, "metrics.a > " + "1" * 5000, 13, "beyond the range of 64-bit floats"),
    (RUN, "metrics.a > 1e999", 13, "beyond the range of 64-bit floats"),
]


def show(node: Node) -> str:
    """Write a tree so that a table of cases stays readable."""
    if isinstance(node, Comparison):
        negation = "not " if node.negated else ""
        values = "".join(f" {value!r}" for value in node.values)
        return f"{node.field} {negation}{node.operator.value}{values}"
    if isinstance(node, Not):
        return f"(not {show(node.operand)})"
    word = " and " if isinstance(node, And) else " or "
    assert isinstance(node, (And, Or))
    return f"({word.join(map(show, node.operands))})"


@pytest.mark.parametrize(("noun", "text", "meaning"), MEANINGS)
def test_a_filter_means(noun: Noun, text: str, meaning: str) -> None:
    node = parse_filter(text, noun)
    assert node is not None
    assert show(node) == meaning


@pytest.mark.parametrize(("noun", "text", "column", "words"), MISTAKES)
def test_a_wrong_filter_names_the_place(noun: Noun, text: str, column: int, words: str) -> None:
    place = f"at column {column} of" if column else "at the end of"
    with pytest.raises(InvalidParameterValue, match=re.escape(words)) as caught:
        parse_filter(text, noun)
    assert place in caught.value.message
    assert text[:60] in caught.value.message
    assert len(caught.value.message) < 600


@pytest.mark.parametrize("text", [None, "", "AND", " and AND "])
def test_an_empty_filter_is_none(text: str | None) -> None:
    assert parse_filter(text, RUN) is None


def test_a_blank_filter_is_refused_as_in_mlflow() -> None:
    with pytest.raises(
        InvalidParameterValue, match=r"Invalid filter '   '\. Could not be parsed\."
    ):
        parse_filter("   ", RUN)


@pytest.mark.parametrize("bad", ["\0", "\ud800"])
def test_what_no_store_can_hold_is_refused(bad: str) -> None:
    with pytest.raises(InvalidParameterValue, match="column 13 cannot be stored"):
        parse_filter(f"params.a = '{bad}'", RUN)


def test_a_long_filter_is_shown_around_its_mistake() -> None:
    text = " AND ".join(["metrics.a > 1"] * 50 + ["metrics.b > 'here'"] + ["metrics.c > 1"] * 50)
    with pytest.raises(InvalidParameterValue) as caught:
        parse_filter(text, RUN)
    assert "'here'" in caught.value.message
    assert len(caught.value.message) < 300


def test_the_number_of_comparisons_is_limited() -> None:
    most = " AND ".join(["metrics.a > 1"] * MAX_COMPARISONS)
    assert isinstance(parse_filter(most, RUN), And)
    with pytest.raises(InvalidParameterValue, match=f"more than {MAX_COMPARISONS} comparisons"):
        parse_filter(most + " OR metrics.a > 1", RUN)


@pytest.mark.parametrize("opening", ["(", "NOT "])
def test_the_depth_is_limited(opening: str) -> None:
    def nested(depth: int) -> str:
        return opening * depth + "metrics.a > 1" + (")" * depth if opening == "(" else "")

    assert parse_filter(nested(MAX_DEPTH), RUN) is not None
    with pytest.raises(InvalidParameterValue, match=f"nested more than {MAX_DEPTH} levels"):
        parse_filter(nested(100_000), RUN)


def test_a_pattern_is_limited_and_a_value_is_not() -> None:
    assert parse_filter(f"params.a = '{'x' * (MAX_PATTERN + 1)}'", RUN) is not None
    assert parse_filter(f"params.a LIKE '{'x' * MAX_PATTERN}'", RUN) is not None
    with pytest.raises(InvalidParameterValue, match=f"at most {MAX_PATTERN} are allowed"):
        parse_filter(f"params.a LIKE '{'x' * (MAX_PATTERN + 1)}'", RUN)


def test_the_values_are_limited() -> None:
    most = ", ".join(["1"] * (MAX_VALUES - 1))
    text = f"metrics.a IN ({most}) AND metrics.b > "
    assert parse_filter(text + "1", RUN) is not None
    with pytest.raises(InvalidParameterValue, match=f"more than {MAX_VALUES} values") as caught:
        parse_filter(text + "1 AND metrics.c > 1", RUN)
    column = len(text + "1 AND metrics.c > 1")
    assert f"at column {column} of the filter" in caught.value.message


@pytest.mark.parametrize("piece", ["(", "NOT ", "metrics.a > 1 AND ", "'", "x", "AND "])
def test_a_very_long_filter_is_refused_at_once(piece: str) -> None:
    text = piece * (MAX_LENGTH // len(piece) + 1)
    with pytest.raises(InvalidParameterValue, match=f"at most {MAX_LENGTH} are allowed") as caught:
        parse_filter(text, RUN)
    assert f"at column {MAX_LENGTH + 1} of the filter" in caught.value.message
    assert len(caught.value.message) < 600


@pytest.mark.parametrize("piece", ["(", "NOT ", "metrics.a > 1 AND ", "'", "x", "`", "1"])
def test_a_long_filter_without_sense_is_refused(piece: str) -> None:
    with pytest.raises(InvalidParameterValue) as caught:
        parse_filter(piece * (MAX_LENGTH // 4 // len(piece)), RUN)
    assert len(caught.value.message) < 600


_WORDS = ["LIKE", "RLIKE", "number", "min", "NOT", "IN", "BETWEEN", "AND", "OR", "IS", "NULL"]
_FIELDS = ["metrics.a", "params.`b c`", 'tags."d"', "status", "start_time"]
_PIECES = st.sampled_from(
    [*_FIELDS, *_WORDS, *"(),=!<`'\";é\0\ud800", "'x'", '"y"', "1", "-.5e3", "..", "--", "1a"]
)


@given(st.lists(_PIECES, max_size=12).map(" ".join) | st.text(max_size=30))
def test_any_text_is_a_filter_or_an_invalid_value(text: str) -> None:
    with contextlib.suppress(InvalidParameterValue):
        node = parse_filter(text, RUN)
        assert node is None or show(node)
