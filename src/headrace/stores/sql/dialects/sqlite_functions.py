"""What the language of searches needs and SQLite does not have.

``REGEXP`` has no meaning in SQLite until somebody gives it one. Numbers are read by Python: SQLite
rounds texts of many digits otherwise, and takes ``12abc`` for 12.

The modules that know are loaded where a search calls for them, which a script that logs never does.
"""

from __future__ import annotations

import sqlite3

# SQL text: its value is the number that a text is, or NULL.
NUMBER = "headrace_number"


def add_functions(connection: sqlite3.Connection) -> None:
    """Give a connection the functions of searches."""
    connection.create_function(NUMBER, 1, _read_number, deterministic=True)
    connection.create_function("regexp", 2, _matches, deterministic=True)


def _read_number(text: str | None) -> float | None:
    from headrace.search.numbers import read_number

    return read_number(text)


def _matches(pattern: str, text: str | None) -> bool:
    from headrace.search.automata import compile_pattern

    return text is not None and compile_pattern(pattern).matches(text)
