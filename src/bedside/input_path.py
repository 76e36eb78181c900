"""A path given in a recipe: relative to the recipe's folder, and kept out of manifests but for its name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, PlainSerializer, ValidationInfo

__all__ = ["InputPath"]


def _beside_recipe(path: Path, info: ValidationInfo) -> Path:
    folder = (info.context or {}).get("folder")
    return path if folder is None else folder / path


InputPath = Annotated[Path, AfterValidator(_beside_recipe), PlainSerializer(lambda path: path.name)]
