"""Columns of a table of runs: ``metrics.loss``, ``min(metrics.loss)``, ``number(params.lr)``.

Other than in a filter the key stands there as it is, without quotes: nothing follows it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from headrace.errors import InvalidParameterValue
from headrace.search.excerpts import shorten
from headrace.search.functions import KNOWN, TAKES, find_function
from headrace.search.tree import Entity, Function

# More than anybody sees at once, and few enough for a call that must be quick.
MAX_COLUMNS = 500

_ENTITIES = {"metrics": Entity.METRIC, "params": Entity.PARAM, "tags": Entity.TAG}
_CALL = re.compile(r"(?P<function>\w+)\((?P<field>.*)\)", re.DOTALL)


class Column(Struct, frozen=True):
    """One column.

    Attributes:
        name: What the caller calls it.
        entity: Metric, param or tag.
        key: Its key.
        function: What is shown of it.

    """

    name: str
    entity: Entity
    key: str
    function: Function | None = None

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers, not texts."""
        return self.entity is Entity.METRIC or self.function is Function.NUMBER


def parse_columns(names: Sequence[str]) -> list[Column]:
    """Return the columns of these names; one that is named twice comes once.

    Raises:
        InvalidParameterValue: If one is no column of runs, or if there are too many.

    """
    if len(names) > MAX_COLUMNS:
        raise InvalidParameterValue(
            f"`columns` names {len(names)} columns; at most {MAX_COLUMNS} are allowed."
        )
    return [_parse(name) for name in dict.fromkeys(names)]


def _parse(name: str) -> Column:
    function, field = None, name
    if (call := _CALL.fullmatch(name)) and (function := find_function(call["function"])):
        field = call["field"]
    entity_name, _, key = field.partition(".")
    entity = _ENTITIES.get(entity_name)
    if entity is None or not key:
        raise InvalidParameterValue(
            f"{shorten(name)} is no column of runs: give metrics.KEY, params.KEY, tags.KEY, or a "
            f"function of one: {KNOWN}."
        )
    if function is not None and entity not in TAKES[function]:
        takes = " or ".join(sorted(f"{entity.value}s" for entity in TAKES[function]))
        raise InvalidParameterValue(
            f"{shorten(name)} is no column of runs: {function.value}() takes {takes}."
        )
    return Column(name, entity, key, function)
