"""Write what follows from the code: the pages of docs/reference, and the types of the pages' calls.

Run ``python docs/generate.py`` after a change; a test holds the files to what this writes.
"""

from __future__ import annotations

from pathlib import Path

from headrace.api import limits, typescript
from headrace.api.table import ENDPOINTS
from headrace.search import lexer, numbers, ordering, parser, patterns
from headrace.search.fields import DATASET_FIELDS, EXPERIMENT, LOGGED_MODEL, RUN
from headrace.search.functions import TAKES
from headrace.search.tree import Kind
from headrace.settings import SETTINGS

REPOSITORY = Path(__file__).parent.parent
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


def fields_page() -> str:
    """Return the page of what can be searched."""
    lines = [
        NOTE,
        "# Fields of searches\n",
        "The language is described [here](../search.md). A name after `or` is an alias.\n",
    ]
    for noun in (RUN, EXPERIMENT, LOGGED_MODEL):
        before = ", ".join(f"`{name}.`" for name in noun.entities)
        orderable = " and ".join(sorted(f"{entity.value}s" for entity in noun.sortable))
        lines += [
            f"## {noun.name.capitalize()}s\n",
            f"Before a dot: {before}. Orders take {orderable}.\n",
            "| attribute | values |",
            "|---|---|",
        ]
        for attribute in noun.attributes.values():
            names = " or ".join(f"`{name}`" for name in (attribute.name, *attribute.aliases))
            lines.append(f"| {names} | {_VALUES[attribute.kind]} |")
        lines.append("")
    dataset_fields = ", ".join(f"`datasets.{name}`" for name in DATASET_FIELDS)
    lines += [f"Runs have data sets with {dataset_fields}.\n", "## Functions\n"]
    for function, entities in TAKES.items():
        takes = " or ".join(sorted(f"{entity.value}s" for entity in entities))
        lines.append(f"* `{function.value}(...)` takes {takes}")
    lines += ["\n## Limits\n", "| what | at most |", "|---|---|"]
    lines += [f"| {what} | {limit:,} |" for what, limit in _LIMITS]
    return "\n".join(lines) + "\n"


_VALUES = {
    Kind.NUMBER: "numbers",
    Kind.TEXT: "texts",
    Kind.ID: "numbers in quotes",
    Kind.STATUS: "`PENDING`, `READY`, `FAILED`",
}

_LIMITS = [
    ("characters of a filter or order", lexer.MAX_LENGTH),
    ("comparisons of a filter", parser.MAX_COMPARISONS),
    ("values of a filter, those of all lists together", parser.MAX_VALUES),
    ("levels of parentheses and NOT", parser.MAX_DEPTH),
    ("characters of a pattern of LIKE and ILIKE", parser.MAX_PATTERN),
    ("characters of a regular expression", patterns.MAX_LENGTH),
    ("the same with every repeat written out", patterns.MAX_SIZE),
    ("repeats, as in {255}", patterns.MAX_REPEAT),
    ("groups of a regular expression within each other", patterns.MAX_DEPTH),
    ("characters of a text that is read as a number", numbers.MAX_LENGTH),
    ("fields of an order", ordering.MAX_ORDER_ITEMS),
    ("things on a page", limits.MAX_RESULTS_PER_PAGE),
]


def types_module() -> str:
    """Return the TypeScript module of all calls."""
    return typescript.describe(ENDPOINTS)


FILES = {
    "docs/reference/settings.md": settings_page,
    "docs/reference/rest.md": rest_page,
    "docs/reference/fields.md": fields_page,
    "ui/src/api/types.ts": types_module,
}


def main() -> None:
    """Write every file."""
    for name, make in FILES.items():
        (REPOSITORY / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
