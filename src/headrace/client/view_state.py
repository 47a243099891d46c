"""The state of an experiment's page in the words of code: here Python's words become the page's.

The page's own words are those of `ui/src/pages/experiment/search.ts` and `ui/src/charts/state.ts`;
a file of both languages' tests holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict
from urllib.parse import quote, unquote

from headrace.errors import InvalidParameterValue
from headrace.search.excerpts import shorten
from headrace.search.fields import RUN
from headrace.search.functions import KNOWN, TAKES, find_function
from headrace.search.ordering import parse_order_by
from headrace.search.parser import parse_filter
from headrace.search.tree import Entity

_ENTITIES = {"metrics": Entity.METRIC, "params": Entity.PARAM, "tags": Entity.TAG}
_CALL = re.compile(r"\s*(\w+)\s*\(\s*(.*?)\s*\)\s*", re.DOTALL)
_PATH = re.compile(
    r"""(metrics|params|tags)\.(?:`((?:[^`]|``)+)`|"((?:[^"]|"")+)"|(.+))""", re.DOTALL
)
_BARE = re.compile(r"[A-Za-z0-9_./:-]+")
_COLUMN = re.compile(r"(metrics|params|tags)\..+", re.DOTALL)
_SIZE = re.compile(r"(?:small|wide|full)(?: \d{2,4})?|\d{2,4}")
# Columns beside metrics, params and tags.
_ATTRIBUTES = ("start_time", "duration", "user_id", "end_time", "experiment_id", "run_id")

# Plots, and how many columns of runs each may name; of parallel coordinates two or more.
_PLOTS: dict[str, tuple[int, ...]] = {
    "scatter": (2,),
    "parallel": (),
    "bar": (1,),
    "box": (1, 2),
    "contour": (1, 3),
    "importance": (1,),
}
_RISING = "rising"  # behind the column of a bar chart


class ViewWords(TypedDict, total=False):
    """What a view shows, in words; what is not given is as the page does it by itself.

    Attributes:
        filter: Such as ``metrics.loss < 1 AND params.model = 'vit'``.
        order_by: Such as ``["min(metrics.loss) ASC"]``.
        columns: Columns of the table in their order: ``metrics.loss``, ``min(metrics.loss)``,
            ``params.lr``, ``tags.team``, ``duration``.
        pinned: Columns that stay at the left.
        column_widths: Widths of columns, in pixels.
        group_by: Params or tags whose values make groups: ``["params.optimizer"]``.
        charts: Charts on top of those that draw themselves: ``metrics.loss``, ``images.KEY``,
            ``scatter:params.lr:metrics.loss``, ``parallel:...``, ``bar:...``, ``box:...``,
            ``contour:...``, ``importance:metrics.loss``.
        sections: Sections of charts in their order, each with the charts that stand first in it:
            ``{"Best": ["metrics.loss"], "val": []}``; the others follow.
        hidden_charts: Charts that are not shown.
        chart_sizes: Sizes of charts: ``wide`` (two columns), ``full`` (a row), a height in pixels
            (``320``), or both (``wide 320``).
        chart_columns: How many charts stand side by side, 1 to 8.
        chart_height: Height of charts in pixels, 120 to 800.
        focus: The chart that fills the panel.
        find_charts: Words that the names of the shown charts have.
        toggled_sections: Sections that are folded, or in the case of ``system`` open.
        x_axis: ``step``, ``time`` or ``relative``.
        smoothing: Weight of the past in smoothed curves, 0 to 0.99.
        log_x: Whether the x axis is logarithmic.
        log_y: Whether the y axes are.
        cut_outliers: Whether axes leave out the highest and lowest percent of the values.
        spread: What bands of groups show: ``range`` or ``deviation``.
        raw: Whether the runs of groups are drawn too, faintly.
        zoom: The part of the x axis that is shown, as two numbers.
        image_step: The step that grids of images show.
        max_runs: How many runs of the table charts show, 1 to 1000.
        runs: Ids of the selected runs, which charts show instead.
        hidden_runs: Ids of runs that charts leave out.
        nested: Whether nested runs are a tree (they are), or stand one after the other.
        deleted: Whether deleted runs are shown instead of active ones.
        layout: ``split``, ``table`` or ``charts``.
        table_share: Share of the width that the table has beside the charts, 0.15 to 0.85.

    """

    filter: str
    order_by: Sequence[str]
    columns: Sequence[str]
    pinned: Sequence[str]
    column_widths: Mapping[str, int]
    group_by: Sequence[str]
    charts: Sequence[str]
    sections: Mapping[str, Sequence[str]]
    hidden_charts: Sequence[str]
    chart_sizes: Mapping[str, str | int]
    chart_columns: int
    chart_height: int
    focus: str
    find_charts: str
    toggled_sections: Sequence[str]
    x_axis: str
    smoothing: float
    log_x: bool
    log_y: bool
    cut_outliers: bool
    spread: str
    raw: bool
    zoom: tuple[float, float]
    image_step: int
    max_runs: int
    runs: Sequence[str]
    hidden_runs: Sequence[str]
    nested: bool
    deleted: bool
    layout: str
    table_share: float


def view_state(words: Mapping[str, Any]) -> dict[str, Any]:
    """Return the state of the page that `ViewWords` say; a word that is None is not given.

    Raises:
        InvalidParameterValue: Naming the word, what was given and what it takes.

    """
    state: dict[str, Any] = {}
    for word, given in words.items():
        if word not in _WORDS:
            raise InvalidParameterValue(
                f"A view has no {word!r}; it has {', '.join(sorted(_WORDS))}."
            )
        if given is None:
            continue
        field, read = _WORDS[word]
        value = read(word, given)
        if value is not None:  # which stands for what the page does by itself
            state[field] = value
    return state


# --- how each is read ----------------------------------------------------------------------------

Read = Callable[[str, Any], Any]


def _filter(word: str, given: Any) -> str | None:
    text = _text(word, given)
    parse_filter(text, RUN)
    return text or None


def _order(word: str, given: Any) -> list[str] | None:
    clauses = _texts(word, given)
    parse_order_by(clauses, RUN)
    return clauses or None


def _column(word: str, given: Any) -> str:
    """Return a field of runs as the page writes it: with quotes where its key needs them."""
    text = _text(word, given)
    call = _CALL.fullmatch(text)
    function = call and find_function(call[1])
    path = _PATH.fullmatch(call[2] if call and function else text)
    if path is None:
        if text in _ATTRIBUTES:
            return text
        raise _wrong(
            word,
            given,
            f"metrics.KEY, params.KEY, tags.KEY, a function of one ({KNOWN}), or one of "
            f"{', '.join(_ATTRIBUTES)}",
        )
    kind, ticked, quoted, bare = path.groups()
    key = ticked.replace("``", "`") if ticked else quoted.replace('""', '"') if quoted else bare
    field = f"{kind}.{key}" if _BARE.fullmatch(key) else f"{kind}.`{key.replace('`', '``')}`"
    if not function:
        return field
    if _ENTITIES[kind] not in TAKES[function]:
        takes = " or ".join(sorted(f"{entity.value}s" for entity in TAKES[function]))
        raise _wrong(word, given, f"{takes} for {function.value}()")
    return field if function.value == "last" else f"{function.value}({field})"


