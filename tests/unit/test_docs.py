"""The documentation is what the code says, and its examples run."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from headrace.settings import SETTINGS

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
PAGES = [REPOSITORY / "README.md", *DOCS.glob("*.md")]


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATED = [
    *(f"docs/reference/{name}.md" for name in ("settings", "rest", "fields")),
    "ui/src/api/types.ts",
]


def test_every_generated_file_is_looked_at() -> None:
    assert sorted(generator().FILES) == sorted(GENERATED)


@pytest.mark.parametrize("name", GENERATED)
def test_generated_files_are_up_to_date(name: str) -> None:
    written = (REPOSITORY / name).read_text(encoding="utf-8")

    assert written == generator().FILES[name](), "run: python docs/generate.py"


def test_every_setting_says_what_it_does() -> None:
    assert len(SETTINGS) > 20
    for setting in SETTINGS:
        assert setting.doc.endswith("."), setting.names


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_examples_run(page: Path, tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    if not blocks:
        return

    done = subprocess.run(
        [sys.executable, "-c", "\n".join(blocks)], cwd=tmp_path, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
