"""`bedside run`, `demo` and `recipes`."""

from __future__ import annotations

from pathlib import Path

from bedside.artifact import MANIFEST, Artifact, open_artifact
from bedside.cli.output import Json, print_json, print_table
from bedside.console import say
from bedside.errors import RecipeError


def run(recipe: Path, *, out: Path, as_json: Json = False) -> None:
    """Run every stage of a recipe; run it again to go on after a stop.

    Args:
        recipe: a recipe file.
        out: the run's folder.
    """
    from bedside.recipe import load_recipe
    from bedside.run import run as run_recipe

    settings = load_recipe(recipe)
    _print_report(run_recipe(settings, out_dir=out), base=settings.base_model, as_json=as_json)


def demo(*, out: Path = Path("runs/demo"), as_json: Json = False) -> None:
    """Run the whole path on the embedded default: recordings in, a measured small model out.

    Args:
        out: the run's folder.
    """
    from bedside.recipe import Recipe, recipe_text, validate
    from bedside.run import run as run_recipe

    recipe = validate(Recipe, recipe_text("demo"), source="demo.yaml", folder=Path())
    _print_report(run_recipe(recipe, out_dir=out), base=recipe.base_model, as_json=as_json)


def list_recipes(*, as_json: bool) -> None:
    """List the shipped recipes."""
    from bedside.recipe import recipe_names, recipe_text

    rows = [
        {"recipe": name, "what": recipe_text(name).splitlines()[0].removeprefix("# ")}
        for name in recipe_names()
    ]
    if as_json:
        print_json(rows)
    else:
        print_table(rows)


def copy_recipe(name: str, *, out: Path | None = None, as_json: Json = False) -> None:
    """Copy a shipped recipe here.

    Args:
        name: its name, as `bedside recipes` prints it.
        out: the file to write; NAME.yaml where it is not given.
    """
    from bedside.recipe import recipe_text

    target = out or Path(f"{name}.yaml")
    text = recipe_text(name)
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise RecipeError(f"{target} is already there.", fix="choose another name with --out") from error
    if as_json:
        print_json({"path": str(target)})
    else:
        say(f"wrote {target}; run it with: bedside run {target} --out runs/{target.stem}")


def _print_report(artifact: Artifact, *, base: str, as_json: bool) -> None:
    from bedside.report import headline, read_results

    results = read_results(artifact.file("results.json"))
    measured = [(row.subject, row.value) for row in results if row.name == "stage_seconds"]
    taken = [*measured, ("report", artifact.manifest.seconds)]
    before = _base_seconds(base)
    if as_json:
        print_json(
            {
                "report": str(artifact.file("report.html")),
                "results": [row.as_json() for row in results],
                "seconds": dict([*before, *taken]),
            }
        )
        return
    print_table(headline(results))
    once = [(f"{name}, once for all runs", seconds) for name, seconds in before]
    total = ("total", sum(seconds or 0.0 for _, seconds in taken))
    print_table(
        [{"stage": name, "seconds, when it was made": _tenths(s)} for name, s in [*taken, total, *once]]
    )
    say(f"report: {artifact.file('report.html')}")


def _base_seconds(name: str) -> list[tuple[str, float | None]]:
    """Return how long making or pulling the base model took; nothing for a folder that is no artifact."""
    from bedside.base_model import resolve

    if Path(name).is_dir() and not (Path(name) / MANIFEST).is_file():
        return []  # resolving such a folder would hash its weights once more
    base = resolve(name)
    return [(f"base model {base.name}", open_artifact(base.path).manifest.seconds)]


def _tenths(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.1f}"
