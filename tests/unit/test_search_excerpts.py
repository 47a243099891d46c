"""Where a filter is wrong is shown by a caret, also of a long one and of one with a tab."""

from __future__ import annotations

import pytest

from headrace.errors import InvalidParameterValue
from headrace.search.excerpts import show_place
from headrace.search.fields import RUN
from headrace.search.ordering import parse_order_by
from headrace.search.parser import parse_filter

LONG = " AND ".join(["metrics.loss < 0.1"] * 10)


@pytest.mark.parametrize(
    ("text", "under"),
    [
        ("metrics.loss < 'low'", "'low'"),
        ("lss < 0.1", "lss"),
        ("params.a = 'x' AND\tmetrics.loss < \"b\"", '"b"'),
        ("params.a = 'größe' AND params.b ~ 'x'", "~ 'x'"),
        (f"{LONG} AND metrics.loss << 1", "<< 1"),
        (f"metrics.loss << 1 AND {LONG}", "<< 1"),
        (f"{LONG} AND metrics.loss << 1 AND {LONG}", "<< 1"),
        ("metrics.loss <", ""),
        (f"{LONG} AND (metrics.loss < 1", ""),
    ],
)
def test_a_caret_stands_under_the_place(text: str, under: str) -> None:
    with pytest.raises(InvalidParameterValue) as caught:
        parse_filter(text, RUN)
    message, shown, caret = show_place(caught.value.message)
    assert caught.value.message.startswith(message)
    assert " (at " not in message
    assert caret == " " * (len(caret) - 1) + "^"
    place = len(caret) - 1
    assert shown[place : place + len(under)] == under
    assert bool(under) or place == len(shown)


def test_a_wrong_order_has_a_caret_too() -> None:
    with pytest.raises(InvalidParameterValue) as caught:
        parse_order_by(["metrics.loss DOWN"], RUN)
    assert show_place(caught.value.message)[1:] == ["metrics.loss DOWN", "             ^"]


@pytest.mark.parametrize("message", ["Run with id=7 not found", "", "at column 3 of the filter"])
def test_any_other_message_stays_a_line(message: str) -> None:
    assert show_place(message) == [message]
