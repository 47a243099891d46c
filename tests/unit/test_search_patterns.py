"""Regular expressions mean the same here, in Python and in PostgreSQL, and are never slow."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headrace.search import automata
from headrace.search.automata import Automaton, compile_pattern
from headrace.search.patterns import (
    MAX_DEPTH,
    MAX_LENGTH,
    MAX_REPEAT,
    MAX_SIZE,
    BadPattern,
    parse_pattern,
    to_postgresql,
)
from tests.databases import PostgresServer

# Pattern, texts that match, texts that do not.
MATCHES: list[tuple[str, list[str], list[str]]] = [
    ("", ["", "a"], []),
    ("a", ["a", "bab"], ["", "A", "b"]),
    ("^a", ["ab"], ["ba"]),
    ("a$", ["ba"], ["ab", "a\n"]),
    ("^$", [""], ["a", "\n"]),
    ("^^a$$", ["a"], ["aa"]),
    ("(^|,)b(,|$)", ["b", "a,b", "a,b,c"], ["ab", "bc"]),
    ("a$b|c", ["c"], ["ab"]),
    (".", ["a", "\n", "日"], [""]),
    ("^..$", ["\U0001f600a"], ["a"]),
    ("^(a|bc)*d$", ["d", "abcd", "bcbcd"], ["bd", "abc"]),
    ("^a+b?$", ["a", "aab"], ["b", "abb"]),
    ("^a{2}$", ["aa"], ["a", "aaa"]),
    ("^a{2,}$", ["aa", "aaaa"], ["a"]),
    ("^(?:ab){1,2}$", ["ab", "abab"], ["", "ababab"]),
    ("^a{0}b$", ["b"], ["ab"]),
    ("^a*?b$", ["aab"], ["a"]),
    ("^(a||b)c$", ["c", "ac", "bc"], ["abc"]),
    ("^()*a$", ["a"], ["b"]),
    ("^[abx-z_-]+$", ["a-_y"], ["w", "c"]),
    ("^[m-pa-ec-gf-hdz]$", ["a", "d", "h", "m", "p", "z"], ["i", "l", "q", "y"]),
    ("^[^m-pa-ec-gf-hdz]$", ["i", "l", "q", "y"], ["a", "d", "h", "m", "p", "z"]),
    ("^[^a-c]$", ["d", "\n", "A"], ["a", "c", ""]),
    (r"^[\]\\\[^]$", ["]", "\\", "[", "^"], ["a"]),
    (r"^[\d\s-]+$", ["1 2-3"], ["a"]),
    (r"^\d\D\w\W\s\S$", ["1aZ-\n."], ["٣aZ- ."]),
    (r"^\w$", ["_"], ["é", "日"]),
    (r"\.\*\(\)\{\}\^\$\|\?\/\"\ ", ['.*(){}^$|?/" '], ["a"]),
    (r"^\n\r\t$", ["\n\r\t"], ["nrt"]),
    ("(?i)^aZ[b-y]é$", ["azCé", "AZbé"], ["azaé", "azbÉ"]),
    ("(?i)[^a]", ["b"], ["a", "A"]),
    ("größe|日本", ["die größe", "日本語"], ["grosse"]),
    ("}", ["}"], ["{"]),
    ("]", ["]"], ["["]),
]

# Pattern, index of what is wrong with it, words of the message.
MISTAKES: list[tuple[str, int, str]] = [
    ("(a", 0, "a ( that is not closed"),
    ("b(a|c", 1, "a ( that is not closed"),
    ("a)", 1, "a ) that closes nothing"),
    ("[a", 0, "a [ that is not closed"),
    ("x[]a]", 1, "nothing between [ and ]"),
    ("[z-a]", 1, "a range from more to less"),
    ("[[:alpha:]]", 1, "a [ within [ ]"),
    ("*a", 0, "a quantifier with nothing before it"),
    ("a|+b", 2, "a quantifier with nothing before it"),
    ("a**", 2, "a quantifier after a quantifier"),
    ("a*+", 2, "a quantifier after a quantifier"),
    ("^*", 1, "a quantifier after ^ or $"),
    ("a{,3}", 1, "no repeat such as {3}"),
    ("a{x}", 1, "no repeat such as {3}"),
    ("a{3", 1, "no repeat such as {3}"),
    ("a{3,2}", 1, "a repeat from more to less"),
    (f"a{{{MAX_REPEAT + 1}}}", 1, f"more than {MAX_REPEAT} repeats"),
    ("a{99999999999999999999}", 1, f"more than {MAX_REPEAT} repeats"),
    (r"(a)\1", 3, r"\1, which has no meaning here"),
    (r"\bword", 0, r"\b, which has no meaning here"),
    (r"[a-\d]", 3, r"\d, which has no meaning here"),
    ("a\\", 1, "which has no meaning here"),
    ("a(?=b)", 2, "neither (?: nor a leading (?i)"),
    ("(?P<x>a)", 1, "neither (?: nor a leading (?i)"),
    ("a(?i)b", 2, "neither (?: nor a leading (?i)"),
    ("(a{100}){100}", 0, f"more than {MAX_SIZE} characters"),
    ("a{250}b{250}c", 0, f"more than {MAX_SIZE} characters"),
    ("((((a{9}){9}){9}){9})", 2, f"more than {MAX_SIZE} characters"),
    ("(" * (MAX_DEPTH + 1), MAX_DEPTH, f"nested more than {MAX_DEPTH} deep"),
    ("a" * (MAX_LENGTH + 1), MAX_LENGTH, f"at most {MAX_LENGTH} are allowed"),
]


@pytest.fixture(scope="module")
def ask_postgres(
    postgres_server: PostgresServer,
) -> Iterator[Callable[[str, list[str]], list[bool]]]:
    """Ask PostgreSQL which texts a pattern of ours matches."""
    import psycopg

    with psycopg.connect(postgres_server.uri("postgres"), autocommit=True) as connection:

        def ask(pattern: str, texts: list[str]) -> list[bool]:
            sql = """
                SELECT text COLLATE "C" ~ %s FROM unnest(%s::text[])
                WITH ORDINALITY AS t (text, place) ORDER BY place
            """
            rows = connection.execute(sql, (to_postgresql(pattern), texts)).fetchall()
            return [row[0] for row in rows]

        yield ask


@pytest.mark.parametrize(("pattern", "matching", "others"), MATCHES)
def test_what_matches(
    pattern: str,
    matching: list[str],
    others: list[str],
    ask_postgres: Callable[[str, list[str]], list[bool]],
) -> None:
    texts = matching + others
    expected = [True] * len(matching) + [False] * len(others)
    assert [compile_pattern(pattern).matches(text) for text in texts] == expected
    assert ask_postgres(pattern, texts) == expected


@pytest.mark.parametrize(("pattern", "index", "words"), MISTAKES)
def test_a_wrong_pattern_names_the_place(pattern: str, index: int, words: str) -> None:
    with pytest.raises(BadPattern, match=re.escape(words)) as caught:
        parse_pattern(pattern)
    assert caught.value.index == index


_ATOMS = [
    "a",
    "B",
    "1",
    "_",
    ".",
    "é",
    r"\d",
    r"\W",
    r"\s",
    r"\.",
    "[a1]",
    "[^a-z]",
    "[_-]",
    "^",
    "$",
]


def _join(parts: list[str]) -> str:
    return "".join(parts)


patterns: st.SearchStrategy[str] = st.recursive(
    st.sampled_from(_ATOMS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(_join),
        st.lists(inner, min_size=2, max_size=3).map("|".join).map("(?:{})".format),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{0,2}", "{1,}"])).map(
            lambda pair: f"(?:{pair[0]}){pair[1]}"
        ),
    ),
    max_leaves=8,
)
texts = st.lists(st.text("aAbB1_. \né", max_size=8), min_size=1, max_size=20)


@given(pattern=patterns, texts=texts, fold=st.booleans())
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_all_three_agree(
    pattern: str,
    texts: list[str],
    fold: bool,
    ask_postgres: Callable[[str, list[str]], list[bool]],
) -> None:
    pattern = "(?i)" * fold + pattern
    in_python = re.compile(pattern.replace("$", r"\Z"), re.DOTALL | re.ASCII)
    expected = [in_python.search(text) is not None for text in texts]
    assert [compile_pattern(pattern).matches(text) for text in texts] == expected
    assert ask_postgres(pattern, texts) == expected


@given(st.text("ab(|)[]^$*+?{}0,1\\d:-i.", max_size=15))
def test_any_text_is_a_pattern_or_a_bad_one(text: str) -> None:
    index = 0
    with contextlib.suppress(BadPattern):
        try:
            parse_pattern(text)
        except BadPattern as error:
            index = error.index
            raise
        assert compile_pattern(text).matches("ab") in (True, False)
        re.compile(to_postgresql(text))
    assert 0 <= index <= len(text)


@pytest.mark.parametrize(
    "pattern", ["^(a+)+$", "^(a|a)*$", "(a*)*b", "^(a|b|ab)*c$", "a*a*a*a*a*a*c", "(.*)(.*)(.*)c"]
)
def test_no_pattern_tries_again(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    automaton = Automaton(parse_pattern(pattern))
    steps = 0
    follow = Automaton._follow

    def count(self: Automaton, *args: object, **options: bool) -> frozenset[int]:
        nonlocal steps
        steps += 1
        return follow(self, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Automaton, "_follow", count)
    assert not automaton.matches("a" * 10_000 + "!")
    assert steps < 10  # a new state is met a few times; then each character is one look-up


def test_states_are_forgotten_before_they_fill_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(automata, "MAX_KEPT", 100)
    automaton = Automaton(parse_pattern("(a|b)*a(a|b){9}c"))
    text = "".join("ab"[number.bit_count() % 2] for number in range(3000))
    assert not automaton.matches(text)
    assert automaton.matches(text + "a" + "b" * 9 + "c")
    assert automaton._kept < 200


def test_postgres_takes_the_largest_patterns(
    ask_postgres: Callable[[str, list[str]], list[bool]],
) -> None:
    for pattern in (
        f"(?:a?){{{MAX_REPEAT}}}$",
        f"(?:(?:a|b)?){{{MAX_SIZE // 5}}}c",
        "(?:a{0,22}b{0,22}){0,10}c",
        f"(?:a|b)*a(?:a|b){{{MAX_SIZE // 4 - 4}}}",
        "|".join("a" * (MAX_SIZE // 2)),
        "[^a]" * (MAX_LENGTH // 4),
        "(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH,
    ):
        assert ask_postgres(pattern, ["x", "y"]) == [
            compile_pattern(pattern).matches(text) for text in ("x", "y")
        ]
