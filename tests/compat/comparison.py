"""What differs between a recorded answer and one just given, as readable lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tests.compat.differences import ABSENT
from tests.compat.exchange import Answer, Exchange
from tests.compat.normalise import DATABASE_ERROR


@dataclass(frozen=True)
class Mismatch:
    """One place where two answers differ.

    Attributes:
        place: Slash-separated place in the answer: `status`, `body/run/info/status`.
        expected: What the recorded answer has there, or ABSENT.
        given: What this answer has there, or ABSENT.
    """

    place: str
    expected: Any
    given: Any

    def __str__(self) -> str:
        return f"{self.place}: MLflow {self.expected!r}, here {self.given!r}"


def compare(step: Exchange, recorded: Mapping[str, Any], answer: Answer) -> list[Mismatch]:
    """Return the places where an answer differs from the recorded one.

    The message of an error counts to the letter where the exchange says so; otherwise it is enough
    that there is one.
    """
    expected, given = dict(recorded), asdict(answer)
    if answer.status >= 400 and isinstance(given["body"], dict):
        expected["body"], given["body"] = _soften_messages(step, expected["body"], given["body"])
    if answer.body is None:
        given["mime"] = expected["mime"]  # of nothing
    return list(_walk("", expected, given))


def _soften_messages(step: Exchange, expected: Any, given: dict[str, Any]) -> tuple[Any, Any]:
    if not isinstance(expected, dict) or not isinstance(message := given.get("message"), str):
        return expected, given
    wanted = expected.get("message")
    if not isinstance(wanted, str):
        return expected, given
    # What follows is the text of a database driver.
    head = wanted.partition(DATABASE_ERROR)[0]
    agrees = message == wanted or (head != wanted and message.startswith(head))
    fine = agrees if step.exact else bool(message)
    return (expected, given | {"message": wanted}) if fine else (expected, given)


def _walk(place: str, expected: Any, given: Any) -> Iterator[Mismatch]:
    if isinstance(expected, dict) and isinstance(given, dict):
        for name in [*expected, *(name for name in given if name not in expected)]:
            yield from _walk(
                f"{place}/{name}".lstrip("/"),
                expected.get(name, ABSENT),
                given.get(name, ABSENT),
            )
    elif isinstance(expected, list) and isinstance(given, list) and len(expected) == len(given):
        for index, (one, other) in enumerate(zip(expected, given, strict=True)):
            yield from _walk(f"{place}/{index}", one, other)
    elif type(expected) is not type(given) or expected != given:
        yield Mismatch(place, expected, given)
