"""Where Headrace means to answer otherwise than MLflow, and why.

A difference stands at the step of a scenario that shows it (`Exchange.ours`) and is held like
everything else: the answer must differ exactly as declared, and a difference that is none any more
fails. The compatibility page of the documentation tells users the same.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

Recorded = Mapping[str, Any]

# Stands for a field that an answer does not have.
ABSENT = "<absent>"
ANY_MESSAGE = "any"


@dataclass(frozen=True)
class Ours:
    """What Headrace answers where it differs.

    Attributes:
        reason: Why it differs.
        answer: Place in the answer (see `comparison.Mismatch`) -> what Headrace has there.
    """

    reason: str
    answer: Mapping[str, Any]


def ours(reason: str, **answer: Any) -> Ours:
    """Return a difference; `body__run__outputs` names the place `body/run/outputs`."""
    return Ours(reason, {name.replace("__", "/"): value for name, value in answer.items()})


def refused(reason: str, code: str = "INVALID_PARAMETER_VALUE", status: int = 400) -> Ours:
    """Return a difference where Headrace refuses, with any message."""
    body = {"error_code": code, "message": ANY_MESSAGE}
    return Ours(reason, {"status": status, "mime": "application/json", "body": body})


def coded(code: str, status: int = 400) -> Ours:
    """Return a difference where MLflow passes an error of its database on as BAD_REQUEST."""
    return refused(
        "MLflow passes an error of its database on; Headrace names the fault.", code, status
    )


def accepted(reason: str, body: Any) -> Ours:
    """Return a difference where Headrace does what MLflow refuses."""
    return Ours(reason, {"status": 200, "mime": "application/json", "body": body})


def wider(body: Any) -> Ours:
    """Return a difference where Headrace understands more of the filter language."""
    return accepted(
        "Headrace's filters know OR, NOT, parentheses, IN, RLIKE and IS NULL everywhere.", body
    )


UNREAD = refused(
    "MLflow drops what it cannot read, and what follows it, and goes on without a word."
)
NO_KEY = refused("A dot without a key behind it names nothing; MLflow looks for the empty key.")
UNCHECKED = refused("MLflow stores it unchecked; Headrace says what is missing or too long.")
NOT_OFFERED = refused(
    "Headrace offers classical machine learning; GenAI calls answer 404 with the reason.",
    "ENDPOINT_NOT_FOUND",
    404,
)
NULL_IS_ABSENT = (
    "Null stands for a field that is not given, everywhere; MLflow's handler dies of it."
)
IDEMPOTENT = "The same again is no error, as for params of runs; MLflow trips over its database."
INFINITE = "Infinities come back as infinities; MLflow stores the largest finite number."
WHOLE = "A long text is stored whole; MLflow cuts it without a word."
SAFE_PATH = refused("Such a path means other things on other systems; Headrace refuses it whole.")

# Fields of MLflow 3.17 that Headrace leaves out wherever they stand, and why.
OMITTED_FIELDS = {
    "workspace": "Headrace has no workspaces; real clients read an absent one as 'default'.",
}

# Fields that Headrace adds wherever such a thing is answered, and why; real clients pass over them.
ADDED_FIELDS = {
    "content_state": "Whether what a version holds was recorded; it is said of every version.",
    "content_digest": "The digest of what it holds.",
}


@dataclass(frozen=True)
class Rule:
    """The same difference wherever MLflow answers in a certain way.

    Attributes:
        applies: Tells from the recorded answer whether this is such a place.
        ours: What Headrace answers there.
    """

    applies: Callable[[Recorded], bool]
    ours: Ours


def _is_page(*statuses: int) -> Callable[[Recorded], bool]:
    return lambda recorded: recorded["status"] in statuses and recorded["mime"] == "text/html"


def _is_crash(recorded: Recorded) -> bool:
    body = recorded["body"]
    return isinstance(body, dict) and body.get("error_code") == "INTERNAL_ERROR"


RULES = [
    Rule(
        _is_page(400, 500),
        refused("MLflow's handler dies of such input with a page of HTML."),
    ),
    Rule(_is_crash, refused("MLflow's handler dies of such input, and clients try a 500 again.")),
    *[
        Rule(
            _is_page(status),
            refused("Whoever calls by program gets JSON, also here.", "ENDPOINT_NOT_FOUND", status),
        )
        for status in (404, 405)
    ],
]


def expect(recorded: Recorded, declared: Ours | None) -> tuple[dict[str, Any], list[str]]:
    """Return the answer that Headrace is to give, and the reasons for which it is not MLflow's.

    Args:
        recorded: MLflow's answer.
        declared: What the step declares; the rules count where it declares nothing.

    Raises:
        ValueError: A declared difference changes nothing, so it is out of date.
    """
    expected = copy.deepcopy(dict(recorded)) | {"body": _without(recorded["body"], OMITTED_FIELDS)}
    reasons = [] if expected == recorded else list(OMITTED_FIELDS.values())
    for difference in [declared] if declared else _ruled(recorded):
        before = copy.deepcopy(expected)
        for place, value in difference.answer.items():
            _put(expected, place.split("/"), value)
        if expected == before:
            raise ValueError(f"MLflow agrees, so this is a difference no more: {difference.reason}")
        reasons.append(difference.reason)
    return expected, reasons


def _ruled(recorded: Recorded) -> list[Ours]:
    return [rule.ours for rule in RULES if rule.applies(recorded)]


def without_added(value: Any) -> Any:
    """Return a body of Headrace without the fields that it adds to MLflow's."""
    return _without(value, ADDED_FIELDS)


def _without(value: Any, fields: Collection[str]) -> Any:
    if isinstance(value, dict):
        kept = {name: item for name, item in value.items() if name not in fields}
        return {name: _without(item, fields) for name, item in kept.items()}
    return [_without(item, fields) for item in value] if isinstance(value, list) else value


def _put(owner: Any, names: list[str], value: Any) -> None:
    for name in names[:-1]:
        owner = owner[int(name)] if isinstance(owner, list) else owner[name]
    last = int(names[-1]) if isinstance(owner, list) else names[-1]
    if value == ABSENT:
        owner.pop(last, None)
    else:
        owner[last] = copy.deepcopy(value)
