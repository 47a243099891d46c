"""The endpoint table as TypeScript, for the pages: their compiler checks every call and answer.

It stands here, beside `openapi`, since both derive from the same rows; the pages take this instead
of the OpenAPI document, which cannot say which fields an answer leaves out.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from msgspec import inspect as types

from headrace.api.endpoint import Endpoint, Permission

_HEAD = """\
// Written by docs/generate.py from the endpoint table: change the code, not this file.

/** A float; JSON has no NaN and no infinities, so these travel as texts. */
export type Float = number | "NaN" | "Infinity" | "-Infinity";

/** A row of the endpoint table. */
export interface Row {
  readonly verb: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Relative to the page; `{name}` and `{name:path}` stand for fields of the request. */
  readonly path: string;
  /** Whether the other fields stand in the query string; else they are the JSON body. */
  readonly in_query: boolean;
  /** The role that a caller needs at least. */
  readonly permission: "public" | "read" | "write" | "admin";
}
"""

# 64-bit integers are numbers too: times in milliseconds fit, and so do the steps that people use.
_PLAIN: dict[type[types.Type], str] = {
    types.NoneType: "null",
    types.BoolType: "boolean",
    types.IntType: "number",
    types.FloatType: "Float",
    types.StrType: "string",
    types.BytesType: "string",
}


def describe(endpoints: Sequence[Endpoint[Any, Any]]) -> str:
    """Return a module with an interface for each Struct, and what the pages need of each row.

    `calls` holds the rows whose body and answer are JSON, by name; `Calls` their types. `transfers`
    and `Transfers` do the same for the rows that send or take content, but for the public ones,
    which are not for pages. Paths are relative to the page, so that they are right below any
    prefix.

    Raises:
        TypeError: If a field is of a type that has no form in TypeScript here.
        ValueError: If two Structs have one name.

    """
    # One name may have a row for GET and one for POST; the last is the one that takes long lists.
    calls = {row.name: row for row in endpoints if row.response is not None and not row.raw_body}
    transfers = {
        row.name: row
        for row in endpoints
        if row.name not in calls and row.permission is not Permission.PUBLIC
    }
    rows = [*calls.values(), *transfers.values()]
    answers = _reachable(row.response for row in rows if row.response is not None)
    structs = answers | _reachable(row.request for row in rows)
    parts = [
        _HEAD,
        *(_interface(structs[name], answered=name in answers) for name in sorted(structs)),
        _table("Calls", calls.values(), "Every call whose body and answer are JSON."),
        _table("Transfers", transfers.values(), "Every call that sends or takes content."),
    ]
    return "\n".join(parts)


def _reachable(structs: Iterable[type[Struct]]) -> dict[str, types.StructType]:
    """Return these Structs and all that their fields are made of, by name."""
    found: dict[str, types.StructType] = {}
    waiting: list[types.Type] = [types.type_info(struct) for struct in structs]
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, types.StructType):
            name = kind.cls.__name__
            if name not in found:
                found[name] = kind
                waiting += [field.type for field in kind.fields]
            elif found[name].cls is not kind.cls:
                raise ValueError(f"Two Structs are called {name}: {found[name].cls}, {kind.cls}.")
        else:
            waiting += _parts(kind)
    return found


def _parts(kind: types.Type) -> Sequence[types.Type]:
    """Return the types that a type is made of."""
    if isinstance(kind, types.UnionType):
        return kind.types
    if isinstance(kind, types.ListType):
        return (kind.item_type,)
    if isinstance(kind, types.DictType):
        return kind.key_type, kind.value_type
    return ()


def _interface(struct: types.StructType, *, answered: bool) -> str:
    fields = "".join(f"  {_field(field, struct, answered)};\n" for field in struct.fields)
    if struct.tag_field:
        fields = f"  {struct.tag_field}: {json.dumps(struct.tag)};\n{fields}"
    summary = (inspect.getdoc(struct.cls) or "").split("\n")[0]
    return f"/** {summary} */\nexport interface {struct.cls.__name__} {{\n{fields}}}\n"


def _field(field: types.Field, struct: types.StructType, answered: bool) -> str:
    """Return the declaration of a field, of an answer as msgspec sends it or of a request.

    A Struct of both is typed as the answer that it is; as a request that asks for too much, at
    worst.
    """
    kind = field.type
    if field.required:
        optional = False
    elif not answered:
        optional = bool(field.default != "")  # which stands for a text that must be given
    elif not struct.cls.__struct_config__.omit_defaults:
        optional = False
    else:
        # Of the defaults that a factory makes, only empty containers are left out.
        has_value = field.default is not msgspec.NODEFAULT
        optional = has_value or field.default_factory in (list, dict, set)
        if field.default is None and isinstance(kind, types.UnionType):
            others = [part for part in kind.types if not isinstance(part, types.NoneType)]
            kind = types.UnionType(tuple(others))
    return f"{field.encode_name}{'?' if optional else ''}: {_form(kind)}"


def _form(kind: types.Type) -> str:
    """Return a type in TypeScript's words."""
    if type(kind) in _PLAIN:
        return _PLAIN[type(kind)]
    if isinstance(kind, types.StructType):
        return kind.cls.__name__
    if isinstance(kind, types.UnionType):
        # None comes last, and a union with floats names the texts once.
        members = sorted(kind.types, key=lambda member: isinstance(member, types.NoneType))
        return " | ".join(dict.fromkeys(_form(member) for member in members))
    if isinstance(kind, types.ListType):
        item = _form(kind.item_type)
        return f"({item})[]" if " | " in item else f"{item}[]"
    if isinstance(kind, types.DictType):
        return f"Record<{_form(kind.key_type)}, {_form(kind.value_type)}>"
    raise TypeError(f"{kind} has no form in TypeScript here: give it one in {__name__}.")


def _table(name: str, rows: Iterable[Endpoint[Any, Any]], summary: str) -> str:
    rows = sorted(rows, key=lambda row: row.name)
    return "".join(
        [
            f"/** {summary} */\nexport interface {name} {{\n",
            *(f"  {row.name}: {_signature(row)};\n" for row in rows),
            "}\n\n",
            "/** Where each of them is. */\n",
            f"export const {name.lower()}: {{ readonly [name in keyof {name}]: Row }} = {{\n",
            *(f"  {row.name}: {_row(row)},\n" for row in rows),
            "};\n",
        ]
    )


def _signature(row: Endpoint[Any, Any]) -> str:
    answer = row.response.__name__ if row.response else "Blob"
    return f"{{ request: {row.request.__name__}; response: {answer} }}"


def _row(row: Endpoint[Any, Any]) -> str:
    return "{ " + ", ".join(f"{key}: {json.dumps(value)}" for key, value in _facts(row)) + " }"


def _facts(row: Endpoint[Any, Any]) -> Iterator[tuple[str, Any]]:
    yield "verb", row.verb
    yield "path", (row.bases[0] + row.path).lstrip("/")
    yield "in_query", row.verb == "GET" or row.raw_body
    yield "permission", row.permission.value
