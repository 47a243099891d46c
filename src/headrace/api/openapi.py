"""The OpenAPI 3.1 document of a server, derived from the endpoint table and the Structs' types."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from headrace.api.endpoint import Endpoint, Permission, Target
from headrace.version import VERSION

# What JSON numbers leave out travels as text; see `headrace.api.wire`.
_FLOAT = {"oneOf": [{"type": "number"}, {"enum": ["NaN", "Infinity", "-Infinity"]}]}

_REF = "#/components/schemas/{name}"

_ERROR = {
    "type": "object",
    "description": "Any refusal: MLflow's error code, and what was given and is allowed.",
    "properties": {"error_code": {"type": "string"}, "message": {"type": "string"}},
    "required": ["error_code", "message"],
}


def describe(endpoints: Sequence[Endpoint[Any, Any]], prefix: str = "") -> dict[str, Any]:
    """Return the OpenAPI document of these endpoints, ready to be encoded as JSON.

    Args:
        endpoints: Rows of the endpoint table.
        prefix: The server's static prefix, empty or ``/like/this``.

    """
    structs = [e.request for e in endpoints] + [e.response for e in endpoints if e.response]
    _, schemas = msgspec.json.schema_components(list(dict.fromkeys(structs)), ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        for base in endpoint.bases:
            path = base + re.sub(r"\{(\w+):path\}", r"{\1}", endpoint.path)
            operation = _operation(endpoint, schemas)
            if base != endpoint.bases[0]:
                operation["operationId"] += base.replace("/", "_").replace("-", "_")
            paths.setdefault(path, {})[endpoint.verb.lower()] = operation
    described = {name: _schema(schema) for name, schema in schemas.items()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Headrace",
            "version": VERSION,
            "description": "MLflow's REST API 2.0 for classical machine learning, and Headrace's "
            "own calls under /api/1.0/headrace.",
        },
        "servers": [{"url": prefix or "/"}],
        "paths": paths,
        "components": {
            "schemas": described | {"Error": _ERROR},
            "securitySchemes": {
                "basic": {"type": "http", "scheme": "basic"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _operation(endpoint: Endpoint[Any, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """Return the operation object of a row."""
    name = endpoint.request.__name__
    summary = (inspect.getdoc(endpoint.request) or endpoint.name).split("\n")[0]
    if endpoint.request.__name__ == "Empty":
        summary = endpoint.name.replace("_", " ").capitalize() + "."
    operation: dict[str, Any] = {
        "operationId": f"{endpoint.name}_{endpoint.verb.lower()}",
        "summary": summary,
        "tags": ["store" if endpoint.target is Target.STORE else "server"],
        "x-headrace-permission": endpoint.permission.value,
        "responses": {
            "200": {"description": "Done.", "content": _answer(endpoint)},
            "default": {
                "description": "Refused.",
                "content": {"application/json": {"schema": {"$ref": _REF.format(name="Error")}}},
            },
        },
    }
    if endpoint.permission is not Permission.PUBLIC:
        operation["security"] = [{"basic": []}, {"bearer": []}]
    in_query = endpoint.verb == "GET" or endpoint.raw_body
    schema = schemas[name]
    parameters = [
        _parameter(field, value, schema, in_path=field in endpoint.path_fields)
        for field, value in schema.get("properties", {}).items()
        if in_query or field in endpoint.path_fields
    ]
    if parameters:
        operation["parameters"] = parameters
    if endpoint.raw_body:
        operation["requestBody"] = {"content": {"application/octet-stream": {}}, "required": True}
    elif not in_query:
        body = {"$ref": _REF.format(name=name)}
        operation["requestBody"] = {"content": {"application/json": {"schema": body}}}
    return operation


def _answer(endpoint: Endpoint[Any, Any]) -> dict[str, Any]:
    if endpoint.response is None:
        return {"*/*": {}}
    name = endpoint.response.__name__
    return {"application/json": {"schema": {"$ref": _REF.format(name=name)}}}


def _parameter(
    name: str, value: dict[str, Any], schema: dict[str, Any], *, in_path: bool
) -> dict[str, Any]:
    return {
        "name": name,
        "in": "path" if in_path else "query",
        "required": in_path or name in schema.get("required", []),
        "schema": _schema(value),
    }


def _schema(value: Any) -> Any:
    """Return a schema with the texts that stand for floats, and without a docstring's details."""
    if isinstance(value, list):
        return [_schema(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("type") == "number":
        return _FLOAT
    described = {key: _schema(item) for key, item in value.items()}
    if isinstance(text := described.get("description"), str):
        described["description"] = re.split(r"\n\s*Attributes:", text)[0]
    return described
