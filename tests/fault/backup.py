"""A copy of a store's database, to be put back later as an operator does after an accident."""

from __future__ import annotations

import shutil
from pathlib import Path


class Backup:
    """Made while nobody has the database open.

    Args:
        uri: The database.
    """

    def __init__(self, uri: str) -> None:
        self._uri = uri
        if uri.startswith("sqlite"):
            self._path = Path(uri.removeprefix("sqlite:///"))
            self._copy = self._path.with_name("backup")
            shutil.rmtree(self._copy, ignore_errors=True)
            self._copy.mkdir()
            for path in self._files():
                shutil.copy2(path, self._copy)
        else:
            base, _, query = uri.partition("?")
            self._name = base.rpartition("/")[2]
            self._server = f"{base.rpartition('/')[0]}/postgres?{query}"
            self._run(f"DROP DATABASE IF EXISTS {self._name}_b")
            self._run(f"CREATE DATABASE {self._name}_b TEMPLATE {self._name} STRATEGY FILE_COPY")

    def restore(self) -> None:
        """Put it into the place of what there is now; nobody has that open."""
        if self._uri.startswith("sqlite"):
            for path in self._files():
                path.unlink()
            for path in self._copy.iterdir():
                shutil.copy2(path, self._path.parent)
        else:
            self._run(f"DROP DATABASE {self._name} WITH (FORCE)")
            self._run(f"ALTER DATABASE {self._name}_b RENAME TO {self._name}")

    def _files(self) -> list[Path]:
        names = [self._path.name + end for end in ("", "-wal", "-shm")]
        return [path for name in names if (path := self._path.with_name(name)).exists()]

    def _run(self, sql: str) -> None:
        import psycopg

        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(sql.encode())
