"""A process that deletes for good until it is killed; see `test_killed_gc`.

python garbage_collector.py URI ROOT
"""

from __future__ import annotations

import sys

from headrace.api.cleanup import CollectGarbage
from headrace.stores.sql import open_sql_store, pace
from headrace.stores.sql import schema as _schema  # noqa: F401 - loaded now, it takes no time later


def main(uri: str, root: str) -> None:
    """Delete a few runs a transaction, so that there are many moments to die in."""
    pace.FIRST_ROWS = pace.MOST_ROWS = 7
    store = open_sql_store(uri, root)
    print("ready", flush=True)
    after = None
    while True:
        after = store.collect_garbage(CollectGarbage(after=after)).next
        if after is None:
            break
    print("done", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
