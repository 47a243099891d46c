"""The Jupyter notebook that the process is the kernel of."""

from __future__ import annotations

import os
import sys

from headrace.entities import tag_names

# VS Code sets the first in the notebook's names, or in the environment; Jupyter servers the third.
_VS_CODE = "__vsc_ipynb_file__"
_VARIABLES = (_VS_CODE, "IPYNB_FILE", "JPY_SESSION_NAME")


def tags() -> dict[str, str]:
    """Return the notebook's name, if it is known; nothing outside notebooks."""
    shell = _kernel_shell()
    if shell is None:
        return {}
    found = {tag_names.SOURCE_TYPE: "NOTEBOOK"}
    path = getattr(shell, "user_ns", {}).get(_VS_CODE) or next(
        (os.environ[name] for name in _VARIABLES if os.environ.get(name)), None
    )
    if path:
        found[tag_names.SOURCE_NAME] = os.path.basename(path)
    return found


def is_kernel() -> bool:
    """Return whether this process is the kernel of a notebook."""
    return _kernel_shell() is not None


def _kernel_shell() -> object | None:
    """Return the IPython shell of a notebook's kernel; a terminal's shell is none."""
    ipython = sys.modules.get("IPython")  # where it is not imported there is no notebook
    shell = ipython.get_ipython() if ipython is not None else None
    return shell if hasattr(shell, "kernel") else None
