"""The command line: one file per command group, imported when its group is used."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from headrace.version import VERSION


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command line and leave the process with its exit code.

    Args:
        arguments: What stands after ``headrace``; the process's own arguments if not given.

    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given == ["--version"]:
        print(f"headrace, version {VERSION}")  # spares importing what parses the others
        return
    from headrace.cli.root import cli

    cli.main(given, prog_name="headrace")