def _group(word: str, given: Any) -> str:
    column = _column(word, given)
    if not column.startswith(("params.", "tags.")):
        raise _wrong(word, given, "params.KEY or tags.KEY")
    return column


def _chart(word: str, given: Any) -> str:
    """Return the name of a chart; see `ui/src/charts/chart-keys.ts`."""
    text = _text(word, given)
    kind, *parts = text.split(":")
    if text.startswith(("metrics.", "images.")) and text.partition(".")[2]:
        return text
    columns = [unquote(part) for part in parts]
    order = [_RISING] if kind == "bar" and columns[1:] == [_RISING] else []
    named = columns[: len(columns) - len(order)]
    counts = _PLOTS.get(kind, (0,))
    is_whole = len(named) in counts if counts else len(named) > 1
    if is_whole and all(_COLUMN.fullmatch(one) for one in named) and named:
        written = [re.sub("[%:]", lambda letter: quote(letter[0], safe=""), one) for one in named]
        return ":".join([kind, *written, *order])
    raise _wrong(
        word,
        given,
        "metrics.KEY, images.KEY, or a plot of columns of runs, such as "
        f"scatter:params.lr:metrics.loss ({', '.join(_PLOTS)}; a % or : in a key is written %25, "
        "%3A)",
    )


def _sections(word: str, given: Any) -> list[dict[str, Any]] | None:
    if not isinstance(given, Mapping):
        raise _wrong(word, given, "names of sections with their charts")
    listed: list[dict[str, Any]] = []
    for name, charts in given.items():
        shown = _list(_chart)(f"{word}[{name!r}]", charts) if charts is not None else None
        if not _text(word, name):
            raise _wrong(word, name, "a name")
        listed.append({"name": name, "charts": shown} if shown else {"name": name})
    return listed or None


