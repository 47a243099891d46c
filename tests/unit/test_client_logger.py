"""What the logger says on the screen."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from headrace.client.logger import configure_logger
from headrace.errors import InvalidParameterValue


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """The logger of the package, left as it was."""
    logger = logging.getLogger("headrace")
    before = logger.level, list(logger.handlers)
    logger.handlers = []
    yield logger
    logger.level, logger.handlers = before


def test_a_level_is_shown(
    logger: logging.Logger, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_LOGGING_LEVEL", "info")
    configure_logger()
    configure_logger()
    logging.getLogger("headrace.client").info("said once")
    logging.getLogger("headrace.client").debug("not said")

    shown = capsys.readouterr().err
    assert shown.count("INFO headrace.client: said once") == 1
    assert "not said" not in shown


def test_without_the_variable_nothing_is_touched(logger: logging.Logger) -> None:
    level = logger.level
    configure_logger()

    assert (logger.level, logger.handlers) == (level, [])


def test_an_unknown_level_is_refused(
    logger: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADRACE_LOGGING_LEVEL", "loud")

    with pytest.raises(InvalidParameterValue, match="HEADRACE_LOGGING_LEVEL is 'loud'.*WARNING"):
        configure_logger()
