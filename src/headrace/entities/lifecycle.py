"""Whether a thing is active or deleted, and which of the two a search wants."""

from __future__ import annotations

from enum import IntEnum

from headrace.errors import InvalidParameterValue


class LifecycleStage:
    """Names of the two stages of an experiment, a run or a logged model."""

    ACTIVE = "active"
    DELETED = "deleted"


class ViewType(IntEnum):
    """Which lifecycle stages a search returns."""

    ACTIVE_ONLY = 1
    DELETED_ONLY = 2
    ALL = 3

    @classmethod
    def from_string(cls, view_str: str) -> ViewType:
        """Return the view type of a name such as ``active_only``, in any case."""
        try:
            return cls[view_str.upper()]
        except KeyError:
            raise _unknown_view_type(view_str) from None

    @classmethod
    def to_string(cls, view_type: int) -> str:
        """Return the lower-case name of a view type."""
        return cls(view_type).name.lower()

    @classmethod
    def of(cls, value: str | int | None) -> ViewType:
        """Return the view type that a request names by number or by name; None is active only."""
        if value is None:
            return cls.ACTIVE_ONLY
        if isinstance(value, str) and not value.isdigit():
            return cls.from_string(value)
        try:
            return cls(int(value))
        except ValueError:
            raise _unknown_view_type(value) from None


def _unknown_view_type(value: object) -> InvalidParameterValue:
    allowed = ", ".join(view.name for view in ViewType)
    return InvalidParameterValue(f"Unknown view type {value!r}: it must be one of {allowed}.")
