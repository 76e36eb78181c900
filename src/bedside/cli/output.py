"""What commands print: a table or a line for people, JSON for machines; and how they read their settings."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, TypeVar

import yaml
from cyclopts import Parameter
from pydantic import BaseModel

from bedside.artifact import Artifact
from bedside.errors import RecipeError

__all__ = ["DEFAULTS", "Json", "StageOptions", "print_artifact", "print_json", "print_table", "table_text"]

Config = TypeVar("Config", bound=BaseModel)
Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON for machines.")]


@Parameter(name="*")
@dataclass(frozen=True)
class StageOptions:
    """What every stage command takes.

    Attributes:
        recipe: take the stage's settings from this recipe.
        settings: change one field of the stage, as NAME=VALUE; repeatable.
        as_json: print JSON for machines.
    """

    recipe: Path | None = None
    settings: Annotated[tuple[str, ...], Parameter(name="--set", negative="")] = ()
    as_json: Json = False

    def config(
        self, model: type[Config], stage: str, *, given: Mapping[str, Any] = MappingProxyType({})
    ) -> Config:
        """Read the stage's configuration: its section of the recipe, changed by `settings`, or the defaults.

        Args:
            model: the configuration to read.
            stage: its section in a recipe.
            given: fields that the command's own options set; `None` where one was not used.

        Raises:
            RecipeError: the recipe or a setting is wrong; names the field and the nearest allowed one.
        """
        from bedside.recipe import load_recipe, validate

        section: dict[str, Any] = {}
        if self.recipe is not None:
            load_recipe(self.recipe)
            section = yaml.safe_load(self.recipe.read_text(encoding="utf-8")).get(stage) or {}
        for setting in self.settings:
            name, equals, value = setting.partition("=")
            if not equals:
                raise RecipeError(f"--set {setting}: there is no '='.", fix="write --set NAME=VALUE")
            _put(section, name.split("."), _yaml(setting, value))
        section |= {name: value for name, value in given.items() if value is not None}
        source = f"{stage} ({'options' if section and self.recipe is None else self.recipe or 'defaults'})"
        folder = Path() if self.recipe is None else self.recipe.parent
        try:
            text, has_lines = yaml.safe_dump(section), self.recipe is not None
            return validate(model, text, source=source, folder=folder, has_lines=has_lines)
        except RecipeError as error:
            if self.recipe is not None:
                raise
            fix = "correct the option, or give --recipe RECIPE (`bedside recipes copy demo` writes one)"
            raise RecipeError(error.what, fix=fix) from error


DEFAULTS = StageOptions()


def print_json(value: object) -> None:
    """Print `value` as JSON on stdout."""
    sys.stdout.write(json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True) + "\n")


def print_table(rows: Sequence[Mapping[str, Any]], *, title: str = "") -> None:
    """Print `rows` as a table on stdout; the columns are the keys of the first row."""
    sys.stdout.write(table_text(rows, title=title, width=None if sys.stdout.isatty() else 110))
    sys.stdout.flush()  # so that a notice on stderr comes after it, also in a log file


def table_text(rows: Sequence[Mapping[str, Any]], *, title: str = "", width: int | None = 110) -> str:
    """Draw `rows` as a table of at most `width` columns; `None` takes the terminal's width."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title or None, title_justify="left")
    for column in rows[0] if rows else ():
        table.add_column(column)
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    console = Console(width=width, color_system=None, markup=False)
    with console.capture() as captured:
        console.print(table)
    return captured.get()


def print_artifact(artifact: Artifact, *, as_json: bool) -> None:
    """Print what a stage has written."""
    manifest = artifact.manifest
    if as_json:
        print_json({"path": str(artifact.path), **manifest.model_dump(mode="json")})
        return
    rows = [{"figure": name, "value": _short(value)} for name, value in manifest.figures.items()]
    print(f"{manifest.kind}  digest {artifact.digest[:12]}  {manifest.seconds:.1f} s  {artifact.path}")  # noqa: T201
    print_table(rows or [{"figure": "files", "value": len(manifest.files)}])


def _short(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _yaml(setting: str, value: str) -> object:
    try:
        return yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise RecipeError(f"--set {setting}: the value is not YAML.", fix="quote it") from error


def _put(section: dict[str, Any], path: Sequence[str], value: object) -> None:
    for name in path[:-1]:
        inner = section.setdefault(name, {})
        if not isinstance(inner, dict):
            raise RecipeError(f"--set {'.'.join(path)}: {name!r} has no fields.", fix="name one field")
        section = inner
    section[path[-1]] = value
