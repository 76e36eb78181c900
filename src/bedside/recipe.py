"""The configuration of a whole run: one frozen model per stage, read from one YAML file.

An unknown key or a wrong value is an error that names file, line, field path and the nearest allowed name.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from bedside.calibration import CalibrationConfig
from bedside.dataset import DatasetConfig
from bedside.errors import RecipeError
from bedside.evaluate import EvaluateConfig
from bedside.gguf import ConvertConfig, ImatrixConfig, QuantizeConfig
from bedside.merge import MergeConfig
from bedside.report import ReportConfig
from bedside.train import TrainConfig
from bedside.verify import VerifyConfig

__all__ = ["Recipe", "load_recipe", "recipe_names", "recipe_text", "validate"]

Config = TypeVar("Config", bound=BaseModel)
Location = tuple[str | int, ...]


def _beside_recipe(name: str, info: ValidationInfo) -> str:
    """A model folder that is given relatively is relative to the recipe."""
    beside = Path((info.context or {}).get("folder", ".")) / name
    return str(beside) if beside.is_dir() else name


class Recipe(BaseModel):
    """Everything a run is made from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    base_model: Annotated[str, AfterValidator(_beside_recipe)] = Field(
        description="`demo`, a folder in the Hub's layout, or the name of a model that was pulled"
    )
    dataset: DatasetConfig
    calibration: CalibrationConfig = CalibrationConfig()
    train: TrainConfig = TrainConfig()
    merge: MergeConfig = MergeConfig()
    convert: ConvertConfig = ConvertConfig()
    imatrix: ImatrixConfig = ImatrixConfig()
    quantize: QuantizeConfig = QuantizeConfig()
    verify: VerifyConfig = VerifyConfig()
    evaluate: EvaluateConfig = EvaluateConfig()
    report: ReportConfig = ReportConfig()

    @model_validator(mode="after")
    def _published_text_is_named(self) -> Self:
        if self.calibration.profile != self.imatrix.profile:
            raise ValueError(
                f"calibration.profile is {self.calibration.profile}, imatrix.profile {self.imatrix.profile}; "
                "the published text is known to be untrue and must be named in both"
            )
        return self


def load_recipe(path: Path) -> Recipe:
    """Read a recipe; relative paths in it are relative to its folder.

    Raises:
        RecipeError: the file cannot be read, or a field is unknown, missing or wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(
            f"The recipe {path} cannot be read: {error}.",
            fix="`bedside recipes` lists the shipped ones; `bedside recipes copy NAME` writes one here",
        ) from error
    return validate(Recipe, text, source=str(path), folder=path.parent)


def validate(model: type[Config], text: str, *, source: str, folder: Path, has_lines: bool = True) -> Config:
    """Read YAML as `model`.

    Args:
        model: the configuration to read.
        text: the YAML.
        source: what to call it in errors, usually the file's name.
        folder: what relative paths in it are relative to.
        has_lines: the user can look up a line of it; options of a command have none.

    Raises:
        RecipeError: names line, field path, the value found and what is allowed.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        data: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise RecipeError(f"{source} is not YAML: {error}", fix="mind indentation and colons") from error
    lines = dict(_lines(root)) if root is not None and has_lines else {}
    _refuse_repeated_keys(root, source=source)
    try:
        return model.model_validate({} if data is None else data, context={"folder": folder})
    except ValidationError as error:
        found = _first_causes(error.errors(include_url=False))
        problems = [_describe(model, item, lines, source) for item in found]
        raise RecipeError("\n".join(problems), fix=f"correct {source} and run the command again") from error


def recipe_names() -> tuple[str, ...]:
    """Return the names of the shipped recipes."""
    folder = resources.files("bedside") / "recipes"
    return tuple(sorted(f.name.removesuffix(".yaml") for f in folder.iterdir() if f.name.endswith(".yaml")))


