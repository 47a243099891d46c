"""Ships what dead trainers left, as the next process does that tracks there; see `stage`.

python shipper.py URI SEED
"""

from __future__ import annotations

import sys

import headrace
from headrace.errors import HeadraceError
from tests.fault.trainer import shrink

if __name__ == "__main__":
    shrink(int(sys.argv[2]))
    headrace.set_tracking_uri(sys.argv[1])
    print("ready", flush=True)
    try:
        headrace.flush(20)
    except HeadraceError as error:
        sys.exit(f"not shipped: {error}")
