"""The errors under the names that scripts written for MLflow catch."""

from __future__ import annotations

from headrace.errors import HeadraceError

MlflowException = HeadraceError
RestException = HeadraceError

__all__ = ["HeadraceError", "MlflowException", "RestException"]
