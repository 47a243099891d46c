"""What a log call answers that was asked not to wait."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from headrace.errors import HeadraceError, from_code


class Outcome(Protocol):
    """Something that ends once: it gives nothing, or raises what went wrong."""

    def result(self) -> object:
        """Wait for the end."""
        ...


class Finished:
    """An outcome that is already known."""

    def __init__(self, error: HeadraceError | None = None) -> None:
        self.error = error

    def result(self) -> None:
        """Raise the error, if there is one."""
        if self.error is not None:
            raise self.error


class RunOperations:
    """Log calls of a run that were made with ``synchronous=False``."""

    def __init__(self, operation_futures: Sequence[Outcome] | None) -> None:
        self._outcomes = list(operation_futures or ())

    def wait(self) -> None:
        """Return when the store has all of it.

        Raises:
            HeadraceError: If something was refused or could not be delivered; its code is that of
                the first failure, its message holds all of them.

        """
        failures = []
        for outcome in self._outcomes:
            try:
                outcome.result()
            except HeadraceError as error:
                failures.append(error)
        raise_all(failures)


def raise_all(failures: Sequence[HeadraceError]) -> None:
    """Raise what went wrong, if anything did.

    Raises:
        HeadraceError: With the code of the first failure and the messages of all.

    """
    if len(failures) == 1:
        raise failures[0]
    if failures:
        told = "; ".join(failure.message for failure in failures)
        raise from_code(
            failures[0].error_code, f"{len(failures)} log calls were not stored: {told}"
        )
