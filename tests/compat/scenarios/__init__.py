"""All scenarios of the differential test: one module per noun, each with a list `SCENARIOS`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping, Sequence

from tests.compat.exchange import Scenario


def _load() -> dict[str, Sequence[Scenario]]:
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = {name: importlib.import_module(f"{__name__}.{name}") for name in names}
    return {
        name: module.SCENARIOS for name, module in modules.items() if hasattr(module, "SCENARIOS")
    }


BY_NOUN: Mapping[str, Sequence[Scenario]] = _load()
