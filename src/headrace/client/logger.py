"""The logger ``headrace``: what it says on the screen, where the environment asks for it."""

from __future__ import annotations

import logging

from headrace import settings
from headrace.errors import InvalidParameterValue

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def configure_logger() -> None:
    """Show what ``MLFLOW_LOGGING_LEVEL`` asks for; without it Python's own rules hold.

    Raises:
        InvalidParameterValue: If there is no such level.

    """
    level = settings.LOGGING_LEVEL.get()
    if not level:
        return
    logger = logging.getLogger("headrace")
    try:
        logger.setLevel(level.upper())
    except ValueError:
        raise InvalidParameterValue(
            f"{settings.LOGGING_LEVEL.source()} is {level!r}: it must be one of "
            f"{', '.join(logging.getLevelNamesMapping())}."
        ) from None
    if not logger.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter(_FORMAT))
        logger.addHandler(handler)
