"""What one part of the machine does, in figures."""

from __future__ import annotations

from abc import ABC, abstractmethod

Figures = dict[str, float]

# The unit of sizes, in bytes: as MLflow has it, a power of ten.
MEGABYTE = 1e6


class Monitor(ABC):
    """Reads one part of the machine; it is made when the run begins.

    Attributes:
        is_total: Whether the figures count from the beginning of the run, so that of several the
            last says all; of others the mean does.

    """

    is_total = False

    @abstractmethod
    def read(self) -> Figures:
        """Return the figures as they are now, by their names; what cannot be told is left out."""

    def close(self) -> None:  # noqa: B027 - most need nothing that is to be given back
        """Give back what reading needs."""
