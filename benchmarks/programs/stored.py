"""Prints the steps that a store has of metrics of a run, as another process reads them."""

from __future__ import annotations

import json
import sys

import tracker


def main(library: str, run_id: str, keys: list[str], adopt: bool) -> None:
    tracking = tracker.load(library)
    if adopt:
        tracking.adopt()
    print(json.dumps([tracking.steps(run_id, key) for key in keys]), flush=True)


main(**json.loads(sys.argv[1]))
