"""The endpoint table as TypeScript: what may be missing, what floats are, where calls are."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec import Struct, field

from headrace.api.endpoint import Empty, Endpoint, Permission
from headrace.api.typescript import describe


class Thing(Struct, omit_defaults=True):
    """A thing.

    More of it.
    """

    id: str
    value: float | None = None
    scores: dict[str, list[float | None]] = {}
    label: str = field(default_factory=str)
    names: list[str] = field(default_factory=list, name="words")


class Ask(Struct, omit_defaults=True):
    """Ask for things."""

    name: str = ""
    at: str | int | None = None
    like: list[Thing] = []


class Answer(Struct):
    """The things."""

    things: list[Thing] = []


ASK = Endpoint("ask", "POST", "/things/{name}", Ask, Answer, Permission.READ)
FETCH: Endpoint[Ask, None] = Endpoint("fetch", "GET", "/raw", Ask, None, Permission.WRITE)
PING: Endpoint[Empty, None] = Endpoint("ping", "GET", "/ping", Empty, None, Permission.PUBLIC)


def interface(text: str, name: str) -> list[str]:
    body = text.split(f"export interface {name} {{\n")[1].split("\n}")[0]
    return [line.strip(" ;") for line in body.splitlines()]


def test_an_answer_may_leave_out_what_msgspec_leaves_out() -> None:
    text = describe([ASK])

    assert interface(text, "Thing") == [
        "id: string",
        "value?: Float",
        "scores?: Record<string, (Float | null)[]>",
        "label: string",
        "words?: string[]",
    ]
    assert msgspec.json.encode(Thing("1")) == b'{"id":"1","label":""}'
    assert interface(text, "Answer") == ["things: Thing[]"]
    assert "/** A thing. */\nexport interface Thing" in text


def test_a_request_may_leave_out_all_but_what_must_be_given() -> None:
    assert interface(describe([ASK]), "Ask") == [
        "name: string",
        "at?: string | number | null",
        "like?: Thing[]",
    ]


def test_a_struct_of_a_union_says_which_it_is() -> None:
    class Left(Struct, tag_field="kind", tag="left"):
        pass

    class Right(Struct, tag_field="kind", tag="right"):
        size: int

    side: type[Struct] = msgspec.defstruct("Side", [("side", Left | Right)])
    text = describe([Endpoint("side", "GET", "/side", Empty, side, Permission.READ)])

    assert interface(text, "Side") == ["side: Left | Right"]
    assert interface(text, "Right") == ['kind: "right"', "size: number"]
    assert interface(text, "Left") == ['kind: "left"']


def test_rows_say_where_calls_are() -> None:
    text = describe([ASK, FETCH, PING])

    assert interface(text, "Calls") == ["ask: { request: Ask; response: Answer }"]
    assert interface(text, "Transfers") == ["fetch: { request: Ask; response: Blob }"]
    assert '  ask: { verb: "POST", path: "api/things/{name}", in_query: false, ' in text
    assert '  fetch: { verb: "GET", path: "api/raw", in_query: true, permission: "write" }' in text
    assert "ping" not in text


def test_two_structs_of_one_name_are_refused() -> None:
    other: type[Struct] = msgspec.defstruct("Thing", [("other", int)])
    row: Endpoint[Any, Any] = Endpoint("b", "GET", "/b", Empty, other, Permission.READ)

    with pytest.raises(ValueError, match="called Thing"):
        describe([ASK, row])


def test_a_type_without_a_form_is_refused() -> None:
    odd: type[Struct] = msgspec.defstruct("Odd", [("at", tuple[int, ...])])
    row: Endpoint[Any, Any] = Endpoint("odd", "GET", "/odd", Empty, odd, Permission.READ)

    with pytest.raises(TypeError, match="no form in TypeScript"):
        describe([row])
