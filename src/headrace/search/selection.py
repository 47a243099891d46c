"""Which parts of runs a caller wants: the names in the `fields` of a search.

What a run is (its info) always comes. Of what it logged, ``metrics.KEY``, ``params.KEY`` and
``tags.KEY`` name one entry, ``metrics.*`` and so on all of a kind, ``inputs`` and ``outputs`` what
went in and came out.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from headrace.errors import InvalidParameterValue

KINDS = ("metrics", "params", "tags")
SIDES = ("inputs", "outputs")

_ALL = "*"


class Selection(Struct, frozen=True):
    """What is wanted of runs besides their infos.

    Attributes:
        metrics: Keys of the wanted metrics; None for all.
        params: The same of params.
        tags: The same of tags.
        inputs: Whether data sets and models that went in are wanted.
        outputs: Whether models that came out are wanted.

    """

    metrics: frozenset[str] | None = None
    params: frozenset[str] | None = None
    tags: frozenset[str] | None = None
    inputs: bool = True
    outputs: bool = True


EVERYTHING = Selection()


def parse_fields(fields: Sequence[str] | None) -> Selection:
    """Return what fields select: everything if they are None, only infos if there are none.

    Raises:
        InvalidParameterValue: If one names nothing that runs have.

    """
    if fields is None:
        return EVERYTHING
    keys: dict[str, set[str]] = {kind: set() for kind in KINDS}
    sides: set[str] = set()
    for field in fields:
        kind, _, key = field.partition(".")
        if kind in keys and key:
            keys[kind].add(key)
        elif field in SIDES:
            sides.add(field)
        else:
            raise InvalidParameterValue(
                f"{field!r} is no field of runs: give metrics.KEY, params.KEY or tags.KEY, with * "
                "as the key for all of a kind, inputs, or outputs. What a run is (its id, name, "
                "status, times) always comes."
            )
    metrics, params, tags = (
        None if _ALL in keys[kind] else frozenset(keys[kind]) for kind in KINDS
    )
    return Selection(metrics, params, tags, "inputs" in sides, "outputs" in sides)