def recipe_text(name: str) -> str:
    """Return the text of a shipped recipe.

    Raises:
        RecipeError: there is none of that name.
    """
    if name not in recipe_names():
        raise RecipeError(
            f"There is no shipped recipe {name!r}{_hint(name, recipe_names())}",
            fix=f"choose one of: {', '.join(recipe_names())}",
        )
    return (resources.files("bedside") / "recipes" / f"{name}.yaml").read_text(encoding="utf-8")


def _lines(node: yaml.Node, location: Location = ()) -> Iterable[tuple[Location, int]]:
    """Yield the one-based line of every key and list item under `node`."""
    yield location, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            place = (*location, key.value)
            yield from _lines(value, place)
            yield place, key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _lines(value, (*location, index))


def _refuse_repeated_keys(node: yaml.Node | None, *, source: str) -> None:
    """YAML keeps the last of two equal keys without a word; that hides an edit."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                raise RecipeError(
                    f"{source}:{key.start_mark.line + 1}: {key.value!r} stands twice.", fix="keep one of them"
                )
            seen.add(key.value)
            _refuse_repeated_keys(value, source=source)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _refuse_repeated_keys(value, source=source)


def _first_causes(errors: Sequence[Any]) -> list[Any]:
    """Leave out what only follows from an error further in, such as a list that lacks its one wrong item."""
    places = [tuple(item["loc"]) for item in errors]
    return [
        item
        for item, place in zip(errors, places, strict=True)
        if not any(len(other) > len(place) and other[: len(place)] == place for other in places)
    ]


def _describe(
    model: type[BaseModel], item: Mapping[str, Any], lines: Mapping[Location, int], source: str
) -> str:
    location = tuple(part for part in item["loc"] if not _is_tag(part, item["loc"]))
    known = next((location[:n] for n in range(len(location), -1, -1) if location[:n] in lines), None)
    where = source if known is None else f"{source}:{lines[known]}"
    path = ".".join(map(str, location)) or "(top level)"
    if item["type"] == "extra_forbidden":
        allowed = _fields_at(model, item["loc"][:-1])
        return f"{where}: {path}: unknown field{_choice(str(location[-1]), allowed)}"
    if item["type"] == "union_tag_invalid":
        allowed = re.findall(r"'(\w+)'", item["ctx"]["expected_tags"])
        found = item["ctx"]["tag"]
        return f"{where}: {path}.kind: unknown kind {found!r}{_choice(found, allowed)}"
    if item["type"] == "missing":
        return f"{where}: {path}: this field is missing."
    message = str(item["msg"]).removeprefix("Value error, ")
    is_short = isinstance(item["input"], str) or not isinstance(item["input"], Mapping | Sequence)
    found = f" (found {item['input']!r})" if is_short else ""
    return f"{where}: {path}: {message[0].lower()}{message[1:]}{found}."


def _is_tag(part: str | int, location: Sequence[str | int]) -> bool:
    """Pydantic puts the tag of a union (the source's kind) after the list index; users never wrote it."""
    place = location.index(part)
    return isinstance(part, str) and place > 0 and isinstance(location[place - 1], int)


def _fields_at(model: type[BaseModel], location: Sequence[str | int]) -> tuple[str, ...]:
    """Return the field names allowed at `location` of `model`."""
    schema = model.model_json_schema()
    definitions: dict[str, Any] = schema.get("$defs", {})
    node: dict[str, Any] = schema
    for part in location:
        node = _resolve(node, definitions)
        if isinstance(part, int):
            node = node.get("items", {})
        elif "discriminator" in node:
            node = _resolve({"$ref": node["discriminator"]["mapping"].get(part, "")}, definitions)
        else:
            node = node.get("properties", {}).get(part, {})
    return tuple(_resolve(node, definitions).get("properties", {}))


def _resolve(node: dict[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    reference = node.get("$ref", "")
    return definitions.get(reference.rpartition("/")[2], {}) if reference else node


def _choice(name: str, allowed: Sequence[str]) -> str:
    return f"{_hint(name, allowed)} Allowed: {', '.join(allowed)}."


def _hint(name: str, allowed: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(allowed), n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else "."
