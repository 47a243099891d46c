"""The logged model that metrics describe when nothing else is said, in each thread its own."""

from __future__ import annotations

import threading

from headrace import settings


class _Chosen(threading.local):
    """What this thread chose: None for nothing yet, so that the environment speaks."""

    model_id: str | None = None
    last_logged_id: str | None = None


_chosen = _Chosen()


def get_active_model_id() -> str | None:
    """Return the id of the active model of this thread; None if there is none.

    ``MLFLOW_ACTIVE_MODEL_ID`` names the one of a thread that did not choose.
    """
    return _chosen.model_id or settings.ACTIVE_MODEL_ID.get() or None


def choose_model(model_id: str | None) -> str | None:
    """Make a model the active one of this thread.

    Args:
        model_id: The model; None to let the environment speak.

    Returns:
        What was chosen before.

    """
    before = _chosen.model_id
    _chosen.model_id = model_id
    return before


def clear_active_model() -> None:
    """Let metrics describe no model any more; the environment variable is unset too."""
    settings.ACTIVE_MODEL_ID.set(None)
    _chosen.model_id = None


def last_logged_model_id() -> str | None:
    """Return the id of the model that this thread made last; None if it made none."""
    return _chosen.last_logged_id


def remember_logged_model(model_id: str) -> None:
    """Make a model the one that `last_logged_model_id` returns."""
    _chosen.last_logged_id = model_id
