"""Why two runs differ: what was recorded of both, fact by fact, in groups."""

from __future__ import annotations

from msgspec import Struct

Value = str | int | float | None

# What may be the cause, and what may have come of it.
CODE, COMMAND, PYTHON, PACKAGES = "code", "command", "python", "packages"
DATA, PARAMS, TAGS, HARDWARE, SEEDS = "data", "params", "tags", "hardware", "seeds"
METRICS, ARTIFACTS, STATUS = "metrics", "artifacts", "status"

CAUSES = (CODE, COMMAND, PYTHON, PACKAGES, DATA, PARAMS, TAGS, HARDWARE, SEEDS)
RESULTS = (METRICS, ARTIFACTS, STATUS)


class Difference(Struct, omit_defaults=True):
    """A fact in which two runs differ.

    Attributes:
        name: What it is, such as a param's key or a package's name.
        first: What the first run has; None if it has none.
        second: What the second run has; None if it has none.
        parts_at: Of a metric that both have: the first step at which their series differ, if that
            was looked for.

    """

    name: str
    first: Value = None
    second: Value = None
    parts_at: int | None = None


class DifferenceGroup(Struct, omit_defaults=True):
    """Facts of one kind.

    Attributes:
        name: One of `CAUSES` or `RESULTS`.
        differences: The facts that differ, by name.
        equal: Names of the facts that both runs have, and that are equal.
        unknown: Names of facts that cannot be compared, since one run or both did not record them.
        missing: Ids of the runs that recorded nothing of the kind.
        problem: Why they could not be compared, as a sentence.

    """

    name: str
    differences: list[Difference] = []
    equal: list[str] = []
    unknown: list[str] = []
    missing: list[str] = []
    problem: str | None = None


class RunDifferences(Struct):
    """All that was compared of two runs.

    Attributes:
        first: Id of the first run.
        second: Id of the second run.
        groups: The groups that differ, that with the fewest differences first; then the others.

    """

    first: str
    second: str
    groups: list[DifferenceGroup]

    def differing(self, names: tuple[str, ...] = CAUSES + RESULTS) -> list[DifferenceGroup]:
        """Return the groups among these that differ, that with the fewest differences first."""
        return [group for group in self.groups if group.differences and group.name in names]

    def group(self, name: str) -> DifferenceGroup | None:
        """Return the group of a name; None if neither run has anything of the kind."""
        return next((group for group in self.groups if group.name == name), None)
