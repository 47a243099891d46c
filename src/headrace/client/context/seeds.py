"""The seeds of those who draw random numbers in this process.

Only modules that are imported already are looked at, and none of them is changed by it.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Any

from headrace.entities.context import Seeds

# How NumPy's legacy generator looks right after `numpy.random.seed(number)`.
_FRESH = 624
_MULTIPLIER = 1_812_433_253


def read_seeds() -> Seeds:
    """Return the seeds that can be told now, by who draws with them."""
    found: Seeds = {}
    for read in (_variables, _numpy_seed, _torch_seeds, _tensorflow_seed):
        # A module may be half imported, or another one of the same name.
        with suppress(AttributeError, TypeError, ValueError, RuntimeError):
            found |= read()
    return found


def _variables() -> Seeds:
    """Return the two seeds that are given by variables."""
    named = {"hash": "PYTHONHASHSEED", "lightning": "PL_GLOBAL_SEED"}
    given = {name: os.environ.get(variable) for name, variable in named.items()}
    return {name: seed for name, seed in given.items() if seed}


def _numpy_seed() -> Seeds:
    """Return what `numpy.random.seed` was given, as long as nothing has been drawn since then."""
    numpy = _imported("numpy.random")
    if numpy is None:
        return {}
    kind, key, position, *_ = numpy.get_state()
    if kind != "MT19937" or position != _FRESH:
        return {}
    first, second = int(key[0]), int(key[1])
    grown = (_MULTIPLIER * (first ^ (first >> 30)) + 1) & 0xFFFFFFFF
    return {"numpy": first} if second == grown else {}


def _torch_seeds() -> Seeds:
    torch = _imported("torch")
    if torch is None:
        return {}
    found: Seeds = {"torch": torch.initial_seed()}
    if torch.cuda.is_initialized():  # to ask it otherwise would take a GPU's memory
        found["torch.cuda"] = torch.cuda.initial_seed()
    if torch.are_deterministic_algorithms_enabled():
        found["torch.deterministic"] = "yes"
    return found


def _tensorflow_seed() -> Seeds:
    context = _imported("tensorflow.python.eager.context")
    seed = None if context is None else context.global_seed()
    return {} if seed is None else {"tensorflow": seed}


def _imported(name: str) -> Any:
    """Return a module that is imported already; None if it is not."""
    return sys.modules.get(name)
