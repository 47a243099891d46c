"""Whose an artifact is."""

from __future__ import annotations

from msgspec import Struct


class Owner(Struct, frozen=True, omit_defaults=True):
    """A run, or else a logged model.

    Attributes:
        run_id: The run.
        model_id: The logged model.

    """

    run_id: str = ""
    model_id: str = ""

    def __str__(self) -> str:
        return f"run {self.run_id}" if self.run_id else f"model {self.model_id}"
