"""Secrets that are told by the name of what holds them: ``password=``, ``--api-key``."""

from __future__ import annotations

import re

from headrace.client.context.patterns import pattern

MASK = "***"

# The last words of a name whose value is a secret.
_TELLING = (
    r"passw(?:or)?d|passphrase|passcode|secret|credentials?"
    r"|(?:api|access|secret|private|account|auth|signing|encryption|license)[_-]?key"
    r"|(?:access|secret)[_-]?key[_-]?id|connection[_-]?string"
)
# The same, but the value may be something else: a word of a vocabulary, a folder.
_VAGUE = r"token|pwd|jwt|cookie"
_WORD = rf"(?:{_TELLING}|(?P<vague>{_VAGUE}))"
# A text without any of these, in lower case, names no secret.
_SIGNS = (
    *("passw", "passphrase", "passcode", "secret", "credential", "key", "connection"),
    *_VAGUE.split("|"),
)

_NAME = pattern(rf"[\w.-]*?{_WORD}", re.IGNORECASE)
# It begins with the word, and what stands before is looked at from there: a pattern that begins
# with any characters takes for ever on a long text.
_ASSIGNMENT = pattern(
    rf"{_WORD}\\?[\"']?\]?[ \t]*(?:=>|:=|[=:])[ \t]*"
    r"(?P<value>\\?\"[^\"\n]*\"|'[^'\n]*'|[^\s,;&\"'(){}\[\]]+)(?P<call>[(\[{])?",
    re.IGNORECASE,
)
_LONGEST_NAME = 100
_BEFORE = pattern(r"[\w.-]*\Z")

# Tokens of language models, and counts of tokens.
_ORDINARY_TOKEN = pattern(
    r"(?:\A|.*[_.-])(?:eos|bos|pad|unk|sep|cls|mask|start|end|stop|begin|special|additional|per"
    r"|next|first|last|prev|previous|image|audio|video|text|new|max|min|num|total|avg|mean|input"
    r"|output|context|each|target|source|decoder|encoder|class|prompt|extra|space|separator)"
    r"[_-]?token",
    re.IGNORECASE,
)
_NO_SECRET = pattern(r"none|null|nil|true|false|yes|no|required|\.*|\**", re.IGNORECASE)
_CODE = pattern(r"(?:self|args|os|cfg|config|settings|options|opts)\.[\w.]+|[%$]\w*|<.*")
_SECRET_SHAPE = pattern(r"(?=.*\d)(?=.*[A-Za-z])[\w./+=~:%-]{8,}")
_PATH = pattern(r"[/~.]|[A-Za-z]:[\\/]")


def is_secret_name(name: str) -> bool:
    """Return whether the value of an option or a variable with this name is a secret."""
    found = _NAME().fullmatch(name)
    return found is not None and not (found["vague"] and _ORDINARY_TOKEN().fullmatch(name))


def is_path(value: str) -> bool:
    """Return whether a value is the path of a file, and no secret itself."""
    return _PATH().match(value) is not None


def mask_assignments(text: str) -> str:
    """Return a text that people read with each value masked that its name gives away."""
    lowered = text.lower()
    if not any(sign in lowered for sign in _SIGNS):
        return text
    return _ASSIGNMENT().sub(_mask_assignment, text)


def _mask_assignment(found: re.Match[str]) -> str:
    value = found["value"].strip("\\\"'")
    if found["call"] or _NO_SECRET().fullmatch(value) or _CODE().fullmatch(value):
        return found[0]
    if found["vague"] and (is_path(value) or not _SECRET_SHAPE().fullmatch(value)):
        return found[0]
    begin = found.start()
    before = _BEFORE().search(found.string, max(0, begin - _LONGEST_NAME), begin)
    name = (before[0] if before else "") + found.string[begin : found.end("vague")]
    if found["vague"] and _ORDINARY_TOKEN().fullmatch(name):
        return found[0]
    head = found.string[begin : found.start("value")]
    return head + found["value"].replace(value, MASK)
