"""Secrets that are told by their own shape, whatever they are called."""

from __future__ import annotations

import re

from headrace.client.context.patterns import pattern
from headrace.client.context.secret_names import MASK

_URL = pattern(r"([A-Za-z][A-Za-z0-9+.-]{0,40})://([^\s\"'<>]+)")
_HOST_AND_PORT = pattern(r"[^@]*:\d*")
# Shorter ones are names of users: git@, admin@.
_MIN_TOKEN_AS_USER = 20

_HEADER = pattern(
    r"(authorization\\?[\"']?[ \t]*[:=][ \t]*\\?[\"']?"
    r"(?:(?:basic|bearer|token|digest|apikey|negotiate)[ \t]+)?"
    r"|\bbearer[ \t]+(?=[^\s\"']*\d)(?=[\w.~+/=-]{16}))[^\s\"'\\,}]+",
    re.IGNORECASE,
)
# Signed addresses and the connection strings of Azure.
_PART = pattern(
    r"([?&](?:sig|signature|token|key|access_token|x-amz-(?:signature|security-token|credential)"
    r"|x-goog-(?:signature|credential))=|\b(?:Shared)?(?:AccountKey|AccessKey|AccessSignature)=)"
    r"[^\s&#;\"'<>]{8,}",
    re.IGNORECASE,
)
# How it begins -> the rest of it.
_TOKENS = {
    "AKIA": r"[A-Z0-9]{16}\b",  # AWS
    "ASIA": r"[A-Z0-9]{16}\b",
    "ghp_": r"[A-Za-z0-9]{30,}",  # GitHub
    "gho_": r"[A-Za-z0-9]{30,}",
    "ghu_": r"[A-Za-z0-9]{30,}",
    "ghs_": r"[A-Za-z0-9]{30,}",
    "ghr_": r"[A-Za-z0-9]{30,}",
    "github_pat_": r"[A-Za-z0-9_]{22,}",
    "glpat-": r"[\w-]{20,}",  # GitLab
    "glptt-": r"[\w-]{20,}",
    "gldt-": r"[\w-]{20,}",
    "glrt-": r"[\w.-]{20,}",
    "xox": r"[a-z]-[\w-]{10,}",  # Slack
    "xapp-": r"\d-[\w-]{10,}",
    "hooks.slack.com/services/": r"[\w/]{20,}",
    "hf_": r"[A-Za-z0-9]{30,}",  # Hugging Face
    "sk-": r"(?=[\w-]*\d)(?=[\w-]*[A-Z])[\w-]{20,}",  # OpenAI, Anthropic
    "sk_live_": r"[A-Za-z0-9]{16,}",  # Stripe
    "rk_live_": r"[A-Za-z0-9]{16,}",
    "AIza": r"[\w-]{35}",  # Google
    "ya29.": r"[\w-]{20,}",
    "GOCSPX-": r"[\w-]{20,}",
    "npm_": r"[A-Za-z0-9]{36}",
    "pypi-AgE": r"[\w-]{50,}",
    "dapi": r"[0-9a-f]{32}",  # Databricks
    "dop_v1_": r"[0-9a-f]{40,}",  # DigitalOcean
    "SG.": r"[\w-]{16,}\.[\w-]{16,}",  # SendGrid
    "eyJhcGl": r"[\w+/-]{30,}={0,2}",  # Neptune
    "eyJ": r"[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]*",  # JSON web tokens
}
_TOKEN = pattern(
    r"(?<![A-Za-z0-9])(?:"
    + "|".join(re.escape(begin) + rest for begin, rest in _TOKENS.items())
    + ")"
)

_KEY_BEGIN = r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----"
_KEY_END = r"-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----"
KEY_BEGIN, KEY_END = pattern(_KEY_BEGIN), pattern(_KEY_END)
_KEY = pattern(rf"{_KEY_BEGIN}.*?{_KEY_END}")


def mask_shapes(text: str) -> str:
    """Return a text with everything masked that looks like a secret itself."""
    if "://" in text:
        text = _URL().sub(_mask_url, text)
    lowered = text.lower()
    if "authorization" in lowered or "bearer" in lowered:
        text = _HEADER().sub(rf"\1{MASK}", text)
    if "=" in text:
        text = _PART().sub(rf"\1{MASK}", text)
    if "PRIVATE KEY" in text:
        text = _KEY().sub(MASK, text)
    if any(begin in text for begin in _TOKENS):
        text = _TOKEN().sub(MASK, text)
    return text


def _mask_url(found: re.Match[str]) -> str:
    scheme, rest = found.groups()
    place = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "@" not in place and not scheme.lower().startswith("http"):
        # The password of a database may hold a slash that nobody has encoded.
        place = "" if _HOST_AND_PORT().fullmatch(place) else rest
    login, mark, host = place.rpartition("@")
    if not mark:
        return found[0]
    user, colon, _ = login.partition(":")
    if not colon and len(login) < _MIN_TOKEN_AS_USER:
        return found[0]
    shown = f"{user}:{MASK}" if colon else MASK
    return f"{scheme}://{shown}@{host}{rest[len(place) :]}"
