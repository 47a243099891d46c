"""The table of what the fault tests came to, at the end of a run of them."""

from __future__ import annotations

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    rows = [
        str(value).split("|")
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        for name, value in report.user_properties
        if name == "figures"
    ]
    if not rows:
        return
    terminalreporter.section("faults")
    for name, count, figures in sorted(rows):
        terminalreporter.write_line(f"{name:55} {count:>5} faults: {figures}")
    total = sum(int(count) for _, count, _ in rows)
    terminalreporter.write_line(f"{total} faults in all")