def _size(word: str, given: Any) -> str:
    text = str(given)
    if isinstance(given, bool) or _SIZE.fullmatch(text) is None:
        raise _wrong(word, given, "wide, full, a height in pixels, or both: 'wide 320'")
    height = text.rpartition(" ")[2]
    if height.isdecimal():
        _number(120, 800, whole=True)(word, int(height))
    return text


def _zoom(word: str, given: Any) -> list[float]:
    if isinstance(given, Sequence) and not isinstance(given, str) and len(given) == 2:
        start, end = (_number(None, None)(word, one) for one in given)
        if start < end:
            return [start, end]
    raise _wrong(word, given, "two numbers, the lower one first")


# --- kinds of values -----------------------------------------------------------------------------


def _text(word: str, given: Any) -> str:
    if not isinstance(given, str):
        raise _wrong(word, given, "a text")
    return given


def _texts(word: str, given: Any) -> list[str]:
    if isinstance(given, str):
        return [given]
    if not isinstance(given, Sequence):
        raise _wrong(word, given, "a list of texts")
    return [_text(word, one) for one in given]


def _list(read: Read) -> Read:
    """Return how a list is read, each of it once; a single text is taken for a list of one."""

    def read_all(word: str, given: Any) -> list[Any] | None:
        return list(dict.fromkeys(read(word, one) for one in _texts(word, given))) or None

    return read_all


def _mapping(read_key: Read, read: Read) -> Read:
    def read_all(word: str, given: Any) -> dict[str, Any] | None:
        if not isinstance(given, Mapping):
            raise _wrong(word, given, "a dictionary")
        return {read_key(word, key): read(word, value) for key, value in given.items()} or None

    return read_all


def _number(least: float | None, most: float | None, *, whole: bool = False) -> Read:
    def read(word: str, given: Any) -> Any:
        kinds = (int,) if whole else (int, float)
        is_one = isinstance(given, kinds) and not isinstance(given, bool)
        if not is_one or not (-1e300 if least is None else least) <= given <= (most or 1e300):
            noun = "a whole number" if whole else "a number"
            bounds = "" if least is None else f" from {least} to {most}"
            raise _wrong(word, given, noun + bounds)
        return given

    return read


def _one_of(*choices: str, usual: str | None = None) -> Read:
    def read(word: str, given: Any) -> str | None:
        if given not in choices:
            raise _wrong(word, given, f"one of {', '.join(choices)}")
        return None if given == usual else str(given)

    return read


def _flag(word: str, given: Any) -> bool | None:
    if not isinstance(given, bool):
        raise _wrong(word, given, "True or False")
    return given or None


def _not(word: str, given: Any) -> bool | None:
    return None if _flag(word, given) else True


def _wrong(word: str, given: Any, takes: str) -> InvalidParameterValue:
    return InvalidParameterValue(
        f"{word} of a view cannot be {shorten(repr(given))}: it takes {takes}."
    )


# The only place that knows both: the word of code -> (the page's field, how it is read).
_WORDS: dict[str, tuple[str, Read]] = {
    "filter": ("filter", _filter),
    "order_by": ("order", _order),
    "columns": ("columns", _list(_column)),
    "pinned": ("pinned", _list(_column)),
    "column_widths": ("widths", _mapping(_column, _number(20, 4000, whole=True))),
    "group_by": ("group", _list(_group)),
    "charts": ("charts", _list(_chart)),
    "sections": ("sections", _sections),
    "hidden_charts": ("hiddenCharts", _list(_chart)),
    "chart_sizes": ("chartSizes", _mapping(_chart, _size)),
    "chart_columns": ("chartColumns", _number(1, 8, whole=True)),
    "chart_height": ("chartHeight", _number(120, 800, whole=True)),
    "focus": ("focus", _chart),
    "find_charts": ("find", _text),
    "toggled_sections": ("toggled", _list(_text)),
    "x_axis": ("x", _one_of("step", "time", "relative", usual="step")),
    "smoothing": ("smooth", _number(0, 0.99)),
    "log_x": ("logX", _flag),
    "log_y": ("logY", _flag),
    "cut_outliers": ("cut", _flag),
    "spread": ("spread", _one_of("range", "deviation", usual="range")),
    "raw": ("raw", _flag),
    "zoom": ("zoom", _zoom),
    "image_step": ("imageStep", _number(-(2**53) + 1, 2**53 - 1, whole=True)),
    "max_runs": ("most", _number(1, 1000, whole=True)),
    "runs": ("selected", _list(_text)),
    "hidden_runs": ("hidden", _list(_text)),
    "nested": ("flat", _not),
    "deleted": ("deleted", _flag),
    "layout": ("layout", _one_of("split", "table", "charts", usual="split")),
    "table_share": ("split", _number(0.15, 0.85)),
}
