"""What of printed text stays to be read, progress bars and colours included."""

from __future__ import annotations

import io
import random

import pytest
from rich.console import Console
from rich.progress import Progress

from headrace.client.output.screen import SECONDS_BETWEEN_LOOKS, Screen


def shown(*texts: str) -> str:
    screen = Screen()
    return "".join(screen.write(text, 0.0) for text in texts) + screen.close()


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", ""),
        ("one", "one\n"),
        ("one\n", "one\n"),
        ("one\ntwo\n\nthree", "one\ntwo\n\nthree\n"),
        ("a\r\nb\r\n", "a\nb\n"),
        ("10%\r20%\r100%\n", "100%\n"),
        ("\r10%\r20%", "20%\n"),
        ("long text\rshort\n", "shorttext\n"),
        ("long text\r\x1b[Kshort\n", "short\n"),
        ("long text\r\x1b[2Kshort\n", "short\n"),
        ("abc\b\bX\n", "aXc\n"),
        ("1/9\b\b\b2/9\b\b\b3/9\n", "3/9\n"),
        ("\x1b[1;31mred\x1b[0m and \x1b[38;5;12mblue\x1b[m\n", "red and blue\n"),
        ("\x1b]0;title\x07text\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\\n", "textlink\n"),
        ("a\x1b[5Cb\x1b[2Dc\x1b[1Gd\n", "d    cb\n"),
        ("up\x1b[99Ax\n", "upx\n"),
        ("a\x00b\x07c\x0bd\x7f\te\n", "abcd\te\n"),
        ("\x1b[?25l\x1b(Bhidden\x1b[?25h\x1b7\n", "hidden\n"),
        ("\x1b[99999999999999999999Cx\x1b[;;m\n", " " * 100 + "x\n"),
        ("sp\u00e4t \U0001f3c3 \u2028 \x85\n", "sp\u00e4t \U0001f3c3 \u2028 \x85\n"),
    ],
)
def test_what_stays(text: str, lines: str) -> None:
    assert shown(text) == lines
    assert shown(*text) == lines  # also if it comes in single characters


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("bar 1\nbar 2\n\x1b[2Abar A\n\nend\n", "bar A\nbar 2\nend\n"),
        ("one\ntwo\n\x1b[1A\x1b[2K\x1b[1A\x1b[2Kthree\n", "three\n\n"),
        ("one\ntwo\n\x1b[2F\x1b[Jthree\n", "three\n"),
    ],
)
def test_lines_further_up_are_written_over(text: str, lines: str) -> None:
    assert shown(text) == lines


def test_a_display_of_which_the_begin_is_done_already() -> None:
    frames = [f"\x1b[2Aone {percent}%\ntwo {percent}%\n" for percent in (50, 100)]

    assert shown("one 0%\ntwo 0%\n", *frames) == "one 0%\ntwo 0%\none 100%\ntwo 100%\n"


def test_lines_are_done_when_they_end() -> None:
    screen = Screen()
    assert screen.write("one\ntw", 0.0) == "one\n"
    assert screen.write("o\n", 0.0) == "two\n"
    assert screen.close() == ""


def test_a_line_that_does_not_end_is_looked_at_now_and_then() -> None:
    screen, later = Screen(), SECONDS_BETWEEN_LOOKS + 1
    screen.write("done\nTraining...", 1.0)
    assert screen.look(2.0) == ""
    assert screen.look(1 + later) == "Training...\n"
    assert screen.look(1 + 2 * later) == ""  # nothing new
    assert screen.write(" ready\n", 1 + 2 * later) == "Training... ready\n"


def test_a_progress_bar_is_one_line_and_now_and_then_one_more() -> None:
    screen, seen = Screen(), ""
    for percent in range(101):
        now = percent / 4
        seen += screen.write(f"\r{percent:3}%|{'#' * (percent // 10)}", now) + screen.look(now)
    seen += screen.write("\n", 26.0)

    assert seen.splitlines() == [" 40%|####", " 80%|########", "100%|##########"]


def test_what_was_seen_is_not_told_again() -> None:
    screen = Screen()
    screen.write("the end", 0.0)
    assert screen.look(20.0) == "the end\n"
    assert screen.write("\n", 21.0) == ""
    screen.write("the end", 21.0)
    assert screen.look(40.0) == "the end\n"
    assert screen.close() == ""


def test_a_display_of_rich() -> None:
    terminal = io.StringIO()
    console = Console(file=terminal, force_terminal=True, width=60)
    with Progress(console=console, auto_refresh=False) as progress:
        first, second = (progress.add_task(name, total=50) for name in ("first", "second"))
        for step in range(50):
            if step == 25:
                console.print("in between")
            progress.update(first, advance=1)
            progress.update(second, advance=1, refresh=True)
    written = terminal.getvalue()
    screen = Screen()
    pieces = [screen.write(written[at : at + 100], 0.0) for at in range(0, len(written), 100)]
    lines = ("".join(pieces) + screen.close()).splitlines()

    assert len(written) > 10_000
    # The first time it is drawn nothing tells that it will be drawn again.
    assert [line.split()[0] for line in lines if line] == ["first", "in", "first", "second"]
    assert all("100%" in line for line in lines[-2:])


def test_any_characters_in_any_pieces() -> None:
    draw = random.Random(7)
    for _ in range(300):
        text = "".join(draw.choices("ab \n\r\b\x1b[]0;5KGCDJm\x07\x00", k=60))
        whole = shown(text)
        assert "\x1b" not in whole
        assert shown(*text) == whole


def test_a_line_without_end_does_not_grow_for_ever() -> None:
    screen = Screen()
    seen = "".join(screen.write("x" * 300_000, 0.0) for _ in range(10))

    assert len(seen) > 1_000_000
    assert (seen + screen.close()).count("x") == 3_000_000
