"""Tags that whoever started the process put into its environment."""

from __future__ import annotations

import json
import logging

from headrace import settings

_logger = logging.getLogger(__name__)


def tags() -> dict[str, str]:
    """Return the tags of ``MLFLOW_RUN_CONTEXT``, a JSON object; with a warning if it is none."""
    text = settings.RUN_CONTEXT.get()
    if not text:
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        _logger.warning("%s is ignored: it must be a JSON object.", settings.RUN_CONTEXT.source())
        return {}
    return {str(key): str(value) for key, value in found.items()}
