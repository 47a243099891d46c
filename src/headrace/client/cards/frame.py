"""The parts of a card, as HTML that needs nothing else.

No script and no style sheet, which many places that show notebooks take out. Colours are those of
the place: the text's own, with lines and grounds of a grey that is seen on light and dark, and a
few colours that have contrast enough on both. A notebook's theme need not be the system's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

LINE = "rgba(128,128,128,.35)"
QUIET = "opacity:.72"
GREEN, RED, AMBER, TEAL = "#1f9254", "#d64545", "#b7791f", "#14897c"

_CARD = (
    "box-sizing:border-box;max-width:640px;margin:4px 0;padding:12px 16px;"
    f"border:1px solid {LINE};border-radius:8px;font:13px/1.5 system-ui,sans-serif;"
    "color:inherit;text-align:left"
)
_CODE = "font:12px/1.5 ui-monospace,monospace;overflow-wrap:anywhere"
_CELL = (
    "padding:1px 16px 1px 0;border:0;text-align:{};vertical-align:top;font-weight:400;"
    "background:none"
)
_CHIP = f"padding:0 6px;border:1px solid {LINE};border-radius:4px;overflow-wrap:anywhere"
_MOST_LETTERS = 60


def frame(head: str, parts: Iterable[str]) -> str:
    """Return a card of its head and those parts that are not empty."""
    shown = "".join(f'<div style="margin-top:8px">{part}</div>' for part in parts if part)
    return f'<div class="headrace-card" style="{_CARD}">{head}{shown}</div>'


def text(words: str, style: str = "") -> str:
    """Return words as HTML."""
    return f'<span style="{style}">{escape(words)}</span>' if style else escape(words)


def title(name: str, mark: str = "", facts: Sequence[str] = ()) -> str:
    """Return the head of a card: a mark, the name, and facts in quiet words."""
    words = " · ".join(fact for fact in facts if fact)
    return (
        '<div style="display:flex;flex-wrap:wrap;align-items:baseline;gap:0 8px">'
        f'{mark}<b style="overflow-wrap:anywhere">{escape(name)}</b>{text(words, QUIET)}</div>'
    )


def dot(color: str, *, is_filled: bool = True) -> str:
    """Return a mark; what it says stands in words beside it."""
    fill = color if is_filled else "none"
    return (
        '<svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true" style="flex:none">'
        f'<circle cx="5" cy="5" r="4" fill="{fill}" stroke="{color}" stroke-width="1.6"/></svg>'
    )


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[str] = ()) -> str:
    """Return a small table of texts; the columns named in `numbers` stand at the right."""
    styles = [_CELL.format("right" if head in numbers else "left") for head in heads]

    def line(tag: str, cells: Sequence[str], more: str = "") -> str:
        parts = (
            f'<{tag} style="{style}{more}">{escape(shorten(cell))}</{tag}>'
            for style, cell in zip(styles, cells, strict=True)
        )
        return f'<tr style="background:none">{"".join(parts)}</tr>'

    head = f"<thead>{line('th', heads, ';' + QUIET)}</thead>" if any(heads) else ""
    body = "".join(line("td", row) for row in rows)
    style = "border-collapse:collapse;border:0;margin:0;font:inherit;color:inherit"
    return (
        f'<table style="{style};font-variant-numeric:tabular-nums">'
        f"{head}<tbody>{body}</tbody></table>"
    )


def chips(pairs: Sequence[tuple[str, str]], most: int) -> str:
    """Return names with their values, side by side; of many only the first."""
    shown = [
        f'<span style="{_CHIP}">{text(shorten(name), QUIET)} {escape(shorten(value))}</span>'
        for name, value in pairs[:most]
    ]
    if len(pairs) > most:
        shown.append(text(f"+{len(pairs) - most} more", QUIET))
    return f'<div style="display:flex;flex-wrap:wrap;gap:4px">{"".join(shown)}</div>' * bool(shown)


def beside(*parts: str) -> str:
    """Return parts side by side, below each other where it is narrow."""
    inner = "".join(f"<div>{part}</div>" for part in parts if part)
    return f'<div style="display:flex;flex-wrap:wrap;gap:8px 24px">{inner}</div>' * bool(inner)


def link(words: str, address: str) -> str:
    """Return a link to a page of the web interface."""
    return (
        f'<a href="{escape(address)}" target="_blank" rel="noreferrer" '
        f'style="color:inherit;text-decoration:underline">{escape(words)}</a>'
    )


def command(words: str, line: str) -> str:
    """Return a line for a shell, with words about it."""
    return f'{text(words + " ", QUIET)}<code style="{_CODE}">{escape(line)}</code>'


def shorten(words: str) -> str:
    """Return a text of bounded length on one line."""
    line = " ".join(words.split())
    return line if len(line) <= _MOST_LETTERS else line[: _MOST_LETTERS - 1] + "…"


def number(value: float | None) -> str:
    """Return a number with the digits that people look at."""
    if value is None:
        return ""
    return f"{value:.0f}" if value.is_integer() and abs(value) < 1e7 else f"{value:.4g}"
