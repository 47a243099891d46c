"""Rules of the registry: what must hold before an alias or a stage of a model may move.

A rule stands at an alias or a stage, of one registered model or of all whose names fit a pattern,
and has one condition, a Struct of its own kind. What comes later comes as further kinds: a
signature of the files, an attestation that they load in a clean environment; and approval by a
second user, a condition that is met once somebody else than the mover has approved this very move.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable

from msgspec import Struct

from headrace.errors import InvalidParameterValue

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}

_METRIC = re.compile(r"\s*(?P<metric>.+?)\s*(?P<comparison>[<>]=?)\s*(?P<rest>.+?)\s*")
_CURRENT = re.compile(r"current(?:\s*(?P<sign>[+-])\s*(?P<offset>[^\s+-].*))?")


class Protected(Struct, tag_field="kind", tag="protected", frozen=True):
    """Every move, to a version and away from one, must be forced."""

    def __str__(self) -> str:
        return "protected"


class MetricGate(Struct, tag_field="kind", tag="metric", frozen=True):
    """A metric of the version that arrives, against a number or the version that it replaces.

    The metric is that of the version's logged model, if it has one of this name, else that of its
    run: the last value. A version that replaces none passes a comparison with it; one whose metric
    is absent or NaN passes nothing, and nothing passes a comparison with such a one.

    Attributes:
        metric: Name of the metric.
        comparison: ``>=``, ``<=``, ``>`` or ``<``; the new version's metric stands to the left.
        threshold: The number to the right; None for the metric of the version that is replaced.
        offset: Added to that metric: -0.01 lets the new version be less good by so much, and 0.01
            asks for so much more (where more is better). For the replaced version's metric only.

    Raises:
        InvalidParameterValue: If there is no such comparison, or a number is not finite.

    """

    metric: str
    comparison: str
    threshold: float | None = None
    offset: float = 0.0

    def __post_init__(self) -> None:
        if self.comparison not in COMPARISONS:
            raise InvalidParameterValue(
                f"Invalid comparison {self.comparison!r} of a gate: it must be one of "
                f"{', '.join(COMPARISONS)}."
            )
        for name, value in (("threshold", self.threshold), ("offset", self.offset)):
            if value is not None and not math.isfinite(value):
                raise InvalidParameterValue(
                    f"Invalid {name} {value} of a gate: it must be a finite number."
                )
        if self.threshold is not None and self.offset:
            raise InvalidParameterValue(
                "A gate has a threshold, or an offset to the metric of the version that is "
                f"replaced, not both. Got threshold {self.threshold} and offset {self.offset}."
            )

    @classmethod
    def parse(cls, text: str) -> MetricGate:
        """Return the gate that a text such as ``accuracy >= 0.9`` describes.

        Args:
            text: Metric, comparison, and a number or ``current``, the metric of the version that is
                replaced, with an offset or without: ``loss <= current + 0.01``.

        Raises:
            InvalidParameterValue: If it is no such text.

        """
        parts = _METRIC.fullmatch(text)
        if parts is None:
            raise _no_gate(text)
        rest = parts["rest"]
        threshold, offset = None, 0.0
        try:
            if current := _CURRENT.fullmatch(rest):
                if current["offset"]:
                    offset = float(current["sign"] + current["offset"]) + 0.0  # -0.0 becomes 0.0
            else:
                threshold = float(rest) + 0.0
        except ValueError:
            raise _no_gate(text) from None
        return cls(parts["metric"], parts["comparison"], threshold, offset)

    def __str__(self) -> str:
        if self.threshold is not None:
            return f"{self.metric} {self.comparison} {number_text(self.threshold)}"
        sign = "-" if self.offset < 0 else "+"
        offset = f" {sign} {number_text(abs(self.offset))}" if self.offset else ""
        return f"{self.metric} {self.comparison} current{offset}"


class TagGate(Struct, tag_field="kind", tag="tag", frozen=True):
    """A tag of the version that arrives.

    Attributes:
        key: Key of the tag.
        value: The value that it must have; None for any.

    """

    key: str
    value: str | None = None

    def __str__(self) -> str:
        return f"tag {self.key}" if self.value is None else f"tag {self.key}={self.value}"


class ContentGate(Struct, tag_field="kind", tag="content", frozen=True):
    """The files of the version that arrives are ``verified``: see `headrace.entities.ContentState`.

    What was recorded when its files were last read counts; a move reads no files.
    """

    def __str__(self) -> str:
        return "verified content"


Gate = MetricGate | TagGate | ContentGate
Condition = Protected | Gate


class RegistryRule(Struct, omit_defaults=True):
    """A rule of the registry.

    Attributes:
        condition: What must hold.
        name: The registered model; None for a rule of many.
        pattern: The names of the registered models, where ``*`` stands for any characters.
        alias: The alias at which the rule stands; or else
        stage: the stage.
        timestamp: Since when, in milliseconds since the epoch.
        actor: Who made it; empty if nobody said.
        is_verified: Whether a server had checked credentials for that name.
        reason: Why, in the words of who made it.

    """

    condition: Condition
    name: str | None = None
    pattern: str | None = None
    alias: str | None = None
    stage: str | None = None
    timestamp: int = 0
    actor: str = ""
    is_verified: bool = False
    reason: str | None = None

    @property
    def place(self) -> str:
        """Where the rule stands, in words."""
        return f"the alias {self.alias!r}" if self.alias else f"the stage {self.stage!r}"


class RuleFinding(Struct, omit_defaults=True):
    """What a rule says of a move.

    Attributes:
        rule: The rule.
        passes: Whether its condition holds.
        found: What was found, in words.

    """

    rule: RegistryRule
    passes: bool
    found: str

    def __str__(self) -> str:
        condition = self.rule.condition
        asks = "is" if isinstance(condition, Protected) else "asks for"
        return f"{self.rule.place} {asks} {condition}: {self.found}"


def number_text(value: float) -> str:
    """Return a number as people write it, with all the digits that tell it from others."""
    return repr(float(value)).removesuffix(".0")


def _no_gate(text: str) -> InvalidParameterValue:
    return InvalidParameterValue(
        f"{text!r} is no gate of a metric. Write a metric, one of {', '.join(COMPARISONS)}, and a "
        "number or 'current': 'accuracy >= 0.9', 'accuracy >= current - 0.01'."
    )
