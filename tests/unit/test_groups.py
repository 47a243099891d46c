"""Tests that are marked as a group run in one process, which starts once what they need."""

from __future__ import annotations

import pytest


@pytest.mark.xdist_group("a few")
def test_the_name_of_a_group_reaches_who_hands_out_the_tests(
    request: pytest.FixtureRequest,
) -> None:
    if not request.config.getoption("loadgroup", False):
        pytest.skip("nobody hands out groups: pytest runs without --dist loadgroup")
    assert request.node.nodeid.endswith("@a few")
