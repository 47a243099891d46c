"""Bytes to Structs and back, with the quirks of protobuf's JSON; the only place that knows them.

Measured facts: msgspec writes NaN and the infinities as null where protobuf writes "NaN",
"Infinity" and "-Infinity"; with ``strict=False`` it takes "17" for an integer and the three texts
for floats; protobuf takes null for a field that is not set; a body that is no JSON counts as empty.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, TypeVar, get_origin
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Struct

from headrace.api import journals, run_table, tracking
from headrace.api.endpoint import Endpoint
from headrace.entities import LoggedModel, Metric, Run
from headrace.errors import (
    EndpointNotFound,
    HeadraceError,
    InvalidParameterValue,
    TemporarilyUnavailable,
    from_code,
)

RequestT = TypeVar("RequestT", bound=Struct)
ResponseT = TypeVar("ResponseT")

# Protobuf's JSON takes a field under its camel-case name too. No client of MLflow sends those, so a
# body is looked through for them only up to this many bytes, which costs about a microsecond.
_CAMEL_CASE = re.compile(rb'"[a-z]+[A-Z][A-Za-z]*"\s*:')
_MAX_LOOKED_THROUGH = 4096
_CAPITAL = re.compile(r"(?<=[a-z])[A-Z]")

_SEE_DOCS = "See the API docs for more information about request parameters."


# --- requests ------------------------------------------------------------------------------------


@cache
def _decoder(struct: type[Struct]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(struct, strict=False)


@cache
def _required_fields(struct: type[Struct]) -> tuple[str, ...]:
    """Names of the fields that must be given and not be empty."""
    return tuple(
        field.name
        for field in msgspec.structs.fields(struct)
        if field.required or field.default == ""
    )


@cache
def _names(struct: type[Struct]) -> frozenset[str]:
    return frozenset(field.encode_name for field in msgspec.structs.fields(struct))


@cache
def _list_fields(struct: type[Struct]) -> frozenset[str]:
    return frozenset(
        field.encode_name
        for field in msgspec.structs.fields(struct)
        if get_origin(field.type) is list
    )


def decode_request(
    struct: type[RequestT], body: bytes, path_params: Mapping[str, str] | None = None
) -> RequestT:
    """Return the request that a JSON body and the path's segments stand for.

    Raises:
        InvalidParameterValue: Naming the parameter that is missing or of a wrong type.

    """
    if path_params or (len(body) <= _MAX_LOOKED_THROUGH and _CAMEL_CASE.search(body)):
        return convert_request(struct, {**_parse_json_object(body), **(path_params or {})})
    try:
        request = _decoder(struct).decode(body)
    except msgspec.DecodeError:
        return convert_request(struct, _parse_json_object(body))
    _check_required(request)
    return request  # type: ignore[no-any-return]


def decode_query(
    struct: type[RequestT],
    query: Iterable[tuple[str, str]],
    path_params: Mapping[str, str] | None = None,
) -> RequestT:
    """Return the request that a query string's pairs and the path's segments stand for."""
    fields: dict[str, Any] = {}
    lists = _list_fields(struct)
    for key, value in query:
        if key in lists:
            fields.setdefault(key, []).append(value)
        else:
            fields.setdefault(key, value)
    fields.update(path_params or {})
    if fields.keys() <= _names(struct):  # nothing to normalise
        return _convert(struct, fields)
    return convert_request(struct, fields)


def convert_request(struct: type[RequestT], fields: dict[str, Any]) -> RequestT:
    """Return the request with these fields; null stands for a field that is not given."""
    return _convert(struct, _normalize(fields))


def _convert(struct: type[RequestT], given: dict[str, Any]) -> RequestT:
    try:
        request = msgspec.convert(given, struct, strict=False)
    except msgspec.ValidationError as error:
        raise _translate(struct, given, str(error)) from None
    _check_required(request)
    return request


def _normalize(value: Any) -> Any:
    """Return JSON without nulls and with every field under its own name, as protobuf reads it."""
    if isinstance(value, list):
        return [_normalize(item) for item in value]
    if not isinstance(value, dict):
        return value
    fields: dict[str, Any] = {}
    for key, item in value.items():
        name = _CAPITAL.sub(lambda letter: "_" + letter[0].lower(), key)
        if name in fields:
            raise InvalidParameterValue(
                f"The request gives the field {name!r} twice, as {name!r} and in camel case: "
                "give it once."
            )
        if item is not None:
            fields[name] = _normalize(item)
    return fields


def _parse_json_object(body: bytes) -> dict[str, Any]:
    """Parse what msgspec refuses and MLflow takes: bare NaN, doubly encoded text, no JSON."""
    try:
        value = json.loads(body)
        if isinstance(value, str):
            value = json.loads(value)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _check_required(request: Struct) -> None:
    for name in _required_fields(type(request)):
        if getattr(request, name) == "":
            raise _missing(name)


def _missing(name: str) -> InvalidParameterValue:
    return InvalidParameterValue(f"Missing value for required parameter '{name}'. {_SEE_DOCS}")


def _translate(struct: type[Struct], given: dict[str, Any], error: str) -> HeadraceError:
    """Turn msgspec's error into MLflow's words, which clients match on."""
    missing = re.search(r"missing required field `(\w+)`", error)
    at = re.search(r"at `\$\.?([^`]*)`", error)
    path = at.group(1) if at else ""
    if missing:
        return _missing(f"{path}.{missing.group(1)}" if path else missing.group(1))
    name = re.split(r"[.\[]", path, maxsplit=1)[0] or struct.__name__
    value = given.get(name)
    if value == "" and name in _required_fields(struct):
        return _missing(name)
    shown = json.dumps(value, sort_keys=True, separators=(",", ":"), default=repr)
    return InvalidParameterValue(
        f"Invalid value {shown} for parameter '{name}' supplied: "
        f" Hint: Value was of type '{type(value).__name__}'. {_SEE_DOCS}"
    )


def encode_request(endpoint: Endpoint[Any, Any], request: Struct) -> tuple[str, bytes | None]:
    """Return path with query, and body, of a request as a client sends it."""
    fields = {}
    path = endpoint.bases[0] + endpoint.path
    for name in endpoint.path_fields:
        path = path.replace(f"{{{name}}}", quote(getattr(request, name), safe=""))
    if endpoint.verb != "GET" and not endpoint.raw_body:
        return path, _encode_body(_finite_request(request))
    fields = msgspec.to_builtins(request)
    pairs = [
        (key, item)
        for key, value in fields.items()
        if key not in endpoint.path_fields
        for item in (value if isinstance(value, list) else [value])
    ]
    return (f"{path}?{urlencode(pairs)}" if pairs else path), None


def _encode_body(request: Struct) -> bytes:
    try:
        return msgspec.json.encode(request)
    except UnicodeEncodeError as error:
        raise InvalidParameterValue(
            f"A text holds the lone surrogate U+{ord(error.object[error.start]):04X} at position "
            f"{error.start}: it is no valid Unicode text."
        ) from None


# --- answers -------------------------------------------------------------------------------------


def encode_answer(answer: Struct) -> bytes:
    """Return the JSON of an answer, with NaN and the infinities as protobuf writes them."""
    for metrics in _metric_lists(answer):
        make_finite(metrics)
    if isinstance(answer, tracking.MetricSeriesAnswer):
        for series in answer.series:
            # A sum is quicker than a look at each; one that overflows costs that look.
            if not math.isfinite(sum(series.values)):
                series.values = [float_to_wire(value) for value in series.values]
    if isinstance(answer, tracking.RunColumns):
        _make_columns_finite(answer.metrics)
    if isinstance(answer, run_table.RunWindow):
        _make_columns_finite(answer.numbers)
    if isinstance(answer, run_table.RunKeys):
        for key in answer.metrics:
            if key.min is not None and key.max is not None:
                key.min, key.max = float_to_wire(key.min), float_to_wire(key.max)
    return msgspec.json.encode(answer)


def encode_error(error: HeadraceError) -> bytes:
    """Return the JSON of an error."""
    return error.serialize_as_json().encode()


def decode_answer(endpoint: Endpoint[Any, ResponseT], status: int, body: bytes) -> ResponseT:
    """Return a server's answer, or raise the error that it stands for."""
    if status != 200:
        raise decode_error(f"{endpoint.verb} {endpoint.path}", status, body)
    try:
        answer: ResponseT = _decoder(endpoint.response).decode(body)  # type: ignore[arg-type]
        return answer
    except msgspec.DecodeError as error:
        raise HeadraceError(
            f"The server's answer to {endpoint.verb} {endpoint.path} cannot be read: {error}. "
            "Is the tracking URI that of an MLflow or Headrace server?"
        ) from None


