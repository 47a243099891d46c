"""What was started, by whom and where."""

from __future__ import annotations

import os
import sys

from headrace.client.context.masking import Masker
from headrace.client.context.process import login_name, main_file
from headrace.entities import Command

# How launchers number the processes that work together: rank, and how many there are.
_RANKS = (
    ("RANK", "WORLD_SIZE"),
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
    ("PMI_RANK", "PMI_SIZE"),
    ("SLURM_PROCID", "SLURM_NTASKS"),
)


def read_command(masker: Masker, folder: str | None) -> Command:
    """Return what this process was started as, with the secrets of its command line masked.

    Args:
        masker: Knows the secrets.
        folder: The working folder when the run began; None if it was deleted.

    """
    arguments = list(getattr(sys, "argv", []))[1:]
    module = getattr(getattr(sys.modules.get("__main__"), "__spec__", None), "name", None)
    rank, world_size = _rank()
    return Command(
        entry=f"-m {module}" if module else main_file() or None,
        arguments=masker.mask_command(arguments),
        folder=folder,
        user=login_name(),
        host=_host(),
        pid=os.getpid(),
        rank=rank,
        world_size=world_size,
    )


def _host() -> str | None:
    if hasattr(os, "uname"):
        return os.uname().nodename or None
    import platform

    return platform.node() or None


def _rank() -> tuple[int | None, int | None]:
    for rank, size in _RANKS:
        here, all_of_them = os.environ.get(rank, ""), os.environ.get(size, "")
        if here.isdecimal() and all_of_them.isdecimal():
            return int(here), int(all_of_them)
    return None, None
