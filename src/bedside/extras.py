"""Import an optional package, or say what it is needed for and how to install it."""

from __future__ import annotations

import importlib
import importlib.util
from types import ModuleType

from bedside.errors import MissingExtraError

__all__ = ["available", "check", "require"]


def require(module: str, *, extra: str, purpose: str) -> ModuleType:
    """Import `module`, which the optional extra `extra` brings.

    Raises:
        MissingExtraError: the module is not installed; names the purpose and the install line.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise _missing(error.name or module, extra=extra, purpose=purpose) from error


def check(module: str, *, extra: str, purpose: str) -> None:
    """Raise what `require` would raise, without importing `module`."""
    if not available(module):
        raise _missing(module, extra=extra, purpose=purpose)


def available(module: str) -> bool:
    """Tell whether `module` could be imported, without importing it."""
    return importlib.util.find_spec(module) is not None


def _missing(module: str, *, extra: str, purpose: str) -> MissingExtraError:
    return MissingExtraError(
        f"{purpose} needs the package {module!r}, which is not installed.",
        fix=f'pip install "bedside[{extra}]"',
    )
