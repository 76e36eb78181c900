"""Import an optional package, or say what it is needed for and how to install it."""

from __future__ import annotations

import importlib
import importlib.util
from types import ModuleType

from bedside.errors import MissingExtraError

__all__ = ["available", "require"]


def require(module: str, *, extra: str, purpose: str) -> ModuleType:
    """Import `module`, which the optional extra `extra` brings.

    Raises:
        MissingExtraError: the module is not installed; names the purpose and the install line.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"{purpose} needs the package {error.name!r}, which is not installed.",
            fix=f'pip install "bedside[{extra}]"',
        ) from error


def available(module: str) -> bool:
    """Tell whether `module` could be imported, without importing it."""
    return importlib.util.find_spec(module) is not None
