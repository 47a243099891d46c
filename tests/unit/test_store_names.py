"""Names of two words."""

from __future__ import annotations

import random
import re

from headrace.stores import names
from headrace.stores.names import two_word_name


def test_names_have_two_words_and_a_number() -> None:
    made = [two_word_name() for _ in range(500)]

    assert all(re.fullmatch(r"[a-z]+-[a-z]+-(0|[1-9]\d{0,2})", name) for name in made)
    assert len(set(made)) > 490


def test_names_neither_follow_a_seed_nor_disturb_it() -> None:
    random.seed(1)
    drawn = random.random()
    random.seed(1)
    first = two_word_name()
    assert random.random() == drawn
    random.seed(1)

    assert two_word_name() != first


def test_no_word_stands_twice() -> None:
    for words in (names._ADJECTIVES, names._NOUNS):
        assert len(words) == len(set(words))
        assert len(words) > 100