def decode_error(call: str, status: int, body: bytes) -> HeadraceError:
    """Return the error that an answer other than 200 stands for; `call` names what was asked.

    An answer that is none of the protocol's, as a proxy gives, leaves its status in the details.
    """
    try:
        fields = json.loads(body)
        return from_code(fields["error_code"], fields["message"])
    except (ValueError, KeyError, TypeError):
        text = body[:200].decode(errors="replace")
    message = f"{call} was answered with HTTP status {status}: {text}"
    if status == 404:
        return EndpointNotFound(message, http_status=status)
    if status in (429, 502, 503, 504):
        return TemporarilyUnavailable(message, http_status=status)
    codes = {400: "BAD_REQUEST", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED"}
    return from_code(codes.get(status, "INTERNAL_ERROR"), message, http_status=status)


# --- numbers that JSON does not have -------------------------------------------------------------


def float_to_wire(value: float) -> float:
    """Return a float as it travels: a text in place of NaN and the infinities."""
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"  # type: ignore[return-value]
    return "Infinity" if value > 0 else "-Infinity"  # type: ignore[return-value]


def _make_columns_finite(columns: Mapping[str, list[float | None]]) -> None:
    for column in columns.values():
        column[:] = [None if value is None else float_to_wire(value) for value in column]


def make_finite(metrics: list[Metric]) -> None:
    """Put texts in place of the values that JSON does not have."""
    for metric in metrics:
        if not math.isfinite(metric.value):
            metric.value = float_to_wire(metric.value)


def _metric_lists(answer: Struct) -> Iterable[list[Metric]]:
    """Yield every list of points in an answer; the list is the answer's own, not the store's."""
    if isinstance(answer, (tracking.MetricsPage, tracking.MetricsAnswer, tracking.MetricsOfRuns)):
        yield answer.metrics
    runs: list[Run] = []
    models: list[LoggedModel] = []
    if isinstance(answer, tracking.RunsPage):
        runs = answer.runs
    elif isinstance(answer, tracking.RunAnswer):
        runs = [answer.run]
    elif isinstance(answer, tracking.LoggedModelsPage):
        models = answer.models
    elif isinstance(answer, tracking.LoggedModelAnswer):
        models = [answer.model]
    for run in runs:
        yield run.data.metric_list
    for model in models:
        yield model.data.metrics


def _finite_request(request: Struct) -> Struct:
    """Return the request ready to travel; the caller's own Structs are left as they are."""
    if isinstance(request, tracking.LogMetric) and not math.isfinite(request.value):
        return msgspec.structs.replace(request, value=float_to_wire(request.value))
    if isinstance(request, tracking.LogBatch):
        return _finite_batch(request)
    if isinstance(request, journals.ApplyJournal):
        entries = [_finite_entry(entry) for entry in request.entries]
        return msgspec.structs.replace(request, entries=entries)
    return request


def _finite_batch(batch: tracking.LogBatch) -> tracking.LogBatch:
    points = [
        point
        if math.isfinite(point.value)
        else msgspec.structs.replace(point, value=float_to_wire(point.value))
        for point in batch.metrics
    ]
    return msgspec.structs.replace(batch, metrics=points)


def _finite_entry(entry: journals.JournalEntry) -> journals.JournalEntry:
    if entry.log_batch is not None:
        return msgspec.structs.replace(entry, log_batch=_finite_batch(entry.log_batch))
    points = entry.log_points
    if points is None or math.isfinite(sum(points.values)):
        return entry
    values = [float_to_wire(value) for value in points.values]
    return msgspec.structs.replace(entry, log_points=msgspec.structs.replace(points, values=values))
