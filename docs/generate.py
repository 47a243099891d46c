"""Write the pages of docs/reference that follow from the code: settings and REST calls.

Run ``python docs/generate.py`` after a change; a test holds the pages to what this writes.
"""

from __future__ import annotations

from pathlib import Path

from headrace.api.table import ENDPOINTS
from headrace.settings import SETTINGS

REFERENCE = Path(__file__).parent / "reference"
NOTE = "<!-- Written by docs/generate.py: change the code, not this page. -->\n"


def settings_page() -> str:
    """Return the page of environment variables."""
    lines = [
        NOTE,
        "# Environment variables\n",
        "The first name that is set counts; an empty value is no value.\n",
        "| variable | default | meaning |",
        "|---|---|---|",
    ]
    for setting in SETTINGS:
        names = ", ".join(f"`{name}`" for name in setting.names)
        default = "" if setting.default in ("", [], None) else f"`{setting.default}`"
        lines.append(f"| {names} | {default} | {setting.doc} |")
    return "\n".join(lines) + "\n"


def rest_page() -> str:
    """Return the page of REST calls."""
    lines = [
        NOTE,
        "# REST calls\n",
        "Paths stand below `/api` and `/ajax-api`, unless the last column says otherwise. "
        "Fields are described by the OpenAPI document at `/api/1.0/headrace/openapi.json`.\n",
        "| call | permission | what it does | below |",
        "|---|---|---|---|",
    ]
    for endpoint in ENDPOINTS:
        summary = (endpoint.request.__doc__ or "").strip().splitlines()[0]
        bases = ", ".join(f"`{base or '/'}`" for base in endpoint.bases)
        below = "" if endpoint.bases == ("/api", "/ajax-api") else bases
        call = f"`{endpoint.verb} {endpoint.path}`"
        lines.append(f"| {call} | {endpoint.permission.value} | {summary} | {below} |")
    return "\n".join(lines) + "\n"


PAGES = {"settings.md": settings_page, "rest.md": rest_page}


def main() -> None:
    """Write every page."""
    for name, make in PAGES.items():
        (REFERENCE / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
