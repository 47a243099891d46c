"""The seeds of those who draw random numbers in this process.

Only modules that are imported already are looked at, and none of them is changed by it.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from headrace.entities.context import Seeds

# How NumPy's legacy generator looks right after `numpy.random.seed(number)`.
_FRESH = 624
_MULTIPLIER = 1_812_433_253


def read_seeds() -> Seeds:
    """Return the seeds that can be told now, by who draws with them."""
    found: dict[str, int | str | None] = {
        "hash": os.environ.get("PYTHONHASHSEED") or None,
        "lightning": os.environ.get("PL_GLOBAL_SEED") or None,
        "numpy": _numpy_seed(),
        "tensorflow": _tensorflow_seed(),
        **_torch_seeds(),
    }
    return {name: seed for name, seed in found.items() if seed is not None}


def _numpy_seed() -> int | None:
    """Return what `numpy.random.seed` was given, as long as nothing has been drawn since then."""
    numpy = sys.modules.get("numpy.random")
    if not hasattr(numpy, "get_state"):
        return None
    kind, key, position, *_ = _of(numpy).get_state()
    if kind != "MT19937" or position != _FRESH:
        return None
    first, second = int(key[0]), int(key[1])
    grown = (_MULTIPLIER * (first ^ (first >> 30)) + 1) & 0xFFFFFFFF
    return first if second == grown else None


def _torch_seeds() -> dict[str, int | str | None]:
    torch = sys.modules.get("torch")
    if not (hasattr(torch, "initial_seed") and hasattr(torch, "cuda")):
        return {}
    found: dict[str, int | str | None] = {"torch": _of(torch).initial_seed()}
    cuda = _of(torch).cuda
    if cuda.is_initialized():  # to ask it otherwise would take a GPU's memory
        found["torch.cuda"] = cuda.initial_seed()
    if _of(torch).are_deterministic_algorithms_enabled():
        found["torch.deterministic"] = "yes"
    return found


def _tensorflow_seed() -> int | None:
    context = sys.modules.get("tensorflow.python.eager.context")
    return _of(context).global_seed() if hasattr(context, "global_seed") else None


def _of(module: object) -> Any:
    """Return a module of which the types are not known here."""
    return module
