"""Hides secrets in what a run records of itself: command lines, remotes, diffs and output.

Three things give a secret away: the name that it is given, its own shape, and that a variable of
the environment with a secret's name holds the very same text. Names are good for what people read.
In code they would hit whatever is only called a password, so a diff is searched for the other two.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence

from headrace.client.context.secret_names import MASK, is_path, is_secret_name, mask_assignments
from headrace.client.context.secret_shapes import KEY_BEGIN, KEY_END, mask_shapes

# A value of the environment that is shorter, or one plain word, may stand anywhere.
_MIN_KNOWN_SECRET = 8
# Lines after which a private key that does not end is none.
_MAX_KEY_LINES = 200


class Masker:
    """Replaces secrets in texts by ``***``.

    Args:
        environment: Variables, of which the values with a secret's name are secrets.

    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        known = {value for name, value in environment.items() if _is_known_secret(name, value)}
        longest_first = sorted(known, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if known else None

    @classmethod
    def here(cls) -> Masker:
        """Return one that knows the secrets which this process's environment holds now."""
        return cls(os.environ)

    def mask(self, text: str) -> str:
        """Return a text that people read, such as a log, without secrets."""
        return mask_assignments(self.mask_shapes(text))

    def mask_shapes(self, text: str) -> str:
        """Return a text without what is a secret whatever it is called."""
        return mask_shapes(self._known.sub(MASK, text) if self._known else text)

    def mask_command(self, arguments: Sequence[str]) -> list[str]:
        """Return the arguments of a command without secrets: ``--password x``, ``token=x``."""
        masked = []
        is_secret = False
        for argument in arguments:
            if is_secret and not argument.startswith("-"):
                masked.append(MASK)
                is_secret = False
                continue
            is_secret = argument.startswith("-") and is_secret_name(argument.lstrip("-"))
            masked.append(self._mask_argument(argument))
        return masked

    def _mask_argument(self, argument: str) -> str:
        """Return one argument: of ``NAME=VALUE`` the whole rest is the value."""
        name, mark, value = argument.partition("=")
        if mark and value and is_secret_name(name.lstrip("-+")):
            return f"{name}={MASK}"
        return self.mask(argument)


class LineMasker:
    """Masks lines that follow each other, so that it sees the keys that take several.

    Args:
        mask: What masks a line.

    """

    def __init__(self, mask: Callable[[str], str]) -> None:
        self._mask = mask
        self._rest_of_key = 0

    def mask(self, lines: str) -> str:
        """Return one or several whole lines as they may be shown."""
        if not self._rest_of_key and "PRIVATE KEY" not in lines:
            return self._mask(lines)
        return "\n".join(map(self._mask_line, lines.split("\n")))

    def _mask_line(self, line: str) -> str:
        if self._rest_of_key and line:
            end = KEY_END().search(line)
            self._rest_of_key = 0 if end else self._rest_of_key - 1
            return MASK + line[end.end() :] if end else MASK
        line = self._mask(line)
        begin = KEY_BEGIN().search(line)
        if begin is None:
            return line
        self._rest_of_key = _MAX_KEY_LINES
        return line[: begin.start()] + MASK


def _is_known_secret(name: str, value: str) -> bool:
    is_long = len(value) >= _MIN_KNOWN_SECRET and not value.isalpha()
    return is_long and is_secret_name(name) and not is_path(value)
