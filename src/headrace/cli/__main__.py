"""Runs the command line as ``python -m headrace.cli``."""

from __future__ import annotations

from headrace.cli import main

if __name__ == "__main__":
    main()
